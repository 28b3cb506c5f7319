"""What the clients know: what they sent, what was acknowledged, what was refused, and what they were shown."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Sent:
    """One message of a client, from its first try on."""

    client_id: str
    conversation: str
    text: str
    by: str
    sequence: int | None = None
    refused: str = ""
    tries: int = 0
    first_at: float = 0.0
    acknowledged_at: float | None = None


@dataclass
class Ledger:
    """Everything that all clients sent and saw."""

    sent: dict[str, Sent] = field(default_factory=dict)
    seen: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """(reader, conversation) -> the sequences that the reader applied, in order."""
    disagreements: list[str] = field(default_factory=list)
    dropped_sockets: int = 0
    reconnects: int = 0
    resumes: int = 0

    def note_sent(self, *, client_id: str, conversation: str, text: str, by: str, now: float) -> Sent:
        """A message enters a client's outbox."""
        entry = Sent(client_id=client_id, conversation=conversation, text=text, by=by, first_at=now)
        self.sent[client_id] = entry
        return entry

    def note_acknowledged(self, *, client_id: str, sequence: int, now: float) -> None:
        """The server promised to have it. Two promises must agree."""
        entry = self.sent[client_id]
        if entry.sequence is not None and entry.sequence != sequence:
            self.disagreements.append(f"{client_id}: acknowledged as {entry.sequence} and as {sequence}")
        if entry.sequence is None:
            entry.acknowledged_at = now
        entry.sequence = sequence

    def note_refused(self, *, client_id: str, code: str) -> None:
        """The server said that it will not have it."""
        self.sent[client_id].refused = code

    @property
    def acknowledged(self) -> list[Sent]:
        """Messages that the server promised to have."""
        return [entry for entry in self.sent.values() if entry.sequence is not None]

    @property
    def open(self) -> list[Sent]:
        """Messages that are neither acknowledged nor refused."""
        return [entry for entry in self.sent.values() if entry.sequence is None and not entry.refused]

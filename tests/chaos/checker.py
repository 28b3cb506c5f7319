"""Compares the clients' ledger with what the database holds; every list must be empty."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.ledger import Ledger

PEOPLE = frozenset({"handoff_requested", "agent_joined"})
FINISHED = frozenset({"done", "failed"})


@dataclass(frozen=True)
class StoredMessage:
    """A row of the message table."""

    sequence: int
    author: str
    kind: str
    event: str
    client_id: str | None
    text: str


@dataclass(frozen=True)
class StoredTurn:
    """A row of the turn table."""

    first: int
    last: int
    status: str
    reply: int | None
    uuid: str


@dataclass(frozen=True)
class StoredConversation:
    """A conversation with everything in it, in order; `participants` are the agents who took it."""

    uuid: str
    sequence: int
    messages: tuple[StoredMessage, ...]
    turns: tuple[StoredTurn, ...]
    participants: frozenset[str] = frozenset()


@dataclass
class Verdict:
    """What is wrong, by kind; `counts` is what was compared."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not any(
            (
                self.lost,
                self.doubled,
                self.gaps,
                self.unanswered,
                self.unseen,
                self.unfinished,
                self.disagreements,
            )
        )


def check(ledger: Ledger, conversations: list[StoredConversation]) -> Verdict:
    """Every promise of the protocol against every row."""
    verdict = Verdict(disagreements=list(ledger.disagreements))
    by_uuid = {one.uuid: one for one in conversations}
    check_messages(ledger, conversations, verdict)
    for conversation in conversations:
        check_sequence(conversation, verdict)
        check_replies(conversation, verdict)
        verdict.unanswered += [f"{conversation.uuid}/{number}" for number in unanswered(conversation, ledger)]
    for (reader, uuid), sequences in ledger.seen.items():
        check_view(reader, by_uuid[uuid], sequences, verdict)
    verdict.unfinished += [f"{entry.client_id} of {entry.by}" for entry in ledger.open]
    verdict.counts |= {
        "sent": len(ledger.sent),
        "acknowledged": len(ledger.acknowledged),
        **{
            f"refused_{code}": count
            for code, count in Counter(one.refused for one in ledger.sent.values() if one.refused).items()
        },
        "resent": sum(1 for entry in ledger.sent.values() if entry.tries > 1),
        "stored": sum(len(one.messages) for one in conversations),
        "turns": sum(len(one.turns) for one in conversations),
        "views": len(ledger.seen),
        "sockets_dropped": ledger.dropped_sockets,
        "reconnects": ledger.reconnects,
        "resumes": ledger.resumes,
    }
    return verdict


def check_messages(ledger: Ledger, conversations: list[StoredConversation], verdict: Verdict) -> None:
    """What was promised is there once, under its number and with its words; what was refused is not there."""
    rows: dict[str, list[tuple[str, StoredMessage]]] = {}
    for conversation in conversations:
        for message in conversation.messages:
            if message.client_id is not None:
                rows.setdefault(message.client_id, []).append((conversation.uuid, message))
    for client_id, found in rows.items():
        if len(found) > 1:
            verdict.doubled.append(client_id)
    for entry in ledger.sent.values():
        found = rows.get(entry.client_id, [])
        if entry.sequence is None:
            if entry.refused and found:
                verdict.disagreements.append(f"{entry.client_id} was refused ({entry.refused}) and stored")
            continue
        if not found:
            verdict.lost.append(entry.client_id)
            continue
        uuid, message = found[0]
        if (
            uuid != entry.conversation
            or message.sequence != entry.sequence
            or entry.text not in ("", message.text)
        ):
            verdict.disagreements.append(f"{entry.client_id} is not what was acknowledged")


def check_sequence(conversation: StoredConversation, verdict: Verdict) -> None:
    """Numbers are 1, 2, 3 … and the conversation knows the last one."""
    numbers = [message.sequence for message in conversation.messages]
    if numbers != list(range(1, len(numbers) + 1)):
        verdict.gaps.append(f"{conversation.uuid}: {numbers[:5]}… ({len(numbers)} messages)")
    if numbers and conversation.sequence != numbers[-1]:
        verdict.gaps.append(
            f"{conversation.uuid}: the row says {conversation.sequence}, the last is {numbers[-1]}"
        )


def check_replies(conversation: StoredConversation, verdict: Verdict) -> None:
    """No turn replied twice, and each reply that a turn noted is there."""
    replies = Counter(message.client_id for message in conversation.messages if message.author == "bot")
    verdict.doubled += [f"reply {client_id}" for client_id, count in replies.items() if count > 1]
    texts = {message.sequence: message for message in conversation.messages}
    covered: Counter[int] = Counter()
    for turn in conversation.turns:
        if turn.reply is not None and (turn.reply not in texts or texts[turn.reply].author != "bot"):
            verdict.lost.append(f"reply of turn {turn.uuid}")
        if turn.status == "done":
            covered.update(range(turn.first, turn.last + 1))
    twice = [number for number, count in covered.items() if count > 1 and texts[number].author == "visitor"]
    verdict.doubled += [f"{conversation.uuid}/{number} was answered twice" for number in twice]


def unanswered(conversation: StoredConversation, ledger: Ledger) -> list[int]:
    """Visitor messages that were the assistant's to answer and that no finished turn covers."""
    missing: list[int] = []
    with_people = False
    for message in conversation.messages:
        if message.kind == "event":
            with_people = message.event in PEOPLE
            continue
        if message.author != "visitor" or with_people:
            continue
        entry = ledger.sent.get(message.client_id or "")
        if entry is not None and entry.text == "":
            continue  # the line of a visitor who asks for a person, which no turn is for
        if not any(
            turn.first <= message.sequence <= turn.last and turn.status in FINISHED for turn in conversation.turns
        ):
            missing.append(message.sequence)
    return missing


def check_view(reader: str, conversation: StoredConversation, sequences: list[int], verdict: Verdict) -> None:
    """A reader was shown every message that it may see, in order and once.

    An agent who came too late to take a conversation may not read it after its end, and so is promised no last
    message of it.
    """
    notes = reader.startswith("agent")
    visible = [message.sequence for message in conversation.messages if notes or message.kind != "note"]
    if len(set(sequences)) != len(sequences):
        verdict.doubled.append(f"{reader} saw a message of {conversation.uuid} twice")
    if sequences != sorted(sequences):
        verdict.gaps.append(f"{reader} saw messages of {conversation.uuid} in the wrong order")
    missing = set(visible) - set(sequences)
    if missing and (not notes or reader in conversation.participants):
        verdict.unseen.append(f"{reader} never saw {sorted(missing)[:5]} of {conversation.uuid}")

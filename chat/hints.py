"""What travels on the channel layer: hints that something is to be read, never the truth itself.

A layer may lose any of them; receivers read rows when they see a gap. Inside one process a `MessageHint` may
bring the committed message along, which spares the reader a query when it is exactly the next one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol

from chat.events import MessagePosted


class Hint(Protocol):
    """Anything with a group that receives it."""

    @property
    def group(self) -> str:
        """The channel-layer group."""


@dataclass(frozen=True, slots=True)
class MessageHint:
    """A message was committed.

    `posted` is only there inside the process that stored it; `note` marks staff notes.
    """

    conversation: str
    sequence: int
    note: bool = False
    posted: MessagePosted | None = None

    @property
    def group(self) -> str:
        """Everybody who follows the conversation."""
        return conversation_group(self.conversation)


@dataclass(frozen=True, slots=True)
class ConversationHint:
    """A conversation's status or assignee changed."""

    conversation: str

    @property
    def group(self) -> str:
        """Everybody who follows the conversation."""
        return conversation_group(self.conversation)


@dataclass(frozen=True, slots=True)
class InboxHint:
    """A line of the inbox changed: hands, or a new message in a conversation that people look after."""

    workspace_id: int
    conversation: str

    @property
    def group(self) -> str:
        """Every desk of the workspace."""
        return inbox_group(self.workspace_id)


@dataclass(frozen=True, slots=True)
class TypingHint:
    """Somebody types. `source` is the socket's own channel, which needs no echo."""

    conversation: str
    author: str
    typing: bool
    source: str = ""

    @property
    def group(self) -> str:
        """Everybody who follows the conversation."""
        return conversation_group(self.conversation)


@dataclass(frozen=True, slots=True)
class AgentHint:
    """Something about one agent changed (rights, profile): their sockets check again."""

    agent_id: int

    @property
    def group(self) -> str:
        """The agent's own sockets."""
        return agent_group(self.agent_id)


@dataclass(frozen=True, slots=True)
class TurnHint:
    """A turn waits for a turn worker; no socket listens to this."""

    @property
    def group(self) -> str:
        """Nobody's."""
        return "turns"


HINTS: dict[str, type[MessageHint | ConversationHint | InboxHint | TypingHint | AgentHint | TurnHint]] = {
    "message": MessageHint,
    "conversation": ConversationHint,
    "inbox": InboxHint,
    "typing": TypingHint,
    "agent": AgentHint,
    "turn": TurnHint,
}


def conversation_group(conversation: str) -> str:
    """The group of a conversation's followers, by its uuid."""
    return f"conversation.{conversation}"


def inbox_group(workspace_id: int) -> str:
    """The group of a workspace's desks."""
    return f"inbox.{workspace_id}"


def agent_group(agent_id: int) -> str:
    """The group of one agent's sockets."""
    return f"agent.{agent_id}"


def to_wire(hints: list[Hint], *, origin: str) -> str:
    """All hints of one commit as one text.

    `origin` names the sending process, which has served its own sockets.
    """
    return json.dumps({"origin": origin, "hints": [_row(hint) for hint in hints]}, separators=(",", ":"))


def _row(hint: Hint) -> list[object]:
    match hint:
        case MessageHint():
            return ["message", hint.conversation, hint.sequence, hint.note]
        case ConversationHint():
            return ["conversation", hint.conversation]
        case InboxHint():
            return ["inbox", hint.workspace_id, hint.conversation]
        case TypingHint():
            return ["typing", hint.conversation, hint.author, hint.typing, hint.source]
        case AgentHint():
            return ["agent", hint.agent_id]
        case TurnHint():
            return ["turn"]
    raise TypeError(f"{type(hint).__name__} is not a hint that travels")


def from_wire(text: str | bytes, *, own_origin: str) -> list[Hint]:
    """The hints of another process; empty for our own.

    ValueError, KeyError or TypeError if it is not ours at all.
    """
    message = json.loads(text)
    if message["origin"] == own_origin:
        return []
    return [HINTS[name](*values) for name, *values in message["hints"]]

"""The closed catalogue of what the server says on a socket; `docs/protocol.md` explains each frame.

An event's fields are the frame's `data`, so adding a field here, in `static/chat/frames.js` and in the page is one
change; a test compares the three.
"""

from __future__ import annotations

import dataclasses
import json
from typing import ClassVar

VERSION = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """Base of every server frame; `type` is its name on the wire."""

    type: ClassVar[str] = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer comes from: an article's title and address."""

    title: str
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class SessionOpened(Event):
    """A visitor's token was accepted; what was missed follows."""

    type: ClassVar[str] = "session.opened"
    conversation: str
    status: str
    agent: str | None
    sequence: int
    locale: str


@dataclasses.dataclass(frozen=True, slots=True)
class DeskOpened(Event):
    """A staff socket is ready; sent again when inbox changes may have been missed."""

    type: ClassVar[str] = "desk.opened"
    agent: str
    waiting: int
    mine: int


@dataclasses.dataclass(frozen=True, slots=True)
class MessageAcknowledged(Event):
    """The message is committed under this sequence; the client may forget its copy."""

    type: ClassVar[str] = "message.acknowledged"
    client_id: str
    sequence: int


@dataclasses.dataclass(frozen=True, slots=True)
class MessagePosted(Event):
    """A stored message. `previous` is the sequence of the one before it that the receiver may see."""

    type: ClassVar[str] = "message.posted"
    conversation: str
    sequence: int
    previous: int
    id: str
    author: str
    agent: str | None
    kind: str
    event: str
    text: str
    citations: tuple[Citation, ...]
    quick_replies: tuple[str, ...]
    client_id: str | None
    at: str


@dataclasses.dataclass(frozen=True, slots=True)
class MessagesResumed(Event):
    """The replay that was asked for is complete up to `sequence`."""

    type: ClassVar[str] = "messages.resumed"
    conversation: str
    sequence: int


@dataclasses.dataclass(frozen=True, slots=True)
class ConversationUpdated(Event):
    """Who has the conversation now."""

    type: ClassVar[str] = "conversation.updated"
    conversation: str
    status: str
    agent: str | None
    waiting_position: int | None
    sequence: int


@dataclasses.dataclass(frozen=True, slots=True)
class ConversationHeartbeat(Event):
    """The last sequence that the receiver may see, so that silence cannot hide a gap."""

    type: ClassVar[str] = "conversation.heartbeat"
    conversation: str
    sequence: int


@dataclasses.dataclass(frozen=True, slots=True)
class InboxChanged(Event):
    """A conversation of the inbox changed hands or got a message; staff only."""

    type: ClassVar[str] = "inbox.changed"
    conversation: str
    status: str
    assignee: int | None
    waiting: int


@dataclasses.dataclass(frozen=True, slots=True)
class TypingChanged(Event):
    """Somebody began or stopped typing; may be lost."""

    type: ClassVar[str] = "typing.changed"
    conversation: str
    author: str
    typing: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Error(Event):
    """A frame was refused; the socket stays open."""

    type: ClassVar[str] = "error"
    code: str
    detail: str
    client_id: str | None


CATALOGUE: dict[str, type[Event]] = {
    event.type: event
    for event in (
        SessionOpened,
        DeskOpened,
        MessageAcknowledged,
        MessagePosted,
        MessagesResumed,
        ConversationUpdated,
        ConversationHeartbeat,
        InboxChanged,
        TypingChanged,
        Error,
    )
}
FIELDS: dict[str, tuple[str, ...]] = {
    name: tuple(field.name for field in dataclasses.fields(event)) for name, event in CATALOGUE.items()
}

ERROR_CODES: frozenset[str] = frozenset(
    {
        "bad_frame",
        "unknown_type",
        "too_large",
        "invalid",
        "not_opened",
        "not_found",
        "not_owner",
        "already_taken",
        "at_capacity",
        "wrong_state",
        "client_id_reused",
        "rate_limited",
        "busy",
        "forbidden",
    }
)


def _plain(value: object) -> object:
    """What `json` cannot write by itself: citations."""
    if isinstance(value, Citation):
        return {"title": value.title, "url": value.url}
    raise TypeError(f"{type(value).__name__} has no place in a frame")


def encode(event: Event) -> str:
    """The frame as JSON text. A stored message also carries its sequence beside `data`."""
    frame: dict[str, object] = {"type": event.type, "v": VERSION}
    if isinstance(event, MessagePosted):
        frame["sequence"] = event.sequence
    frame["data"] = {name: getattr(event, name) for name in FIELDS[event.type]}
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"), default=_plain)

"""The closed catalogue of what clients may say, and the one way from a raw frame to a checked command.

Each command is a frozen dataclass whose fields name their check; unknown fields are ignored, so that a newer page
can talk to an older server during a rolling update.
"""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Callable, Mapping
from typing import ClassVar

from chat.decoding import FrameError, RawFrame, is_client_id, usable_client_id

MAX_TEXT = 4_000
MAX_CURSORS = 50
MAX_SEQUENCE = 2**31 - 1

_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")


def _refuse(name: str, rule: str) -> FrameError:
    return FrameError("invalid", f"{name} {rule}")


def check_client_id(name: str, value: object) -> str:
    """The client's own name for a message: 1-64 of letters, digits and `._:-`."""
    if not is_client_id(value):
        raise _refuse(name, "must be 1-64 letters, digits or ._:-")
    return value


def check_text(name: str, value: object) -> str:
    """A message's text: not blank, at most 4,000 code points, no NUL (PostgreSQL cannot hold one)."""
    if not isinstance(value, str) or not value.strip():
        raise _refuse(name, "must be a text that is not blank")
    if len(value) > MAX_TEXT:
        raise _refuse(name, f"may have {MAX_TEXT} characters")
    if "\x00" in value:
        raise _refuse(name, "must not contain a NUL character")
    return value


def check_uuid(name: str, value: object) -> uuid.UUID:
    """A conversation's id in its usual form with hyphens."""
    if not isinstance(value, str) or len(value) != 36:
        raise _refuse(name, "must be a UUID")
    try:
        return uuid.UUID(value)
    except ValueError:
        raise _refuse(name, "must be a UUID") from None


def check_sequence(name: str, value: object) -> int:
    """A whole number from 0 to 2**31 - 1."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SEQUENCE:
        raise _refuse(name, "must be a whole number from 0")
    return value


def check_flag(name: str, value: object) -> bool:
    """True or false, nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise _refuse(name, "must be true or false")
    return value


def check_token(name: str, value: object) -> str:
    """Something that can be a visitor's token."""
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise _refuse(name, "must be a token")
    return value


def check_locale(name: str, value: object) -> str:
    """A language tag, or nothing."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _LOCALE.fullmatch(value):
        raise _refuse(name, "must be a language tag")
    return value


def check_cursors(name: str, value: object) -> Mapping[uuid.UUID, int]:
    """The last sequence seen of each conversation, at most 50 of them."""
    if not isinstance(value, dict) or len(value) > MAX_CURSORS:
        raise _refuse(name, f"must be an object with at most {MAX_CURSORS} entries")
    return {check_uuid(name, key): check_sequence(name, cursor) for key, cursor in value.items()}


CHECKS: dict[str, Callable[[str, object], object]] = {
    "client_id": check_client_id,
    "text": check_text,
    "conversation": check_uuid,
    "after": check_sequence,
    "sequence": check_sequence,
    "typing": check_flag,
    "token": check_token,
    "locale": check_locale,
    "cursors": check_cursors,
}
# A field that may be left out, and what it then is.
OPTIONAL: dict[str, object] = {"locale": "", "cursors": {}}


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """Base of every client frame; `type` is its name on the wire. A field's name chooses its check."""

    type: ClassVar[str] = ""


@dataclasses.dataclass(frozen=True, slots=True)
class OpenSession(Command):
    """A visitor's first frame: who they are and what they have already seen."""

    type: ClassVar[str] = "session.open"
    token: str
    cursors: Mapping[uuid.UUID, int]
    locale: str


@dataclasses.dataclass(frozen=True, slots=True)
class SendMessage(Command):
    """A visitor says something."""

    type: ClassVar[str] = "message.send"
    client_id: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class ResumeMessages(Command):
    """Replay what comes after a sequence."""

    type: ClassVar[str] = "messages.resume"
    conversation: uuid.UUID
    after: int


@dataclasses.dataclass(frozen=True, slots=True)
class ReportCursor(Command):
    """How far the client has read; who never says so is too slow a reader."""

    type: ClassVar[str] = "cursor.report"
    conversation: uuid.UUID
    sequence: int


@dataclasses.dataclass(frozen=True, slots=True)
class SetTyping(Command):
    """The visitor began or stopped typing."""

    type: ClassVar[str] = "typing.set"
    typing: bool


@dataclasses.dataclass(frozen=True, slots=True)
class RequestHandoff(Command):
    """The visitor wants a person."""

    type: ClassVar[str] = "handoff.request"
    client_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class OpenDesk(Command):
    """A staff socket's first frame; `cursors` are the conversations on screen."""

    type: ClassVar[str] = "desk.open"
    cursors: Mapping[uuid.UUID, int]


@dataclasses.dataclass(frozen=True, slots=True)
class WatchConversation(Command):
    """Replay a conversation after a sequence and then follow it."""

    type: ClassVar[str] = "conversation.watch"
    conversation: uuid.UUID
    after: int


@dataclasses.dataclass(frozen=True, slots=True)
class UnwatchConversation(Command):
    """Stop following a conversation."""

    type: ClassVar[str] = "conversation.unwatch"
    conversation: uuid.UUID


@dataclasses.dataclass(frozen=True, slots=True)
class SendReply(Command):
    """An agent answers the visitor."""

    type: ClassVar[str] = "message.send"
    conversation: uuid.UUID
    client_id: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class AddNote(Command):
    """Staff leave a note that the visitor never sees."""

    type: ClassVar[str] = "note.add"
    conversation: uuid.UUID
    client_id: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class TakeConversation(Command):
    """An agent takes the conversation over."""

    type: ClassVar[str] = "conversation.take"
    conversation: uuid.UUID


@dataclasses.dataclass(frozen=True, slots=True)
class ReturnConversation(Command):
    """Give the conversation back to the assistant."""

    type: ClassVar[str] = "conversation.return"
    conversation: uuid.UUID


@dataclasses.dataclass(frozen=True, slots=True)
class ResolveConversation(Command):
    """The conversation is done."""

    type: ClassVar[str] = "conversation.resolve"
    conversation: uuid.UUID


@dataclasses.dataclass(frozen=True, slots=True)
class SetDeskTyping(Command):
    """An agent began or stopped typing in a conversation."""

    type: ClassVar[str] = "typing.set"
    conversation: uuid.UUID
    typing: bool


def _catalogue(*commands: type[Command]) -> dict[str, type[Command]]:
    return {command.type: command for command in commands}


VISITOR = _catalogue(OpenSession, SendMessage, ResumeMessages, ReportCursor, SetTyping, RequestHandoff)
DESK = _catalogue(
    OpenDesk,
    WatchConversation,
    UnwatchConversation,
    ResumeMessages,
    SendReply,
    AddNote,
    TakeConversation,
    ReturnConversation,
    ResolveConversation,
    SetDeskTyping,
    ReportCursor,
)


def fields_of(command: type[Command]) -> tuple[str, ...]:
    """The names of a command's fields, in order."""
    return tuple(field.name for field in dataclasses.fields(command))


_FIELDS = {command: fields_of(command) for command in (*VISITOR.values(), *DESK.values())}


def read_command(frame: RawFrame, catalogue: Mapping[str, type[Command]]) -> Command:
    """The checked command of a raw frame; FrameError (with the frame's `client_id` if it is usable) otherwise."""
    command = catalogue.get(frame.type)
    if command is None:
        raise FrameError("unknown_type", "no such frame", usable_client_id(frame.data))
    values: dict[str, object] = {}
    for name in _FIELDS[command]:
        if name not in frame.data:
            if name not in OPTIONAL:
                raise FrameError("invalid", f"{name} is missing", usable_client_id(frame.data))
            values[name] = OPTIONAL[name]
            continue
        try:
            values[name] = CHECKS[name](name, frame.data[name])
        except FrameError as error:
            raise FrameError(error.code, error.detail, usable_client_id(frame.data)) from None
    return command(**values)

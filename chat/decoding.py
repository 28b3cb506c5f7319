"""From the text of a client's frame to checked JSON: size, depth, duplicate keys, numbers, code points.

Nothing here knows which frames exist; `chat/commands.py` does.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TypeGuard

MAX_BYTES = 16 * 1024
MAX_DEPTH = 8
READABLE_CHARACTERS = 4 * MAX_BYTES
"""A larger frame is refused unread; one between this and the limit is read for its `client_id` alone."""

_CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class FrameError(Exception):
    """A frame that is refused: `code` of the protocol and a detail for developers, never the frame's own text."""

    def __init__(self, code: str, detail: str, client_id: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.client_id = client_id


@dataclass(frozen=True, slots=True)
class RawFrame:
    """A well-formed frame whose `data` nobody has checked yet."""

    type: str
    data: dict[str, object]


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object without repeated keys: two readers must never see different values of one key."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise FrameError("bad_frame", "a key is repeated")
    return result


def _constant(name: str) -> object:
    raise FrameError("bad_frame", f"{name} is not JSON")


def _check_depth(value: object, left: int) -> None:
    """Refuse nesting beyond the limit; `left` counts the levels that may still open."""
    if not isinstance(value, dict | list):
        return
    if left == 0:
        raise FrameError("bad_frame", f"nested deeper than {MAX_DEPTH} levels")
    for inner in value.values() if isinstance(value, dict) else value:
        _check_depth(inner, left - 1)


def is_client_id(value: object) -> TypeGuard[str]:
    """Whether it can be a client's own name for a message: 1-64 of letters, digits and `._:-`."""
    return isinstance(value, str) and _CLIENT_ID.fullmatch(value) is not None


def usable_client_id(data: object) -> str | None:
    """The `client_id` of a frame's data if it has a well-formed one, so that its sender knows what was refused."""
    value = data.get("client_id") if isinstance(data, dict) else None
    return value if is_client_id(value) else None


def _too_large(text: str) -> FrameError:
    """The refusal of a frame that is too large, with its `client_id` if reading that is cheap."""
    client_id = None
    if len(text) <= READABLE_CHARACTERS:
        try:
            frame = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
        except (ValueError, RecursionError, FrameError):
            frame = None
        client_id = usable_client_id(frame.get("data")) if isinstance(frame, dict) else None
    return FrameError("too_large", f"a frame may have {MAX_BYTES} bytes", client_id)


def decode_frame(text: str) -> RawFrame:
    """Parse and check a frame's envelope `{"type", "v", "data"}`; FrameError says what is wrong."""
    # A code point is at least one byte, so the cheap test goes first.
    if len(text) > MAX_BYTES:
        raise _too_large(text)
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise FrameError("bad_frame", "not valid UTF-8") from None
    if size > MAX_BYTES:
        raise _too_large(text)
    try:
        frame = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise FrameError("bad_frame", "not JSON") from None
    if not isinstance(frame, dict):
        raise FrameError("bad_frame", "a frame is an object")
    _check_depth(frame, MAX_DEPTH)
    if "\\u" in text:
        # A lone surrogate can be written in JSON but in no database and in no reply.
        try:
            json.dumps(frame, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            client_id = usable_client_id(frame.get("data"))
            raise FrameError("bad_frame", "half of a surrogate pair", client_id) from None
    name = frame.get("type")
    if not isinstance(name, str) or not name:
        raise FrameError("bad_frame", "type must be a text")
    version = frame.get("v")
    if version != 1 or isinstance(version, bool):
        raise FrameError("bad_frame", "v must be 1")
    data = frame.get("data", {})
    if not isinstance(data, dict):
        raise FrameError("bad_frame", "data must be an object")
    return RawFrame(type=name, data=data)

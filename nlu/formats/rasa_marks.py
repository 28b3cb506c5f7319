"""Marked words as Rasa writes them: `[surface](type)`, `[surface](type:value)`, `[surface]{"entity": "type", …}`.

There is no way to write a bracket that is only a bracket, so whoever writes a text reads it back to be sure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nlu.formats.records import Span

# Names that stand in parentheses as they are.
_PLAIN_NAME = re.compile(r"[^\W]([\w .-]*[\w.-])?")


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text without the syntax, its spans, and for each span the value it was given ("" where it has none).

    `is_thinned` says that some words had several marks, of which the first is kept.
    """

    text: str
    spans: tuple[Span, ...]
    values: tuple[str, ...]
    is_thinned: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    type: str
    value: str
    end: int
    is_thinned: bool = False


def read_marks(raw: str) -> MarkedText:
    """Take the syntax out of an example. ValueError when braces after a bracket are no entity."""
    pieces: list[str] = []
    spans: list[Span] = []
    values: list[str] = []
    length = position = search = 0
    is_thinned = False
    while (start := raw.find("[", search)) >= 0 and (close := raw.find("]", start + 1)) >= 0:
        surface = raw[start + 1 : close]
        mark = _mark_after(raw, close + 1) if surface else None
        if mark is None:
            # The same closing bracket ends every opening one before it, so nothing in between is a mark.
            search = close + 1
            continue
        before = raw[position:start]
        pieces += (before, surface)
        length += len(before)
        spans.append((length, length + len(surface), mark.type))
        values.append(mark.value)
        length += len(surface)
        position = search = mark.end
        is_thinned = is_thinned or mark.is_thinned
    pieces.append(raw[position:])
    return MarkedText("".join(pieces), tuple(spans), tuple(values), is_thinned)


def _mark_after(raw: str, at: int) -> _Mark | None:
    """What stands behind the closing bracket, if it makes a mark."""
    closer = {"(": ")", "{": "}", "[": "]"}.get(raw[at : at + 1])
    end = raw.find(closer, at + 1) if closer else -1
    inner = raw[at + 1 : end]
    if end < 0 or not inner:
        return None
    if closer == ")":
        name, colon, value = inner.partition(":")
        return _Mark(name.strip(), value.strip(), end + 1) if name and (value or not colon) else None
    if closer == "}":
        return _from_object(raw[at : end + 1], end + 1)
    first = inner.find("}")
    if not inner.startswith("{") or first < 0:
        return None
    mark = _from_object(inner[: first + 1], end + 1)
    return _Mark(mark.type, mark.value, mark.end, "{" in inner[first:])


def _from_object(text: str, end: int) -> _Mark:
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError(text) from None
    name, value = found.get("entity"), found.get("value", "")
    if not isinstance(name, str) or not name.strip() or not isinstance(value, str | int | float):
        raise ValueError(text)
    return _Mark(name.strip(), str(value).strip(), end)


def write_marks(text: str, spans: Sequence[Span]) -> tuple[str, tuple[Span, ...]] | None:
    """The example with its marks, and those marks that cannot be written; None if the text itself cannot.

    What is returned reads back as the same text with the written marks. Spans must be sorted and not overlap.
    """
    plain = tuple(span for span in spans if not set("[]") & set(text[span[0] : span[1]]))
    for written in dict.fromkeys((tuple(spans), plain, ())):
        example = _marked(text, written)
        try:
            back = read_marks(example)
        except ValueError:
            continue
        if back.text == text and back.spans == written and not any(back.values):
            return example, tuple(span for span in spans if span not in written)
    return None


def _marked(text: str, spans: Sequence[Span]) -> str:
    if not spans:
        return text
    edges = [0, *(edge for start, end, _name in spans for edge in (start, end)), len(text)]
    pieces = [text[left:right] for left, right in pairwise(edges)]
    for number, (_start, _end, name) in enumerate(spans):
        surface = pieces[2 * number + 1]
        target = f"({name})" if _PLAIN_NAME.fullmatch(name) else json.dumps({"entity": name}, ensure_ascii=False)
        pieces[2 * number + 1] = f"[{surface}]{target}"
    return "".join(pieces)

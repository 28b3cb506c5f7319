"""Texts with marked spans, cut into pieces that a template can print."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nlu.models import Utterance


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; with a `type` it is a marked span, and `key` is what removes or explains it."""

    text: str
    start: int
    type: str = ""
    key: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A marked span in code points, end exclusive."""

    start: int
    end: int
    type: str
    key: int = 0
    note: str = ""


def cut(text: str, spans: Iterable[Span]) -> tuple[Piece, ...]:
    """The text in order, spans and what lies between them; a span that overlaps an earlier one is left out."""
    pieces: list[Piece] = []
    at = 0
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if span.start < at or not span.start < span.end <= len(text):
            continue
        if span.start > at:
            pieces.append(Piece(text[at : span.start], at))
        pieces.append(Piece(text[span.start : span.end], span.start, span.type, span.key, span.note))
        at = span.end
    if at < len(text):
        pieces.append(Piece(text[at:], at))
    return tuple(pieces)


def pieces_of(utterance: Utterance) -> tuple[Piece, ...]:
    """The utterance's text with its annotations (prefetched with their types)."""
    return cut(
        utterance.text,
        (Span(one.start, one.end, one.entity_type.name, one.pk) for one in utterance.annotations.all()),
    )

"""Cuts an article into passages: the parts that search finds and answers quote."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlu.knowledge.markdown import blocks

# Code points. A passage of a help article should hold a whole answer, and be small enough to quote.
LONGEST = 900
SHORTEST = 200
HEADING_LENGTH = 300
_SENTENCE_END = re.compile(r"(?<=[。！？!?；;])|(?<=[.])\s+")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: the headings above it joined with " / " (may be empty), its plain text, the hash of both."""

    heading: str
    text: str
    content_hash: str


def split(title: str, body: str) -> list[Chunk]:
    """The passages of an article in order. Headings always begin a new one unless the text before is short.

    An article without text is one passage that repeats its title, so that it can be found.
    """
    chunks = [_chunk(heading, text) for heading, text in _sections(body)]
    return chunks or [_chunk("", title)]


def _chunk(heading: str, text: str) -> Chunk:
    heading = heading[:HEADING_LENGTH]
    digest = hashlib.sha256(f"{heading}\n{text}".encode()).hexdigest()
    return Chunk(heading, text, digest)


def _sections(body: str) -> Iterator[tuple[str, str]]:
    path: dict[int, str] = {}
    heading = ""
    lines: list[str] = []
    size = 0
    for block in blocks(body):
        if block.level:
            path = {level: text for level, text in path.items() if level < block.level}
            path[block.level] = block.text
            if size >= SHORTEST:
                yield heading, "\n".join(lines)
                lines, size = [], 0
            if lines:
                lines.append(block.text)
                size += len(block.text)
            else:
                heading = " / ".join(path.values())
            continue
        for piece in _pieces(block.text):
            if lines and size + len(piece) > LONGEST:
                yield heading, "\n".join(lines)
                heading, lines, size = " / ".join(path.values()), [], 0
            lines.append(piece)
            size += len(piece)
    if lines:
        yield heading, "\n".join(lines)


def _pieces(text: str) -> Iterator[str]:
    """The text itself, or, when it is longer than a passage, its sentences put together up to that length."""
    if len(text) <= LONGEST:
        yield text
        return
    piece = ""
    for sentence in filter(None, _SENTENCE_END.split(text)):
        if piece and len(piece) + len(sentence) > LONGEST:
            yield piece.strip()
            piece = ""
        piece += sentence if not piece or not piece[-1].isascii() else " " + sentence
        while len(piece) > LONGEST:
            yield piece[:LONGEST].strip()
            piece = piece[LONGEST:]
    if piece.strip():
        yield piece.strip()

"""Writes training data as Rasa's YAML, line by line: nothing but the words of the lists is held in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from nlu.formats.rasa_lists import lists_of
from nlu.formats.rasa_marks import write_marks
from nlu.formats.rasa_reader import LONGEST_LINE, MARKS_KEY
from nlu.formats.records import EntityKind
from nlu.types import OUT_OF_SCOPE, Example

# What cannot stand in a block of lines: breaks of any kind, and what YAML does not print.
_UNPRINTABLE = re.compile(r"[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def rasa_lines(examples: Iterable[Example], kinds: Sequence[EntityKind]) -> Iterator[str]:
    """The file. Examples of one intent and language should follow each other; those that cannot be written are
    left out (`rasa_loss`).
    """
    yield 'version: "3.1"\n'
    if kinds:
        yield "entities:\n"
        yield from (f"- {quoted(kind.name)}\n" for kind in kinds)
    yield "nlu:\n"
    is_empty = True
    for part in (_intents(examples), _words(kinds)):
        for line in part:
            is_empty = False
            yield line
    if is_empty:
        yield "  []\n"


def rasa_loss(example: Example) -> Literal["", "text", "marks"]:
    """What is lost of an example: nothing, the whole text, or marks.

    A text is lost whose brackets would be read as a mark, or that is too long; a mark that brackets cannot write
    stands in the metadata, where Rasa does not look for it.
    """
    if not example.entities and "[" not in example.text and len(example.text) < LONGEST_LINE:
        return ""
    written = write_marks(example.text, example.entities)
    if written is None or len(written[0]) >= LONGEST_LINE:
        return "text"
    return "marks" if written[1] else ""


def quoted(text: str) -> str:
    """A YAML text in double quotes, everything in it visible."""
    return _UNPRINTABLE.sub(_escaped, json.dumps(text, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _intents(examples: Iterable[Example]) -> Iterator[str]:
    current: tuple[str, str, bool] | None = None
    for example in examples:
        written = write_marks(example.text, example.entities)
        if written is None or len(written[0]) >= LONGEST_LINE:
            continue
        text, extra = written
        in_block = not extra and not _UNPRINTABLE.search(text)
        place = (example.intent or OUT_OF_SCOPE, example.locale, in_block)
        if place != current:
            current = place
            yield f"- intent: {quoted(place[0])}\n  metadata:\n    locale: {quoted(place[1])}\n"
            yield "  examples: |\n" if in_block else "  examples:\n"
        if in_block:
            yield f"    - {text}\n"
            continue
        yield f"  - text: {quoted(text)}\n"
        if extra:
            yield f"    metadata:\n      {MARKS_KEY}: {quoted(json.dumps(extra, ensure_ascii=False))}\n"


def _words(kinds: Sequence[EntityKind]) -> Iterator[str]:
    lists, values = lists_of(kinds)
    groups: dict[str, list[str]] = {}
    for word, value in values.items():
        groups.setdefault(value, []).append(word)
    for section, entries in (("synonym", groups), ("lookup", lists)):
        for name, words in entries.items():
            yield f"- {section}: {quoted(name)}\n  examples: |\n"
            yield from (f"    - {word}\n" for word in words)
    for kind in kinds:
        if kind.pattern and writable_pattern(kind.pattern):
            yield f"- regex: {quoted(kind.name)}\n  examples: |\n    - {kind.pattern}\n"


def writable_pattern(pattern: str) -> bool:
    """Whether the expression can stand in one line."""
    return not _UNPRINTABLE.search(pattern)

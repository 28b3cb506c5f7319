"""From a text to its entities: what is set aside, then the grammar from left to right, the longest first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache

from nlu.recognizers.en import english
from nlu.recognizers.entities import KINDS, BuiltinEntity, Kind, Money, Quantity, Value
from nlu.recognizers.grammar import NOTHING, Grammar, Parser
from nlu.recognizers.identifiers import set_aside
from nlu.recognizers.moments import written
from nlu.recognizers.reading import Reading, is_digit, is_han, is_letter, is_word, read
from nlu.recognizers.zh import chinese

MAX_LENGTH = 2000
"""What lies beyond so many code points is not read."""

# Of two readings of one length the first kind here wins.
_ORDER: tuple[str, ...] = (
    "nothing",
    "interval",
    "datetime",
    "date",
    "duration",
    "percentage",
    "money",
    "quantity",
    "time",
    "ordinal",
    "number",
)


def recognize(
    text: str, *, clock: datetime, locale: str = "", kinds: Collection[Kind] = KINDS
) -> tuple[BuiltinEntity, ...]:
    """The entities of `kinds` in a text, in order, none overlapping another.

    `clock` is the present in the time zone that values are local to. `locale` picks the grammar, zh-hans or en;
    where it is empty, or the text is clearly in the other language, the script decides. Values follow the
    conventions in docs/recognizers.md; an expression that is ambiguous beyond them is left out.
    """
    reading = read(text[:MAX_LENGTH])
    is_chinese = _is_chinese(reading, locale)
    grammar = chinese() if is_chinese else english()
    found = _read(reading, grammar, clock, is_chinese=is_chinese)
    return tuple(
        BuiltinEntity(*reading.original_span(start, end), kind, value)
        for start, end, kind, value in found
        if kind in kinds
    )


def _is_chinese(reading: Reading, locale: str) -> bool:
    han = sum(map(is_han, reading.text))
    if locale.lower().startswith("zh"):
        return bool(han) or not any(map(is_letter, reading.text))
    if locale.lower().startswith("en"):
        return han > sum(map(is_letter, reading.text))
    return han > 0


def _read(
    reading: Reading, grammar: Grammar, clock: datetime, *, is_chinese: bool
) -> list[tuple[int, int, Kind, Value]]:
    text = reading.text
    asides = set_aside(reading, chinese=is_chinese)
    parser = grammar.parser(reading, clock)
    kinds = _kinds_by_key(grammar)
    found: list[tuple[int, int, Kind, Value]] = []
    position, size = 0, len(text)
    while position < size:
        while asides and asides[0].end <= position:
            asides.pop(0)
        if asides and asides[0].start <= position:
            aside = asides.pop(0)
            if aside.kind:
                found.append((aside.start, aside.end, aside.kind, aside.value))
            position = aside.end
            continue
        limit = asides[0].start if asides else size
        if not _may_begin(text, position):
            position += 1
            continue
        possible = kinds.get(parser.key(position))
        best = _longest(parser, possible, text, position, limit) if possible else None
        if best is None:
            position += 1
            continue
        end, kind, value = best
        if value is not NOTHING and kind in KINDS:
            found.append((position, end, kind, value if isinstance(value, (Money, Quantity)) else written(value)))
        position = end
    return found


@cache
def _kinds_by_key(grammar: Grammar) -> dict[str, tuple[str, ...]]:
    """For each key, what can begin with it, in order."""
    found: dict[str, list[str]] = {}
    for kind in _ORDER:
        for key in grammar.starts(kind):
            found.setdefault(key, []).append(kind)
    return {key: tuple(kinds) for key, kinds in found.items()}


def _longest(
    parser: Parser, kinds: tuple[str, ...], text: str, position: int, limit: int
) -> tuple[int, Kind, object] | None:
    best: tuple[int, str, object] | None = None
    for kind in kinds:
        for end, value in parser.read(kind, position):
            if end <= limit and (best is None or end > best[0]) and _may_end(text, end):
                best = (end, kind, value)
    return best  # type: ignore[return-value]


def _may_begin(text: str, position: int) -> bool:
    """Not inside a word or a run of digits, nor right behind the separator of one."""
    character = text[position]
    if character == " ":
        return False
    if not position:
        return True
    before = text[position - 1]
    if is_word(character) and is_word(before):
        return False
    if is_digit(character) and before in ".-/:_,'+#" and position > 1:
        return not is_word(text[position - 2])
    return True


def _may_end(text: str, end: int) -> bool:
    """Not inside a word or a run of digits, nor right before the separator of one."""
    if end >= len(text):
        return True
    last, after = text[end - 1], text[end]
    if is_word(last) and is_word(after):
        return False
    return not (is_digit(last) and after in ".-/:_'" and is_word(text[end + 1 : end + 2] or " "))

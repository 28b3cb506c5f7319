"""What in a message could be a slot's value, in which form a slot takes it, and whether it fits."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import re2

from chat.dialogue.conditions import number_of
from chat.dialogue.cues import NEGATED_BEFORE, NUMERALS
from chat.dialogue.flows import Slot
from nlu.recognizers.entities import KINDS
from nlu.recognizers.recognizer import recognize
from nlu.types import EntitySpan, Parse

LONGEST_VALUE: Final = 500
TAKES: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "datetime", "interval"),
    "time": ("time", "datetime"),
    "datetime": ("datetime",),
    "number": ("number", "quantity"),
    "money": ("money", "number"),
    "quantity": ("quantity",),
    "ordinal": ("ordinal", "number"),
    "percentage": ("percentage", "number"),
}
"""Built-in type of a slot -> kinds of values that it takes, the best first."""
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_LATIN: Final = re.compile("[A-Za-z]")
_WORDS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LONE_NUMBER: Final = re.compile(
    rf"\s*(?:就|只有?|我们?|一共|共|只是|just|only)*\s*([一二两三四五六七八九十]|[0-9]{{1,6}}|{'|'.join(_WORDS)})"
    r"\s*[个位名份件张]?\s*(?:人|people|persons?|passengers?|吧|[.。])?\s*",
    re.IGNORECASE,
)
_DAYS: Final = re.compile(r"today([+-]\d{1,4})?")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value in the message: text[start:end]. `negated`: the visitor said that it is not this one."""

    start: int
    end: int
    type: str
    value: str
    negated: bool = False


def candidates_of(
    parse: Parse, slots: Collection[Slot], *, now: datetime, references: Mapping[str, str]
) -> list[Candidate]:
    """All values of the message, in order, none inside another.

    What the workspace's model found, and for slots of built-in types what the recognizers read at `now`: the flow
    needs them whether or not the model was trained since. `references` maps placeholders of masked values to
    the sequence of the message that holds them.
    """
    spans = [span for span in parse.entities if span.source != "builtin"]
    wanted = {kind for slot in slots for kind in TAKES.get(slot.type, (slot.type,)) if kind in KINDS}
    found = [_of_span(span, parse.text, references) for span in spans]
    for locale in _grammars(parse) if wanted else ():
        for one in recognize(parse.text, clock=now, locale=locale, kinds=wanted):
            if not any(one.start < other.end and other.start < one.end for other in found):
                negated = NEGATED_BEFORE.search(parse.text[: one.start]) is not None
                found.append(Candidate(one.start, one.end, one.kind, one.canonical, negated))
    return sorted(found, key=lambda one: (one.start, one.end))


def _grammars(parse: Parse) -> tuple[str, ...]:
    """The languages to read values in: the message's own, then the other one if it has words of both."""
    if _HAN.search(parse.text) is None or _LATIN.search(parse.text) is None:
        return (parse.locale,)
    return (parse.locale, "en" if parse.locale.startswith("zh") else "zh-hans")


def lone_number(text: str) -> list[Candidate]:
    """The number that a whole answer is, with no more than a counting word: "一个人", "just one"."""
    match = _LONE_NUMBER.fullmatch(text)
    if match is None:
        return []
    word = match[1].lower()
    number = NUMERALS.get(word) or (_WORDS.index(word) + 1 if word in _WORDS else int(word))
    return [Candidate(match.start(1), match.end(1), "number", str(number))]


def _of_span(span: EntitySpan, text: str, references: Mapping[str, str]) -> Candidate:
    value = span.value
    if span.source == "placeholder" and span.text in references:
        value = f"vault:{references[span.text]}:{span.text}"
    negated = NEGATED_BEFORE.search(text[: span.start]) is not None
    return Candidate(span.start, span.end, span.type, value, negated)


def value_for(slot: Slot, candidate: Candidate) -> str:
    """The candidate in the slot's form; empty if the slot does not take its type."""
    kinds = TAKES.get(slot.type, (slot.type,))
    if candidate.type not in kinds or slot.type in ("text", "choice", "yes_no"):
        return ""
    value = candidate.value
    if candidate.type == slot.type:
        return value
    match slot.type, candidate.type:
        case "date", "datetime":
            return value[:10]
        case "date", "interval":
            first, _slash, last = value.partition("/")
            return first[:10] if first[:10] == last[:10] else ""
        case "time", "datetime":
            return value[11:16]
        case "money", "number":
            return f"{value} CNY"
        case "number", "quantity":
            number = number_of(value)
            return str(number) if number is not None else ""
    return value


def misfit(slot: Slot, value: str, *, now: datetime) -> bool:
    """Whether the slot's pattern or bounds refuse the value."""
    if not value or len(value) > LONGEST_VALUE:
        return True
    if slot.pattern and not value.startswith("vault:") and re2.fullmatch(slot.pattern, value) is None:
        return True
    return _beyond(slot.least, value, now, below=True) or _beyond(slot.most, value, now, below=False)


def _beyond(bound: str, value: str, now: datetime, *, below: bool) -> bool:
    if not bound:
        return False
    if match := _DAYS.fullmatch(bound):
        bound = (now.date() + timedelta(days=int(match[1] or 0))).isoformat()
    try:
        day = date.fromisoformat(bound)
    except ValueError:
        limit, number = number_of(bound), number_of(value)
        if limit is None or number is None:
            return False
        return number < limit if below else number > limit
    try:
        given = date.fromisoformat(value[:10])
    except ValueError:
        return False
    return given < day if below else given > day


def is_bound(text: str) -> bool:
    """Whether a slot's `least` or `most` is one: a number, an ISO day, today with days added."""
    if not text or _DAYS.fullmatch(text) or number_of(text) is not None:
        return True
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def rest_of(text: str, spans: Sequence[Candidate]) -> str:
    """The message without the values."""
    kept: list[str] = []
    end = 0
    for one in spans:
        kept.append(text[end : max(one.start, end)])
        end = max(end, one.end)
    return " ".join([*kept, text[end:]])

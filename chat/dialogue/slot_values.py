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
from chat.dialogue.listed import LONGEST_ANSWER, NOTHING_LISTED, ListedValues
from chat.dialogue.people import people_in
from nlu.recognizers.entities import KINDS
from nlu.recognizers.recognizer import recognize
from nlu.types import EntitySpan, Parse

LONGEST_VALUE: Final = 500
NIGHT_ENDS: Final = "06:00"
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
_DAY_OF_MONTH: Final = re.compile(
    r"(?<![\d月/.:年-])(\d{1,2})\s*[号日](?![楼线店口门机])|\bthe (\d{1,2})(?:st|nd|rd|"
    r"th)\b(?! (?:one|flight|option|floor|of))",
    re.IGNORECASE,
)
_MONTH: Final = re.compile(
    r"(?<=\d )(?:of )?(?:january|february|march|april|may|june|july|august|september|october|november|"
    r"december)\b"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)(?= \d)"
)
_CODE: Final = re.compile(r"[a-z]\w*\d|\d\w*[a-z]", re.IGNORECASE)
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_LATIN: Final = re.compile("[A-Za-z]")
_WORDS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LONE_NUMBER: Final = re.compile(
    rf"\s*(?:就|只有?|我们?|一共|共|只是|大概|要|来|买|订|嗯|just|only|i need|make it|about|"
    rf"let'?s say)*[\s,，]*"
    rf"([一二两三四五六七八九十]|[0-9]{{1,6}}|{'|'.join(_WORDS)})"
    r"\s*[个位名份件张]?\s*(?:人|people|persons?|passengers?|pieces?|pcs|of (?:them|those)|"
    r"please|thanks|谢谢|的?吧|就行|就好|[.。!！])*\s*",
    re.IGNORECASE,
)
_DAYS: Final = re.compile(r"today([+-]\d{1,4})?")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value in the message: text[start:end].

    `negated`: the visitor said that it is not this one. `guessed`: only the model takes the words for a value; no
    list, pattern or recognizer knows it.
    """

    start: int
    end: int
    type: str
    value: str
    negated: bool = False
    guessed: bool = False


def candidates_of(
    parse: Parse,
    slots: Collection[Slot],
    *,
    now: datetime,
    references: Mapping[str, str],
    asked: Slot | None = None,
    listed: ListedValues = NOTHING_LISTED,
) -> list[Candidate]:
    """All values of the message, in order, none inside another.

    What the workspace's model found, and for slots of built-in types what the recognizers read at `now`: the flow
    needs them whether or not the model was trained since. `references` maps placeholders of masked values to
    the sequence of the message that holds them. What was `asked` for comes before another reading of the same
    words, and may be said in fewer words than the model needs (`chat.dialogue.listed`).
    """
    # What only the model takes for a date is none: the recognizers find those that are.
    spans = [
        span
        for span in parse.entities
        if span.source != "builtin" and (span.source != "model" or span.type not in KINDS)
    ]
    wanted = {kind for slot in slots for kind in TAKES.get(slot.type, (slot.type,)) if kind in KINDS}
    found = [_of_span(span, parse.text, references) for span in spans]
    found = _with_people(parse, found, slots, asked, listed)
    if asked is not None:
        found = _asked_first(parse, found, asked, now)
    for locale in _grammars(parse) if wanted else ():
        for one in recognize(_with_months(parse.text), clock=now, locale=locale, kinds=wanted):
            if not any(one.start < other.end and other.start < one.end for other in found):
                negated = NEGATED_BEFORE.search(parse.text[: one.start]) is not None
                found.append(Candidate(one.start, one.end, one.kind, one.canonical, negated))
    found += _days_of_month(parse.text, slots, found, now)
    if asked is not None and not any(_takes(asked, one) for one in found):
        found += _in_few_words(parse, asked, found, listed)
    return sorted(found, key=lambda one: (one.start, one.end))


def _takes(slot: Slot, one: Candidate) -> bool:
    return bool(value_for(slot, one))


def _with_people(
    parse: Parse, found: list[Candidate], slots: Collection[Slot], asked: Slot | None, listed: ListedValues
) -> list[Candidate]:
    """With the number of people that the message counts in parts, instead of the parts."""
    kinds = {slot.type for slot in slots if slot.type == "number" or listed.counts_people(slot.type)}
    alone = (asked is not None and asked.type in kinds) or any(listed.counts_people(kind) for kind in kinds)
    counted = people_in(parse.text, alone=alone) if kinds else None
    if counted is None:
        return found
    number, start, end = counted
    for kind in sorted(kinds, key=lambda kind: (asked is None or kind != asked.type, kind == "number")):
        value = str(number) if kind == "number" else listed.numbered(kind, str(number), parse.locale)
        if value:
            kept = [one for one in found if one.end <= start or end <= one.start]
            return [*kept, Candidate(start, end, kind, value)]
    return found


def _asked_first(parse: Parse, found: list[Candidate], asked: Slot, now: datetime) -> list[Candidate]:
    """With what can be read as the asked built-in type, instead of other guesses at the same words."""
    kinds = [kind for kind in TAKES.get(asked.type, (asked.type,)) if kind in KINDS]
    if not kinds or any(_takes(asked, one) for one in found):
        return found
    for locale in _grammars(parse):
        for one in recognize(_with_months(parse.text), clock=now, locale=locale, kinds={kinds[0]}):
            if any(other.start <= one.start and one.end < other.end for other in found):
                continue
            found = [other for other in found if other.end <= one.start or one.end <= other.start]
            negated = NEGATED_BEFORE.search(parse.text[: one.start]) is not None
            found.append(Candidate(one.start, one.end, one.kind, one.canonical, negated))
    return found


def _in_few_words(parse: Parse, asked: Slot, found: Sequence[Candidate], listed: ListedValues) -> list[Candidate]:
    """The asked value where a short answer says it by its number, a part of it, misspelt, or with blanks."""
    text = parse.text
    if len(text) > LONGEST_ANSWER:
        return []
    numbers = lone_number(text)
    if numbers and asked.type == "number":
        return numbers
    if numbers and (value := listed.numbered(asked.type, numbers[0].value, parse.locale)):
        return [Candidate(numbers[0].start, numbers[0].end, asked.type, value)]
    free = not any(one.start < len(text) for one in found if one.type != "number")
    value = (listed.meant(asked.type, text) if free else "") or listed.written(asked.type, text)
    return [Candidate(0, len(text), asked.type, value)] if value else []


def _days_of_month(
    text: str, slots: Collection[Slot], found: Sequence[Candidate], now: datetime
) -> list[Candidate]:
    """A day that is said without its month, "28号", "the 28th": the next one; the last one where past ones fit."""
    dated = [slot for slot in slots if slot.type == "date"]
    if not dated:
        return []
    past = all(slot.most in ("today", "today-1") for slot in dated)
    days: list[Candidate] = []
    for match in _DAY_OF_MONTH.finditer(text):
        start, end = match.span()
        day = _near_day(int(match[1] or match[2]), now.date(), past=past)
        overlapping = [one for one in found if one.start < end and start < one.end]
        if day is not None and all(one.type in ("ordinal", "number", "quantity") for one in overlapping):
            negated = NEGATED_BEFORE.search(text[:start]) is not None
            days.append(Candidate(start, end, "date", day.isoformat(), negated))
    return days


def _with_months(text: str) -> str:
    """The text with months beside numbers in capitals, which tell "22 march" from "march on"."""
    return _MONTH.sub(lambda match: match[0].title(), text)


def _near_day(day: int, today: date, *, past: bool) -> date | None:
    for months in range(3):
        month = today.month - 1 + (-months if past else months)
        try:
            found = date(today.year + month // 12, month % 12 + 1, day)
        except ValueError:
            continue
        if found <= today if past else found >= today:
            return found
    return None


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
    if span.source == "pattern" and value.isascii() and _CODE.search(value):
        # Codes are written in capitals, whatever people type.
        value = value.upper()
    negated = NEGATED_BEFORE.search(text[: span.start]) is not None
    return Candidate(span.start, span.end, span.type, value, negated, guessed=span.source == "model")


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
            # An evening ends with the day, a night in the next morning.
            night = last[:10] == _day_after(first[:10]) and last[11:] <= NIGHT_ENDS and "T" in last
            return first[:10] if first[:10] == last[:10] or night else ""
        case "time", "datetime":
            return value[11:16]
        case "money", "number":
            return f"{value} CNY"
        case "number", "quantity":
            number = number_of(value)
            return str(number) if number is not None else ""
    return value


def _day_after(day: str) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except ValueError:
        return ""


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


_LEADS_UP_ZH: Final = re.compile(
    r"(?:嗯+|哦|那|就|那就|请|麻烦|帮我)*(?:你)?(?:写|填|叫|开(?!发)|抬头|名字|姓名|名称|称呼|"
    r"我(?:的名字)?(?:叫|是)|本人|是因为|因为|原因)"
    r"(?:是|为|叫|写|填|就)*[:：，,\s]*"
)
_LEADS_UP_EN: Final = re.compile(
    r"(?:please |just |ok |so |well )*(?:my (?:full )?name is|my name'?s|the name is|name is|name|"
    r"put(?: down)?|write|"
    r"it'?s because|it is because|because(?: of)?|the reason is(?: that)?|it should (?:be|say|read)|"
    r"make it out to|call me|"
    r"(?:put it |it'?s |book it |make it )?(?:under|in)(?: the name(?: of)?)?|for|it'?s|it is|this is|"
    r"i'?m|i am)[:,]?\s+",
    re.IGNORECASE,
)
_TRAILS: Final = re.compile(
    r"(?:[,，\s]*(?:吧|就行|就好|就可以了?|谢谢|please|thanks|thank you))+[.。!！]*$", re.IGNORECASE
)


def free_text(slot: Slot, text: str) -> str:
    """What a message in free words says for the slot: with a pattern the only part that fits it, else what follows
    the slot's title or words such as "my name is"; the whole message where nothing is left of it."""
    plain = text.strip()
    if slot.pattern:
        joined = (plain, re.sub(r"(?<=[A-Za-z0-9])[\s-]+(?=[A-Za-z0-9])", "", plain))
        for form in joined:
            parts = [form, *re.findall(r"[A-Za-z0-9]+|[\u4e00-\u9fff]+", form)]
            fitting = [part for part in parts if re2.fullmatch(slot.pattern, part) is not None]
            if fitting:
                return str(fitting[0])
        return ""
    rest = plain
    for title in sorted(slot.title.values(), key=len, reverse=True):
        led = re.match(
            rf"(?:我的|the |my )?{re.escape(title)}(?:\s*(?:是|为|写|填|叫|就|is|=|:|：)\s*)+", rest, re.IGNORECASE
        )
        if led is not None:
            rest = rest[led.end() :]
    for leads in (_LEADS_UP_ZH, _LEADS_UP_EN):
        if (match := leads.match(rest)) is not None:
            rest = rest[match.end() :]
    rest = _TRAILS.sub("", rest).strip(" ,，:：")
    return rest or plain


def rest_of(text: str, spans: Sequence[Candidate]) -> str:
    """The message without the values."""
    kept: list[str] = []
    end = 0
    for one in spans:
        kept.append(text[end : max(one.start, end)])
        end = max(end, one.end)
    return " ".join([*kept, text[end:]])

"""English times of day and lengths of time: half past three, 2-4pm tomorrow, an hour and a half, a fortnight."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from nlu.recognizers.en_context import between, changing
from nlu.recognizers.en_days import TO
from nlu.recognizers.en_numbers import ONES, TENS
from nlu.recognizers.grammar import DIGIT, NOTHING, Grammar, Site
from nlu.recognizers.moments import (
    Face,
    Length,
    Of,
    Part,
    half_of,
    length_of,
    moment,
    moments_range,
    time_of_day,
    times_range,
)
from nlu.recognizers.numeric_dates import read_clock, read_dotted_clock, read_moment
from nlu.recognizers.wordlists import listed

_HOURS = {word: n for word, n in ONES.items() if 1 <= n <= 12}
_MINUTES = {f"{tens} {one}": n + m for tens, n in TENS.items() for one, m in ONES.items() if 0 < m < 10 and n < 60}
_MINUTES |= {
    f"{tens}-{one}": n + m for tens, n in TENS.items() for one, m in ONES.items() if 0 < m < 10 and n < 60
}
_MINUTES |= {word: n for word, n in TENS.items() if n < 60} | {word: n for word, n in ONES.items() if n >= 10}
_MINUTES |= {f"oh {word}": n for word, n in ONES.items() if 0 < n < 10}
_UNITS = {
    "year": "years", "years": "years", "yr": "years", "yrs": "years", "month": "months", "months": "months",
    "mth": "months", "mths": "months", "week": "weeks", "weeks": "weeks", "wk": "weeks", "wks": "weeks",
    "day": "days", "days": "days", "hour": "hours", "hours": "hours", "hr": "hours", "hrs": "hours",
    "minute": "minutes", "minutes": "minutes", "min": "minutes", "mins": "minutes", "second": "seconds",
    "seconds": "seconds", "sec": "seconds", "secs": "seconds", }  # fmt: skip
_HALF_UNITS = {"hour": "hours", "day": "days", "month": "months", "year": "years"}
_RATES = frozenset(
    {"once", "twice", "times", "per", "cents", "dollars", "euros", "pounds", "bucks", "yuan", "quid", "%"}
)
_LASTING = frozenset(
    listed(
        """
        for within about take takes took taking last lasts lasted only almost nearly over under after wait
        waited least than roughly around another spend spent until of every exactly just full
        """
    )
)
_LINK = "at|around|about|by|before|after|from|@|,"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A face and the part of the day said with it."""

    face: Face
    part: Part | None


def add_lengths(grammar: Grammar) -> None:
    """The parts `length` (as said) and `span` (as in "in a week"); the kind `duration`."""
    grammar.words("unit", _UNITS)
    grammar.words("half_unit", _HALF_UNITS)
    grammar.rule("simple_length", "{n} -? {unit}", _length)
    grammar.rule("length", "{simple_length}", lambda site, length: length)
    grammar.rule("length", "{simple_length} ,? and? {simple_length}", _both)
    grammar.rule("length", "{n} and a half -? {unit}", lambda site, n, unit: length_of(n + Decimal("0.5"), unit))
    grammar.rule("length", "{n} {unit} and a half", _and_half)
    grammar.rule("length", "an hour|year and a half", _one_and_half)
    grammar.rule("length", "a year|month|day and a half", _one_and_half)
    grammar.rule("length", "half a|an {half_unit}", lambda site, unit: half_of(unit))
    grammar.rule("length", "a half hour", lambda site: Length(minutes=30))
    grammar.rule("length", "a? fortnight", lambda site: Length(weeks=2))
    grammar.rule("length", "{n} fortnights", lambda site, n: length_of(2 * n, "weeks"))
    grammar.rule("length", "quarter of an hour", lambda site: Length(minutes=15))
    grammar.rule("length", "three quarters of an hour", lambda site: Length(minutes=45))
    grammar.rule("one", "a|an {unit}", _one)
    grammar.rule("span", "{length}", lambda site, length: length)
    grammar.rule("span", "{one}", lambda site, length: length)
    grammar.rule("duration", "{length}", _said)
    grammar.rule("duration", "{one}", _one_said)
    grammar.rules(
        "nothing",
        [
            "{n} -? business|working day|days",
            f"{{n}} {TO} {{n}} -? business|working day|days",
            "{length} -? old|olds",
            f"{{n}} {TO} {{length}}",
            f"{{length}} {TO} {{length}}",
            "{n} or {length}",
            "between {n} and {length}",
            "24 hours a day ,? 7 days a week",
            "{length} a day|week|month|year",
            "a couple of|couple {unit} ago?",
            "a few {unit} ago?",
            "several {unit} ago?",
            "every|each {unit}",
            "every|each {length}",
        ],
        lambda site, *parts: NOTHING,
    )


def add_times(grammar: Grammar) -> None:
    """The part `shown` (a time of day) and the kinds `time`, `datetime`, and `interval` with times."""
    grammar.terminal("digital", read_clock, {DIGIT})
    grammar.terminal("written_moment", read_moment, {DIGIT})
    grammar.terminal("dotted", read_dotted_clock, {DIGIT})
    grammar.words("hour_word", _HOURS)
    grammar.words("minute_word", _MINUTES)
    _add_faces(grammar)
    grammar.rule("time", "{shown}", lambda site, shown: time_of_day(site, shown.face, shown.part))
    grammar.rule("time", "{hour}", _bare_hour)
    grammar.rule("day", "{of}", lambda site, of: of)
    grammar.rule("day", "{parted}", lambda site, of: of)
    grammar.rule("moment", f"{{day}} {_LINK}? {_LINK}? {{shown}}", _moment)
    grammar.rule("moment", "{day} ,? at|around|about|by|@ {hour}", lambda site, of, hour: moment(of, Face(hour)))
    grammar.rule("moment", "{parted} {hour}", lambda site, of, hour: moment(of, Face(hour)))
    grammar.rule("moment", "{shown} ,? on? the? {day}", lambda site, shown, of: _moment(site, of, shown))
    grammar.rule("moment", "{hour} ,? on? {parted}", lambda site, hour, of: moment(of, Face(hour)))
    grammar.rule("moment", "{hour} ,? on? {of}", _hour_of)
    grammar.rule("moment", "{written_moment}", lambda site, value: value)
    grammar.rule("datetime", "{moment}", lambda site, value: value)
    _add_ranges(grammar)


def _add_faces(grammar: Grammar) -> None:
    grammar.words(
        "half_day",
        dict.fromkeys(("am", "a.m.", "a.m"), Part.AM) | dict.fromkeys(("pm", "p.m.", "p.m"), Part.AFTERNOON),
    )
    for name, part in (("morning", Part.MORNING), ("afternoon", Part.AFTERNOON), ("evening", Part.EVENING)):
        grammar.rule("in_part", f"in the {name}", lambda site, part=part: part)
    grammar.rule("in_part", "at night", lambda site: Part.EVENING)
    grammar.rule("hour", "{hour_word}", lambda site, hour: hour)
    grammar.rule("hour", "{whole}", lambda site, n: n if 1 <= n <= 12 and site.end - site.start <= 2 else None)
    grammar.rule("minute", "{minute_word}", lambda site, n: n)
    grammar.rule("minute", "five", lambda site: 5)
    grammar.rule("minute", "{whole}", lambda site, n: n if 1 <= n <= 59 else None)
    grammar.rule("face", "{digital}", lambda site, face: face)
    grammar.rule("face", "half past {hour}", lambda site, hour: Face(hour, 30))
    grammar.rule("face", "quarter past|after {hour}", lambda site, hour: Face(hour, 15))
    grammar.rule("face", "quarter to|of|before {hour}", lambda site, hour: _before(hour, 15))
    grammar.rule("face", "{minute} minutes? past {hour}", _past)
    grammar.rule("face", "{minute} minutes? to {hour}", _to)
    grammar.rule("face", "{hour} o'clock|o’clock|oclock", lambda site, hour: Face(hour))
    grammar.rule("face", "{hour_word} {minute_word}", lambda site, hour, minute: Face(hour, minute))
    grammar.rule("shown", "{face}", lambda site, face: _Shown(face, None))
    grammar.rule("shown", "{face} {half_day}", lambda site, face, part: _Shown(face, part))
    grammar.rule("shown", "{face} {in_part}", lambda site, face, part: _Shown(face, part))
    grammar.rule("shown", "{hour} {half_day}", lambda site, hour, part: _Shown(Face(hour), part))
    grammar.rule("shown", "{hour} {in_part}", lambda site, hour, part: _Shown(Face(hour), part))
    grammar.rule("shown", "{dotted} {half_day}", lambda site, face, part: _Shown(face, part))
    grammar.rule("shown", "12? noon", lambda site: _Shown(Face(12, 0, certain=True), None))
    grammar.rule("shown", "twelve noon", lambda site: _Shown(Face(12, 0, certain=True), None))
    grammar.rule("shown", "midday", lambda site: _Shown(Face(12, 0, certain=True), None))
    grammar.rule("shown", "midnight", lambda site: _Shown(Face(0, 0, certain=True), None))


def _add_ranges(grammar: Grammar) -> None:
    words = TO.replace("|--|–", "")
    grammar.rule("times", f"{{shown}} {words} {{shown}}", lambda site, first, last: (first, last))
    grammar.rule("times", f"{{hour}} {words} {{shown}}", lambda site, hour, last: (_Shown(Face(hour), None), last))
    grammar.rule(
        "times", "{shown} and {shown}", lambda site, first, last: (first, last) if between(site) else None
    )
    grammar.rule("times", "{hour} and {shown}", _hour_and)
    grammar.rule("interval", "{day} ,? from|between? {times}", lambda site, of, times: _range(of, times))
    grammar.rule("interval", "{parted} ,? from|between? {hours}", _range_of_hours)
    grammar.rule("interval", "{times} ,? on? {day}", lambda site, times, of: _range(of, times))
    grammar.rule("interval", f"{{moment}} {words} {{moment}}", _moments)
    grammar.rule("interval", "{moment} and {moment}", lambda s, a, b: moments_range(a, b) if between(s) else None)
    grammar.rule("hours", f"{{hour}} {words} {{hour}}", lambda site, *hours: hours)
    grammar.rule("hours", "{hour} and {hour}", lambda site, *hours: hours if between(site) else None)
    grammar.rules(
        "recurring", ["every|each {weekday}", "every|each day|night|morning|evening|week|month|year"], _true
    )
    grammar.rules(
        "recurring", [f"{{weekday}} {words} {{weekday}}", "daily|weekdays|weekends|nightly|weekly"], _true
    )
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    grammar.words("plural", {f"{day}s": True for day in days})
    grammar.rule("recurring", "{plural}", _true)
    link = "at|from|between|,"
    grammar.rules(
        "nothing",
        [
            "{times}",
            "{of} from|between {hours}",
            "{recurring}",
            f"{{recurring}} {link}? {link}? {{shown}}",
            f"{{recurring}} {link}? {link}? {{times}}",
            f"{{recurring}} {link}? {link}? {{hours}}",
            f"{{recurring}} {link} {{hour}}",
            "{shown} every|each day|night|morning|evening|weekday",
            "{shown} on? {plural}",
            "{times} ,? on? {recurring}",
        ],
        lambda site, *parts: NOTHING,
    )


def _true(site: Site, *parts: object) -> object:
    """每天 in English: a word that repeats."""
    if site.reading.text.startswith("every", site.start) or site.reading.text.startswith("each", site.start):
        return True
    # Thursday to Saturday is a range of days still ahead; only those that mean every week come here.
    if len(parts) == 2 and all(isinstance(part, int) for part in parts):
        return True if int(str(parts[0])) <= site.clock.weekday() else None
    return True


def _hour_and(site: Site, hour: int, last: _Shown) -> object:
    return (_Shown(Face(hour), None), last) if between(site) else None


def _before(hour: int, minutes: int) -> Face:
    return Face(hour - 1 or 12, 60 - minutes)


def _past(site: Site, minutes: int, hour: int) -> object:
    return Face(hour, minutes)


def _to(site: Site, minutes: int, hour: int) -> object:
    """Ten to five; 10 to 5 without "minutes" is rather a range."""
    said = site.reading.text[site.start : site.end]
    if said[0].isdigit() and "minute" not in said:
        return None
    return _before(hour, minutes) if minutes in (5, 10, 20, 25) or "minute" in said else None


def _bare_hour(site: Site, hour: int) -> object:
    """At 4: only at the end of what is said, for "at 4 shops" is a number."""
    if site.reading.word_before(site.start).lower() not in ("at", "by", "until", "till", "before", "after"):
        return None
    after = site.reading.after(site.end, 12)
    if after and not after.startswith((",", "?", "!", ";", ".", "and ", "or ", "please", "if ", "but ", "so ")):
        return None
    if site.reading.word_before(site.start).lower() != "at":
        return NOTHING if not site.reading.text[site.start].isdigit() else None
    return time_of_day(site, Face(hour))


def _moment(site: Site, of: Of, shown: _Shown) -> object:
    return moment(of, shown.face, shown.part)


def _hour_of(site: Site, hour: int, of: Of) -> object:
    """At 9 on Friday says no half of the day; elsewhere the number is something else."""
    return NOTHING if site.reading.word_before(site.start).lower() == "at" else None


def _range(of: Of, times: tuple[_Shown, _Shown]) -> object:
    first, last = times
    return times_range(of, first.face, first.part or of.part, last.face, last.part)


def _moments(site: Site, first: object, last: object) -> object:
    return None if changing(site) else moments_range(first, last)


def _range_of_hours(site: Site, of: Of, hours: tuple[int, int]) -> object:
    return times_range(of, Face(hours[0]), of.part, Face(hours[1]), of.part)


def _length(site: Site, n: Decimal, unit: str) -> object:
    said = site.reading.text[site.start : site.end]
    if unit == "seconds" and (n == 1 and not said[0].isdigit()):
        return NOTHING  # one second, please
    if said.endswith("-second") and not said[0].isdigit() and site.reading.word_before(site.start).lower() != "a":
        return None  # the thirty-second page
    return length_of(n, unit)


def _and_half(site: Site, n: Decimal, unit: str) -> object:
    return length_of(n + Decimal("0.5"), unit) if n == int(n) else None


def _one_and_half(site: Site) -> object:
    said = site.reading.text[site.start : site.end]
    unit = next(unit for unit in ("hour", "year", "month", "day") if unit in said)
    return length_of(Decimal("1.5"), unit + "s")


def _both(site: Site, first: Length, second: Length) -> object:
    places = [next(i for i, n in enumerate(length.numbers) if n) for length in (first, second)]
    return first.plus(second) if places[0] < places[1] else None


def _one(site: Site, unit: str) -> object:
    said = site.reading.text[site.start : site.end]
    if unit == "seconds" or said.endswith("s") or (said.startswith("an ") != (unit == "hours")):
        return NOTHING if unit == "seconds" else None
    return Length(**{unit: 1})


def _one_said(site: Site, length: Length) -> object:
    """An hour and a year by themselves, a week only after words of lasting: $20 an hour is a rate."""
    before = site.reading.word_before(site.start).lower()
    previous = site.reading.before(site.start, 1)
    if (
        before in _RATES
        or previous.isdigit()
        or previous == "%"
        or before in ("half", "days", "hours", "what", "such")
    ):
        return NOTHING
    if length.hours or length.years:
        return length
    return length if before in _LASTING else NOTHING


def _said(site: Site, length: Length) -> object:
    before = site.reading.word_before(site.start).lower()
    return NOTHING if before in ("every", "each") else length

"""Dates and times written with digits alone: 2026-03-25, 2026/3/25, 25/12/2026, 14:30, 2026-03-25T14:00."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time

from nlu.recognizers.calendar import make_date
from nlu.recognizers.grammar import NOTHING, Result
from nlu.recognizers.moments import Face, Of
from nlu.recognizers.reading import Reading, is_digit

_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])")
_MOMENT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})t([0-9]{2}):([0-9]{2})(?::[0-9]{2})?(?![0-9])")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})(?![0-9])")
_CLOCK = re.compile(r"([0-9]{1,2})([:.])([0-9]{2})(?::[0-9]{2})?(?![0-9])")


def read_date(reading: Reading, position: int) -> Iterator[Result]:
    """An `Of`; NOTHING for a date that is none or whose day and month could be either."""
    text = reading.text
    if position and is_digit(text[position - 1]):
        return
    match = _YEAR_FIRST.match(text, position)
    if match:
        year, month, day = int(match[1]), int(match[3]), int(match[4])
        found: date | None = make_date(year, month, day)
    else:
        match = _YEAR_LAST.match(text, position)
        if match is None:
            return
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if first > 12:
            found = make_date(year, second, first)
        elif second > 12:
            found = make_date(year, first, second)
        else:
            found = make_date(year, first, second) if first == second else None
    end = match.end()
    yield Result(end, Of(found) if found else NOTHING)


def read_clock(reading: Reading, position: int) -> Iterator[Result]:
    """A `Face` such as 14:30, seconds dropped. From 7:00 on, and 03:30, as read; 3:30 may be meant twice a day."""
    text = reading.text
    if position and is_digit(text[position - 1]):
        return
    match = _CLOCK.match(text, position)
    if match is None or match[2] != ":":
        return
    hour, minute = int(match[1]), int(match[3])
    if hour > 24 or minute > 59:
        yield Result(match.end(), NOTHING)
        return
    certain = hour >= 7 or match[1].startswith("0")
    yield Result(match.end(), Face(hour % 24, minute, certain))


def read_moment(reading: Reading, position: int) -> Iterator[Result]:
    """2026-03-25T14:00: a datetime."""
    match = _MOMENT.match(reading.text, position)
    if match is None or (position and is_digit(reading.text[position - 1])):
        return
    year, month, day, hour, minute = map(int, match.groups())
    found = make_date(year, month, day)
    if found and hour < 24 and minute < 60:
        yield Result(match.end(), datetime.combine(found, time(hour, minute)))
    else:
        yield Result(match.end(), NOTHING)


def read_dotted_clock(reading: Reading, position: int) -> Iterator[Result]:
    """An uncertain `Face` written 9.30, to be followed by am or pm."""
    match = _CLOCK.match(reading.text, position)
    if match and match[2] == "." and 1 <= int(match[1]) <= 12 and int(match[3]) < 60:
        yield Result(match.end(), Face(int(match[1]), int(match[3])))

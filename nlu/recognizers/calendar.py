"""Calendar arithmetic: weeks from Monday to Sunday, months, quarters, fixed feasts, the Chinese New Year's Eve."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years outside of these are not read, and no clock may show them."""

# The Chinese New Year (month, day) of 2000-2050.
_NEW_YEARS = [
    "2-5",
    "1-24",
    "2-12",
    "2-1",
    "1-22",
    "2-9",
    "1-29",
    "2-18",
    "2-7",
    "1-26",
    "2-14",
    "2-3",
    "1-23",
    "2-10",
    "1-31",
    "2-19",
    "2-8",
    "1-28",
    "2-16",
    "2-5",
    "1-25",
    "2-12",
    "2-1",
    "1-22",
    "2-10",
    "1-29",
    "2-17",
    "2-6",
    "1-26",
    "2-13",
    "2-3",
    "1-23",
    "2-11",
    "1-31",
    "2-19",
    "2-8",
    "1-28",
    "2-15",
    "2-4",
    "1-24",
    "2-12",
    "2-1",
    "1-22",
    "2-10",
    "1-30",
    "2-17",
    "2-6",
    "1-26",
    "2-14",
    "2-2",
    "1-23",
]


@dataclass(frozen=True, slots=True)
class Days:
    """From the first to the last day, both included."""

    first: date
    last: date


def make_date(year: int, month: int, day: int) -> date | None:
    """The date, or None if there is none such."""
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12:
        return None
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return date(year, month, day)


def add_months(day: date, months: int) -> date | None:
    """The same day of another month, or its last if it is shorter; None outside of 1900-2100."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_days(day: date, days: int) -> date | None:
    """None outside of 1900-2100."""
    if abs(days) > 80_000:
        return None
    moved = day + timedelta(days=days)
    return moved if FIRST_YEAR <= moved.year <= LAST_YEAR else None


def week_of(day: date, weeks: int = 0) -> Days:
    """The week of a day, or one that many weeks later."""
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return Days(monday, monday + timedelta(days=6))


def month_days(year: int, month: int) -> Days:
    """A whole month."""
    return Days(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def months_days(year: int, first: int, last: int) -> Days:
    """Whole months of one year."""
    return Days(month_days(year, first).first, month_days(year, last).last)


def year_days(year: int) -> Days:
    """A whole year."""
    return months_days(year, 1, 12)


def shifted_month(day: date, months: int) -> Days:
    """The whole month that is so many months after the one of a day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return month_days(year, month + 1)


def new_years_eve(year: int) -> date | None:
    """The eve of the Chinese New Year in a Gregorian year; None outside of 2000-2050."""
    if not 2000 <= year < 2000 + len(_NEW_YEARS):
        return None
    month, day = map(int, _NEW_YEARS[year - 2000].split("-"))
    return date(year, month, day) - timedelta(days=1)

"""Texts with named placeholders, `{slot}` or `{saved.output}`: no other syntax, so nothing written by staff runs.

Values are canonical inside (2026-03-18, 50.00 CNY) and written here as people of the language write them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Final

REFERENCE: Final = re.compile(r"vault:(\d+):(\[[^\[\]]+\])")
"""A slot's value that stands for a masked one: the message's sequence, and the placeholder in it."""
_FIELD: Final = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)\}|[{}]")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_DATETIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?")
_MONEY: Final = re.compile(r"(-?\d+(?:\.\d+)?) ([A-Z]{3})")
_WEEKDAYS_ZH: Final = "一二三四五六日"
_WEEKDAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def fields_of(text: str) -> list[str]:
    """The placeholders' paths in their order. ValueError for a brace that belongs to none."""
    found: list[str] = []
    for match in _FIELD.finditer(text):
        if match[0] in ("{", "}"):
            raise ValueError(match[0])
        if match[1]:
            found.append(match[1])
    return found


def fill(text: str, value_of: Callable[[str], str]) -> str:
    """The text with each placeholder's value; a stray brace stays as it is."""

    def one(match: re.Match[str]) -> str:
        if match[1]:
            return value_of(match[1])
        return match[0][0]

    return _FIELD.sub(one, text)


def whole_field(text: str) -> str:
    """The path if the text is one placeholder and nothing else, else empty."""
    match = _FIELD.fullmatch(text.strip())
    return match[1] or "" if match else ""


def shown(value: str, locale: str) -> str:
    """A canonical value as people of the language write it."""
    if match := REFERENCE.fullmatch(value):
        return match[2]
    if _DATE.fullmatch(value):
        return _day(value, locale)
    if match := _DATETIME.fullmatch(value):
        return f"{_day(match[1], locale)} {match[2]}"
    if "/" in value:
        ends = value.split("/")
        if len(ends) == 2 and all(_DATE.fullmatch(end) or _DATETIME.fullmatch(end) for end in ends):
            between = "至" if locale.startswith("zh") else " to "
            return between.join(shown(end, locale) for end in ends)
    if match := _MONEY.fullmatch(value):
        return _money(match[1], match[2], locale)
    return value


def _day(value: str, locale: str) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    if locale.startswith("zh"):
        return f"{day.year}年{day.month}月{day.day}日（周{_WEEKDAYS_ZH[day.weekday()]}）"
    return f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def _money(amount: str, currency: str, locale: str) -> str:
    if currency == "CNY":
        return f"{amount}元" if locale.startswith("zh") else f"¥{amount}"
    return f"{amount} {currency}"


def clock_value(now: datetime, name: str) -> str:
    """`hour` 0-23, `weekday` 1-7 from Monday, `date` ISO."""
    return {"hour": str(now.hour), "weekday": str(now.isoweekday()), "date": now.date().isoformat()}.get(name, "")

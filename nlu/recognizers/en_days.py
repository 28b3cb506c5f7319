"""English days and whole units of the calendar: next Friday, the end of the month, Q2, March 20 to 25."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from nlu.recognizers.calendar import (
    Days,
    add_days,
    make_date,
    month_days,
    months_days,
    new_years_eve,
    shifted_month,
    week_of,
    year_days,
)
from nlu.recognizers.digits import read_whole
from nlu.recognizers.en_context import between, changing
from nlu.recognizers.en_numbers import ORDINAL_FIRST, read_ordinal
from nlu.recognizers.grammar import DIGIT, NOTHING, Grammar, Site
from nlu.recognizers.moments import Length, Of, Part, days_range, shifted, upcoming
from nlu.recognizers.numeric_dates import read_date
from nlu.recognizers.wordlists import listed

_MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
    "september": 9,
    "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7,
    "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_WEEKDAYS = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6, "mon": 0,
    "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
_SHORT_WORDS = frozenset({"mon", "tue", "wed", "thu", "sat", "sun", "mar", "may", "march", "jan", "dec", "august"})
"""Also other words: months and days only with a capital."""
_NAMES = frozenset({"april", "june", "may", "march", "august", "jan"})
_IN_MONTH = frozenset({"in", "during", "since", "until", "till", "before", "after", "throughout", "early", "late"})
_FEASTS = {
    "new year's day": (1, 1), "new years day": (1, 1), "valentine's day": (2, 14), "valentines day": (2, 14),
    "women's day": (3, 8), "st patrick's day": (3, 17), "april fools' day": (4, 1), "april fool's day": (4, 1),
    "may day": (5, 1), "independence day": (7, 4), "fourth of july": (7, 4), "halloween": (10, 31),
    "singles' day": (11, 11), "singles day": (11, 11), "double eleven": (11, 11), "veterans day": (11, 11),
    "christmas eve": (12, 24), "christmas day": (12, 25), "christmas": (12, 25), "xmas": (12, 25),
    "xmas day": (12, 25),
    "boxing day": (12, 26), "new year's eve": (12, 31), "new years eve": (12, 31),
}  # fmt: skip
_EVES = ("chinese new year's eve", "lunar new year's eve", "chinese new year eve", "lunar new year eve")
_SEASON = frozenset(
    listed(
        """
        card cards gift gifts tree trees sale sales party parties present presents season holiday holidays
        break edition lights decorations jumper sweater dinner shopping special offer offers costume market
        music carol carols
        """
    )
)
TO = "to|through|thru|until|till|-|--|–"


def add_days_of(grammar: Grammar) -> None:
    """The parts `of` (a named day), `parted` (and part of it), `units`; the kinds `date` and `interval`."""
    grammar.terminal("numeric_date", read_date, {DIGIT})
    grammar.terminal("whole", read_whole, {DIGIT})
    grammar.terminal("nth", read_ordinal, ORDINAL_FIRST)
    grammar.words("month_word", _MONTHS)
    grammar.words("weekday_word", _WEEKDAYS)
    grammar.words(
        "shift", {"this": 0, "next": 1, "last": -1, "the current": 0, "the coming": 1, "the previous": -1}
    )
    grammar.rule("month", "{month_word} .?", _month)
    grammar.rule("weekday", "{weekday_word}", _weekday)
    grammar.rule("y4", "{whole}", lambda site, n: n if 1900 <= n <= 2100 and site.end - site.start == 4 else None)
    _add_named(grammar)
    _add_month_days(grammar)
    _add_units(grammar)
    _add_ranges(grammar)
    grammar.rule("date", "{of}", lambda site, of: of.day)
    grammar.rule("interval", "{units}", lambda site, days: days)
    grammar.rule("interval", "{day_range}", lambda site, days: days)


def _add_named(grammar: Grammar) -> None:
    grammar.words("day_word", {"today": 0, "tomorrow": 1, "tmrw": 1, "yesterday": -1})
    grammar.rule("of", "{numeric_date}", lambda site, of: of)
    grammar.rule("of", "{day_word}", _day_word)
    grammar.rule("of", "the? day after tomorrow", lambda site: _moved(site, 2))
    grammar.rule("of", "the? day before yesterday", lambda site: _moved(site, -2))
    grammar.rule("of", "{weekday}", _bare_weekday)
    grammar.rule("of", "this? coming {weekday}", lambda site, weekday: _weekday_of(site, 0, weekday))
    grammar.rule("of_week", "this|next|last {weekday}", _shifted_weekday)
    grammar.rule("of", "{of_week}", lambda site, of: of)
    for shift, weeks in (("this", 0), ("next", 1), ("last", -1)):
        patterns = [f"{{weekday}} of? {shift} week", f"{shift} week {{weekday}}", f"{shift} week on {{weekday}}"]
        grammar.rules("of", patterns, lambda site, weekday, weeks=weeks: _day_in_week(site, weeks, weekday))
    grammar.rule("of", "{weekday} the? week after next", lambda site, weekday: _day_in_week(site, 2, weekday))
    grammar.words("feast", _FEASTS)
    grammar.words("eve", dict.fromkeys(_EVES, True))
    grammar.rule("of", "{feast}", lambda site, feast: _feast(site, feast, None))
    grammar.rule("of", "{feast} ,? of|in? {y4}", _feast)
    grammar.rule("of", "{feast} this|next|last year", _feast_of_shift)
    grammar.rule("of", "last|next {feast}", _shifted_feast)
    grammar.rule("of", "{eve}", lambda site, eve: _eve(site, None))
    grammar.rule("of", "{eve} ,? of|in? {y4}", lambda site, eve, year: _eve(site, year))
    grammar.rule("of", "in {span}", lambda site, length: _shifted_day(site, length, 1))
    grammar.rule("of", "{span} ago", lambda site, length: _shifted_day(site, length, -1))
    grammar.rule("of", "{span} from now|today", lambda site, length: _shifted_day(site, length, 1))
    grammar.rule("of", "{span} from {day_or_weekday}", _from_day)
    grammar.rule("of", "{span} after {day_or_weekday}", _from_day)
    grammar.rule("day_or_weekday", "{day_word}", _day_word)
    grammar.rule("day_or_weekday", "{weekday}", _bare_weekday)
    grammar.rule("datetime", "in {span}", lambda site, length: _shifted_minute(site, length, 1))
    grammar.rule("datetime", "{span} ago", lambda site, length: _shifted_minute(site, length, -1))
    grammar.rule("datetime", "{span} from now", lambda site, length: _shifted_minute(site, length, 1))
    grammar.words("day_part", {"morning": Part.MORNING, "afternoon": Part.AFTERNOON, "evening": Part.EVENING})
    grammar.rule("parted", "{of} {day_part}", lambda site, of, part: Of(of.day, part))
    grammar.rule("parted", "{of} night", lambda site, of: Of(of.day, Part.EVENING))
    grammar.rule("parted", "this {day_part}", lambda site, part: Of(site.clock.date(), part))
    grammar.rule("parted", "tonight", lambda site: Of(site.clock.date(), Part.EVENING))
    grammar.rule("parted", "last night", lambda site: Of(site.clock.date() - timedelta(days=1), Part.EVENING))


def _add_month_days(grammar: Grammar) -> None:
    grammar.rule("dom", "{whole}", lambda site, n: n if site.end - site.start <= 2 else None)
    grammar.rule("dom", "{nth}", lambda site, n: n)
    grammar.rule("month_day", "{month} {dom}", lambda site, month, day: (month, day))
    grammar.rule("month_day", "{month} the {nth}", lambda site, month, day: (month, day))
    grammar.rule("month_day", "{dom} of? {month}", lambda site, day, month: (month, day))
    grammar.rule("of", "{month_day}", lambda site, md: _month_day(site, md, None))
    grammar.rule("of", "{month_day} ,? {y4}", _month_day)
    for shift, years in (("this", 0), ("next", 1), ("last", -1)):
        grammar.rule(
            "of", f"{{month_day}} ,? of? {shift} year",
            lambda site, md, years=years: _month_day(site, md, site.clock.year + years),
        )  # fmt: skip
    grammar.rule(
        "of", "{weekday} ,? the? {month_day}", lambda site, day, md: _checked(day, _month_day(site, md, None))
    )
    grammar.rule(
        "of",
        "{weekday} ,? the? {month_day} ,? {y4}",
        lambda site, day, md, y: _checked(day, _month_day(site, md, y)),
    )
    grammar.rule("of", "{nth} of {month_ref}", _nth_of)
    grammar.rule("of", "the? end|beginning|start of {unit_ref}", _edge)


def _add_units(grammar: Grammar) -> None:
    grammar.rule("month_ref", "the month", lambda site: shifted_month(site.clock.date(), 0))
    grammar.rule("month_ref", "{shift} month", lambda site, n: shifted_month(site.clock.date(), n))
    grammar.rule("unit_ref", "{month_ref}", lambda site, days: days)
    grammar.rule("unit_ref", "the year", lambda site: year_days(site.clock.year))
    grammar.rule("unit_ref", "the week", lambda site: week_of(site.clock.date()))
    grammar.rule("unit_ref", "the quarter", lambda site: _shifted_quarter(site, 0))
    grammar.rule("unit_ref", "{month}", lambda site, month: month_days(site.clock.year, month))
    grammar.rule("unit_ref", "{y4}", lambda site, year: year_days(year))
    grammar.rule("unit_ref", "{units}", lambda site, days: days)
    grammar.rule("units", "{shift} week", lambda site, n: week_of(site.clock.date(), n))
    grammar.rule("units", "{shift} weekend", lambda site, n: _weekend(site, n))
    grammar.rule("units", "{shift} month", lambda site, n: shifted_month(site.clock.date(), n))
    grammar.rule("units", "{shift} quarter", lambda site, n: _shifted_quarter(site, n))
    grammar.rule("units", "{shift} year", _shifted_year)
    grammar.rule("units", "week after next", lambda site: week_of(site.clock.date(), 2))
    grammar.rule("units", "week before last", lambda site: week_of(site.clock.date(), -2))
    grammar.rule("units", "month after next", lambda site: shifted_month(site.clock.date(), 2))
    grammar.rule("units", "month before last", lambda site: shifted_month(site.clock.date(), -2))
    grammar.rule("units", "weekend after next", lambda site: _weekend(site, 2))
    grammar.rule("units", "{month}", _bare_month)
    grammar.rule("units", "{month} ,? of? {y4}", lambda site, month, year: month_days(year, month))
    for shift, years in (("this", 0), ("next", 1), ("last", -1)):
        grammar.rule(
            "units", f"{{month}} of? {shift} year",
            lambda site, month, years=years: month_days(site.clock.year + years, month),
        )  # fmt: skip
    grammar.rule("units", "{y4}", _bare_year)
    grammar.words("q", {f"q{n}": n for n in range(1, 5)})
    grammar.rule("quarter", "{q}", lambda site, n: n)
    grammar.rule("quarter", "{nth} quarter", lambda site, n: n if n <= 4 else None)
    grammar.rule("units", "{quarter} ,? of? {y4}?", lambda site, n, year: _quarter(site, n, year))
    grammar.rule("units", "{quarter} of? the|this year", lambda site, n: _quarter(site, n, None))
    grammar.rule("units", "{quarter} of? last year", lambda site, n: _quarter(site, n, site.clock.year - 1))
    grammar.rule("units", "{quarter} of? next year", lambda site, n: _quarter(site, n, site.clock.year + 1))
    grammar.words("half", {"first half": 0, "second half": 1, "1st half": 0, "2nd half": 1})
    grammar.rule("units", "{half} of {y4}", lambda site, half, year: months_days(year, 1 + 6 * half, 6 + 6 * half))
    grammar.rule("units", "{half} of the|this year", lambda s, h: months_days(s.clock.year, 1 + 6 * h, 6 + 6 * h))
    grammar.rule("units", "{half} of next year", lambda s, h: months_days(s.clock.year + 1, 1 + 6 * h, 6 + 6 * h))
    grammar.rule("units", "{half} of last year", lambda s, h: months_days(s.clock.year - 1, 1 + 6 * h, 6 + 6 * h))


def _add_ranges(grammar: Grammar) -> None:
    grammar.rule("day_range", f"{{of}} {TO} {{of}}", lambda s, a, b: None if changing(s) else days_range(a, b))
    grammar.rule("day_range", "{of} and {of}", lambda site, a, b: days_range(a, b) if between(site) else None)
    grammar.rule("day_range", f"{{month_day}} {TO} {{dom}}", lambda site, md, day: _in_month(site, md, day, None))
    grammar.rule("day_range", f"{{month_day}} {TO} {{dom}} ,? {{y4}}", _in_month)
    grammar.rule("day_range", "{month_day} and {dom}", _between_days)
    grammar.rule("day_range", f"{{dom}} {TO} {{month_day}}", lambda s, day, md: _in_month_first(s, day, md, None))
    grammar.rule("day_range", f"{{dom}} {TO} {{month_day}} ,? {{y4}}", _in_month_first)
    grammar.rule("day_range", f"{{month_day}} {TO} {{month_day}} ,? {{y4}}", _of_one_year)
    grammar.rule("day_range", f"{{of_week}} {TO} {{weekday}}", _range_in_week)
    grammar.rule("day_range", f"{{month}} {TO} {{month}} {{y4}}?", _month_range)
    grammar.rule("day_range", f"{{y4}} {TO} {{y4}}", lambda site, a, b: days_range(year_days(a), year_days(b)))


def _month(site: Site, month: int) -> object:
    word = site.reading.text[site.start : site.end].rstrip(". ")
    if word in _SHORT_WORDS and not site.reading.cased[site.start].isupper():
        return None
    return month if not site.reading.text.endswith(".", 0, site.end) or len(word) <= 4 else None


def _weekday(site: Site, weekday: int) -> object:
    word = site.reading.text[site.start : site.end]
    after = site.reading.text[site.end : site.end + 4]
    if after.startswith(".com") or (word in _SHORT_WORDS and not site.reading.cased[site.start].isupper()):
        return None
    return weekday


def _day_word(site: Site, days: int) -> object:
    return NOTHING if site.reading.word_before(site.start) == "USA" else _moved(site, days)


def _moved(site: Site, days: int) -> object:
    moved = add_days(site.clock.date(), days)
    return Of(moved) if moved else NOTHING


def _day_in_week(site: Site, weeks: int, weekday: int) -> Of:
    return Of(week_of(site.clock.date(), weeks).first + timedelta(days=weekday))


_RECURRING = frozenset(
    {"every", "each", "black", "good", "cyber", "easter", "casual", "any", "super", "most", "palm"}
)


def _bare_weekday(site: Site, weekday: int) -> object:
    if site.reading.word_before(site.start).lower() in _RECURRING:
        return NOTHING
    return _weekday_of(site, 0, weekday)


def _weekday_of(site: Site, weeks: int, weekday: int) -> object:
    """Of this week only what is still ahead."""
    if weeks == 0 and weekday <= site.clock.weekday():
        return NOTHING
    return _day_in_week(site, weeks, weekday)


def _shifted_weekday(site: Site, weekday: int) -> object:
    word = site.reading.text[site.start : site.start + 4]
    if word == "last":
        # Of days that have been this week already, last Monday may mean either.
        return _day_in_week(site, -1, weekday) if weekday >= site.clock.weekday() else NOTHING
    return _weekday_of(site, 1 if word == "next" else 0, weekday)


def _feast(site: Site, feast: tuple[int, int], year: int | None) -> object:
    after = site.reading.word_after(site.end).lower()
    if after in _SEASON:
        return NOTHING
    day = make_date(year, *feast) if year else upcoming(site.clock, *feast)
    return Of(day) if day else NOTHING


def _feast_of_shift(site: Site, feast: tuple[int, int]) -> object:
    said = site.reading.text[site.start : site.end]
    year = site.clock.year + (1 if " next " in said else -1 if " last " in said else 0)
    return _feast(site, feast, year)


def _shifted_feast(site: Site, feast: tuple[int, int]) -> object:
    if site.reading.text.startswith("next", site.start):
        return _feast(site, feast, None)
    days = [make_date(site.clock.year - n, *feast) for n in (0, 1)]
    return next((Of(day) for day in days if day and day < site.clock.date()), NOTHING)


def _eve(site: Site, year: int | None) -> object:
    years = (year,) if year else (site.clock.year, site.clock.year + 1)
    eves = [new_years_eve(n) for n in years]
    day = next((eve for eve in eves if eve and (year or eve > site.clock.date())), None)
    return Of(day) if day else NOTHING


def _shifted_day(site: Site, length: Length, sign: int) -> object:
    day = shifted(site.clock, length, sign)
    if isinstance(day, datetime):
        return None
    return Of(day) if isinstance(day, date) else day


def _shifted_minute(site: Site, length: Length, sign: int) -> object:
    moment = shifted(site.clock, length, sign)
    return moment if isinstance(moment, datetime) else None


def _from_day(site: Site, length: Length, of: Of) -> object:
    start = datetime.combine(of.day, site.clock.time())
    day = shifted(start, length, 1)
    return Of(day) if isinstance(day, date) and not isinstance(day, datetime) else NOTHING


def _month_day(site: Site, month_day: tuple[int, int], year: int | None) -> object:
    day = make_date(year or site.clock.year, *month_day)
    return Of(day) if day else NOTHING


def _checked(weekday: int, of: object) -> object:
    return of if isinstance(of, Of) and of.day.weekday() == weekday else NOTHING


def _nth_of(site: Site, n: int, month: Days) -> object:
    day = make_date(month.first.year, month.first.month, n)
    return Of(day) if day else NOTHING


def _edge(site: Site, days: Days) -> Of:
    said = site.reading.text[site.start : site.start + 8]
    return Of(days.last if "end" in said else days.first)


def _weekend(site: Site, weeks: int) -> Days:
    week = week_of(site.clock.date(), weeks)
    return Days(week.last - timedelta(days=1), week.last)


def _shifted_quarter(site: Site, quarters: int) -> Days:
    first = shifted_month(site.clock.date(), 3 * quarters - (site.clock.month - 1) % 3).first
    return months_days(first.year, first.month, first.month + 2)


def _shifted_year(site: Site, years: int) -> object:
    return year_days(site.clock.year + years)


def _bare_month(site: Site, month: int) -> object:
    """August; names that are also people's or verbs only where a month can stand, and never abbreviated."""
    word = site.reading.text[site.start : site.end]
    before = site.reading.word_before(site.start).lower()
    if len(word) <= 4 and word not in ("may", "june", "july"):
        return None
    if before in ("early", "late", "mid", "next", "last", "this", "every", "each"):
        return NOTHING
    if word in _NAMES and before not in _IN_MONTH:
        return NOTHING
    return month_days(site.clock.year, month)


def _bare_year(site: Site, year: int) -> object:
    before = site.reading.word_before(site.start).lower()
    after = site.reading.word_after(site.end).lower()
    if before in ("in", "since", "during", "throughout") and not after.endswith("s"):
        return year_days(year)
    return None


def _quarter(site: Site, n: int, year: int | None) -> Days:
    return months_days(year or site.clock.year, 3 * n - 2, 3 * n)


def _in_month(site: Site, first: tuple[int, int], last: int, year: int | None) -> object:
    if site.reading.text.startswith(("pm", "am", " pm", " am", "th", ":"), site.end):
        return None
    return days_range(_month_day(site, first, year), _month_day(site, (first[0], last), year))


def _between_days(site: Site, first: tuple[int, int], last: int) -> object:
    return _in_month(site, first, last, None) if between(site) else None


def _in_month_first(site: Site, first: int, last: tuple[int, int], year: int | None) -> object:
    return days_range(_month_day(site, (last[0], first), year), _month_day(site, last, year))


def _of_one_year(site: Site, first: tuple[int, int], last: tuple[int, int], year: int) -> object:
    return days_range(_month_day(site, first, year), _month_day(site, last, year))


def _range_in_week(site: Site, first: Of, weekday: int) -> object:
    return days_range(first, Of(week_of(first.day).first + timedelta(days=weekday)))


def _month_range(site: Site, first: int, last: int, year: int | None) -> object:
    return days_range(month_days(year or site.clock.year, first), month_days(year or site.clock.year, last))

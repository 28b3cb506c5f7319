"""Times of day, points in time, ranges and lengths of time: what both grammars build from the words they read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum

from nlu.recognizers.calendar import Days, add_days, add_months
from nlu.recognizers.entities import decimal_string
from nlu.recognizers.grammar import NOTHING, Site

OFFICE_HOURS = (9, 18)


class Part(Enum):
    """A part of the day that says how an hour is meant."""

    DAWN = "凌晨"
    MORNING = "morning"
    AM = "am"
    NOON = "中午"
    AFTERNOON = "pm"
    EVENING = "evening"
    NIGHT = "半夜"


@dataclass(frozen=True, slots=True)
class Face:
    """What a clock shows. `certain`: on 24 hours, as read; otherwise an hour that may be meant twice a day."""

    hour: int
    minute: int = 0
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Of:
    """A named day and, in tonight and 明早, the part of it."""

    day: date
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time in the units said; `months`, `hours` and so on are added up by the calendar."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0

    @property
    def iso(self) -> str:
        """ISO 8601, not converted: PT48H, P2W, P2DT12H."""
        dates = [(self.years, "Y"), (self.months, "M"), (self.weeks, "W"), (self.days, "D")]
        times = [(self.hours, "H"), (self.minutes, "M"), (self.seconds, "S")]
        head = "".join(f"{n}{unit}" for n, unit in dates if n)
        tail = "".join(f"{n}{unit}" for n, unit in times if n)
        return f"P{head}" + (f"T{tail}" if tail else "")

    @property
    def timed(self) -> bool:
        """Whether it has hours, minutes or seconds."""
        return bool(self.hours or self.minutes or self.seconds)

    def plus(self, other: Length) -> Length:
        """Both together."""
        mine, theirs = self.numbers, other.numbers
        return Length(*(a + b for a, b in zip(mine, theirs, strict=True)))

    @property
    def numbers(self) -> tuple[int, ...]:
        """How many of each unit, the largest first."""
        return (self.years, self.months, self.weeks, self.days, self.hours, self.minutes, self.seconds)


# The unit's own half, in the next lower unit; a week has none.
_HALVES = {
    "years": Length(months=6),
    "months": Length(days=15),
    "days": Length(hours=12),
    "hours": Length(minutes=30),
    "minutes": Length(seconds=30),
}
_LOWER = {"days": ("hours", 24), "hours": ("minutes", 60), "minutes": ("seconds", 60), "years": ("months", 12)}
_MOST = 100_000


def half_of(unit: str) -> Length | None:
    """Half a year is six months, half a month 15 days; None for half a week."""
    return _HALVES.get(unit)


def length_of(count: Decimal, unit: str) -> object:
    """`count` units: a Length, NOTHING if it cannot be written so, None if negative or huge."""
    if count <= 0 or count > _MOST:
        return None
    whole = int(count)
    rest = count - whole
    length = Length(**{unit: whole})
    if not rest:
        return length
    if rest == Decimal("0.5"):
        half = half_of(unit)
        return length.plus(half) if half else NOTHING
    if unit in _LOWER:
        lower, factor = _LOWER[unit]
        part = rest * factor
        if part == int(part):
            return length.plus(Length(**{lower: int(part)}))
    return NOTHING


def shifted(clock: datetime, length: Length, sign: int) -> object:
    """The day (date) or, if hours or minutes were said, the minute (datetime) before or after the clock."""
    if length.seconds:
        return NOTHING
    if length.timed:
        if length.years or length.months or length.weeks or length.days:
            return NOTHING
        return _minute(clock) + sign * timedelta(hours=length.hours, minutes=length.minutes)
    day = add_months(clock.date(), sign * (12 * length.years + length.months))
    moved = add_days(day, sign * (7 * length.weeks + length.days)) if day else None
    return moved if moved else NOTHING


def _minute(clock: datetime) -> datetime:
    return clock.replace(second=0, microsecond=0, tzinfo=None)


def with_part(face: Face, part: Part) -> Face | None:
    """The face on 24 hours, or None if the hour does not belong to the part of the day."""
    hour = face.hour
    if hour > 12:
        fits = part in (Part.AFTERNOON, Part.EVENING, Part.NIGHT) or (part is Part.NOON and hour < 15)
        return replace(face, certain=True) if fits else None
    if part is Part.AM:
        hour %= 12
    elif part is Part.DAWN:
        hour = hour % 12 if hour % 12 < 8 else hour
    elif part is Part.MORNING:
        if hour in (0, 12):
            return None
    elif part is Part.NOON:
        if hour not in (11, 12, 1, 2):
            return None
        hour = hour if hour > 10 else hour + 12
    elif part is Part.AFTERNOON:
        hour = 12 if hour == 12 else hour + 12
        if hour == 12 and face.hour == 0:
            return None
    elif hour in (0, 12):
        hour = 0
    elif part is Part.NIGHT and hour < 6:
        pass
    elif hour < 5:
        return None
    else:
        hour += 12
    return Face(hour, face.minute, certain=True)


def time_of_day(site: Site, face: Face, part: Part | None = None) -> object:
    """A time without a day; a bare face of 12 hours means the next such one if that lies in office hours."""
    if part is not None:
        resolved = with_part(face, part)
        return time(resolved.hour, resolved.minute) if resolved else NOTHING
    if face.certain:
        return time(face.hour, face.minute)
    now = site.clock.hour * 60 + site.clock.minute
    shown = [hour * 60 + face.minute for hour in (face.hour % 12, face.hour % 12 + 12)]
    later = min(shown, key=lambda minute: (minute <= now, minute))
    first, last = OFFICE_HOURS
    if later > now and first * 60 <= later < last * 60:
        return time(later // 60, later % 60)
    return NOTHING


def moment(of: Of, face: Face, part: Part | None = None) -> object:
    """A time on a day: a datetime, or NOTHING if the hour is ambiguous or it is midnight."""
    part = part or of.part
    resolved = with_part(face, part) if part else face
    if resolved is None or not resolved.certain or (resolved.hour, resolved.minute) == (0, 0):
        return NOTHING
    return datetime.combine(of.day, time(resolved.hour, resolved.minute))


@dataclass(frozen=True, slots=True)
class Range:
    """From a moment to a later one."""

    start: datetime
    end: datetime


def times_range(of: Of, first: Face, first_part: Part | None, last: Face, last_part: Part | None) -> object:
    """Two times of one day; an end without a part of the day takes it from the other. NOTHING if it ends early."""
    if first_part is None and of.part is None and not first.certain and last_part is not None:
        first_part = last_part
    elif last_part is None and not last.certain:
        last_part = first_part
    return moments_range(moment(of, first, first_part), moment(of, last, last_part))


def moments_range(first: object, last: object) -> object:
    """Two moments; NOTHING unless both are known and in order."""
    if isinstance(first, datetime) and isinstance(last, datetime) and first < last:
        return Range(first, last)
    return NOTHING


def days_range(first: object, last: object) -> object:
    """From a day or whole unit to another, both included; NOTHING unless they are in order."""
    start = first.first if isinstance(first, Days) else first.day if isinstance(first, Of) else first
    end = last.last if isinstance(last, Days) else last.day if isinstance(last, Of) else last
    if isinstance(start, date) and isinstance(end, date) and start < end:
        return Days(start, end)
    return NOTHING


def written(value: object) -> str:
    """A day, time, moment, range or length as the conventions write it."""
    if isinstance(value, Of):
        return value.day.isoformat()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Days):
        return f"{value.first.isoformat()}/{value.last.isoformat()}"
    if isinstance(value, Range):
        return f"{written(value.start)}/{written(value.end)}"
    if isinstance(value, Length):
        return value.iso
    if isinstance(value, Decimal):
        return decimal_string(value)
    raise TypeError(f"{value!r} is no value of the recognizers")


def upcoming(clock: datetime, month: int, day: int) -> date | None:
    """The next such day after the clock's."""
    for year in (clock.year, clock.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            return None
        if found > clock.date():
            return found
    return None

"""The timetable: which flights go between two places on a day, when, at what price, with how many seats.

Everything is worked out from the number and the day by checksums, so there is no table of runs to keep.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from math import cos, hypot, radians
from typing import Final

from deploy.demo_backend.trades.travel_data import (
    DOMESTIC_AIRLINES,
    DOMESTIC_TIMES,
    FIXED_FLIGHTS,
    FOREIGN_TIMES,
    LINE_TIMES,
    PLACES,
    FixedFlight,
    Place,
)

FIRST_NUMBER: Final = 4000
"""The timetable's numbers begin here; below are the fixed flights."""
MOST_A_DAY: Final = 7
SHORTEST: Final = 260
"""Kilometres: below that nobody flies."""
SOLD_OUT: Final = ("SHA", "SYX", 3)
"""From, to, days from today: nothing is left on that day."""
BY_CODE: Final = {place.code: place for place in PLACES}
FIXED: Final = {flight.number: flight for flight in FIXED_FLIGHTS}
BY_NAME: Final = {name.casefold(): place for place in PLACES for name in (place.code, place.zh, place.en)}


@dataclass(frozen=True, slots=True)
class Flight:
    """One run of a flight. `late` minutes are added to the plan; `full` is the full economy price."""

    number: str
    origin: Place
    target: Place
    departs: datetime
    arrives: datetime
    full: int
    seats: int
    late: int = 0
    cancelled: bool = False
    reason_zh: str = ""
    reason_en: str = ""
    gate: str = ""

    @property
    def domestic(self) -> bool:
        """Whether it stays on the mainland."""
        return self.origin.domestic and self.target.domestic

    @property
    def disrupted(self) -> bool:
        """Whether changes and refunds are free: cancelled, or an hour late or more."""
        return self.cancelled or self.late >= 60


def mixed(*parts: object) -> int:
    """A number that is the same for the same parts."""
    return zlib.crc32("|".join(map(str, parts)).encode())


def kilometres(one: Place, other: Place) -> float:
    """The distance, near enough for a price."""
    east = (other.longitude - one.longitude) * cos(radians((one.latitude + other.latitude) / 2))
    return 111 * hypot(other.latitude - one.latitude, east)


def airlines_of(one: Place, other: Place) -> tuple[str, ...]:
    """Who flies there."""
    return DOMESTIC_AIRLINES if one.domestic and other.domestic else ("HY", "YH")


def times_of(one: Place, other: Place) -> tuple[str, ...]:
    """The departures of a day: many between large cities, none where it is near or nobody flies."""
    if kilometres(one, other) < SHORTEST or not (one.domestic or other.domestic):
        return ()
    if not (one.domestic and other.domestic):
        home = one if one.domestic else other
        return FOREIGN_TIMES if home.hub else FOREIGN_TIMES[1:] if mixed(one.code, other.code) % 2 else ()
    if one.hub and other.hub:
        return DOMESTIC_TIMES
    return LINE_TIMES if one.hub or other.hub or mixed(*sorted((one.code, other.code))) % 4 else ()


def number_of(one: Place, other: Place, place: int) -> str:
    """The number of the n-th departure of a pair."""
    pair = PLACES.index(one) * len(PLACES) + PLACES.index(other)
    airlines = airlines_of(one, other)
    return f"{airlines[(pair + place) % len(airlines)]}{FIRST_NUMBER + pair * MOST_A_DAY + place}"


def run_of(one: Place, other: Place, place: int, day: date, today: date) -> Flight:
    """The n-th departure of a pair on a day."""
    number = number_of(one, other, place)
    hour, minute = map(int, times_of(one, other)[place].split(":"))
    departs = datetime.combine(day, time(hour, minute))
    minutes = 5 * round((45 + kilometres(one, other) / 12.5) / 5)
    seats = mixed(number, day) % 12
    if (one.code, other.code, (day - today).days) == SOLD_OUT:
        seats = 0
    return Flight(
        number=number,
        origin=one,
        target=other,
        departs=departs,
        arrives=departs + timedelta(minutes=minutes),
        full=price_of(one, other, number, day, today),
        seats=seats,
    )


def price_of(one: Place, other: Place, number: str, day: date, today: date) -> int:
    """The full economy price: by distance, dearer at the weekend and at short notice."""
    price = 240 + 0.68 * kilometres(one, other) + mixed(number, "price", day) % 160
    price *= 1.15 if day.weekday() in {4, 6} else 1.0
    price *= 1.25 if (day - today).days < 2 else 1.0
    return 10 * round(price / 10)


def fixed_run(flight: FixedFlight, day: date, now: datetime) -> Flight:
    """A fixed flight on a day; its trouble is only in the run that is near to now."""
    one, other = BY_CODE[flight.origin], BY_CODE[flight.target]
    base = rounded(now) + timedelta(minutes=flight.minutes)
    departs = datetime.combine(day, base.time())
    minutes = 5 * round((45 + kilometres(one, other) / 12.5) / 5)
    run = Flight(
        number=flight.number,
        origin=one,
        target=other,
        departs=departs,
        arrives=departs + timedelta(minutes=minutes),
        full=price_of(one, other, flight.number, day, now.date()),
        seats=2 + mixed(flight.number, day) % 8,
    )
    if departs != base:
        return run
    return replace(
        run,
        late=flight.late,
        cancelled=flight.cancelled,
        reason_zh=flight.reason_zh,
        reason_en=flight.reason_en,
        gate=flight.gate,
    )


def rounded(moment: datetime) -> datetime:
    """To the five minutes before."""
    return moment - timedelta(minutes=moment.minute % 5)


def flights_between(one: Place, other: Place, day: date, now: datetime) -> Iterator[Flight]:
    """All runs of a day that can still be booked, in the order of departure; sold-out ones too."""
    runs = [run_of(one, other, place, day, now.date()) for place in range(len(times_of(one, other)))]
    runs += [
        fixed_run(flight, day, now)
        for flight in FIXED_FLIGHTS
        if (flight.origin, flight.target) == (one.code, other.code)
    ]
    for run in sorted(runs, key=lambda run: run.departs):
        if not run.cancelled and run.departs >= now + timedelta(hours=2):
            yield run


def flight_on(number: str, day: date, now: datetime) -> Flight | None:
    """The run of a number on a day, None if there is no such flight."""
    wanted = number.upper().replace(" ", "")
    if wanted in FIXED:
        return fixed_run(FIXED[wanted], day, now)
    digits = wanted[2:]
    if not digits.isdecimal() or len(digits) != 4 or int(digits) < FIRST_NUMBER:
        return None
    pair, place = divmod(int(digits) - FIRST_NUMBER, MOST_A_DAY)
    first, second = divmod(pair, len(PLACES))
    if first >= len(PLACES) or first == second:
        return None
    one, other = PLACES[first], PLACES[second]
    if place >= len(times_of(one, other)) or number_of(one, other, place) != wanted:
        return None
    return run_of(one, other, place, day, now.date())


def nearest_run(number: str, now: datetime) -> Flight | None:
    """Without a day: of yesterday, today and tomorrow the run that is nearest to now."""
    runs = [flight_on(number, now.date() + timedelta(days=days), now) for days in (-1, 0, 1)]
    found = [run for run in runs if run is not None]
    return min(found, key=lambda run: abs(run.departs - now)) if found else None

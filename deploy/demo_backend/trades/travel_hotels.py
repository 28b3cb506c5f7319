"""The agency's hotels: which there are in a city, which rooms are free for a stay, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from deploy.demo_backend.trades.travel_data import BRANDS, DISTRICTS, ROOM_KINDS, Brand, Place, RoomKind
from deploy.demo_backend.trades.travel_flights import BY_CODE, mixed

LONGEST_STAY: Final = 28
FULL_CITY: Final = ("TAO", 10)
"""Every room there is taken on the night that is so many days from today."""


@dataclass(frozen=True, slots=True)
class Hotel:
    """One house of a chain."""

    id: str
    place: Place
    brand: Brand
    district: tuple[str, str]

    @property
    def zh(self) -> str:
        """The name in Chinese."""
        near = self.district[0].removeprefix(self.place.zh)
        return f"{self.brand.zh}（{self.place.zh}{near}店）"

    @property
    def en(self) -> str:
        """The name in English."""
        near = self.district[1].removeprefix(f"{self.place.en} ")
        return f"{self.brand.en} {self.place.en} {near}"

    def price_of(self, kind: RoomKind) -> int:
        """One night."""
        local = 1.25 if self.place.hub or not self.place.domestic else 1.0
        return round(self.brand.price * local * kind.factor)

    def has(self, kind: RoomKind, arrival: date, nights: int, today: date) -> bool:
        """Whether a room of the kind is free for all nights."""
        for night in range(nights):
            day = arrival + timedelta(days=night)
            if (self.place.code, (day - today).days) == FULL_CITY or mixed(self.id, kind.key, day) % 9 == 0:
                return False
        return True


def hotels_in(place: Place) -> Iterator[Hotel]:
    """All houses of a city: the dearer chains in the first district, the simpler ones in the second."""
    if place.code not in DISTRICTS:
        return
    first, second = DISTRICTS[place.code]
    for brand in BRANDS:
        yield Hotel(f"{place.code}-{brand.key}", place, brand, first if brand.stars > 3 else second)


def hotel_of(hotel_id: str) -> Hotel | None:
    """The house of this id."""
    code, _dash, _key = hotel_id.partition("-")
    place = BY_CODE.get(code)
    found = hotels_in(place) if place is not None else iter(())
    return next((hotel for hotel in found if hotel.id == hotel_id), None)


def room_kind(key: str) -> RoomKind | None:
    """The kind of room of this key."""
    return next((kind for kind in ROOM_KINDS if kind.key == key), None)


def free_rooms(hotel: Hotel, arrival: date, nights: int, guests: int, now: datetime) -> list[RoomKind]:
    """The kinds of which a room is free, and where the guests fit in."""
    return [kind for kind in ROOM_KINDS if kind.sleeps >= guests and hotel.has(kind, arrival, nights, now.date())]


def still_free_to_cancel(kind: RoomKind, arrival: date, now: datetime) -> bool:
    """Whether a booking made now could be cancelled without cost."""
    return kind.free_cancellation and now < datetime.combine(arrival - timedelta(days=1), time(18))

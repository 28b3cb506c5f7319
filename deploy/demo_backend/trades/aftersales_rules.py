"""The rules of the service organisation: warranty, visits, what may be moved, cancelled, returned."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Final, Literal

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.trades.aftersales_catalogue import Part, Product, part_numbered, product_named, products
from deploy.demo_backend.trades.aftersales_data import (
    DISTRICTS,
    FARTHEST,
    FULL_DAYS,
    OPEN,
    PERIODS,
    Booking,
    Device,
    State,
    Store,
)

VISIT_FEE: Final = 60
"""Yuan for a visit with inspection outside the warranty."""
POSTAGE: Final = 20
"""Yuan for each way of a repair that is sent in outside the warranty."""
NOTICE_HOURS: Final = 2
"""A visit may be moved or cancelled until so long before it starts."""
OVERDUE_DAYS: Final = 15
SHIPPING: Final = 8
FREE_FROM: Final = 99
MOST_PARTS: Final = 5
RETURN_DAYS: Final = 7
EXCHANGE_DAYS: Final = 15
REPAIRS_UNTIL_EXCHANGE: Final = 2
Cover = Literal["in", "out", "unknown"]
Best = Literal["return", "exchange", "repair", "paid_repair", "unknown"]


@dataclass(frozen=True, slots=True)
class Warranty:
    """How a device is covered; days are None if the purchase is not known."""

    state: Cover
    until: date | None
    part_state: Cover
    part_until: date | None


def find_device(store: Store, serial: str) -> tuple[Device, Product]:
    """The device and what it is; Refused if nobody sold it."""
    device = store.devices.get(serial.strip().upper())
    if device is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no device with this serial number.")
    return device, products()[device.serial[2:4]]


def find_booking(store: Store, number: str) -> Booking:
    """The repair or installation; Refused if there is none."""
    booking = store.bookings.get(number.strip().upper())
    if booking is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no booking with this number.")
    return booking


def find_product(name: str) -> Product:
    """The product by its kind or model; Refused if it is not made."""
    product = product_named(name)
    if product is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "No such appliance is made.")
    return product


def find_part(number: str) -> tuple[Product, Part]:
    """The part; Refused if it is unknown."""
    found = part_numbered(number)
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no part with this number.")
    return found


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def warranty(device: Device, product: Product, today: date, bought_on: date | None = None) -> Warranty:
    """By the registered day of purchase, or else the one that the customer names."""
    bought = device.bought_on or bought_on
    if bought is None:
        return Warranty("unknown", None, "unknown", None)
    until, part_until = (months_later(bought, months) for months in (product.warranty_months, product.part_months))
    return Warranty("in" if today <= until else "out", until, "in" if today <= part_until else "out", part_until)


def district_of(name: str) -> int | None:
    """The place of a district in the list, None if technicians do not go there."""
    wanted = name.strip().casefold()
    for place, (zh, en) in enumerate(DISTRICTS):
        if wanted in (zh, en.casefold()):
            return place
    return None


def is_free(store: Store, district: int, day: date, period: str, today: date) -> bool:
    """Whether a technician has time."""
    ahead = (day - today).days
    if not 1 <= ahead <= FARTHEST or (district, ahead) in FULL_DAYS or (district, day, period) in store.taken:
        return False
    return (ahead * 5 + district * 3 + list(PERIODS).index(period) * 2) % 7 != 0


def free_periods(store: Store, district: int, day: date, today: date) -> list[str]:
    """The times of a day that are free."""
    return [period for period in PERIODS if is_free(store, district, day, period, today)]


def nearest_free(store: Store, district: int, day: date, today: date, most: int = 4) -> Iterator[tuple[date, str]]:
    """Free times from a day on."""
    found = 0
    for ahead in range(max(1, (day - today).days), FARTHEST + 1):
        for period in free_periods(store, district, today + timedelta(days=ahead), today):
            if found == most:
                return
            found += 1
            yield today + timedelta(days=ahead), period


def take(store: Store, district_name: str, day: date, period: str, today: date) -> int:
    """Reserve a visit; Refused if it cannot be had."""
    district = district_of(district_name)
    if district is None:
        raise Refused(HTTPStatus.CONFLICT, "not_covered", "Technicians do not go to this district.")
    if period not in PERIODS:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"A period is one of {', '.join(PERIODS)}.")
    if not is_free(store, district, day, period, today):
        raise Refused(HTTPStatus.CONFLICT, "slot_taken", "Nobody is free then.")
    store.taken.add((district, day, period))
    return district


def changeable(booking: Booking, now: datetime) -> Literal["yes", "too_late", "not_booked"]:
    """Whether a visit may still be moved or cancelled."""
    if booking.state == State.ON_THE_WAY:
        return "too_late"
    if booking.state != State.BOOKED or booking.day is None:
        return "not_booked"
    start = datetime.combine(booking.day, datetime.min.time()).replace(hour=PERIODS[booking.period])
    return "yes" if start - now >= timedelta(hours=NOTICE_HOURS) else "too_late"


def must_be_changeable(booking: Booking, now: datetime) -> None:
    """Refused if the visit may not be moved or cancelled any more."""
    verdict = changeable(booking, now)
    if verdict != "yes":
        raise Refused(HTTPStatus.CONFLICT, verdict, "This visit cannot be changed any more.")


def is_overdue(booking: Booking, today: date) -> bool:
    """Whether a repair takes longer than promised."""
    return booking.state in OPEN and booking.made_on is not None and (today - booking.made_on).days > OVERDUE_DAYS


def open_booking(store: Store, serial: str, kind: str) -> Booking | None:
    """The unfinished repair or installation of a device."""
    return next(
        (
            one
            for one in store.bookings.values()
            if one.serial == serial and one.kind == kind and one.state in OPEN
        ),
        None,
    )


def entitlement(device: Device, product: Product, today: date, bought_on: date | None) -> Best:
    """The best that a customer with a fault may ask for."""
    bought = device.bought_on or bought_on
    if bought is None:
        return "unknown"
    days = (today - bought).days
    if days <= RETURN_DAYS:
        return "return"
    covered = warranty(device, product, today, bought).state == "in"
    if days <= EXCHANGE_DAYS or (covered and device.repairs >= REPAIRS_UNTIL_EXCHANGE):
        return "exchange"
    return "repair" if covered else "paid_repair"


def is_recalled(device: Device, product: Product) -> bool:
    """Whether the device was made in the months of its product's recall."""
    recall = product.recall
    return recall is not None and recall.first <= device.serial[4:8] <= recall.last


def order_total(part: Part, quantity: int) -> tuple[int, int]:
    """(shipping, total) in yuan."""
    goods = part.price * quantity
    shipping = 0 if goods >= FREE_FROM else SHIPPING
    return shipping, goods + shipping

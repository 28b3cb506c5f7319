"""What a change, a refund, baggage and check-in cost, and until when they are possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.trades.travel_data import FARES
from deploy.demo_backend.trades.travel_store import FlightBooking, HotelBooking

LAST_CHANGE: Final = timedelta(hours=2)
SHORT: Final = timedelta(hours=24)
LONG: Final = timedelta(days=7)
BAGGAGE_CLOSES: Final = timedelta(hours=4)
CHECK_IN_OPENS: Final = timedelta(hours=48)
CHECK_IN_CLOSES: Final = {True: timedelta(minutes=60), False: timedelta(minutes=120)}
"""Domestic, and beyond."""
KILO_PRICE: Final = {True: 15, False: 40}
MOST_EXTRA_KILOS: Final = 30
RECEIPT_DAYS: Final = 180


@dataclass(frozen=True, slots=True)
class Quote:
    """What cancelling brings: the money back, what is kept, the taxes within the money back."""

    refund: int
    fee: int
    taxes: int


def refused(code: str, message: str) -> Refused:
    """A rule forbids it."""
    return Refused(HTTPStatus.CONFLICT, code, message)


def check_open(booking: FlightBooking, now: datetime) -> None:
    """Refuse what can no longer be changed or cancelled."""
    if booking.state == "held":
        raise refused("not_paid", "The booking is held and not paid yet.")
    if booking.state == "cancelled":
        raise refused("cancelled", "The booking was cancelled before.")
    if booking.state == "used":
        raise refused("flown", "The flight was taken.")
    if booking.flight.cancelled:
        return
    if booking.flight.departs + timedelta(minutes=booking.flight.late) <= now:
        raise refused("departed", "The flight has left.")
    if booking.flight.disrupted:
        return
    if booking.flight.departs - now < LAST_CHANGE:
        raise refused("too_late", "It is less than two hours before departure.")


def tier(booking: FlightBooking, now: datetime) -> int:
    """Which of the three fees applies."""
    left = booking.flight.departs - now
    return 0 if left > LONG else 1 if left > SHORT else 2


def change_fee(booking: FlightBooking, now: datetime) -> int:
    """The fee of a change for all passengers, without the difference of the fares."""
    check_open(booking, now)
    if booking.flight.disrupted:
        return 0
    percentage = FARES[booking.fare].change[tier(booking, now)]
    if percentage is None:
        raise refused("not_allowed", "A Saver ticket cannot be changed in the last 24 hours.")
    return round(booking.price * percentage / 100) * len(booking.passengers)


def cancel_flight(booking: FlightBooking, now: datetime) -> Quote:
    """What cancelling a ticket brings."""
    check_open(booking, now)
    percentage = 0 if booking.flight.disrupted else FARES[booking.fare].refund[tier(booking, now)]
    fee = round(booking.price * percentage / 100) * len(booking.passengers)
    return Quote(refund=booking.total - fee, fee=fee, taxes=booking.taxes)


def cancel_hotel(booking: HotelBooking, now: datetime) -> Quote:
    """What cancelling a room brings. For a room that is paid at the hotel the fee is charged to the card."""
    if booking.state == "cancelled":
        raise refused("cancelled", "The booking was cancelled before.")
    if booking.state == "used" or booking.arrival < now.date():
        raise refused("stayed", "The stay has begun or is over.")
    if not booking.room.free_cancellation:
        fee = booking.total
    else:
        fee = 0 if now < booking.free_until else booking.night_price
    paid = 0 if booking.pay_at_hotel else booking.total
    return Quote(refund=max(paid - fee, 0), fee=fee, taxes=0)


def baggage_price(booking: FlightBooking, kilos: int, now: datetime) -> int:
    """What extra kilos cost; refused if there is no time left or it is too much."""
    check_open(booking, now)
    if booking.flight.cancelled:
        raise refused("cancelled", "The airline cancelled the flight.")
    if booking.flight.departs + timedelta(minutes=booking.flight.late) - now < BAGGAGE_CLOSES:
        raise refused("too_late", "Baggage can be added until four hours before departure.")
    if booking.extra_kilos + kilos > MOST_EXTRA_KILOS:
        raise refused("too_much", f"At most {MOST_EXTRA_KILOS} extra kilos for a booking.")
    return KILO_PRICE[booking.flight.domestic] * kilos


def check_check_in(booking: FlightBooking, now: datetime) -> None:
    """Refuse a check-in that is not possible."""
    if booking.state == "held":
        raise refused("not_paid", "The booking is held and not paid yet.")
    if booking.state != "ticketed" or booking.flight.cancelled:
        raise refused("cancelled", "The booking or its flight is cancelled, or the flight was taken.")
    if booking.seats:
        raise refused("already", "The passengers are checked in.")
    left = booking.flight.departs - now
    if left > CHECK_IN_OPENS:
        raise refused("too_early", "Check-in opens 48 hours before departure.")
    if left < CHECK_IN_CLOSES[booking.flight.domestic]:
        raise refused("too_late", "Online check-in has closed.")


def check_receipt(booking: FlightBooking | HotelBooking, now: datetime) -> None:
    """Refuse a receipt that cannot be had."""
    if isinstance(booking, HotelBooking) and booking.pay_at_hotel:
        raise refused("by_hotel", "The hotel's reception issues the invoice.")
    if booking.state in {"held", "cancelled"}:
        raise refused("cancelled", "There is nothing to issue: the booking is cancelled or not paid.")
    if booking.invoiced:
        raise refused("already", "The receipt was issued before.")
    if isinstance(booking, HotelBooking):
        end = datetime.combine(booking.arrival + timedelta(days=booking.nights), datetime.min.time())
    else:
        end = booking.flight.departs
    if end > now:
        raise refused("not_yet", "Receipts are issued after the trip.")
    if now - end > timedelta(days=RECEIPT_DAYS):
        raise refused("too_old", f"Receipts can be had for {RECEIPT_DAYS} days.")

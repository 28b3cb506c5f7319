"""The travel agency: the state of flights, what can be bought, and what customers do with their bookings."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from http import HTTPStatus

from fastapi import APIRouter

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades import travel_answers as answers
from deploy.demo_backend.trades import travel_rules as rules
from deploy.demo_backend.trades.travel_data import AIRLINES
from deploy.demo_backend.trades.travel_flights import Flight, flights_between, mixed
from deploy.demo_backend.trades.travel_sales import MOST_SHOWN, Short, bookable, hours_of, sales_router
from deploy.demo_backend.trades.travel_store import Booking, FlightBooking, HotelBooking, Refund, Store, price_of
from deploy.demo_backend.trades.travel_store import seed as seed

FLIGHT_REFUND_DAYS = "3-7"
HOTEL_REFUND_DAYS = "1-5"


def router(holder: StoreHolder[Store]) -> APIRouter:
    """All routes of the agency."""
    routes = APIRouter()
    routes.include_router(sales_router(holder))
    routes.include_router(bookings_router(holder))
    return routes


def booking_of(store: Store, number: str) -> Booking:
    """The booking of a number, or a refusal."""
    booking = store.bookings.get(number.upper().strip())
    if booking is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no booking of this number.")
    return booking


def ticket_of(store: Store, number: str) -> FlightBooking:
    """The flight booking of a number; a room's is refused."""
    booking = booking_of(store, number)
    if not isinstance(booking, FlightBooking):
        raise rules.refused("is_hotel", "This is the booking of a room.")
    return booking


def offer_of(booking: FlightBooking, flight: Flight, fee: int) -> answers.ChangeOffer:
    """What moving a booking to a flight costs all passengers."""
    dearer = max(price_of(flight, booking.fare, booking.cabin) - booking.price, 0)
    difference = 0 if booking.flight.disrupted else dearer * len(booking.passengers)
    return answers.ChangeOffer(
        flight_no=flight.number,
        airline_zh=AIRLINES[flight.number[:2]].zh,
        airline_en=AIRLINES[flight.number[:2]].en,
        day=flight.departs.date(),
        departs_at=answers.clock_text(flight.departs),
        arrives_at=answers.clock_text(flight.arrives),
        fee=fee,
        difference=difference,
        total=fee + difference,
    )


def check_target(booking: FlightBooking, flight: Flight) -> None:
    """Refuse a flight that is the booked one, or goes elsewhere."""
    booked = booking.flight
    if (flight.number, flight.departs) == (booked.number, booked.departs):
        raise rules.refused("same_flight", "This is the flight that is booked.")
    if (flight.origin, flight.target) != (booked.origin, booked.target):
        raise rules.refused("other_route", "A change keeps the cities.")


def seats_for(booking: FlightBooking, wish: str) -> tuple[str, ...]:
    """A seat for each passenger, near each other, of the wished kind for the first ones."""
    row = 3 + mixed(booking.number, wish) % 8 if wish == "front" else 11 + mixed(booking.number, wish) % 20
    letters = {"window": "ABCLJH", "aisle": "CBAHJL"}.get(wish, "ABCHJL")
    return tuple(f"{row + place // 6}{letters[place % 6]}" for place in range(len(booking.passengers)))


def quote_of(booking: Booking, now: datetime) -> answers.CancelQuote:
    """What cancelling brings, and how long the money takes."""
    if isinstance(booking, HotelBooking):
        quote, days = rules.cancel_hotel(booking, now), HOTEL_REFUND_DAYS
    else:
        quote, days = rules.cancel_flight(booking, now), FLIGHT_REFUND_DAYS
    return answers.CancelQuote(refund=quote.refund, fee=quote.fee, taxes=quote.taxes, working_days=days)


def bookings_router(holder: StoreHolder[Store]) -> APIRouter:
    """What customers do with their bookings."""
    router = APIRouter(prefix="/bookings/{booking_no}")

    @router.get("", summary="A booking")
    async def booking(booking_no: str) -> answers.BookingView:
        """A flight's or a hotel's."""
        return answers.view_of(booking_of(holder.current, booking_no))

    @router.get("/alternatives", summary="Flights to change to")
    async def alternatives(booking_no: str, day: date, part: Short = "") -> answers.Changes:
        """At most five with seats for all passengers; an empty list if there is none."""
        ticket, now = ticket_of(holder.current, booking_no), holder.now()
        fee, (first, last) = rules.change_fee(ticket, now), hours_of(part)
        booked = ticket.flight
        offers = [
            offer_of(ticket, run, fee)
            for run in flights_between(booked.origin, booked.target, day, now)
            if run.seats >= len(ticket.passengers)
            and first <= run.departs.hour < last
            and (run.number, run.departs) != (booked.number, booked.departs)
        ]
        return answers.Changes(flights=offers[:MOST_SHOWN])

    @router.get("/change", summary="What a change costs")
    async def change_quote(booking_no: str, flight_no: str, day: date) -> answers.ChangeOffer:
        """The fee and the difference of the fares for all passengers."""
        ticket, now = ticket_of(holder.current, booking_no), holder.now()
        fee = rules.change_fee(ticket, now)
        flight = bookable(flight_no, day, len(ticket.passengers), now)
        check_target(ticket, flight)
        return offer_of(ticket, flight, fee)

    @router.post("/change", summary="Change the flight")
    async def change(booking_no: str, order: answers.ChangeOrder) -> answers.ChangeOffer:
        """Moves all passengers; seats and check-in are lost, extra baggage stays."""
        ticket, now = ticket_of(holder.current, booking_no), holder.now()
        fee = rules.change_fee(ticket, now)
        flight = bookable(order.flight_no, order.day, len(ticket.passengers), now)
        check_target(ticket, flight)
        offer = offer_of(ticket, flight, fee)
        ticket.price = max(price_of(flight, ticket.fare, ticket.cabin), ticket.price)
        ticket.flight, ticket.seats = flight, ()
        return offer

    @router.get("/cancellation", summary="What cancelling brings")
    async def cancel_quote(booking_no: str) -> answers.CancelQuote:
        """The money back and the fee."""
        return quote_of(booking_of(holder.current, booking_no), holder.now())

    @router.post("/cancellation", summary="Cancel a booking")
    async def cancel(booking_no: str) -> answers.CancelQuote:
        """Gives back the ticket or the room; the refund begins."""
        found = booking_of(holder.current, booking_no)
        quote = quote_of(found, holder.now())
        found.state = "cancelled"
        if quote.refund:
            found.refund = Refund(quote.refund, holder.today())
        return quote

    @router.get("/refund", summary="Where a refund is")
    async def refund(booking_no: str) -> answers.RefundView:
        """Of a booking that was cancelled."""
        found = booking_of(holder.current, booking_no)
        if found.refund is None:
            raise rules.refused("no_refund", "There is no refund for this booking.")
        days = 9 if isinstance(found, FlightBooking) else 7
        return answers.RefundView(
            state=found.refund.state,
            amount=found.refund.amount,
            requested=found.refund.requested,
            expected=found.refund.requested + timedelta(days=days),
        )

    @router.get("/baggage", summary="What extra baggage costs")
    async def baggage_quote(booking_no: str, kilos: int) -> answers.BaggageQuote:
        """For kilos in steps of ten."""
        ticket = ticket_of(holder.current, booking_no)
        return answers.BaggageQuote(kilos=kilos, price=rules.baggage_price(ticket, kilos, holder.now()))

    @router.post("/baggage", summary="Add baggage")
    async def add_baggage(booking_no: str, order: answers.BaggageOrder) -> answers.BaggageQuote:
        """Adds kilos; the price is paid in the agency's app."""
        ticket = ticket_of(holder.current, booking_no)
        price = rules.baggage_price(ticket, order.kilos, holder.now())
        ticket.extra_kilos += order.kilos
        return answers.BaggageQuote(kilos=order.kilos, price=price)

    @router.get("/check-in", summary="Whether check-in is possible")
    async def may_check_in(booking_no: str) -> answers.BookingView:
        """Refused with the reason if it is not."""
        ticket = ticket_of(holder.current, booking_no)
        rules.check_check_in(ticket, holder.now())
        return answers.view_of(ticket)

    @router.post("/check-in", summary="Check in")
    async def check_in(booking_no: str, order: answers.CheckInOrder) -> answers.CheckedIn:
        """Gives all passengers seats."""
        ticket = ticket_of(holder.current, booking_no)
        rules.check_check_in(ticket, holder.now())
        ticket.seats = seats_for(ticket, order.seat)
        ends = ticket.flight.departs + timedelta(minutes=ticket.flight.late - 15)
        return answers.CheckedIn(
            seats=", ".join(ticket.seats), gate=ticket.flight.gate, boarding=answers.clock_text(ends)
        )

    @router.get("/receipt", summary="Whether a receipt can be had")
    async def may_have_receipt(booking_no: str) -> answers.BookingView:
        """Refused with the reason if not."""
        found = booking_of(holder.current, booking_no)
        rules.check_receipt(found, holder.now())
        return answers.view_of(found)

    @router.post("/receipt", summary="Issue a receipt", status_code=HTTPStatus.CREATED)
    async def issue(booking_no: str, order: answers.ReceiptOrder) -> answers.Receipt:
        """An e-itinerary or invoice, sent to the e-mail of the booking within 24 hours."""
        found = booking_of(holder.current, booking_no)
        rules.check_receipt(found, holder.now())
        found.invoiced = True
        return answers.Receipt(number=f"FP{found.number[2:]}", amount=found.total, title=order.title)

    return router

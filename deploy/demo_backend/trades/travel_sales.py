"""The travel agency's routes for what can be bought: flights and hotels."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades import travel_answers as answers
from deploy.demo_backend.trades.travel_data import (
    AIRLINES,
    CABIN_WORDS,
    CABINS,
    FARES,
    PARTS,
    TAXES,
    Place,
    RoomKind,
)
from deploy.demo_backend.trades.travel_flights import BY_NAME, Flight, flight_on, flights_between, nearest_run
from deploy.demo_backend.trades.travel_hotels import (
    LONGEST_STAY,
    Hotel,
    free_rooms,
    hotel_of,
    hotels_in,
    room_kind,
    still_free_to_cancel,
)
from deploy.demo_backend.trades.travel_rules import refused
from deploy.demo_backend.trades.travel_store import FlightBooking, HotelBooking, Store, price_of

HOLD: Final = timedelta(minutes=30)
FURTHEST: Final = timedelta(days=330)
MOST_SHOWN: Final = 5

Short = Annotated[str, Query(max_length=40)]


def place_of(name: str) -> Place:
    """The city of a name in either language, or of a code."""
    place = BY_NAME.get(name.casefold())
    if place is None:
        raise Refused(HTTPStatus.NOT_FOUND, "unknown_place", "There are no flights or hotels there.")
    return place


def count_of(words: str, most: int) -> int:
    """The number that a text begins with: `2`, `2位`, `2 people`."""
    match = re.match(r"\s*(\d{1,2})", words)
    if match is None or not 1 <= int(match[1]) <= most:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_count", f"A number from 1 to {most} is wanted.")
    return int(match[1])


def amount_of(words: str) -> Decimal | None:
    """The amount that a text begins with (`500`, `500.00 CNY`), None for an empty text."""
    if not words:
        return None
    match = re.match(r"\s*(\d{1,7}(?:\.\d{1,2})?)(?: ?CNY)?\s*$", words)
    if match is None:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_amount", "An amount in yuan is wanted.")
    return Decimal(match[1])


def hours_of(part: str) -> tuple[int, int]:
    """The hours of a part of the day; the whole day for an empty text."""
    if part and part not in PARTS:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_part", "No such part of the day.")
    return PARTS[part] if part else (0, 24)


def cabin_of(words: str) -> str:
    """The cabin that a text names; economy for an empty text."""
    name = CABIN_WORDS.get(words, words) or "economy"
    if name not in CABINS:
        raise Refused(HTTPStatus.CONFLICT, "no_such_cabin", "No flight has this cabin.")
    return name


def bookable(number: str, day: date, people: int, now: datetime) -> Flight:
    """The run, if so many seats can still be sold."""
    flight = flight_on(number, day, now)
    if flight is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such flight on that day.")
    if flight.cancelled or flight.departs < now + timedelta(hours=2):
        raise refused("too_late", "The flight can no longer be booked.")
    if flight.seats < people:
        raise refused("sold_out", "There are not enough seats left.")
    return flight


def stay_of(arrival: date, nights: str, today: date) -> int:
    """The nights of a stay, checked."""
    if not today <= arrival <= today + FURTHEST:
        raise refused("bad_day", "The day of arrival is past or too far ahead.")
    return count_of(nights, LONGEST_STAY)


def fare_offer(flight: Flight, fare: str, cabin: str, people: int) -> answers.FareOffer:
    """What a kind of ticket costs on a run."""
    price = price_of(flight, fare, cabin)
    bare = AIRLINES[flight.number[:2]].bare_saver and fare == "saver"
    return answers.FareOffer(
        fare=fare,
        name_zh=FARES[fare].zh,
        name_en=FARES[fare].en,
        price=price,
        total=(price + TAXES[flight.domestic]) * people,
        kilos=0 if bare else CABINS[cabin][3],
    )


def known_hotel(hotel_id: str) -> Hotel:
    """The house of this id, or a refusal."""
    hotel = hotel_of(hotel_id)
    if hotel is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such hotel.")
    return hotel


def known_room(key: str) -> RoomKind:
    """The kind of room of this key, or a refusal."""
    kind = room_kind(key)
    if kind is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such room.")
    return kind


def deadline(kind: RoomKind, arrival: date, now: datetime) -> str:
    """Until when a room booked now can be cancelled without cost; empty if it cannot."""
    if not still_free_to_cancel(kind, arrival, now):
        return ""
    return (arrival - timedelta(days=1)).isoformat() + "T18:00"


def sales_router(holder: StoreHolder[Store]) -> APIRouter:
    """Flights and hotels: looking for them, holding seats, booking rooms."""
    router = APIRouter()

    @router.get("/flights/{flight_no}/status", summary="The state of a flight")
    async def flight_status(flight_no: str, day: date | None = None) -> answers.FlightStatus:
        """Without a day: the run that is nearest to now."""
        now = holder.now()
        flight = flight_on(flight_no, day, now) if day is not None else nearest_run(flight_no, now)
        if flight is None:
            raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no flight of this number.")
        return answers.status_of(flight, now)

    @router.get("/flights", summary="Flights that can be booked")
    async def flights(
        origin: Short, target: Short, day: date, people: Short = "1", part: Short = "", cabin: Short = ""
    ) -> answers.Flights:
        """At most five, in the order of departure, with seats for all. An empty list if there is none."""
        one, other, now = place_of(origin), place_of(target), holder.now()
        if one == other:
            raise refused("same_place", "Departure and arrival are the same city.")
        if not now.date() <= day <= now.date() + FURTHEST:
            raise refused("bad_day", "The day is past or too far ahead.")
        wanted, (first, last) = count_of(people, 9), hours_of(part)
        named = cabin_of(cabin)
        offers = [
            answers.FlightOffer(
                flight_no=run.number,
                airline_zh=AIRLINES[run.number[:2]].zh,
                airline_en=AIRLINES[run.number[:2]].en,
                day=day,
                departs_at=answers.clock_text(run.departs),
                arrives_at=answers.clock_text(run.arrives),
                price=price_of(run, "saver", named),
                seats=run.seats,
            )
            for run in flights_between(one, other, day, now)
            if run.seats >= wanted and first <= run.departs.hour < last
        ]
        return answers.Flights(flights=offers[:MOST_SHOWN])

    @router.get("/flights/{flight_no}/fares", summary="The fares of a flight")
    async def fares(flight_no: str, day: date, people: Short = "1", cabin: Short = "") -> answers.Fares:
        """What each kind of ticket costs."""
        wanted, named = count_of(people, 9), cabin_of(cabin)
        flight = bookable(flight_no, day, wanted, holder.now())
        return answers.Fares(fares=[fare_offer(flight, fare, named, wanted) for fare in FARES])

    @router.get("/flights/{flight_no}/fares/{fare}", summary="One fare of a flight")
    async def fare(
        flight_no: str, fare: str, day: date, people: Short = "1", cabin: Short = ""
    ) -> answers.FareOffer:
        """What a kind of ticket costs."""
        if fare not in FARES:
            raise Refused(HTTPStatus.NOT_FOUND, "not_found", "No such fare.")
        wanted = count_of(people, 9)
        return fare_offer(bookable(flight_no, day, wanted, holder.now()), fare, cabin_of(cabin), wanted)

    @router.post("/holds", summary="Hold seats", status_code=HTTPStatus.CREATED)
    async def hold(order: answers.HoldOrder) -> answers.Held:
        """Holds seats for 30 minutes; names are given and the money is paid in the agency's app."""
        now, people = holder.now(), count_of(order.people, 9)
        if order.fare not in FARES:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_fare", "No such fare.")
        flight, cabin = bookable(order.flight_no, order.day, people, now), cabin_of(order.cabin)
        booking = FlightBooking(
            number=holder.current.new_number("YC", now.date()),
            state="held",
            flight=flight,
            passengers=("",) * people,
            fare=order.fare,
            cabin=cabin,
            price=price_of(flight, order.fare, cabin),
            pay_before=now + HOLD,
        )
        holder.current.bookings[booking.number] = booking
        return answers.Held(booking_no=booking.number, total=booking.total, pay_before=now + HOLD)

    @router.get("/hotels", summary="Hotels with free rooms")
    async def hotels(
        city: Short,
        arrival: date,
        nights: Short = "1",
        guests: Short = "1",
        stars: Short = "",
        most: Annotated[str, Query(max_length=40, description="for one night: `500`, `500.00 CNY`")] = "",
    ) -> answers.Hotels:
        """At most five, the cheapest first; `stars` are the least wanted. An empty list if there is none."""
        place, now = place_of(city), holder.now()
        stay, party = stay_of(arrival, nights, now.date()), count_of(guests, 9)
        least, dearest = count_of(stars, 5) if stars else 0, amount_of(most)
        found = []
        for hotel in hotels_in(place):
            rooms = free_rooms(hotel, arrival, stay, party, now)
            price = min((hotel.price_of(kind) for kind in rooms), default=None)
            if price is not None and hotel.brand.stars >= least and (dearest is None or price <= dearest):
                found.append((price, hotel))
        return answers.Hotels(
            hotels=[
                answers.HotelOffer(
                    hotel_id=hotel.id, name_zh=hotel.zh, name_en=hotel.en, stars=hotel.brand.stars, price=price
                )
                for price, hotel in sorted(found, key=lambda one: one[0])[:MOST_SHOWN]
            ]
        )

    @router.get("/hotels/{hotel_id}/rooms", summary="Free rooms of a hotel")
    async def rooms(hotel_id: str, arrival: date, nights: Short = "1", guests: Short = "1") -> answers.Rooms:
        """The kinds of room that are free for the whole stay."""
        now, stay = holder.now(), stay_of(arrival, nights, holder.today())
        hotel = known_hotel(hotel_id)
        free = free_rooms(hotel, arrival, stay, count_of(guests, 9), now)
        return answers.Rooms(
            rooms=[
                answers.RoomOffer(
                    room=kind.key,
                    name_zh=kind.zh,
                    name_en=kind.en,
                    price=hotel.price_of(kind),
                    total=hotel.price_of(kind) * stay,
                    free_until=deadline(kind, arrival, now),
                )
                for kind in free
            ]
        )

    @router.get("/hotels/{hotel_id}/rooms/{room}", summary="One kind of room for a stay")
    async def room(
        hotel_id: str, room: str, arrival: date, nights: Short = "1", guests: Short = "1"
    ) -> answers.StayQuote:
        """What it costs, and until when it can be cancelled."""
        now, stay = holder.now(), stay_of(arrival, nights, holder.today())
        hotel, kind = known_hotel(hotel_id), known_room(room)
        if kind not in free_rooms(hotel, arrival, stay, count_of(guests, 9), now):
            raise refused("sold_out", "The room is no longer free.")
        return answers.StayQuote(
            hotel_zh=hotel.zh,
            hotel_en=hotel.en,
            room_zh=kind.zh,
            room_en=kind.en,
            price=hotel.price_of(kind),
            total=hotel.price_of(kind) * stay,
            free_until=deadline(kind, arrival, now),
        )

    @router.post("/stays", summary="Book a room", status_code=HTTPStatus.CREATED)
    async def book(order: answers.StayOrder) -> answers.BookingView:
        """Books a room that is paid at the hotel."""
        now, hotel, kind = holder.now(), known_hotel(order.hotel_id), known_room(order.room)
        nights, guests = stay_of(order.arrival, order.nights, now.date()), count_of(order.guests, 9)
        if kind not in free_rooms(hotel, order.arrival, nights, guests, now):
            raise refused("sold_out", "The room is no longer free.")
        booking = HotelBooking(
            number=holder.current.new_number("YZ", now.date()),
            state="confirmed",
            hotel=hotel,
            room=kind,
            arrival=order.arrival,
            nights=nights,
            guests=guests,
            guest=order.guest,
            night_price=hotel.price_of(kind),
            pay_at_hotel=True,
        )
        holder.current.bookings[booking.number] = booking
        return answers.view_of(booking)

    return router

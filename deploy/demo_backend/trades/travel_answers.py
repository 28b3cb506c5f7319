"""The bodies and answers of the travel agency's routes. Amounts are whole yuan, times are local."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import BaseModel, Field

from deploy.demo_backend.store import Moment
from deploy.demo_backend.trades.travel_data import AIRLINES, CABINS, FARES
from deploy.demo_backend.trades.travel_flights import Flight
from deploy.demo_backend.trades.travel_store import Booking, FlightBooking


class FlightStatus(BaseModel):
    """One run of a flight as it stands."""

    flight_no: str
    airline_zh: str
    airline_en: str
    from_zh: str
    from_en: str
    to_zh: str
    to_en: str
    state: str = Field(description="scheduled, delayed, cancelled, departed or landed")
    day: date
    departs: Moment = Field(description="planned")
    arrives: Moment = Field(description="planned")
    expected_departure: Moment
    expected_arrival: Moment
    late_minutes: int
    gate: str = Field(description="empty while it is not known")
    reason_zh: str
    reason_en: str


class FlightOffer(BaseModel):
    """A flight that can be booked."""

    flight_no: str
    airline_zh: str
    airline_en: str
    day: date
    departs_at: str = Field(description="hour and minute", examples=["16:20"])
    arrives_at: str
    price: int = Field(description="the cheapest fare for one passenger, without taxes")
    seats: int = Field(description="seats left")


class FareOffer(BaseModel):
    """What a fare costs on a flight."""

    fare: str
    name_zh: str
    name_en: str
    price: int = Field(description="for one passenger, without taxes")
    total: int = Field(description="for all passengers, with taxes")
    kilos: int = Field(description="free checked baggage for each passenger")


class Flights(BaseModel):
    """What was found."""

    flights: list[FlightOffer]


class Fares(BaseModel):
    """All fares of a flight."""

    fares: list[FareOffer]


class HoldOrder(BaseModel):
    """Seats to be held until they are paid for."""

    flight_no: str = Field(max_length=10)
    day: date
    people: str = Field(max_length=20, description="how many: `2`, `2位`, `2 people`")
    fare: str = Field(max_length=20, description="saver, standard or flexible")
    cabin: str = Field(default="", max_length=30)


class Held(BaseModel):
    """A booking that waits for its payment."""

    booking_no: str
    total: int
    pay_before: Moment


class BookingView(BaseModel):
    """A booking of either kind; what does not apply is empty or 0."""

    booking_no: str
    kind: str = Field(description="flight or hotel")
    state: str = Field(description="held, ticketed, confirmed, used or cancelled")
    total: int
    people: int
    day: date = Field(description="of departure or arrival")
    flight_no: str = ""
    airline_zh: str = ""
    airline_en: str = ""
    from_zh: str = ""
    from_en: str = ""
    to_zh: str = ""
    to_en: str = ""
    departs_at: str = ""
    arrives_at: str = ""
    fare: str = ""
    fare_zh: str = ""
    fare_en: str = ""
    cabin_zh: str = ""
    cabin_en: str = ""
    free_kilos: int = 0
    extra_kilos: int = 0
    seats: str = Field(default="", description="after check-in")
    disrupted: bool = Field(default=False, description="cancelled or an hour late: changes and refunds are free")
    hotel_zh: str = ""
    hotel_en: str = ""
    room_zh: str = ""
    room_en: str = ""
    nights: int = 0


class ChangeOffer(BaseModel):
    """A flight that a booking can be moved to, and what that costs for all passengers."""

    flight_no: str
    airline_zh: str
    airline_en: str
    day: date
    departs_at: str
    arrives_at: str
    fee: int
    difference: int = Field(description="of the fares; never negative")
    total: int


class Changes(BaseModel):
    """What a booking can be moved to."""

    flights: list[ChangeOffer]


class ChangeOrder(BaseModel):
    """The flight that a booking is moved to."""

    flight_no: str = Field(max_length=10)
    day: date


class CancelQuote(BaseModel):
    """What cancelling brings."""

    refund: int
    fee: int
    taxes: int = Field(description="the part of the refund that is taxes")
    working_days: str = Field(description="how long the money takes", examples=["3-7"])


class RefundView(BaseModel):
    """Where a refund is."""

    state: str = Field(description="processing, paid or overdue")
    amount: int
    requested: date
    expected: date


class BaggageOrder(BaseModel):
    """Extra kilos."""

    kilos: int = Field(ge=10, le=30, multiple_of=10)


class BaggageQuote(BaseModel):
    """What extra kilos cost."""

    kilos: int
    price: int


class CheckInOrder(BaseModel):
    """Where the passengers would like to sit."""

    seat: str = Field(default="any", max_length=10, description="window, aisle, front or any")


class CheckedIn(BaseModel):
    """The seats that were given."""

    seats: str
    gate: str
    boarding: str = Field(description="hour and minute at which boarding ends")


class ReceiptOrder(BaseModel):
    """Whose name is on the receipt."""

    title: str = Field(min_length=1, max_length=100)
    tax_no: str = Field(default="", max_length=18, description="of a company")


class Receipt(BaseModel):
    """A receipt that is on its way."""

    number: str
    amount: int
    title: str


class HotelOffer(BaseModel):
    """A hotel with a free room."""

    hotel_id: str
    name_zh: str
    name_en: str
    stars: int
    price: int = Field(description="the cheapest room for one night")


class RoomOffer(BaseModel):
    """A kind of room that is free for the stay."""

    room: str
    name_zh: str
    name_en: str
    price: int
    total: int
    free_until: str = Field(description="until when cancelling is free; empty if it is not")


class Hotels(BaseModel):
    """What was found."""

    hotels: list[HotelOffer]


class Rooms(BaseModel):
    """What is free in a hotel."""

    rooms: list[RoomOffer]


class StayQuote(BaseModel):
    """A room of a hotel for the stay."""

    hotel_zh: str
    hotel_en: str
    room_zh: str
    room_en: str
    price: int
    total: int
    free_until: str = Field(description="until when cancelling is free; empty if it is not")


class StayOrder(BaseModel):
    """A room to be booked."""

    hotel_id: str = Field(max_length=10)
    room: str = Field(max_length=10)
    arrival: date
    nights: str = Field(max_length=20, description="how many: `2`, `2晚`, `2 nights`")
    guests: str = Field(max_length=20, description="how many: `2`, `2位`, `2 people`")
    guest: str = Field(min_length=1, max_length=60, description="whose name the reception asks for")


def clock_text(moment: Moment) -> str:
    """`16:20`."""
    return moment.strftime("%H:%M")


def status_of(flight: Flight, now: Moment) -> FlightStatus:
    """A run as it stands now."""
    late = timedelta(minutes=flight.late)
    airline = AIRLINES[flight.number[:2]]
    if flight.cancelled:
        state = "cancelled"
    elif now >= flight.arrives + late:
        state = "landed"
    elif now >= flight.departs + late:
        state = "departed"
    else:
        state = "delayed" if flight.late else "scheduled"
    return FlightStatus(
        flight_no=flight.number,
        airline_zh=airline.zh,
        airline_en=airline.en,
        from_zh=flight.origin.zh,
        from_en=flight.origin.en,
        to_zh=flight.target.zh,
        to_en=flight.target.en,
        state=state,
        day=flight.departs.date(),
        departs=flight.departs,
        arrives=flight.arrives,
        expected_departure=flight.departs + late,
        expected_arrival=flight.arrives + late,
        late_minutes=flight.late,
        gate=flight.gate,
        reason_zh=flight.reason_zh,
        reason_en=flight.reason_en,
    )


def view_of(booking: Booking) -> BookingView:
    """What a booking shows."""
    if isinstance(booking, FlightBooking):
        flight, fare, cabin = booking.flight, FARES[booking.fare], CABINS[booking.cabin]
        airline = AIRLINES[flight.number[:2]]
        return BookingView(
            booking_no=booking.number,
            kind="flight",
            state=booking.state,
            total=booking.total,
            people=len(booking.passengers),
            day=flight.departs.date(),
            flight_no=flight.number,
            airline_zh=airline.zh,
            airline_en=airline.en,
            from_zh=flight.origin.zh,
            from_en=flight.origin.en,
            to_zh=flight.target.zh,
            to_en=flight.target.en,
            departs_at=clock_text(flight.departs),
            arrives_at=clock_text(flight.arrives),
            fare=fare.name,
            fare_zh=fare.zh,
            fare_en=fare.en,
            cabin_zh=cabin[0],
            cabin_en=cabin[1],
            free_kilos=booking.free_kilos,
            extra_kilos=booking.extra_kilos,
            seats=", ".join(booking.seats),
            disrupted=flight.disrupted and booking.state == "ticketed",
        )
    return BookingView(
        booking_no=booking.number,
        kind="hotel",
        state=booking.state,
        total=booking.total,
        people=booking.guests,
        day=booking.arrival,
        hotel_zh=booking.hotel.zh,
        hotel_en=booking.hotel.en,
        room_zh=booking.room.zh,
        room_en=booking.room.en,
        nights=booking.nights,
    )

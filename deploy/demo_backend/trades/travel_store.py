"""What the agency knows: bookings and what became of them; the first state, placed around now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from deploy.demo_backend.trades.travel_data import AIRLINES, CABINS, FARES, TAXES, RoomKind
from deploy.demo_backend.trades.travel_flights import BY_CODE, FIXED, Flight, fixed_run, run_of
from deploy.demo_backend.trades.travel_hotels import Hotel, hotel_of, room_kind

State = Literal["held", "ticketed", "confirmed", "used", "cancelled"]
RefundState = Literal["processing", "paid", "overdue"]


@dataclass(slots=True)
class Refund:
    """Money on its way back."""

    amount: int
    requested: date
    state: RefundState = "processing"


@dataclass(slots=True)
class FlightBooking:
    """A ticket for one or more passengers on one run."""

    number: str
    state: State
    flight: Flight
    passengers: tuple[str, ...]
    fare: str = "standard"
    cabin: str = "economy"
    price: int = 0
    """For each passenger, without taxes, as paid."""
    extra_kilos: int = 0
    seats: tuple[str, ...] = ()
    invoiced: bool = False
    refund: Refund | None = None
    pay_before: datetime | None = None

    @property
    def taxes(self) -> int:
        """The taxes of all passengers."""
        return TAXES[self.flight.domestic] * len(self.passengers)

    @property
    def total(self) -> int:
        """What was paid for all passengers."""
        return self.price * len(self.passengers) + self.taxes

    @property
    def free_kilos(self) -> int:
        """Checked baggage that the ticket comes with, for each passenger."""
        bare = AIRLINES[self.flight.number[:2]].bare_saver and self.fare == "saver"
        return 0 if bare else CABINS[self.cabin][3]


@dataclass(slots=True)
class HotelBooking:
    """A room for some nights."""

    number: str
    state: State
    hotel: Hotel
    room: RoomKind
    arrival: date
    nights: int
    guests: int
    guest: str
    night_price: int = 0
    pay_at_hotel: bool = False
    invoiced: bool = False
    refund: Refund | None = None

    @property
    def total(self) -> int:
        """The price of the stay."""
        return self.night_price * self.nights

    @property
    def free_until(self) -> datetime:
        """Until when cancelling costs nothing, if the room has that at all."""
        return datetime.combine(self.arrival - timedelta(days=1), time(18))


Booking = FlightBooking | HotelBooking


@dataclass(slots=True)
class Store:
    """All bookings by number, and how many were made since the first state."""

    bookings: dict[str, Booking] = field(default_factory=dict)
    made: int = 0

    def new_number(self, prefix: str, today: date) -> str:
        """A number that nobody has yet."""
        self.made += 1
        return f"{prefix}{today:%y%m%d}{50 + self.made:02d}"


def price_of(flight: Flight, fare: str, cabin: str) -> int:
    """A fare's price for one passenger, without taxes."""
    return 10 * round(flight.full * FARES[fare].price * CABINS[cabin][2] / 10)


def ticket(
    number: str,
    flight: Flight,
    passengers: str,
    *,
    fare: str = "standard",
    cabin: str = "economy",
    state: State = "ticketed",
    seats: tuple[str, ...] = (),
    invoiced: bool = False,
    refund: Refund | None = None,
    pay_before: datetime | None = None,
) -> FlightBooking:
    """A flight booking at the fare's price."""
    return FlightBooking(
        number=number,
        state=state,
        flight=flight,
        passengers=tuple(passengers.split("、")),
        fare=fare,
        cabin=cabin,
        price=price_of(flight, fare, cabin),
        seats=seats,
        invoiced=invoiced,
        refund=refund,
        pay_before=pay_before,
    )


DAY: Final = timedelta(days=1)


def seed(now: datetime) -> Store:
    """The first state: a booking for every case that the rules know."""
    bookings: list[Booking] = [*seed_flights(now), *seed_hotels(now)]
    return Store({booking.number: booking for booking in bookings})


def seed_flights(now: datetime) -> list[FlightBooking]:
    """The flight bookings."""
    today = now.date()

    def line(origin: str, target: str, place: int, days: int) -> Flight:
        return run_of(BY_CODE[origin], BY_CODE[target], place, today + days * DAY, today)

    def fixed(number: str) -> Flight:
        base = now + timedelta(minutes=FIXED[number].minutes - now.minute % 5)
        return fixed_run(FIXED[number], base.date(), now)

    return [
        ticket("YC26031801", line("SHA", "BJS", 4, 1), "王芳、李强"),
        ticket("YC26031802", line("CAN", "CTU", 1, 10), "陈静", fare="saver"),
        ticket("YC26031803", line("BJS", "SZX", 2, 3), "周伟", fare="flexible"),
        ticket("YC26031804", line("HGH", "TAO", 0, 1), "孙丽、孙晓雨"),
        ticket("YC26031805", line("SHA", "BKK", 1, 17), "何明、何佳、何小宝"),
        ticket("YC26031806", line("CTU", "SYX", 0, 5), "赵敏、吴浩"),
        ticket("YC26031807", line("BJS", "SZX", 1, 4), "黄磊", fare="saver"),
        ticket("YC26031808", line("NKG", "HRB", 0, 1), "徐洋", fare="saver"),
        ticket("YC26031809", line("BJS", "SHA", 3, -6), "马超", state="used", invoiced=True),
        ticket("YC26031810", line("SZX", "XIY", 1, 1), "林楠、林青", seats=("31A", "31B")),
        ticket("YC26031811", fixed("YH1208"), "高翔"),
        ticket("YC26031812", fixed("HR901"), "郑爽、郑凯"),
        ticket(
            "YC26031813", line("XIY", "KMG", 2, 6), "谢婷", state="cancelled", refund=Refund(1010, today - 2 * DAY)
        ),
        ticket("YC26031814", line("WUH", "CAN", 1, -3), "罗杰", state="used"),
        ticket("YC26031815", fixed("BC3316"), "梁静茹", fare="saver"),
        ticket(
            "YC26031816",
            line("KMG", "SHA", 3, -2),
            "宋佳",
            state="cancelled",
            refund=Refund(866, today - 9 * DAY, "paid"),
        ),
        ticket(
            "YC26031817",
            line("CKG", "BJS", 1, 8),
            "唐宁",
            state="held",
            pay_before=now + timedelta(minutes=18),
        ),
        ticket(
            "YC26031818",
            line("XMN", "BJS", 0, 2),
            "许晴",
            state="cancelled",
            refund=Refund(742, today - 15 * DAY, "overdue"),
        ),
        ticket("YC26031819", line("TAO", "CTU", 1, -200), "韩冰", state="used"),
        ticket("YC26031820", line("BJS", "CAN", 3, 9), "沈浩", cabin="business", fare="flexible"),
    ]


def seed_hotels(now: datetime) -> list[HotelBooking]:
    """The hotel bookings."""
    today = now.date()

    def stay(
        number: str,
        hotel: str,
        room: str,
        days: int,
        nights: int,
        guest: str,
        *,
        guests: int = 2,
        state: State = "confirmed",
        pay_at_hotel: bool = False,
        refund: Refund | None = None,
    ) -> HotelBooking:
        place, kind = hotel_of(hotel), room_kind(room)
        assert place is not None and kind is not None  # noqa: S101
        return HotelBooking(
            number=number,
            state=state,
            hotel=place,
            room=kind,
            arrival=today + days * DAY,
            nights=nights,
            guests=guests,
            guest=guest,
            night_price=place.price_of(kind),
            pay_at_hotel=pay_at_hotel,
            refund=refund,
        )

    return [
        stay("YZ26031801", "HGH-4", "twin", 3, 2, "王芳"),
        stay("YZ26031802", "BJS-5", "twin", 6, 2, "李强"),
        stay("YZ26031803", "CTU-2", "queen", 6, 1, "陈静", guests=1),
        stay("YZ26031804", "XIY-4", "twin", 0, 3, "周伟"),
        stay("YZ26031805", "SHA-4", "twin", -5, 2, "何明", state="used"),
        stay(
            "YZ26031806",
            "SYX-5",
            "family",
            4,
            3,
            "赵敏",
            guests=4,
            state="cancelled",
            refund=Refund(4530, today - 3 * DAY),
        ),
        stay("YZ26031807", "WUH-2", "twin", -8, 1, "罗杰", guests=1, state="used", pay_at_hotel=True),
        stay("YZ26031808", "XMN-4", "family", 12, 4, "孙丽", guests=4, pay_at_hotel=True),
    ]

"""The service organisation's devices and bookings, one for every case that a flow has to meet.

Numbers are fixed, so that people and recorded conversations can name them; every time is relative to the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

PERIODS: Final = {"8:00-12:00": 8, "13:00-17:00": 13, "18:00-20:00": 18}
"""The times of a visit and the hour that they begin."""
DISTRICTS: Final = (
    ("西湖区", "Xihu"),
    ("拱墅区", "Gongshu"),
    ("滨江区", "Binjiang"),
    ("余杭区", "Yuhang"),
    ("萧山区", "Xiaoshan"),
    ("浦东新区", "Pudong"),
    ("徐汇区", "Xuhui"),
    ("闵行区", "Minhang"),
    ("静安区", "Jing'an"),
    ("武侯区", "Wuhou"),
    ("锦江区", "Jinjiang"),
    ("青羊区", "Qingyang"),
)
"""Where technicians go."""
FULL_DAYS: Final = {(1, 6), (5, 4)}
"""(district, days from today) on which nobody is free at all."""
FARTHEST: Final = 14
"""Days ahead that visits can be booked."""
DAY: Final = timedelta(days=1)


class State(StrEnum):
    """Where a repair or an installation stands."""

    BOOKED = "booked"
    ON_THE_WAY = "on_the_way"
    WAITING_PART = "waiting_part"
    QUOTED = "quoted"
    WORKSHOP = "workshop"
    SENT_BACK = "sent_back"
    DONE = "done"
    CANCELLED = "cancelled"


OPEN: Final = frozenset(State) - {State.SENT_BACK, State.DONE, State.CANCELLED}


@dataclass(slots=True)
class Device:
    """One device that was sold. Unregistered ones have no date of purchase."""

    serial: str
    bought_on: date | None = None
    repairs: int = 0
    installed: bool = False
    replacement: str = ""


@dataclass(slots=True)
class Booking:
    """A repair (WX) or an installation (AZ)."""

    number: str
    serial: str
    kind: str
    state: State
    district: int = 0
    day: date | None = None
    period: str = ""
    made_on: date | None = None
    technician: str = ""
    part_zh: str = ""
    part_en: str = ""
    due: date | None = None
    quote: int = 0
    tracking: str = ""
    fault: str = ""
    reason: str = ""


@dataclass(slots=True)
class PartOrder:
    """An order of a part."""

    number: str
    part: str
    quantity: int
    total: int


@dataclass(slots=True)
class Store:
    """Everything that the business knows; numbers are given out in order."""

    devices: dict[str, Device]
    bookings: dict[str, Booking]
    orders: dict[str, PartOrder] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)
    stock: dict[str, int] = field(default_factory=dict)
    taken: set[tuple[int, date, str]] = field(default_factory=set)
    given: int = 0

    def next_number(self, letters: str, today: date) -> str:
        """WX26031891, ...: letters, the day, a running number."""
        self.given += 1
        return f"{letters}{today:%y%m%d}{90 + self.given}"


BOUGHT: Final = {
    "SQWM25031527": 300,
    "SQWM20040088": 2000,
    "SQWM26030412": 3,
    "SQAC23060412": 950,
    "SQAC17050933": 3200,
    "SQAC26030226": 5,
    "SQAC25020318": 380,
    "SQRV25110206": 100,
    "SQRV24010777": 760,
    "SQRV25120044": 90,
    "SQEP26030119": 4,
    "SQEP26020450": 12,
    "SQEP25090031": 180,
    "SQRF24080345": 560,
    "SQRF22030671": 1400,
    "SQWH19100567": 2300,
    "SQWH26030071": 8,
    "SQTV26030008": 10,
    "SQAP23040290": 1050,
    "SQRC25060918": 270,
    "SQDW26020151": 6,
    "SQPB24070612": 580,
    "SQPB24071990": 590,
    "SQPB25030321": 340,
    "SQHM25010214": 400,
    "SQHM25050102": 290,
}
"""Serial number -> days ago that it was bought."""
UNREGISTERED: Final = ("SQWM25100640", "SQRV25070083", "SQTV25080519", "SQAC26030531")


def seed(now: datetime) -> Store:
    """The first state."""
    today = now.date()
    devices = {serial: Device(serial, today - ago * DAY) for serial, ago in BOUGHT.items()}
    devices |= {serial: Device(serial) for serial in UNREGISTERED}
    devices["SQRV25120044"].repairs = 2
    devices["SQPB24071990"].replacement = "HG26031002"
    devices["SQWM25031527"].installed = devices["SQWH26030071"].installed = True
    bookings = [
        Booking("WX26031701", "SQWM20040088", "repair", State.BOOKED, 0, today + DAY, "8:00-12:00"),
        Booking("WX26031802", "SQRF24080345", "repair", State.ON_THE_WAY, 2, today, "13:00-17:00"),
        Booking("WX26031808", "SQAC25020318", "repair", State.BOOKED, 7, today + 2 * DAY, "13:00-17:00"),
        Booking(
            "WX26031403",
            "SQRF22030671",
            "repair",
            State.WAITING_PART,
            3,
            part_zh="门封圈",
            part_en="door seal",
            due=today + 3 * DAY,
        ),
        Booking(
            "WX26030307",
            "SQTV25080519",
            "repair",
            State.WAITING_PART,
            9,
            part_zh="主板",
            part_en="main board",
            due=today + 6 * DAY,
            made_on=today - 16 * DAY,
        ),
        Booking("WX26031004", "SQEP25090031", "repair", State.SENT_BACK, tracking="FG2603170088"),
        Booking("WX26031205", "SQRV25110206", "repair", State.WORKSHOP, due=today + 2 * DAY),
        Booking("WX26030905", "SQRC25060918", "repair", State.DONE, day=today - 5 * DAY),
        Booking("WX26031206", "SQWM25031527", "repair", State.CANCELLED, day=today - 2 * DAY),
        Booking("WX26031609", "SQAP23040290", "repair", State.QUOTED, quote=180, part_zh="电机", part_en="motor"),
        Booking("AZ26031701", "SQAC26030226", "installation", State.BOOKED, 7, today + 2 * DAY, "8:00-12:00"),
        Booking("AZ26031803", "SQDW26020151", "installation", State.BOOKED, 8, today, "18:00-20:00"),
        Booking("AZ26031402", "SQWH26030071", "installation", State.DONE, 9, today - 4 * DAY, "8:00-12:00"),
    ]
    technicians = ("陈师傅 Chen 0317", "林师傅 Lin 0288", "周师傅 Zhou 0405")
    for place, one in enumerate(bookings):
        one.technician = technicians[place % len(technicians)]
        one.made_on = one.made_on or today - 4 * DAY
    return Store(devices, {one.number: one for one in bookings})

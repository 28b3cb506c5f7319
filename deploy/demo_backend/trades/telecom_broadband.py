"""Routes of broadband lines: what the network sees, technicians' visits, moving to another address."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades.telecom_data import District
from deploy.demo_backend.trades.telecom_models import (
    Diagnosis,
    MoveCheck,
    VisitDone,
    VisitOrder,
    VisitSlot,
    VisitSlotList,
)
from deploy.demo_backend.trades.telecom_store import (
    FREE_MOVE_EVERY_DAYS,
    MOVE_FEE,
    Line,
    Store,
    Visit,
    district_named,
    free_slots,
    money,
)

SLOT_LENGTH: Final = timedelta(hours=3)
DAYS_AHEAD: Final = 15
DAYS_BEFORE_MOVE: Final = 3
OUTAGE_UNTIL_HOUR: Final = 18
WEEKDAYS_ZH: Final = "一二三四五六日"
WEEKDAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def add_broadband_routes(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Register them."""

    @routes.get("/lines/{service_no}/diagnosis", summary="Test a broadband line")
    async def diagnose(service_no: str) -> Diagnosis:
        """A known outage, a fault of the line, or nothing; 409 `not_broadband`."""
        line, district = broadband_line(holder.current, service_no)
        outage = line.test == "outage"
        until = holder.now().replace(hour=OUTAGE_UNTIL_HOUR, minute=0)
        if until <= holder.now():
            until += timedelta(days=1)
        return Diagnosis(
            result=line.test if line.status == "active" else line.status,
            restored_by=f"{until:%Y-%m-%dT%H:%M}" if outage else "",
            owed=money(line.owed),
            visit_at=f"{line.visit.at:%Y-%m-%dT%H:%M}" if line.visit else "",
            district_zh=district.name_zh,
            district_en=district.name_en,
        )

    @routes.get("/visits/slots", summary="When a technician can come on a day")
    async def slots(
        day: Annotated[str, Query(description="ISO day, or a moment or span that begins on it", max_length=40)],
    ) -> VisitSlotList:
        """From tomorrow on, at most 15 days ahead; an empty list if the day is full or out of reach."""
        wanted = day_of(day)
        ahead = (wanted - holder.today()).days
        if not 1 <= ahead <= DAYS_AHEAD:
            return VisitSlotList(items=[])
        return VisitSlotList(items=[slot_of(at) for at in free_slots(holder.current, wanted)])

    @routes.get("/visits/slots/{slot}", summary="One slot")
    async def slot(slot: str) -> VisitSlot:
        """409 `slot_taken`."""
        return slot_of(free_slot(holder, slot))

    @routes.post("/lines/{service_no}/visits", summary="Book a repair", status_code=HTTPStatus.CREATED)
    async def book_repair(service_no: str, order: VisitOrder) -> VisitDone:
        """409 `suspended`, `already_booked`, `slot_taken`, `not_broadband`."""
        line, district = broadband_line(holder.current, service_no)
        return book(holder, line, district, order, kind="fault", fee=0)

    @routes.get("/lines/{service_no}/move", summary="Whether the line can move")
    async def check_move(service_no: str, district: str) -> MoveCheck:
        """404 `unknown_district`; 409 `not_covered`, `suspended`, `already_booked`, `not_broadband`."""
        line, old = broadband_line(holder.current, service_no)
        new = covered_district(district)
        refuse_visit(line)
        return MoveCheck(
            fee=move_fee(line, holder.today()),
            from_zh=old.name_zh,
            from_en=old.name_en,
            to_zh=new.name_zh,
            to_en=new.name_en,
            earliest=holder.today() + timedelta(days=DAYS_BEFORE_MOVE),
        )

    @routes.post("/lines/{service_no}/move", summary="Book a move", status_code=HTTPStatus.CREATED)
    async def book_move(service_no: str, order: VisitOrder) -> VisitDone:
        """At least 3 days ahead; 409 also `too_early`."""
        line, _old = broadband_line(holder.current, service_no)
        new = covered_district(order.district)
        if day_of(order.slot) < holder.today() + timedelta(days=DAYS_BEFORE_MOVE):
            raise Refused(HTTPStatus.CONFLICT, "too_early", "A move needs 3 days.")
        done = book(holder, line, new, order, kind="move", fee=move_fee(line, holder.today()))
        line.district, line.moved_on = new, day_of(order.slot)
        return done


def broadband_line(store: Store, service_no: str) -> tuple[Line, District]:
    """A broadband line and where it is; Refused with 404, or 409 for a mobile line."""
    line = store.line(service_no)
    if line.district is None:
        raise Refused(HTTPStatus.CONFLICT, "not_broadband", "This is a mobile line.")
    return line, line.district


def covered_district(name: str) -> District:
    """A district with fibre; otherwise Refused."""
    found = district_named(name)
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "unknown_district", "The district is not in this city.")
    if not found.covered:
        raise Refused(HTTPStatus.CONFLICT, "not_covered", "There is no fibre yet.")
    return found


def move_fee(line: Line, today: date) -> int:
    """Free once every 12 months with the fastest plan."""
    free = line.moved_on is None or (today - line.moved_on).days >= FREE_MOVE_EVERY_DAYS
    return 0 if line.plan.code == "fibre1000" and free else MOVE_FEE


def refuse_visit(line: Line) -> None:
    """Refused if the line is cut off or somebody is coming already."""
    if line.status != "active":
        raise Refused(HTTPStatus.CONFLICT, "suspended", "The line is cut off.")
    if line.visit is not None:
        raise Refused(
            HTTPStatus.CONFLICT, "already_booked", f"A visit is booked at {line.visit.at:%Y-%m-%dT%H:%M}."
        )


def book(
    holder: StoreHolder[Store], line: Line, district: District, order: VisitOrder, *, kind: str, fee: int
) -> VisitDone:
    """Take the slot; Refused if it is not free."""
    refuse_visit(line)
    slot = free_slot(holder, order.slot)
    holder.current.taken.add(slot)
    number = holder.current.number("V", holder.today())
    line.visit = Visit(no=number, kind=kind, at=slot, contact=order.contact, district=district)
    shown = slot_of(slot)
    return VisitDone(visit_no=number, label_zh=shown.label_zh, label_en=shown.label_en, fee=fee)


def free_slot(holder: StoreHolder[Store], code: str) -> datetime:
    """The slot if it is free; otherwise Refused."""
    free = free_slots(holder.current, day_of(code))
    found = next((at for at in free if slot_of(at).code == code), None)
    if found is None or found <= holder.now():
        raise Refused(HTTPStatus.CONFLICT, "slot_taken", "The slot is not free any more.")
    return found


def day_of(text: str) -> date:
    """The day that a text begins with; Refused with 422."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "An ISO day is wanted.") from None


def slot_of(at: datetime) -> VisitSlot:
    """A slot as it is shown."""
    end = at + SLOT_LENGTH
    return VisitSlot(
        code=f"{at:%Y-%m-%dT%H:%M}",
        label_zh=f"{at.month}月{at.day}日（周{WEEKDAYS_ZH[at.weekday()]}）{at:%H:%M}–{end:%H:%M}",
        label_en=f"{WEEKDAYS_EN[at.weekday()]} {at.day} {at:%b}, {at:%H:%M}–{end:%H:%M}",
    )

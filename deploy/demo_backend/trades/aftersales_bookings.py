"""Visits of technicians: free times, repairs and installations, moving and cancelling them."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from deploy.demo_backend.errors import NOT_FOUND, REFUSED, Refused
from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades.aftersales_answers import (
    Booked,
    BookingAnswer,
    Cancel,
    FreeVisit,
    InstallationOrder,
    Move,
    QuoteReply,
    RepairOrder,
    StateChanged,
    Visits,
)
from deploy.demo_backend.trades.aftersales_catalogue import products
from deploy.demo_backend.trades.aftersales_data import DISTRICTS, Booking, State, Store
from deploy.demo_backend.trades.aftersales_rules import (
    POSTAGE,
    VISIT_FEE,
    changeable,
    district_of,
    find_booking,
    find_device,
    find_product,
    free_periods,
    is_overdue,
    must_be_changeable,
    nearest_free,
    open_booking,
    take,
    warranty,
)

DistrictName = Annotated[str, Query(description="`西湖区` or `Xihu`")]


def add_bookings(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """All routes about visits."""
    add_times(routes, holder)
    add_orders(routes, holder)
    add_changes(routes, holder)


def add_times(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """When technicians are free, and when they come."""

    @routes.get("/visits", summary="Free times of technicians")
    async def visits(district: DistrictName, day: date, period: str = "") -> Visits:
        """On a day, and the next ones."""
        store, today = holder.current, holder.today()
        place = district_of(district)
        if place is None:
            return Visits(covered=False, fits=False, free=[], nearest=[])
        free = free_periods(store, place, day, today)
        return Visits(
            covered=True,
            fits=period in free,
            free=[FreeVisit(day=day, period=one) for one in free],
            nearest=[FreeVisit(day=on, period=one) for on, one in nearest_free(store, place, day, today)],
        )

    @routes.get("/bookings/{number}", summary="A repair or an installation", responses=NOT_FOUND)
    async def booking(number: str) -> BookingAnswer:
        """Where it stands."""
        found = find_booking(holder.current, number)
        product = products()[found.serial[2:4]]
        zh, en = DISTRICTS[found.district]
        return BookingAnswer(
            number=found.number,
            type="repair" if found.kind == "repair" else "installation",
            kind_zh=product.kind_zh,
            kind_en=product.kind_en,
            state=found.state,
            day=found.day,
            period=found.period,
            district_zh=zh,
            district_en=en,
            technician=found.technician,
            part_zh=found.part_zh,
            part_en=found.part_en,
            due=found.due,
            quote=found.quote,
            tracking=found.tracking,
            overdue=is_overdue(found, holder.today()),
            change=changeable(found, holder.now()),
        )


def add_orders(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """New repairs and installations."""

    @routes.post(
        "/repairs", summary="Book a repair", status_code=HTTPStatus.CREATED, responses=NOT_FOUND | REFUSED
    )
    async def repair(body: RepairOrder) -> Booked:
        """A visit, or a courier who collects what is sent in."""
        store, today = holder.current, holder.today()
        if body.serial:
            device, product = find_device(store, body.serial)
            if open_booking(store, device.serial, "repair"):
                raise Refused(HTTPStatus.CONFLICT, "already_open", "This device has an unfinished repair.")
            serial, covered = device.serial, warranty(device, product, today).state == "in"
        else:
            product = find_product(body.device)
            serial, covered = f"SQ{product.code}", False
        if body.day is None:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "A repair needs a day.")
        made = Booking("", serial, "repair", State.BOOKED, day=body.day, made_on=today, fault=body.fault)
        if product.visit:
            made.district, made.period = take(store, body.district, body.day, body.period, today), body.period
        else:
            made.state = State.WORKSHOP
        made.number = store.next_number("WX", today)
        store.bookings[made.number] = made
        fee = VISIT_FEE if product.visit else 2 * POSTAGE
        return Booked(number=made.number, day=made.day, period=made.period, fee=0 if covered else fee)

    @routes.post(
        "/installations",
        summary="Book an installation",
        status_code=HTTPStatus.CREATED,
        responses=NOT_FOUND | REFUSED,
    )
    async def installation(body: InstallationOrder) -> Booked:
        """Of a device that is installed by technicians and is not yet."""
        store, today = holder.current, holder.today()
        device, product = find_device(store, body.serial)
        if not product.needs_installation:
            raise Refused(HTTPStatus.CONFLICT, "not_needed", "This device needs no installation.")
        if device.installed:
            raise Refused(HTTPStatus.CONFLICT, "already_installed", "This device is installed.")
        if open_booking(store, device.serial, "installation"):
            raise Refused(HTTPStatus.CONFLICT, "already_open", "An installation was booked before.")
        district = take(store, body.district, body.day, body.period, today)
        number = store.next_number("AZ", today)
        store.bookings[number] = Booking(
            number, device.serial, "installation", State.BOOKED, district, body.day, body.period, today
        )
        return Booked(number=number, day=body.day, period=body.period, fee=0)


def add_changes(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Moving and cancelling visits, and answers to quotes."""

    @routes.post("/bookings/{number}/move", summary="Move a visit", responses=NOT_FOUND | REFUSED)
    async def move(number: str, body: Move) -> Booked:
        """Until two hours before it starts, to a time that is free."""
        store, found = holder.current, find_booking(holder.current, number)
        must_be_changeable(found, holder.now())
        take(store, DISTRICTS[found.district][0], body.day, body.period, holder.today())
        if found.day is not None:
            store.taken.discard((found.district, found.day, found.period))
        found.day, found.period = body.day, body.period
        return Booked(number=found.number, day=found.day, period=found.period, fee=0)

    @routes.post("/bookings/{number}/cancel", summary="Cancel a visit", responses=NOT_FOUND | REFUSED)
    async def cancel(number: str, body: Cancel) -> StateChanged:
        """Until two hours before it starts."""
        found = find_booking(holder.current, number)
        must_be_changeable(found, holder.now())
        found.state, found.reason = State.CANCELLED, body.reason
        return StateChanged(number=found.number, state=found.state)

    @routes.post("/bookings/{number}/quote", summary="Answer a quote", responses=NOT_FOUND | REFUSED)
    async def answer_quote(number: str, body: QuoteReply) -> StateChanged:
        """Agreed: the repair goes on. Declined: the device goes back as it was."""
        found = find_booking(holder.current, number)
        if found.state != State.QUOTED:
            raise Refused(HTTPStatus.CONFLICT, "no_quote", "No quote waits for an answer.")
        found.state = State.WORKSHOP if body.accept else State.SENT_BACK
        return StateChanged(number=found.number, state=found.state)

"""A maker's service organisation: devices and their warranties, repairs, installations, parts and returns."""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from deploy.demo_backend.errors import NOT_FOUND, REFUSED, Refused
from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades import aftersales_bookings, aftersales_parts
from deploy.demo_backend.trades.aftersales_answers import (
    DeviceAnswer,
    Entitlement,
    RecallAnswer,
    ReplacementMade,
    ReturnMade,
    ReturnOrder,
)
from deploy.demo_backend.trades.aftersales_data import Store, seed
from deploy.demo_backend.trades.aftersales_rules import (
    VISIT_FEE,
    entitlement,
    find_device,
    is_recalled,
    open_booking,
    warranty,
)

__all__ = ["router", "seed"]

BoughtOn = Annotated[date | None, Query(description="the day of purchase that the customer names")]


def router(holder: StoreHolder[Store]) -> APIRouter:
    """All routes of the organisation."""
    routes = APIRouter()
    add_devices(routes, holder)
    add_recalls(routes, holder)
    add_returns(routes, holder)
    aftersales_bookings.add_bookings(routes, holder)
    aftersales_parts.add_parts(routes, holder)
    return routes


def add_devices(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Devices and their warranties."""

    @routes.get("/devices/{serial}", summary="A device and its warranty", responses=NOT_FOUND)
    async def device(serial: str, bought_on: BoughtOn = None) -> DeviceAnswer:
        """The registered day of purchase counts; the one given only where there is none."""
        found, product = find_device(holder.current, serial)
        cover = warranty(found, product, holder.today(), bought_on)
        repair = open_booking(holder.current, found.serial, "repair")
        return DeviceAnswer(
            serial=found.serial,
            model=product.model,
            kind_zh=product.kind_zh,
            kind_en=product.kind_en,
            name_zh=product.name_zh,
            name_en=product.name_en,
            registered=found.bought_on is not None,
            bought_on=found.bought_on or bought_on,
            warranty=cover.state,
            until=cover.until,
            part_zh=product.part_zh,
            part_en=product.part_en,
            part_warranty=cover.part_state,
            part_until=cover.part_until,
            service="visit" if product.visit else "send_in",
            fee=VISIT_FEE if product.visit and cover.state != "in" else 0,
            needs_installation=product.needs_installation,
            installed=found.installed,
            open_repair=repair.number if repair else "",
        )


def add_recalls(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Recalls and their replacements."""

    @routes.get("/recalls/{serial}", summary="Whether a device is recalled", responses=NOT_FOUND)
    async def recall(serial: str) -> RecallAnswer:
        """By the months in which it was made."""
        device, product = find_device(holder.current, serial)
        affected = product.recall if is_recalled(device, product) else None
        return RecallAnswer(
            serial=device.serial,
            recalled=affected is not None,
            notice=affected.notice if affected else "",
            kind_zh=product.kind_zh,
            kind_en=product.kind_en,
            reason_zh=affected.reason_zh if affected else "",
            reason_en=affected.reason_en if affected else "",
            remedy_zh=affected.remedy_zh if affected else "",
            remedy_en=affected.remedy_en if affected else "",
            replacement=device.replacement,
        )

    @routes.post(
        "/recalls/{serial}/replacement",
        summary="Register a free replacement",
        status_code=HTTPStatus.CREATED,
        responses=NOT_FOUND | REFUSED,
    )
    async def replacement(serial: str) -> ReplacementMade:
        """Once for each recalled device."""
        store, today = holder.current, holder.today()
        device, product = find_device(store, serial)
        if not is_recalled(device, product):
            raise Refused(HTTPStatus.CONFLICT, "not_recalled", "This device is not recalled.")
        if device.replacement:
            raise Refused(HTTPStatus.CONFLICT, "already_registered", "A replacement was registered before.")
        device.replacement = store.next_number("HG", today)
        return ReplacementMade(number=device.replacement, sent_by=today + timedelta(days=7))


def add_returns(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Returns and exchanges of faulty devices."""

    @routes.get("/devices/{serial}/entitlement", summary="Return, exchange or repair", responses=NOT_FOUND)
    async def entitled(serial: str, bought_on: BoughtOn = None) -> Entitlement:
        """The best that the rules give for a fault."""
        device, product = find_device(holder.current, serial)
        bought = device.bought_on or bought_on
        return Entitlement(
            serial=device.serial,
            kind_zh=product.kind_zh,
            kind_en=product.kind_en,
            name_zh=product.name_zh,
            name_en=product.name_en,
            best=entitlement(device, product, holder.today(), bought_on),
            days=(holder.today() - bought).days if bought else None,
            repairs=device.repairs,
            open_return=holder.current.returns.get(device.serial, ""),
        )

    @routes.post(
        "/returns", summary="Return or exchange", status_code=HTTPStatus.CREATED, responses=NOT_FOUND | REFUSED
    )
    async def give_back(body: ReturnOrder) -> ReturnMade:
        """Only what the rules give; once for a device."""
        store = holder.current
        device, product = find_device(store, body.serial)
        if device.serial in store.returns:
            raise Refused(HTTPStatus.CONFLICT, "already_open", "A return was registered before.")
        best = entitlement(device, product, holder.today(), body.bought_on)
        if body.wish != best and not (body.wish == "exchange" and best == "return"):
            raise Refused(HTTPStatus.CONFLICT, "not_entitled", "The rules do not give that.")
        store.returns[device.serial] = number = store.next_number("TH", holder.today())
        return ReturnMade(number=number)

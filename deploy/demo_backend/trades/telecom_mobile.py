"""Routes of mobile lines: what is left, extra data, roaming, lost SIMs."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades.telecom_data import ADD_ONS, ROAMING, ZONES, AddOn, Country, RoamingPackage
from deploy.demo_backend.trades.telecom_models import (
    AddOnAnswer,
    AddOnDone,
    AddOnList,
    AddOnOrder,
    IdentityCheck,
    LossDone,
    RoamingDone,
    RoamingList,
    RoamingOffer,
    RoamingOrder,
    RoamingQuote,
    SimDone,
    SimOrder,
    Usage,
)
from deploy.demo_backend.trades.telecom_store import (
    DAYS_BEFORE_ROAMING,
    Line,
    Store,
    Trip,
    country_named,
    money,
    month_start,
)

DAYS_AHEAD: Final = 60
SIM_FEE: Final = 10
COURIER_DAYS: Final = 3
_DAYS_IN: Final = {"D": 1, "W": 7, "M": 30}


def add_mobile_routes(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Register them."""

    @routes.get("/lines/{service_no}/usage", summary="What is left of the plan")
    async def usage(service_no: str) -> Usage:
        """409 `not_mobile`: broadband has no limit."""
        line = mobile_line(holder.current, service_no)
        used = 100 - int(line.data_left * 100 / line.plan.data_gb)
        return Usage(
            data_left_gb=f"{line.data_left:g}",
            data_total_gb=line.plan.data_gb,
            data_percent_used=max(used, 0),
            minutes_left=line.minutes_left,
            minutes_total=line.plan.minutes,
            resets_on=month_start(holder.today(), 1),
        )

    @routes.get("/add-ons", summary="Extra data on sale")
    async def add_ons() -> AddOnList:
        """The same for all mobile plans."""
        return AddOnList(items=[add_on_answer(one) for one in ADD_ONS])

    @routes.get("/lines/{service_no}/add-ons/{add_on}", summary="Whether data can be added")
    async def check_add_on(service_no: str, add_on: str) -> AddOnAnswer:
        """404 `no_add_on`; 409 `suspended`, `balance`, `not_mobile`."""
        return add_on_answer(affordable(active_line(holder.current, service_no), add_on))

    @routes.post("/lines/{service_no}/add-ons", summary="Add data", status_code=HTTPStatus.CREATED)
    async def add_data(service_no: str, order: AddOnOrder) -> AddOnDone:
        """Paid from the balance; 409 `suspended`, `balance`."""
        line = active_line(holder.current, service_no)
        add_on = affordable(line, order.add_on)
        line.balance -= add_on.price
        line.data_left += Decimal(add_on.data_gb)
        return AddOnDone(
            name_zh=add_on.name_zh,
            name_en=add_on.name_en,
            price=add_on.price,
            balance=money(line.balance),
            data_left_gb=f"{line.data_left:g}",
        )

    @routes.get("/roaming/packages", summary="Roaming packages for a country or region")
    async def packages(
        country: str,
        days: Annotated[str, Query(description="a number, or a duration such as `P7D`", max_length=20)] = "",
    ) -> RoamingList:
        """Those long enough first; 404 `unknown_country`, 409 `not_covered`."""
        found = country_of(country)
        wanted = days_of(days)
        of_zone = [one for one in ROAMING if one.zone == found.zone]
        fitting = [one for one in of_zone if one.days >= wanted]
        return RoamingList(items=[offer_of(one) for one in fitting or of_zone[-1:]])

    @routes.get("/lines/{service_no}/roaming", summary="Whether a package can be ordered")
    async def check_package(service_no: str, package: str, country: str, starts_on: date) -> RoamingQuote:
        """The same refusals as the order."""
        line = active_line(holder.current, service_no)
        order = RoamingOrder(package=package, country=country, starts_on=starts_on)
        trip = allowed_trip(line, order, holder.today())
        offer = offer_of(trip.package)
        return RoamingQuote(
            name_zh=offer.name_zh,
            name_en=offer.name_en,
            data_gb=offer.data_gb,
            price=offer.price,
            starts_on=trip.starts_on,
            ends_on=trip.ends_on,
        )

    @routes.post("/lines/{service_no}/roaming", summary="Order a package", status_code=HTTPStatus.CREATED)
    async def order_package(service_no: str, order: RoamingOrder) -> RoamingDone:
        """Paid from the balance; 409 `suspended`, `too_new`, `past`, `too_far`, `overlap`, `balance`."""
        line = active_line(holder.current, service_no)
        trip = allowed_trip(line, order, holder.today())
        line.balance -= trip.package.price
        line.trips.append(trip)
        offer = offer_of(trip.package)
        return RoamingDone(
            order_no=holder.current.number("R", holder.today()),
            name_zh=offer.name_zh,
            name_en=offer.name_en,
            price=offer.price,
            starts_on=trip.starts_on,
            ends_on=trip.ends_on,
        )

    @routes.post("/lines/{service_no}/loss", summary="Block a lost SIM", status_code=HTTPStatus.CREATED)
    async def block(service_no: str, check: IdentityCheck) -> LossDone:
        """At once and free; 403 `wrong_identity`, 409 `already_blocked`, `not_mobile`."""
        line = mobile_line(holder.current, service_no)
        check_identity(line, check)
        if line.status == "suspended_loss":
            raise Refused(HTTPStatus.CONFLICT, "already_blocked", "The SIM is blocked already.")
        line.status = "suspended_loss"
        return LossDone(status=line.status, since=holder.now())

    @routes.post("/lines/{service_no}/loss/lift", summary="Lift the block", status_code=HTTPStatus.CREATED)
    async def lift(service_no: str, check: IdentityCheck) -> LossDone:
        """403 `wrong_identity`, 409 `not_blocked`, `not_mobile`."""
        line = mobile_line(holder.current, service_no)
        check_identity(line, check)
        if line.status != "suspended_loss":
            raise Refused(HTTPStatus.CONFLICT, "not_blocked", "The SIM is not blocked.")
        line.status = "suspended_debt" if line.owed > 0 else "active"
        return LossDone(status=line.status, since=holder.now())

    @routes.post("/lines/{service_no}/sims", summary="Order a new SIM", status_code=HTTPStatus.CREATED)
    async def new_sim(service_no: str, order: SimOrder) -> SimDone:
        """By courier to the registered address, at a shop, or as an eSIM; 409 `already_ordered`, `not_mobile`."""
        line = mobile_line(holder.current, service_no)
        if line.sim_order:
            raise Refused(HTTPStatus.CONFLICT, "already_ordered", "A new SIM is on its way.")
        line.sim_order = holder.current.number("S", holder.today())
        days = COURIER_DAYS if order.way == "courier" else 0
        return SimDone(
            order_no=line.sim_order,
            fee=0 if order.way == "esim" else SIM_FEE,
            ready_on=holder.today() + timedelta(days=days),
        )


def mobile_line(store: Store, service_no: str) -> Line:
    """A mobile line; Refused with 404, or 409 for broadband."""
    line = store.line(service_no)
    if line.plan.kind != "mobile":
        raise Refused(HTTPStatus.CONFLICT, "not_mobile", "This is a broadband line.")
    return line


def active_line(store: Store, service_no: str) -> Line:
    """A mobile line that is not cut off; otherwise Refused."""
    line = mobile_line(store, service_no)
    if line.status != "active":
        raise Refused(HTTPStatus.CONFLICT, "suspended", "The line is cut off.")
    return line


def affordable(line: Line, code: str) -> AddOn:
    """The add-on if the balance pays for it; otherwise Refused."""
    add_on = next((one for one in ADD_ONS if one.code == code), None)
    if add_on is None:
        raise Refused(HTTPStatus.NOT_FOUND, "no_add_on", "There is no such add-on.")
    if line.balance < add_on.price:
        raise Refused(HTTPStatus.CONFLICT, "balance", "The balance is too low.")
    return add_on


def add_on_answer(add_on: AddOn) -> AddOnAnswer:
    """The add-on as it is shown."""
    return AddOnAnswer(code=add_on.code, name_zh=add_on.name_zh, name_en=add_on.name_en, price=add_on.price)


def check_identity(line: Line, check: IdentityCheck) -> None:
    """Refused unless the last four characters are the holder's."""
    if check.id_tail.casefold() != line.id_tail.casefold():
        raise Refused(HTTPStatus.FORBIDDEN, "wrong_identity", "These are not the last four characters.")


def country_of(name: str) -> Country:
    """The country or region if packages are sold for it; otherwise Refused."""
    found = country_named(name)
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "unknown_country", "The country or region is not known.")
    if not found.zone:
        raise Refused(HTTPStatus.CONFLICT, "not_covered", "No package is sold for it.")
    return found


def days_of(text: str) -> int:
    """A number of days from `7`, `P7D`, `P2W`, `P1M`; 0 from anything else."""
    if text.isdigit():
        return int(text[:3])
    return sum(int(count) * _DAYS_IN[unit] for count, unit in re.findall(r"([0-9]{1,3})([DWM])", text))


def offer_of(package: RoamingPackage) -> RoamingOffer:
    """The package as it is shown."""
    zone_zh, zone_en = ZONES[package.zone]
    return RoamingOffer(
        code=package.code,
        name_zh=f"{zone_zh} {package.days} 天",
        name_en=f"{zone_en}, {package.days} days",
        days=package.days,
        data_gb=package.data_gb,
        price=package.price,
    )


def allowed_trip(line: Line, order: RoamingOrder, today: date) -> Trip:
    """The trip if no rule forbids it; otherwise Refused."""
    country = country_of(order.country)
    package = next((one for one in ROAMING if (one.code, one.zone) == (order.package, country.zone)), None)
    if package is None:
        raise Refused(HTTPStatus.NOT_FOUND, "no_package", "There is no such package for this country.")
    trip = Trip(package=package, country=country, starts_on=order.starts_on)
    overlapping = any(trip.starts_on <= one.ends_on and one.starts_on <= trip.ends_on for one in line.trips)
    refusals = (
        ((today - line.opened_on).days < DAYS_BEFORE_ROAMING, "too_new", "Roaming needs 90 days as a customer."),
        (trip.starts_on < today, "past", "The day is over."),
        (trip.starts_on > today + timedelta(days=DAYS_AHEAD), "too_far", "At most 60 days ahead."),
        (overlapping, "overlap", "Another package covers these days."),
        (line.balance < trip.package.price, "balance", "The balance is too low."),
    )
    for holds, code, message in refusals:
        if holds:
            raise Refused(HTTPStatus.CONFLICT, code, message)
    return trip

"""Routes about a line's money: summary, bill, top-up, paid extras."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades.telecom_models import (
    BillAnswer,
    LineSummary,
    ServiceAnswer,
    ServiceCancelled,
    ServiceList,
    ServiceOrder,
    TopUpDone,
    TopUpOrder,
)
from deploy.demo_backend.trades.telecom_store import (
    BILLS_KEPT,
    WITHDRAW_WITHIN,
    Line,
    Store,
    Subscription,
    bill_of,
    exit_fee,
    money,
    month_end,
    month_start,
    service_named,
)

LEAST_TOP_UP: Final = 10
MOST_TOP_UP: Final = 500
LINK_MINUTES: Final = 15
BILL_DAY: Final = 3
MONTHS_EN: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def add_account_routes(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Register them."""

    @routes.get("/lines/{service_no}", summary="Look a line up")
    async def find_line(service_no: str) -> LineSummary:
        """Plan, balance, contract; 404 `not_found`."""
        return summary_of(holder.current.line(service_no), holder.today())

    @routes.get("/lines/{service_no}/bill", summary="A month's bill")
    async def bill(
        service_no: str,
        month: Annotated[
            str, Query(description="any day or span in it, `2026-02`; the latest without", max_length=40)
        ] = "",
    ) -> BillAnswer:
        """The bill is out on the 3rd of the next month; 404 `no_bill` for others than the last 12."""
        line = holder.current.line(service_no)
        first = wanted_month(month, holder.today())
        if first < line.opened_on.replace(day=1):
            raise Refused(HTTPStatus.NOT_FOUND, "no_bill", "The line did not exist in that month.")
        found = bill_of(line, first.year, first.month)
        return BillAnswer(
            month_zh=f"{first.year}年{first.month}月",
            month_en=f"{MONTHS_EN[first.month - 1]} {first.year}",
            total=money(found.total),
            plan_fee=money(found.plan_fee),
            data_fee=money(found.data_fee),
            call_fee=money(found.call_fee),
            service_fee=money(found.service_fee),
            balance=money(line.balance),
            owed=money(line.owed),
        )

    @routes.post("/lines/{service_no}/top-ups", summary="Order a payment link", status_code=HTTPStatus.CREATED)
    async def top_up(service_no: str, order: TopUpOrder) -> TopUpDone:
        """409 `amount` unless it is a whole number from 10 to 500."""
        line = holder.current.line(service_no)
        amount = amount_of(order.amount)
        after = line.balance + amount
        return TopUpDone(
            order_no=holder.current.number("T", holder.today()),
            amount=money(amount),
            pay_until=holder.now() + timedelta(minutes=LINK_MINUTES),
            balance_after=money(after),
            restores_line=line.status == "suspended_debt" and after > 0,
        )

    @routes.get("/lines/{service_no}/services", summary="Paid extras of a line")
    async def services(service_no: str) -> ServiceList:
        """Those that are not cancelled."""
        line = holder.current.line(service_no)
        return ServiceList(
            items=[
                ServiceAnswer(
                    code=one.service.code,
                    name_zh=one.service.name_zh,
                    name_en=one.service.name_en,
                    fee=one.service.fee,
                )
                for one in line.services
                if one.ends_on is None
            ]
        )

    @routes.get("/lines/{service_no}/services/{service}", summary="What cancelling would mean")
    async def check_cancelling(service_no: str, service: str) -> ServiceCancelled:
        """The same refusals as cancelling."""
        subscription = cancellable(holder.current.line(service_no), service, holder.today())
        return ending_of(subscription, holder.now())

    @routes.post("/lines/{service_no}/services/cancel", summary="Cancel a paid extra")
    async def cancel(service_no: str, order: ServiceOrder) -> ServiceCancelled:
        """404 `not_subscribed`; 409 `already_cancelled`, `bound` to a contract."""
        line = holder.current.line(service_no)
        subscription = cancellable(line, order.service, holder.today())
        ending = ending_of(subscription, holder.now())
        subscription.ends_on = ending.ends_on
        line.balance += Decimal(ending.refund)
        return ending


def cancellable(line: Line, name: str, today: date) -> Subscription:
    """The line's subscription if it can be cancelled; otherwise Refused."""
    wanted = service_named(name)
    found = next((one for one in line.services if one.service == wanted), None)
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_subscribed", "The line does not have this service.")
    if found.ends_on is not None:
        raise Refused(HTTPStatus.CONFLICT, "already_cancelled", "It was cancelled before.")
    if found.bound_until is not None and found.bound_until >= today:
        raise Refused(HTTPStatus.CONFLICT, "bound", f"It belongs to the contract to {found.bound_until}.")
    return found


def ending_of(subscription: Subscription, now: datetime) -> ServiceCancelled:
    """When it would end, and what is paid back."""
    fresh = now - subscription.since < WITHDRAW_WITHIN
    service = subscription.service
    return ServiceCancelled(
        name_zh=service.name_zh,
        name_en=service.name_en,
        ends_on=now.date() if fresh else month_end(now.date()),
        refund=money(service.fee if fresh else 0),
    )


def summary_of(line: Line, today: date) -> LineSummary:
    """A line at a glance."""
    pending = line.pending_plan
    running = line.contract is not None and line.contract.ends_on >= today
    return LineSummary(
        service_no=line.no,
        kind=line.plan.kind,
        status=line.status,
        plan_zh=line.plan.name_zh,
        plan_en=line.plan.name_en,
        monthly_fee=line.plan.fee,
        balance=money(line.balance),
        owed=money(line.owed),
        contract_ends=line.contract.ends_on.isoformat() if line.contract and running else "",
        exit_fee=money(exit_fee(line, today)),
        next_plan_zh=pending.name_zh if pending else "",
        next_plan_en=pending.name_en if pending else "",
        next_plan_from=month_start(today, 1).isoformat() if pending else "",
    )


def wanted_month(text: str, today: date) -> date:
    """The first day of the month that is meant; Refused unless there is a bill of it.

    A month without its year is the last one of that name: in March, "December" is last year's.
    """
    latest = month_start(today, -1 if today.day >= BILL_DAY else -2)
    if not text:
        return latest
    match = re.match(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
    if match is None:
        raise Refused(HTTPStatus.NOT_FOUND, "no_bill", "No month was understood.")
    first = date(int(match[1]), int(match[2]), 1)
    if first > today:
        first = first.replace(year=first.year - 1)
    if first > latest:
        raise Refused(HTTPStatus.NOT_FOUND, "not_out", "The bill is out on the 3rd of the next month.")
    if first < month_start(latest, 1 - BILLS_KEPT):
        raise Refused(HTTPStatus.NOT_FOUND, "no_bill", "Bills are kept for 12 months.")
    return first


def amount_of(text: str) -> Decimal:
    """A whole number of yuan within the limits; Refused with 409."""
    match = re.fullmatch(r"([0-9]{1,6})(?:\.0{1,2})?(?: CNY)?", text.strip())
    if match is None or not LEAST_TOP_UP <= int(match[1]) <= MOST_TOP_UP:
        raise Refused(HTTPStatus.CONFLICT, "amount", "A whole number from 10 to 500 yuan is wanted.")
    return Decimal(match[1])

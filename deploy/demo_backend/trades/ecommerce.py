"""The demo shop's order system: orders, parcels, returns, exchanges, refunds, invoices, coupons, products."""

from __future__ import annotations

import re
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from deploy.demo_backend.errors import NOT_FOUND, REFUSED, Refused
from deploy.demo_backend.store import EMPTY_IS_NONE, StoreHolder
from deploy.demo_backend.trades import ecommerce_catalogue, ecommerce_invoices
from deploy.demo_backend.trades.ecommerce_answers import (
    PAYMENT_WORDS,
    STATUS_WORDS,
    Cancel,
    Cancelled,
    CouponCheck,
    ExchangeCheck,
    ExchangeDone,
    ExchangeOrder,
    Logistics,
    OrderAnswer,
    RefundAnswer,
    ReturnCheck,
    ReturnDone,
    ReturnOrder,
    Traced,
    TraceDone,
    bought,
    event_answers,
    line_answers,
)
from deploy.demo_backend.trades.ecommerce_data import seed
from deploy.demo_backend.trades.ecommerce_lookup import find_line, find_order
from deploy.demo_backend.trades.ecommerce_products import BY_ID, find_product
from deploy.demo_backend.trades.ecommerce_records import Order, Refund, RefundState, Status, Store
from deploy.demo_backend.trades.ecommerce_rules import (
    FURTHEST_PICKUP,
    INSPECTED_WITHIN,
    UNPAID_MINUTES,
    Reason,
    check_coupon,
    check_exchange,
    check_return,
    expected_on,
    find_option,
    is_late_at_the_warehouse,
    is_quiet,
    money_there_by,
    working_days_later,
)

__all__ = ["router", "seed"]

LineNo = Annotated[
    int | None, EMPTY_IS_NONE, Query(description="the product's number within the order, if there are several")
]
Sealed = Annotated[bool | None, EMPTY_IS_NONE, Query(description="whether the seal is intact, for cosmetics")]


def router(holder: StoreHolder[Store]) -> APIRouter:
    """All routes of the shop."""
    routes = APIRouter()
    add_orders(routes, holder)
    add_returns(routes, holder)
    add_exchanges(routes, holder)
    add_coupons(routes, holder)
    ecommerce_invoices.add_invoices(routes, holder)
    ecommerce_catalogue.add_products(routes)
    return routes


def add_orders(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Orders, their parcels, and cancelling them."""

    @routes.get("/orders/{number}", summary="Find an order", responses=NOT_FOUND)
    async def get_order(number: str) -> OrderAnswer:
        """How far it is and what it holds."""
        order = find_order(holder, number)
        words = STATUS_WORDS[order.status]
        payment = PAYMENT_WORDS[order.payment]
        return OrderAnswer(
            number=order.number,
            status=order.status,
            status_zh=words[0],
            status_en=words[1],
            placed_at=order.placed_at,
            total=order.total,
            payment=order.payment,
            payment_zh=payment[0],
            payment_en=payment[1],
            insured=order.insured,
            lines=line_answers(order),
            line_count=len(order.lines),
            goods_zh="、".join(BY_ID[line.product].name_zh for line in order.lines),
            goods_en=", ".join(BY_ID[line.product].name_en for line in order.lines),
            late=is_late_at_the_warehouse(order, holder.now()),
            ships_on=order.ships_on,
            pay_by=order.placed_at + timedelta(minutes=UNPAID_MINUTES) if order.status is Status.UNPAID else None,
            shipped_at=order.shipped_at,
            delivered_at=order.delivered_at,
        )

    @routes.get("/orders/{number}/logistics", summary="Follow a parcel", responses=NOT_FOUND)
    async def get_logistics(number: str) -> Logistics:
        """The courier, the scans, and when it should arrive."""
        order = find_order(holder, number)
        last = order.events[-1] if order.events else None
        return Logistics(
            number=order.number,
            state=parcel_state(holder, order),
            courier_zh=order.courier_zh,
            courier_en=order.courier_en,
            tracking_no=order.tracking_no,
            city_zh=order.city_zh,
            city_en=order.city_en,
            last_zh=last.zh if last else "",
            last_en=last.en if last else "",
            last_at=last.at if last else None,
            expected_on=expected_on(order),
            late=is_late_at_the_warehouse(order, holder.now()),
            trace_no=order.trace_no,
            events=event_answers(order.events),
        )

    @routes.post(
        "/orders/{number}/traces", summary="Look for a parcel", status_code=HTTPStatus.CREATED, responses=REFUSED
    )
    async def trace(number: str, why: Traced) -> TraceDone:
        """Opens an enquiry with the courier or the warehouse; there is one at a time."""
        order = find_order(holder, number)
        if order.status is Status.CLOSED:
            raise Refused(HTTPStatus.CONFLICT, "closed", "The order is closed.")
        if not order.trace_no:
            order.trace_no = holder.current.next_number("CJ", holder.today())
        return TraceDone(trace_no=order.trace_no, answer_by=working_days_later(holder.today(), 2))

    @routes.post("/orders/{number}/cancel", summary="Cancel an order", responses=REFUSED)
    async def cancel(number: str, why: Cancel) -> Cancelled:
        """Possible until it is dispatched; what was paid goes back."""
        order = find_order(holder, number)
        if order.status is Status.CLOSED:
            raise Refused(HTTPStatus.CONFLICT, "already_closed", "The order is closed already.")
        if order.status in {Status.SHIPPED, Status.DELIVERED}:
            raise Refused(HTTPStatus.CONFLICT, "too_late", "The order was dispatched already.")
        paid = order.status is not Status.UNPAID
        order.status = Status.CLOSED
        if paid:
            order.refund = Refund(RefundState.PAID, order.total, holder.now())
        words = PAYMENT_WORDS[order.payment]
        return Cancelled(
            number=order.number,
            refund=order.total if paid else 0,
            refund_by=working_days_later(holder.today(), 3) if paid else None,
            payment_zh=words[0],
            payment_en=words[1],
        )


def parcel_state(holder: StoreHolder[Store], order: Order) -> str:
    """The state of a parcel in a word."""
    if order.status is Status.CLOSED:
        return "closed"
    if order.status is Status.DELIVERED:
        return "delivered"
    if order.status is not Status.SHIPPED:
        return "not_sent"
    if is_quiet(order, holder.now()):
        return "quiet"
    return "out_for_delivery" if order.events[-1].en == "Out for delivery" else "in_transit"


def check_pickup(holder: StoreHolder[Store], day: date) -> None:
    """The courier comes from tomorrow on, within a week."""
    if not 1 <= (day - holder.today()).days <= FURTHEST_PICKUP:
        raise Refused(
            HTTPStatus.CONFLICT, "bad_pickup", f"The courier comes from tomorrow to {FURTHEST_PICKUP} days ahead."
        )


def add_returns(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Returns and the money that they bring."""

    @routes.get("/orders/{number}/return-check", summary="Ask whether something may come back", responses=REFUSED)
    async def get_return_check(
        number: str, reason: Reason, line: LineNo = None, sealed: Sealed = None
    ) -> ReturnCheck:
        """By the rules: days since delivery, what may not come back, who pays."""
        order = find_order(holder, number)
        one = find_line(order, line)
        verdict = check_return(order, one, reason, sealed=sealed, today=holder.today())
        product = BY_ID[one.product]
        return ReturnCheck(
            verdict=verdict.verdict,
            last_day=verdict.last_day,
            fee=verdict.fee,
            refund=verdict.refund,
            cash=order.payment == "cash",
            name_zh=product.name_zh,
            name_en=product.name_en,
        )

    @routes.post(
        "/orders/{number}/returns", summary="Return something", status_code=HTTPStatus.CREATED, responses=REFUSED
    )
    async def make_return(number: str, wanted: ReturnOrder) -> ReturnDone:
        """A courier collects it; the money goes back when it has been looked at."""
        order = find_order(holder, number)
        one = find_line(order, wanted.line)
        verdict = check_return(order, one, wanted.reason, sealed=wanted.sealed, today=holder.today())
        if verdict.verdict != "ok":
            raise Refused(HTTPStatus.CONFLICT, verdict.verdict, "The rules of returning forbid it.")
        check_pickup(holder, wanted.pickup_on)
        one.returned = True
        order.refund = Refund(RefundState.RETURNING, verdict.refund, holder.now())
        return ReturnDone(
            return_no=holder.current.next_number("TH", holder.today()),
            pickup_on=wanted.pickup_on,
            fee=verdict.fee,
            refund=verdict.refund,
        )

    @routes.get("/orders/{number}/refund", summary="Follow a refund", responses=NOT_FOUND)
    async def get_refund(number: str) -> RefundAnswer:
        """How far the money is."""
        order = find_order(holder, number)
        refund = order.refund
        words = PAYMENT_WORDS[order.payment]
        if refund is None:
            return RefundAnswer(
                number=order.number,
                state=RefundState.NONE,
                amount=0,
                payment_zh=words[0],
                payment_en=words[1],
                since=None,
                inspected_by=None,
                money_by=None,
                overdue=False,
                refundable=order.status in {Status.DELIVERED, Status.PAID, Status.PACKING},
            )
        money_by = money_there_by(refund, order.payment)
        inspecting = refund.state is RefundState.INSPECTING
        return RefundAnswer(
            number=order.number,
            state=refund.state,
            amount=refund.amount,
            payment_zh=words[0],
            payment_en=words[1],
            since=refund.since,
            inspected_by=refund.since + INSPECTED_WITHIN if inspecting else None,
            money_by=money_by,
            overdue=money_by is not None and holder.today() > money_by,
            refundable=False,
        )


def add_exchanges(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Exchanges for another size or colour of the same product."""

    @routes.get(
        "/orders/{number}/exchange-check", summary="Ask whether something may be exchanged", responses=REFUSED
    )
    async def get_exchange_check(
        number: str, line: LineNo = None, size: str = "", colour: str = ""
    ) -> ExchangeCheck:
        """By the rules: 15 days, once for each product, what there is."""
        order = find_order(holder, number)
        one = find_line(order, line)
        product = BY_ID[one.product]
        wanted = find_option(one, size=size, colour=colour)
        verdict = check_exchange(order, one, wanted, today=holder.today())
        now = bought(product, one.size, one.colour_zh)
        there = [option for option in product.options if option.stock and option != now]
        if size:
            there = [option for option in there if not colour and option.colour_zh == one.colour_zh] or there
        return ExchangeCheck(
            verdict=verdict.verdict,
            last_day=verdict.last_day,
            fee=verdict.fee,
            name_zh=product.name_zh,
            name_en=product.name_en,
            now_zh=now.zh,
            now_en=now.en,
            wanted_zh=wanted.zh if wanted else "",
            wanted_en=wanted.en if wanted else "",
            in_stock_zh="、".join(option.zh for option in there[:12]),
            in_stock_en=", ".join(option.en for option in there[:12]),
        )

    @routes.post(
        "/orders/{number}/exchanges",
        summary="Exchange something",
        status_code=HTTPStatus.CREATED,
        responses=REFUSED,
    )
    async def make_exchange(number: str, wanted: ExchangeOrder) -> ExchangeDone:
        """A courier collects it; the other one is sent when it has been looked at."""
        order = find_order(holder, number)
        one = find_line(order, wanted.line)
        option = find_option(one, size=wanted.size, colour=wanted.colour)
        verdict = check_exchange(order, one, option, today=holder.today())
        if verdict.verdict != "ok" or option is None:
            raise Refused(HTTPStatus.CONFLICT, verdict.verdict, "The rules of exchanging forbid it.")
        check_pickup(holder, wanted.pickup_on)
        one.size, one.colour_zh, one.exchanged = option.size, option.colour_zh, True
        return ExchangeDone(
            exchange_no=holder.current.next_number("HH", holder.today()),
            pickup_on=wanted.pickup_on,
            fee=verdict.fee,
            wanted_zh=option.zh,
            wanted_en=option.en,
        )


def add_coupons(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Coupons."""

    @routes.get("/coupons/{code}", summary="Check a coupon", responses=NOT_FOUND)
    async def get_coupon(
        code: str,
        amount: Annotated[str, Query(description="what the goods cost, such as `135` or `135.00 CNY`")] = "",
        product: Annotated[str, Query(description="a product that it is to be used for: id or name")] = "",
    ) -> CouponCheck:
        """Whether it works, for this amount and product if they are given."""
        coupon = holder.current.coupons.get(code.strip().upper())
        if coupon is None:
            raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such coupon.")
        number = re.search(r"[0-9]+(\.[0-9]+)?", amount.replace(",", ""))
        spent = float(number[0]) if number else None
        known = find_product(product) if product else None
        return CouponCheck(
            code=coupon.code,
            verdict=check_coupon(coupon, spent, known.kind if known else "", holder.today()),
            discount=coupon.discount,
            minimum=coupon.minimum,
            missing=max(0, round(coupon.minimum - spent)) if spent is not None else 0,
            starts_on=coupon.starts_on,
            ends_on=coupon.ends_on,
            scope_zh=coupon.scope_zh,
            scope_en=coupon.scope_en,
            scoped=bool(coupon.scope),
            first_order_only=coupon.first_order_only,
        )

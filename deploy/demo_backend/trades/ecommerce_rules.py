"""What the demo shop allows: the rules of its help articles, as functions of an order and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from deploy.demo_backend.trades.ecommerce_goods import Option
from deploy.demo_backend.trades.ecommerce_products import BY_ID
from deploy.demo_backend.trades.ecommerce_records import (
    Coupon,
    Line,
    Order,
    Payment,
    Refund,
    RefundState,
    Status,
)

UNWANTED_DAYS: Final = 7
OUR_FAULT_DAYS: Final = 15
EXCHANGE_DAYS: Final = 15
INVOICE_DAYS: Final = 180
RETURN_FEE: Final = 10
UNPAID_MINUTES: Final = 30
PACKED_WITHIN: Final = timedelta(hours=48)
INSPECTED_WITHIN: Final = timedelta(hours=48)
QUIET_DAYS: Final = 3
"""A parcel without a scan for longer than this is looked for."""
FURTHEST_PICKUP: Final = 7


class Reason(StrEnum):
    """Why something comes back. The last three are the shop's fault."""

    UNWANTED = "unwanted"
    WRONG_SIZE = "wrong_size"
    FAULTY = "faulty"
    WRONG_ITEM = "wrong_item"
    MISSING_PARTS = "missing_parts"

    @property
    def ours(self) -> bool:
        """Whether the shop pays and 15 days count."""
        return self not in {Reason.UNWANTED, Reason.WRONG_SIZE}


@dataclass(frozen=True, slots=True)
class ReturnVerdict:
    """Whether a line may come back, until when, and what it costs."""

    verdict: str
    last_day: date | None = None
    fee: int = 0
    refund: int = 0


def check_return(order: Order, line: Line, reason: Reason, *, sealed: bool | None, today: date) -> ReturnVerdict:
    """The rules of returning, in the order in which people want to hear them."""
    product = BY_ID[line.product]
    if line.returned:
        return ReturnVerdict("already_requested")
    if order.status is not Status.DELIVERED or order.delivered_at is None:
        return ReturnVerdict("not_delivered")
    last_day = order.delivered_at.date() + timedelta(days=OUR_FAULT_DAYS if reason.ours else UNWANTED_DAYS)
    if not reason.ours and not product.returnable:
        return ReturnVerdict("not_returnable")
    if today > last_day:
        return ReturnVerdict("too_late", last_day)
    if not reason.ours and product.sealed_only and sealed is not True:
        return ReturnVerdict("sealed_unknown" if sealed is None else "opened", last_day)
    fee = 0 if reason.ours or order.insured else RETURN_FEE
    return ReturnVerdict("ok", last_day, fee, product.price * line.quantity)


def check_exchange(order: Order, line: Line, wanted: Option | None, *, today: date) -> ReturnVerdict:
    """The rules of exchanging; the fee is asked for when the reason is known, here it is that of a wrong size."""
    product = BY_ID[line.product]
    if line.returned:
        return ReturnVerdict("already_requested")
    if order.status is not Status.DELIVERED or order.delivered_at is None:
        return ReturnVerdict("not_delivered")
    last_day = order.delivered_at.date() + timedelta(days=EXCHANGE_DAYS)
    if not product.returnable or product.sealed_only:
        return ReturnVerdict("not_returnable")
    if line.exchanged:
        return ReturnVerdict("already_exchanged", last_day)
    if today > last_day:
        return ReturnVerdict("too_late", last_day)
    if wanted is None:
        return ReturnVerdict("no_such_option", last_day)
    if (wanted.size, wanted.colour_zh) == (line.size, line.colour_zh):
        return ReturnVerdict("same", last_day)
    if not wanted.stock:
        return ReturnVerdict("sold_out", last_day)
    return ReturnVerdict("ok", last_day, 0 if order.insured else RETURN_FEE)


def find_option(line: Line, *, size: str, colour: str) -> Option | None:
    """The variant with this size and colour; what is left empty stays as it was bought."""
    wanted_size = size.casefold().replace("size", "").replace("码", "").strip().upper() or line.size
    wanted_colour = colour.casefold().strip()
    return next(
        (
            option
            for option in BY_ID[line.product].options
            if option.size == wanted_size
            and (
                wanted_colour in {option.colour_zh, option.colour_en}
                if wanted_colour
                else option.colour_zh == line.colour_zh
            )
        ),
        None,
    )


def working_days_later(start: date, days: int) -> date:
    """So many days from Monday to Friday later."""
    day = start
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


REFUND_DAYS: Final = {Payment.WALLET: 3, Payment.CARD: 7, Payment.GIFT_CARD: 0, Payment.CASH: 3}
"""Working days until the money is there, at most."""


def money_there_by(refund: Refund, payment: Payment) -> date | None:
    """The last day on which the money should arrive; None before it is sent."""
    if refund.state is not RefundState.PAID:
        return None
    return working_days_later(refund.since.date(), REFUND_DAYS[payment])


def is_quiet(order: Order, now: datetime) -> bool:
    """Whether nobody scanned the parcel for too long."""
    return (
        order.status is Status.SHIPPED
        and not order.abroad
        and bool(order.events)
        and now - order.events[-1].at > timedelta(days=QUIET_DAYS)
    )


def is_late_at_the_warehouse(order: Order, now: datetime) -> bool:
    """Whether a paid order should have been packed by now; pre-sale goods have a day of their own."""
    if order.status not in {Status.PAID, Status.PACKING}:
        return False
    if order.ships_on is not None:
        return now.date() > order.ships_on
    return now - order.placed_at > PACKED_WITHIN


def expected_on(order: Order) -> date | None:
    """The last day of the usual time on the way."""
    if order.shipped_at is None or order.delivered_at is not None:
        return None
    return order.shipped_at.date() + timedelta(days=15 if order.abroad else 5)


def check_coupon(coupon: Coupon, amount: float | None, kind: str, today: date) -> str:
    """Why a coupon does not work, in the order in which people want to hear it; `ok` if it does."""
    if coupon.used_in:
        return "used"
    if today > coupon.ends_on:
        return "expired"
    if today < coupon.starts_on:
        return "not_started"
    if coupon.scope and kind and kind != coupon.scope:
        return "wrong_products"
    if amount is not None and amount < coupon.minimum:
        return "below_minimum"
    return "ok"

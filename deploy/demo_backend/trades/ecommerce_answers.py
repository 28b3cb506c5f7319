"""What the demo shop's routes take and answer, and how it is made of the records."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from deploy.demo_backend.store import EMPTY_IS_NONE, Moment
from deploy.demo_backend.trades.ecommerce_goods import Option, Product
from deploy.demo_backend.trades.ecommerce_products import BY_ID
from deploy.demo_backend.trades.ecommerce_records import Event, Order, Payment, RefundState, Status
from deploy.demo_backend.trades.ecommerce_rules import Reason

STATUS_WORDS = {
    Status.UNPAID: ("待付款", "waiting for payment"),
    Status.PAID: ("已付款", "paid"),
    Status.PACKING: ("打包中", "being packed"),
    Status.SHIPPED: ("已发货", "dispatched"),
    Status.DELIVERED: ("已完成", "delivered"),
    Status.CLOSED: ("已关闭", "closed"),
}
PAYMENT_WORDS = {
    Payment.WALLET: ("电子钱包", "e-wallet"),
    Payment.CARD: ("银行卡", "bank card"),
    Payment.GIFT_CARD: ("礼品卡", "gift card"),
    Payment.CASH: ("货到付款", "cash on delivery"),
}


class OrderLine(BaseModel):
    """One product of an order."""

    no: int = Field(description="its number within the order, from 1")
    product: str = Field(description="the product's id")
    name_zh: str
    name_en: str
    option_zh: str = Field(description="colour and size; empty where there is only one")
    option_en: str
    price: int = Field(description="in yuan, each")
    quantity: int
    has_sizes: bool = Field(description="whether there are other sizes to exchange it for")
    has_colours: bool
    returned: bool = Field(description="whether it is on its way back or was returned")


class OrderAnswer(BaseModel):
    """An order."""

    number: str = Field(examples=["LM20260318001234"])
    status: Status
    status_zh: str
    status_en: str
    placed_at: Moment
    total: int = Field(description="in yuan, with the delivery fee")
    payment: Payment
    payment_zh: str
    payment_en: str
    insured: bool = Field(description="whether it has return-delivery insurance")
    lines: list[OrderLine]
    line_count: int
    goods_zh: str = Field(description="the names of what was ordered, in a line")
    goods_en: str
    late: bool = Field(description="whether it should have been packed by now")
    ships_on: date | None = Field(description="the day on which pre-sale goods are sent")
    pay_by: Moment | None = Field(description="when an unpaid order is closed")
    shipped_at: Moment | None
    delivered_at: Moment | None


class EventAnswer(BaseModel):
    """One scan of a parcel."""

    at: Moment
    zh: str
    en: str


class Logistics(BaseModel):
    """Where a parcel is."""

    number: str
    state: str = Field(
        description="`not_sent`, `in_transit`, `out_for_delivery`, `quiet` (no scan for more than three days), "
        "`delivered` or `closed`"
    )
    courier_zh: str
    courier_en: str
    tracking_no: str
    city_zh: str
    city_en: str
    last_zh: str = Field(description="the last scan in words; empty if there is none")
    last_en: str
    last_at: Moment | None
    expected_on: date | None = Field(description="the last day of the usual time on the way")
    late: bool = Field(description="whether it should have been packed by now, if it is not sent")
    trace_no: str = Field(description="the enquiry that is open already; empty if none is")
    events: list[EventAnswer] = Field(description="all scans, newest first")


class Cancel(BaseModel):
    """Why an order is cancelled."""

    reason: str = Field(default="other", description="`changed_mind`, `wrong_order`, `too_slow` or `other`")


class Cancelled(BaseModel):
    """After cancelling."""

    number: str
    refund: int = Field(description="what goes back, in yuan; 0 if it was not paid")
    refund_by: date | None = Field(description="the last day on which the money should be there")
    payment_zh: str
    payment_en: str


class ReturnCheck(BaseModel):
    """Whether something may come back."""

    verdict: str = Field(
        description="`ok`, `not_delivered`, `too_late`, `not_returnable`, `sealed_unknown` (ask whether the seal "
        "is intact), `opened`, `already_requested`"
    )
    last_day: date | None = Field(description="the last day for this reason")
    fee: int = Field(description="what the return costs the customer, in yuan")
    refund: int = Field(description="what is paid back, in yuan")
    cash: bool = Field(description="whether it was paid in cash, so that a person has to ask where the money goes")
    name_zh: str
    name_en: str


class ReturnOrder(BaseModel):
    """A return to be made."""

    line: Annotated[int | None, EMPTY_IS_NONE] = Field(
        default=None, description="its number within the order, if there are several"
    )
    reason: Reason
    sealed: Annotated[bool | None, EMPTY_IS_NONE] = Field(
        default=None, description="whether the seal is intact, for cosmetics"
    )
    pickup_on: date = Field(description="the day on which the courier comes, from tomorrow to seven days ahead")


class ReturnDone(BaseModel):
    """A return that was made."""

    return_no: str
    pickup_on: date
    fee: int
    refund: int


class ExchangeCheck(BaseModel):
    """Whether something may be exchanged."""

    verdict: str = Field(
        description="`ok`, `not_delivered`, `too_late`, `not_returnable`, `already_exchanged`, "
        "`already_requested`, `no_such_option`, `same`, `sold_out`"
    )
    last_day: date | None
    fee: int
    name_zh: str
    name_en: str
    now_zh: str = Field(description="the size and colour that the customer has")
    now_en: str
    wanted_zh: str = Field(description="the size and colour that is wanted, as the shop writes it")
    wanted_en: str
    in_stock_zh: str = Field(description="what there is, in a line")
    in_stock_en: str


class ExchangeOrder(BaseModel):
    """An exchange to be made."""

    line: Annotated[int | None, EMPTY_IS_NONE] = Field(
        default=None, description="its number within the order, if there are several"
    )
    size: str = Field(default="", max_length=20)
    colour: str = Field(default="", max_length=20)
    pickup_on: date = Field(description="the day on which the courier comes, from tomorrow to seven days ahead")


class ExchangeDone(BaseModel):
    """An exchange that was made."""

    exchange_no: str
    pickup_on: date
    fee: int
    wanted_zh: str
    wanted_en: str


class RefundAnswer(BaseModel):
    """How far a refund is."""

    number: str
    state: RefundState
    amount: int
    payment_zh: str
    payment_en: str
    since: Moment | None = Field(description="when this state began")
    inspected_by: Moment | None = Field(description="until when the goods are looked at, once they have arrived")
    money_by: date | None = Field(description="the last day on which the money should be there, once it is sent")
    overdue: bool = Field(description="whether that day is past")
    refundable: bool = Field(description="whether a return could be made, if there is no refund")


class CouponCheck(BaseModel):
    """Whether a coupon works."""

    code: str
    verdict: str = Field(description="`ok`, `used`, `expired`, `not_started`, `wrong_products`, `below_minimum`")
    discount: int
    minimum: int
    missing: int = Field(description="how many yuan are missing to the minimum")
    starts_on: date
    ends_on: date
    scope_zh: str
    scope_en: str
    scoped: bool = Field(description="whether it is for some products only")
    first_order_only: bool


class TraceDone(BaseModel):
    """An enquiry with the courier."""

    trace_no: str
    answer_by: date


class Traced(BaseModel):
    """Why a parcel is looked for."""

    reason: str = Field(default="quiet", description="`quiet`, `late` or `not_received`")


def line_answers(order: Order) -> list[OrderLine]:
    """The products of an order."""
    answers: list[OrderLine] = []
    for line in order.lines:
        product = BY_ID[line.product]
        option = bought(product, line.size, line.colour_zh)
        answers.append(
            OrderLine(
                no=line.no,
                product=product.id,
                name_zh=product.name_zh,
                name_en=product.name_en,
                option_zh=option.zh,
                option_en=option.en,
                price=product.price,
                quantity=line.quantity,
                has_sizes=len({one.size for one in product.options}) > 1,
                has_colours=len({one.colour_zh for one in product.options}) > 1,
                returned=line.returned,
            )
        )
    return answers


def bought(product: Product, size: str, colour_zh: str) -> Option:
    """The variant that was bought; variants are never taken away while an order has them."""
    return next(one for one in product.options if (one.size, one.colour_zh) == (size, colour_zh))


def event_answers(events: list[Event]) -> list[EventAnswer]:
    """Scans, newest first."""
    return [EventAnswer(at=event.at, zh=event.zh, en=event.en) for event in reversed(events)]

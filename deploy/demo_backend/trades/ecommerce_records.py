"""What the demo shop keeps: orders with their parcels, refunds and invoices, and coupons."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from deploy.demo_backend.trades.ecommerce_products import BY_ID


class Status(StrEnum):
    """How far an order is."""

    UNPAID = "unpaid"
    PAID = "paid"
    PACKING = "packing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CLOSED = "closed"


class Payment(StrEnum):
    """How an order was paid; it decides how long a refund takes."""

    WALLET = "wallet"
    CARD = "card"
    GIFT_CARD = "gift_card"
    CASH = "cash"


class RefundState(StrEnum):
    """How far a refund is: goods on their way back; goods here and looked at; money sent."""

    NONE = "none"
    RETURNING = "returning"
    INSPECTING = "inspecting"
    PAID = "paid"


@dataclass(slots=True)
class Line:
    """One product of an order."""

    no: int
    product: str
    size: str = ""
    colour_zh: str = ""
    quantity: int = 1
    returned: bool = False
    exchanged: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One scan of a parcel."""

    at: datetime
    zh: str
    en: str


@dataclass(slots=True)
class Refund:
    """Money on its way back."""

    state: RefundState
    amount: int
    since: datetime
    """When the goods were handed over, arrived, or the money was sent."""


@dataclass(slots=True)
class Invoice:
    """An invoice that was issued."""

    no: str
    kind: str
    title: str
    issued_at: datetime
    corrected: bool = False


@dataclass(slots=True)
class Order:
    """An order with everything that happened to it."""

    number: str
    status: Status
    placed_at: datetime
    lines: list[Line]
    payment: Payment = Payment.WALLET
    insured: bool = False
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    ships_on: date | None = None
    city_zh: str = "杭州"
    city_en: str = "Hangzhou"
    abroad: bool = False
    courier_zh: str = "飞鸽快递"
    courier_en: str = "Bluekite Express"
    tracking_no: str = ""
    events: list[Event] = field(default_factory=list)
    refund: Refund | None = None
    invoice: Invoice | None = None
    trace_no: str = ""

    @property
    def goods_total(self) -> int:
        """What the products cost."""
        return sum(BY_ID[line.product].price * line.quantity for line in self.lines)

    @property
    def shipping(self) -> int:
        """The delivery fee: free from 99 yuan on the mainland, 8 below, 60 abroad."""
        if self.abroad:
            return 60
        return 0 if self.goods_total >= 99 else 8

    @property
    def total(self) -> int:
        """What was or is to be paid."""
        return self.goods_total + self.shipping


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon. `scope` is a kind of product, or empty for all."""

    code: str
    discount: int
    minimum: int
    ends_on: date
    starts_on: date
    scope: str = ""
    scope_zh: str = "全场商品"
    scope_en: str = "everything"
    first_order_only: bool = False
    used_in: str = ""


@dataclass(slots=True)
class Store:
    """Everything that changes."""

    orders: dict[str, Order]
    coupons: dict[str, Coupon]
    counter: int = 0

    def next_number(self, prefix: str, today: date) -> str:
        """A number for something new: `TH` for returns, `HH` exchanges, `FP` invoices, `CJ` traces."""
        self.counter += 1
        return f"{prefix}{today:%y%m%d}{self.counter:04d}"


def on_the_way(placed: datetime, stops: list[tuple[float, str, str]]) -> list[Event]:
    """The scans of a parcel: hours after `placed`, the words in both languages."""
    return [Event(placed + timedelta(hours=hours), zh, en) for hours, zh, en in stops]


PICKED = ("仓库已打包，快递已揽收", "Packed and collected by the courier")
HUB = ("到达【苏州分拨中心】", "Arrived at the Suzhou hub")
LOCAL = ("到达【杭州转运中心】", "Arrived at the Hangzhou centre")
COURIER = ("快递员正在派送", "Out for delivery")
SIGNED = ("已签收，签收人：本人", "Delivered, signed by the recipient")


def delivered(placed: datetime, days: float) -> list[Event]:
    """The scans of an ordinary parcel that arrived `days` after the order."""
    last = days * 24
    steps = [
        (last * share, *words) for share, words in ((0.2, PICKED), (0.45, HUB), (0.8, LOCAL), (0.95, COURIER))
    ]
    return on_the_way(placed, [*steps, (last, *SIGNED)])

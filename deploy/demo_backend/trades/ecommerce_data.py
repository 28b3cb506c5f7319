"""The demo shop's orders and coupons, one for every case that a flow has to meet, placed relative to the clock.

Numbers are fixed, so that the demo shop's page and people can name them at any time; every time is relative.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from deploy.demo_backend.trades.ecommerce_records import (
    COURIER,
    HUB,
    LOCAL,
    PICKED,
    Coupon,
    Invoice,
    Line,
    Order,
    Payment,
    Refund,
    RefundState,
    Status,
    Store,
    delivered,
    on_the_way,
)


def arrived(number: str, now: datetime, ago: float, lines: list[Line], *, way: float = 4) -> Order:
    """An order that was delivered `ago` days before now, `way` days after it was placed."""
    delivered_at = now - timedelta(days=ago)
    placed = delivered_at - timedelta(days=way)
    return Order(
        number,
        Status.DELIVERED,
        placed,
        lines,
        shipped_at=placed + timedelta(days=way * 0.2),
        delivered_at=delivered_at,
        tracking_no=f"FG{number[-10:]}",
        events=delivered(placed, way),
    )


def sent(number: str, placed: datetime, lines: list[Line], stops: list[tuple[float, str, str]]) -> Order:
    """An order whose parcel is on its way; `stops` in hours after the order."""
    events = on_the_way(placed, stops)
    return Order(
        number,
        Status.SHIPPED,
        placed,
        lines,
        shipped_at=events[0].at,
        tracking_no=f"FG{number[-10:]}",
        events=events,
    )


def orders(now: datetime) -> Iterator[Order]:
    """All of them. The first three are those of the demo shop's page."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    yield sent(
        "LM20260318001234", now - 6 * hour, [Line(1, "canvas-shoes", "41", "米色")], [(2.5, *PICKED), (5, *HUB)]
    )
    yield Order("LM20260316007781", Status.PACKING, now - 44 * hour, [Line(1, "rice-cooker", colour_zh="米色")])
    yield arrived("LM20260302004590", now, 12, [Line(1, "linen-shirt", "L", "蓝色")])

    # Not sent yet: paid, unpaid, late, on pre-sale.
    yield Order(
        "LM20260317002205",
        Status.PAID,
        now - 20 * hour,
        [Line(1, "desk-lamp", colour_zh="白色"), Line(2, "backpack", colour_zh="灰色")],
        payment=Payment.CARD,
    )
    yield Order(
        "LM20260318003317", Status.UNPAID, now - timedelta(minutes=12), [Line(1, "earbuds", colour_zh="黑色")]
    )
    yield Order("LM20260315006420", Status.PAID, now - 70 * hour, [Line(1, "running-shoes", "40", "黑色")])
    yield Order(
        "LM20260315004896",
        Status.PAID,
        now - 3 * day,
        [Line(1, "travel-tea-set")],
        ships_on=now.date() + timedelta(days=6),
    )

    # On the way: stuck, out for delivery, abroad, said to be delivered.
    yield sent("LM20260310004471", now - 8 * day, [Line(1, "tea-set")], [(30, *PICKED), (52, *HUB)])
    yield sent(
        "LM20260314007710",
        now - 4 * day,
        [Line(1, "travel-backpack", colour_zh="绿色")],
        [(20, *PICKED), (40, *HUB), (70, *LOCAL), (90, *COURIER)],
    )
    abroad = sent(
        "LM20260304009063",
        now - 14 * day,
        [Line(1, "tea-set"), Line(2, "hand-cream")],
        [
            (24, *PICKED),
            (100, "离开上海口岸", "Left the port of Shanghai"),
            (280, "新加坡清关中", "In customs, Singapore"),
        ],
    )
    abroad.abroad, abroad.city_zh, abroad.city_en = True, "新加坡", "Singapore"
    yield abroad
    yield arrived("LM20260313002984", now, 1, [Line(1, "hand-cream")])

    # Delivered: within and after the days to return, insured, several products, what may not come back.
    yield arrived(
        "LM20260312006642",
        now,
        2,
        [Line(1, "running-shoes", "42", "黑色"), Line(2, "linen-shirt", "M", "白色"), Line(3, "face-cream")],
    )
    insured = arrived("LM20260311008853", now, 3, [Line(1, "earbuds", colour_zh="白色")])
    insured.payment, insured.insured = Payment.CARD, True
    yield insured
    yield arrived("LM20260225001118", now, 19, [Line(1, "rice-cooker-5", colour_zh="白色")], way=2)
    yield arrived("LM20260313005528", now, 1, [Line(1, "cotton-briefs", "M", "灰色")], way=4)
    yield arrived("LM20260313009127", now, 3, [Line(1, "running-shoes", "40", "灰色", exchanged=True)], way=2)
    cash = arrived("LM20260308006235", now, 6, [Line(1, "sports-earbuds", colour_zh="黑色")])
    cash.payment = Payment.CASH
    yield cash
    yield arrived("LM20260311003058", now, 4, [Line(1, "canvas-shoes", "39", "黑色")], way=3)

    # Money on its way back.
    coming = arrived("LM20260305003366", now, 8, [Line(1, "backpack", colour_zh="黑色", returned=True)], way=5)
    coming.payment = Payment.CARD
    coming.refund = Refund(RefundState.INSPECTING, 259, now - 20 * hour)
    yield coming
    moving = arrived("LM20260308005511", now, 5, [Line(1, "oxford-shirt", "M", "白色", returned=True)], way=5)
    moving.refund = Refund(RefundState.RETURNING, 199, now - 26 * hour)
    yield moving
    back = arrived("LM20260301009902", now, 13, [Line(1, "oxford-shirt", "L", "蓝色", returned=True)])
    back.payment = Payment.CARD
    back.refund = Refund(RefundState.PAID, 199, now - 2 * day)
    yield back
    late = arrived("LM20260219007706", now, 22, [Line(1, "reading-lamp", colour_zh="白色", returned=True)], way=5)
    late.payment = Payment.CARD
    late.refund = Refund(RefundState.PAID, 259, now - 14 * day)
    yield late
    yield Order(
        "LM20260308002640",
        Status.CLOSED,
        now - 10 * day,
        [Line(1, "earbuds", colour_zh="黑色")],
        refund=Refund(RefundState.PAID, 299, now - 9 * day),
    )

    # Invoices: none yet, issued, corrected already, too late.
    yield arrived("LM20260207006019", now, 35, [Line(1, "desk-lamp", colour_zh="黑色")])
    issued = arrived("LM20260309001759", now, 4, [Line(1, "oxford-shirt", "XL", "白色")], way=5)
    issued.invoice = Invoice("FP2603140031", "company", "上海青禾贸易有限公司", now - 4 * day)
    yield issued
    corrected = arrived("LM20260122008340", now, 52, [Line(1, "tea-set")], way=3)
    corrected.invoice = Invoice("FP2601280077", "personal", "王芳", now - 49 * day, corrected=True)
    yield corrected
    yield arrived("LM20250905003140", now, 190, [Line(1, "reading-lamp", colour_zh="白色")])


def coupons(today: date) -> Iterator[Coupon]:
    """All of them."""

    def days(number: int) -> date:
        return today + timedelta(days=number)

    yield Coupon("LQ100020", 20, 129, days(20), days(-10), first_order_only=True)
    yield Coupon("LQ300030", 30, 299, days(12), days(-3))
    yield Coupon("LQ200415", 15, 99, days(-2), days(-32))
    yield Coupon("LQ500150", 50, 399, days(30), days(-1), "rice cooker", "电饭煲", "rice cookers")
    yield Coupon("LQ080012", 12, 80, days(9), days(-9), used_in="LM20260302004590")
    yield Coupon("LQ618100", 100, 600, days(25), days(4))
    yield Coupon("LQ050006", 6, 59, days(5), days(-15), "skin care", "护肤品", "skin care")


def seed(now: datetime) -> Store:
    """The first state."""
    return Store(
        orders={order.number: order for order in orders(now)},
        coupons={coupon.code: coupon for coupon in coupons(now.date())},
    )

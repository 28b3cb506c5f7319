"""The demo bank's first state: customers who meet every rule, placed relative to the clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from deploy.demo_backend.trades.finance_products import WEALTH
from deploy.demo_backend.trades.finance_records import (
    Application,
    ApplicationState,
    Card,
    CardState,
    Customer,
    Kind,
    Movement,
    Store,
)
from deploy.demo_backend.trades.finance_rules import bill_days

# Days ago, hour, amount, and the words in both languages; the newest first.
Line = tuple[int, int, str, str, str]

WANG_DEBIT: tuple[Line, ...] = (
    (0, 9, "-32.50", "早餐店 扫码支付", "Breakfast shop, QR payment"),
    (1, 19, "-688.00", "云杉数码商城 快捷支付", "Spruce Digital Mall, online payment"),
    (3, 10, "-4200.00", "转账 房租", "Transfer, rent"),
    (8, 9, "18600.00", "工资", "Salary"),
    (12, 20, "-356.80", "惠邻超市", "Huilin Supermarket"),
    (20, 11, "-216.40", "电费代扣", "Electricity, direct debit"),
    (38, 9, "18600.00", "工资", "Salary"),
    (46, 15, "-1299.00", "家电卖场", "Appliance store"),
)
WANG_CREDIT: tuple[Line, ...] = (
    (0, 3, "-1288.00", "OCEANIC GAMES 境外网上消费", "OCEANIC GAMES, online purchase abroad"),
    (2, 13, "-86.00", "桐花咖啡", "Tonghua Coffee"),
    (2, 13, "-86.00", "桐花咖啡", "Tonghua Coffee"),
    (6, 18, "-459.00", "加油站", "Petrol station"),
    (15, 20, "-1820.40", "商场服饰", "Department store, clothes"),
)
LI_DEBIT: tuple[Line, ...] = (
    (0, 8, "-120000.00", "转账 货款", "Transfer, goods"),
    (2, 16, "86000.00", "货款收入", "Payment for goods received"),
    (5, 10, "-2000.00", "预授权冻结 酒店", "Hotel, held in advance"),
    (9, 14, "2000.00", "退款 航空公司", "Refund, airline"),
)
ZHAO_DEBIT: tuple[Line, ...] = (
    (1, 12, "-58.00", "外卖", "Takeaway"),
    (4, 18, "-300.00", "ATM取现", "Cash withdrawal"),
    (10, 9, "3200.00", "工资", "Salary"),
)
SUN_DEBIT: tuple[Line, ...] = (
    (4, 10, "200000.00", "理财到期兑付", "Wealth product paid out"),
    (11, 15, "-60000.00", "转账 装修款", "Transfer, renovation"),
)


def movements(now: datetime, tail: str, lines: tuple[Line, ...]) -> list[Movement]:
    """Movements of an account, numbered from the newest."""
    midnight = now.replace(hour=0, minute=0)
    return [
        Movement(
            f"T{tail}{place:02d}",
            min(midnight - timedelta(days=ago) + timedelta(hours=hour), now),
            Decimal(amount),
            zh,
            en,
        )
        for place, (ago, hour, amount, zh, en) in enumerate(lines, start=1)
    ]


def debit(now: datetime, tail: str, balance: str, lines: tuple[Line, ...] = (), *, frozen: str = "0") -> Card:
    """A debit card."""
    return Card(
        tail=tail,
        kind=Kind.DEBIT,
        product="DEBIT",
        balance=Decimal(balance),
        frozen=Decimal(frozen),
        movements=movements(now, tail, lines),
    )


def credit(
    now: datetime, tail: str, product: str, limit: int, bill: str, lines: tuple[Line, ...] = (), *, left: str = ""
) -> Card:
    """A credit card with the last bill; `left` is what is still to be paid of it, all by default."""
    billed_on, due_on = bill_days(now.date())
    spent = -sum((Decimal(line[2]) for line in lines), Decimal(0))
    to_pay = Decimal(left or bill)
    return Card(
        tail=tail,
        kind=Kind.CREDIT,
        product=product,
        balance=Decimal(limit) - to_pay - spent,
        credit_limit=Decimal(limit),
        bill=to_pay,
        billed=Decimal(bill),
        billed_on=billed_on,
        due_on=due_on,
        movements=movements(now, tail, lines),
    )


def customers(now: datetime) -> list[Customer]:
    """The customers."""

    def ago(days: int) -> date:
        return now.date() - timedelta(days=days)

    restricted = debit(now, "1187", "9310.00")
    restricted.state = CardState.RESTRICTED
    lost = credit(now, "8350", "REED", 20_000, "0")
    lost.state, lost.lost_since = CardState.LOST, now - timedelta(days=1)
    overdue = credit(now, "9937", "ORCHID", 30_000, "2415.60")
    overdue.due_on = ago(21)
    return [
        Customer(
            "KH10023456",
            "王芳",
            "Wang Fang",
            34,
            ago(2100),
            [
                debit(now, "8821", "26480.35", WANG_DEBIT),
                credit(now, "5517", "ORCHID", 50_000, "3268.40", WANG_CREDIT),
            ],
            risk="C2",
            assessed_on=ago(90),
        ),
        Customer(
            "KH10034567",
            "李强",
            "Li Qiang",
            41,
            ago(3300),
            [
                debit(now, "3306", "158900.00", LI_DEBIT, frozen="2000.00"),
                debit(now, "9164", "1205.60"),
                credit(now, "7742", "CRANE", 150_000, "18600.00"),
            ],
            transfer_limit=200_000,
            risk="C4",
            assessed_on=ago(30),
            city_zh="宁波",
            city_en="Ningbo",
        ),
        Customer(
            "KH10045678",
            "赵敏",
            "Zhao Min",
            27,
            ago(900),
            [
                debit(now, "4478", "860.20", ZHAO_DEBIT),
                credit(now, "2093", "REED", 12_000, "5140.75"),
            ],
            risk="C3",
            assessed_on=ago(400),
        ),
        Customer(
            "KH10056789", "陈浩", "Chen Hao", 23, ago(12), [debit(now, "6635", "12000.00")], transfer_limit=5_000
        ),
        Customer(
            "KH10067890", "刘洋", "Liu Yang", 38, ago(1500), [restricted, lost], risk="C3", assessed_on=ago(200)
        ),
        Customer(
            "KH10078901",
            "孙丽",
            "Sun Li",
            52,
            ago(5200),
            [
                debit(now, "5291", "502330.18", SUN_DEBIT),
                credit(now, "6604", "CRANE", 200_000, "9120.00", left="0"),
            ],
            transfer_limit=200_000,
            risk="C5",
            assessed_on=ago(15),
        ),
        Customer("KH10089012", "周明", "Zhou Ming", 17, ago(400), [debit(now, "7218", "3420.00")]),
        Customer(
            "KH10090123",
            "吴倩",
            "Wu Qian",
            66,
            ago(4000),
            [
                debit(now, "2846", "88016.00"),
                overdue,
            ],
            risk="C1",
            assessed_on=ago(60),
        ),
    ]


def applications(today: date) -> list[Application]:
    """Applications in every state."""

    def ago(days: int) -> date:
        return today - timedelta(days=days)

    state = ApplicationState
    return [
        Application("AP10004821", "KH10056789", "REED", state.REVIEW, ago(1)),
        Application(
            "AP10004907", "KH10034567", "CRANE", state.APPROVED, ago(8), limit=150_000, tracking_no="LZ7700418"
        ),
        Application("AP10004655", "KH10090123", "ORCHID", state.DECLINED, ago(9)),
        Application(
            "AP10004733",
            "KH10078901",
            "ORCHID",
            state.DOCUMENTS,
            ago(4),
            missing_zh="近 3 个月收入证明",
            missing_en="proof of income for the last 3 months",
        ),
        Application("AP10004560", "KH10045678", "REED", state.APPROVED, ago(2), limit=12_000),
    ]


def seed(now: datetime) -> Store:
    """A bank as it was first."""
    return Store(
        customers={one.number: one for one in customers(now)},
        applications={one.number: one for one in applications(now.date())},
        quotas={one.id: Decimal(one.quota) for one in WEALTH},
    )

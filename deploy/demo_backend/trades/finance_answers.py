"""What the demo bank's routes take and answer. Amounts are texts such as `26480.35 CNY`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from deploy.demo_backend.store import Moment
from deploy.demo_backend.trades.finance_products import CARD_BY_ID, DEBIT_NAMES, WealthProduct
from deploy.demo_backend.trades.finance_records import ApplicationState, Card, CardState, Kind, Movement
from deploy.demo_backend.trades.finance_rules import minimum_payment, money

KIND_WORDS = {Kind.DEBIT: ("借记卡", "debit card"), Kind.CREDIT: ("信用卡", "credit card")}
APPLICATION_WORDS = {
    ApplicationState.REVIEW: ("审核中", "under review"),
    ApplicationState.DOCUMENTS: ("待补材料", "waiting for documents"),
    ApplicationState.APPROVED: ("已通过", "approved"),
    ApplicationState.DECLINED: ("未通过", "declined"),
}


class CardLine(BaseModel):
    """A card in a list."""

    tail: str = Field(description="the last four digits", examples=["8821"])
    kind: Kind
    kind_zh: str
    kind_en: str
    name_zh: str
    name_en: str
    state: CardState


class CardList(BaseModel):
    """The cards of a customer."""

    count: int
    cards: list[CardLine]


class CardAnswer(CardLine):
    """A card with its account."""

    balance: str = Field(description="of a debit card the money, of a credit card the credit that is left")
    available: str = Field(description="the balance without what is frozen")
    frozen: str
    has_frozen: bool
    credit_limit: str
    bill: str = Field(description="what is still to be paid of the last bill")
    minimum: str = Field(description="the least that has to be paid")
    has_bill: bool
    billed_on: date | None
    due_on: date | None
    overdue: bool


class MovementLine(BaseModel):
    """Money that came in or went out."""

    no: str = Field(examples=["T882102"])
    at: Moment
    amount: str
    way_zh: str = Field(description="收入 or 支出")
    way_en: str = Field(description="in or out")
    text_zh: str
    text_en: str


class MovementList(BaseModel):
    """Movements of a period, the newest first."""

    first: date
    last: date
    count: int
    money_in: str
    money_out: str
    movements: list[MovementLine] = Field(description="at most ten")
    lines_zh: str = Field(description="the same as lines of text")
    lines_en: str


class Frozen(BaseModel):
    """After a card was frozen."""

    tail: str
    at: Moment
    until: date = Field(description="the temporary loss report ends then unless the card is replaced")
    replaceable: bool


class ReplacementOrder(BaseModel):
    """A new card for a lost one, to the address on file."""

    reason: Literal["lost", "stolen"] = "lost"


class Replacement(BaseModel):
    """A new card is on its way."""

    number: str
    fee: int = Field(description="in yuan")
    by: date
    city_zh: str
    city_en: str


class RepaymentOrder(BaseModel):
    """Pay a credit card from a debit card of the same customer."""

    amount: str = Field(max_length=40, examples=["3268.40 CNY", "3000"])
    from_tail: str = Field(max_length=4, description="the debit card's last four digits")


class Repaid(BaseModel):
    """After a repayment."""

    number: str
    amount: str
    left: str = Field(description="what is still to be paid of the bill")
    all_paid: bool
    balance: str = Field(description="of the debit card")


class Limit(BaseModel):
    """The daily transfer limit."""

    limit: str
    online_most: str = Field(description="the highest limit without a branch")
    new_account: bool


class LimitOrder(BaseModel):
    """A new daily transfer limit."""

    limit: str = Field(max_length=40, examples=["100000"])


class LimitSet(BaseModel):
    """After the limit was changed: lower at once, higher after a day."""

    limit: str
    from_when: Moment
    at_once: bool


class DisputeOrder(BaseModel):
    """A movement that the customer denies."""

    movement: str = Field(max_length=12)
    reason: Literal["not_mine", "twice", "amount", "other"]


class Disputed(BaseModel):
    """A dispute was opened."""

    number: str
    amount: str
    first_answer_by: date
    result_by: date


class StatementOrder(BaseModel):
    """A statement of a period."""

    first: date
    last: date
    form: Literal["electronic", "paper"]


class StatementDone(BaseModel):
    """A statement is on its way."""

    number: str
    ready_zh: str
    ready_en: str
    fee: int = Field(description="in yuan")


class Eligible(BaseModel):
    """The customer may apply."""

    product: str
    name_zh: str
    name_en: str
    annual_fee: int
    waiver_zh: str
    waiver_en: str
    most_credit: int


class ApplicationOrder(BaseModel):
    """An application for a credit card."""

    customer_no: str = Field(max_length=12)
    product: str = Field(max_length=12, examples=["ORCHID"])
    income: str = Field(max_length=40, description="a month")
    employment: Literal["employed", "self_employed", "retired", "student"]


class Applied(BaseModel):
    """An application was sent."""

    number: str
    decision_by: date


class ApplicationAnswer(BaseModel):
    """How far an application is."""

    number: str
    state: ApplicationState
    state_zh: str
    state_en: str
    name_zh: str
    name_en: str
    sent_on: date
    decision_by: date
    limit: int
    posted: bool
    tracking_no: str
    missing_zh: str
    missing_en: str


class WealthLine(BaseModel):
    """A wealth product."""

    id: str
    name_zh: str
    name_en: str
    grade: str = Field(examples=["R2"])
    least_amount: int
    term_zh: str
    term_en: str
    benchmark_zh: str = Field(description="a benchmark, no promise of returns")
    benchmark_en: str
    fee: str


class Risk(BaseModel):
    """The customer's risk assessment."""

    state: Literal["valid", "expired", "none"]
    grade: str = Field(examples=["C2"])
    valid_until: date | None


class Suitable(BaseModel):
    """Products at or below the customer's risk grade that fit the amount and the time."""

    count: int
    products: list[WealthLine]


class ReservationOrder(BaseModel):
    """Keep some of a product for a customer, who buys it in the app."""

    customer_no: str = Field(max_length=12)
    product: str = Field(max_length=40)
    amount: str = Field(max_length=40)


class Reserved(BaseModel):
    """The product is kept."""

    number: str
    until: date


class Rate(BaseModel):
    """A currency's rates, in yuan for 100 units, and a conversion."""

    code: str
    name_zh: str
    name_en: str
    bank_buys: str
    bank_sells: str
    at: Moment
    in_yuan: bool = Field(description="whether the amount asked for was in yuan")
    amount: str
    pays: str = Field(
        description="what the customer pays for the amount; for yuan the foreign money that they buy"
    )
    gets: str = Field(description="yuan that the customer gets for the amount; empty for an amount in yuan")


def names_of(card: Card) -> tuple[str, str]:
    """The card's product in both languages."""
    if card.product in DEBIT_NAMES:
        return DEBIT_NAMES[card.product]
    product = CARD_BY_ID[card.product]
    return product.name_zh, product.name_en


def card_line(card: Card) -> CardLine:
    """A card in a list."""
    name_zh, name_en = names_of(card)
    kind_zh, kind_en = KIND_WORDS[card.kind]
    return CardLine(
        tail=card.tail, kind=card.kind, kind_zh=kind_zh, kind_en=kind_en, name_zh=name_zh, name_en=name_en,
        state=card.state,
    )  # fmt: skip


def card_answer(card: Card, today: date) -> CardAnswer:
    """A card with its account."""
    return CardAnswer(
        **card_line(card).model_dump(),
        balance=money(card.balance),
        available=money(card.balance - card.frozen),
        frozen=money(card.frozen),
        has_frozen=card.frozen > 0,
        credit_limit=money(card.credit_limit),
        bill=money(card.bill),
        minimum=money(minimum_payment(card)),
        has_bill=card.bill > 0,
        billed_on=card.billed_on,
        due_on=card.due_on,
        overdue=card.bill > 0 and card.due_on is not None and card.due_on < today,
    )


def movement_line(one: Movement) -> MovementLine:
    """A movement."""
    way_zh, way_en = ("收入", "in") if one.amount > 0 else ("支出", "out")
    return MovementLine(
        no=one.no, at=one.at, amount=money(abs(one.amount)), way_zh=way_zh, way_en=way_en,
        text_zh=one.zh, text_en=one.en,
    )  # fmt: skip


def line_zh(one: Movement) -> str:
    """A movement as a line of text."""
    return (
        f"{one.at.month}月{one.at.day}日 {'收入' if one.amount > 0 else '支出'} {abs(one.amount):.2f} 元 {one.zh}"
    )


def line_en(one: Movement) -> str:
    """A movement as a line of text."""
    return f"{one.at.day} {one.at:%b}: {'+' if one.amount > 0 else '-'}{abs(one.amount):.2f} yuan, {one.en}"


def wealth_line(product: WealthProduct) -> WealthLine:
    """A wealth product."""
    return WealthLine(
        id=product.id,
        name_zh=product.name_zh,
        name_en=product.name_en,
        grade=f"R{product.grade}",
        least_amount=product.least_amount,
        term_zh=f"{product.term_days} 天" if product.term_days else "无固定期限",
        term_en=f"{product.term_days} days" if product.term_days else "no fixed term",
        benchmark_zh=product.benchmark_zh,
        benchmark_en=product.benchmark_en,
        fee=product.fee,
    )

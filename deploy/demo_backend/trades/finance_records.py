"""What the demo bank keeps: customers with their cards, movements, applications, orders of all kinds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What a card is."""

    DEBIT = "debit"
    CREDIT = "credit"


class CardState(StrEnum):
    """Whether a card can be used. `restricted` is the bank's or a court's doing, `lost` the customer's."""

    ACTIVE = "active"
    LOST = "lost"
    RESTRICTED = "restricted"


class ApplicationState(StrEnum):
    """How far an application is."""

    REVIEW = "review"
    DOCUMENTS = "documents"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came in (positive) or went out (negative)."""

    no: str
    at: datetime
    amount: Decimal
    zh: str
    en: str


@dataclass(slots=True)
class Card:
    """A card, and the account behind it. Of a credit card `balance` is the credit that is left."""

    tail: str
    kind: Kind
    product: str
    balance: Decimal
    frozen: Decimal = Decimal(0)
    state: CardState = CardState.ACTIVE
    credit_limit: Decimal = Decimal(0)
    bill: Decimal = Decimal(0)
    """What is still to be paid of the last bill."""
    billed: Decimal = Decimal(0)
    """What the last bill asked for; the minimum payment is a share of it."""
    billed_on: date | None = None
    due_on: date | None = None
    lost_since: datetime | None = None
    replacement_no: str = ""
    movements: list[Movement] = field(default_factory=list)


@dataclass(slots=True)
class Customer:
    """A customer. `risk` is the result of the risk assessment, C1 to C5, empty if there was none."""

    number: str
    name_zh: str
    name_en: str
    age: int
    opened_on: date
    cards: list[Card]
    transfer_limit: int = 50_000
    new_limit: int = 0
    risk: str = ""
    assessed_on: date | None = None
    city_zh: str = "杭州"
    city_en: str = "Hangzhou"

    def card(self, tail: str) -> Card | None:
        """The card with these last four digits."""
        return next((card for card in self.cards if card.tail == tail), None)


@dataclass(slots=True)
class Application:
    """An application for a card."""

    number: str
    customer: str
    product: str
    state: ApplicationState
    sent_on: date
    limit: int = 0
    tracking_no: str = ""
    missing_zh: str = ""
    missing_en: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A movement that a customer denies."""

    number: str
    movement: str
    opened_on: date


@dataclass(frozen=True, slots=True)
class Reservation:
    """A wealth product kept for a customer until it is bought in the app."""

    number: str
    customer: str
    product: str
    amount: Decimal
    until: date


@dataclass(slots=True)
class Store:
    """Everything that changes."""

    customers: dict[str, Customer]
    applications: dict[str, Application]
    quotas: dict[str, Decimal]
    """What of each wealth product can still be sold."""
    disputes: dict[str, Dispute] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    counter: int = 0

    def next_number(self, prefix: str) -> str:
        """A number for something new: `AP` applications, `HK` repayments, `BK` replacements, `JY` disputes,
        `DZ` statements, `YY` reservations."""
        self.counter += 1
        return f"{prefix}2{self.counter:07d}"

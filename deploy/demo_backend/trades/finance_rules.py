"""The bank's rules, which are those of its help articles."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from http import HTTPStatus
from typing import Final

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.trades.finance_products import CardProduct, WealthProduct
from deploy.demo_backend.trades.finance_records import Application, ApplicationState, Card, Customer

BILLING_DAY: Final = 5
DUE_DAY: Final = 25
MINIMUM_SHARE: Final = Decimal("0.10")
LEAST_MINIMUM: Final = Decimal(50)
FREEZE_DAYS: Final = 5
REPLACEMENT_FEE: Final = 10
REPLACEMENT_DAYS: Final = 7
ONLINE_LIMIT: Final = 200_000
HIGHEST_LIMIT: Final = 1_000_000
LOWEST_LIMIT: Final = 1_000
NEW_ACCOUNT_DAYS: Final = 30
ASSESSMENT_DAYS: Final = 365
DISPUTE_DAYS: Final = 60
STATEMENT_MONTHS: Final = 12
STATEMENT_YEARS: Final = 5
RESERVED_DAYS: Final = 2
SENIOR_AGE: Final = 65
SENIOR_GRADE: Final = 3
_CENT: Final = Decimal("0.01")


def money(amount: Decimal | int, currency: str = "CNY") -> str:
    """An amount as the bank writes it: `26480.35 CNY`."""
    return f"{Decimal(amount).quantize(_CENT, ROUND_HALF_UP)} {currency}"


def amount_of(text: str) -> Decimal:
    """The amount of `3000`, `3000.00 CNY`; refused if it is none above zero or has parts of a cent."""
    match = re.fullmatch(r"\s*(\d{1,10}(?:\.\d{1,2})?)(?:\s+[A-Z]{3})?\s*", text)
    try:
        amount = Decimal(match[1]) if match else Decimal(0)
    except InvalidOperation:
        amount = Decimal(0)
    if amount <= 0:
        raise Refused(HTTPStatus.CONFLICT, "bad_amount", "The amount has to be a number above zero.")
    return amount


def bill_days(today: date) -> tuple[date, date]:
    """When the last bill was made, and when it is due."""
    made = today.replace(day=BILLING_DAY)
    if today.day < BILLING_DAY:
        made = (made.replace(day=1) - timedelta(days=1)).replace(day=BILLING_DAY)
    return made, made.replace(day=DUE_DAY)


def minimum_payment(card: Card) -> Decimal:
    """A tenth of the bill, at least 50 yuan, and never more than is left to pay."""
    share = (card.billed * MINIMUM_SHARE).quantize(_CENT, ROUND_HALF_UP)
    return min(max(share, LEAST_MINIMUM), card.bill)


def working_days_later(day: date, days: int) -> date:
    """The day after so many working days (Monday to Friday)."""
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def check_eligibility(
    customer: Customer, product: CardProduct, income: Decimal, applications: list[Application], today: date
) -> None:
    """Refused if the customer cannot have the card."""
    if not 18 <= customer.age <= 65:
        raise Refused(HTTPStatus.CONFLICT, "age", "Credit cards are for customers from 18 to 65.")
    if any(one.state in (ApplicationState.REVIEW, ApplicationState.DOCUMENTS) for one in applications):
        raise Refused(HTTPStatus.CONFLICT, "pending", "There is an application under way.")
    if any(card.bill > 0 and card.due_on and card.due_on < today for card in customer.cards):
        raise Refused(HTTPStatus.CONFLICT, "overdue", "A bill of the customer is overdue.")
    if any(card.product == product.id for card in customer.cards):
        raise Refused(HTTPStatus.CONFLICT, "has_it", "The customer has this card.")
    if income < product.least_income:
        raise Refused(HTTPStatus.CONFLICT, "income", f"It needs an income of {product.least_income} a month.")


def check_limit(customer: Customer, limit: int, today: date) -> None:
    """Refused if the daily transfer limit cannot be set without a branch."""
    if limit < LOWEST_LIMIT:
        raise Refused(HTTPStatus.CONFLICT, "too_low", f"The lowest limit is {LOWEST_LIMIT}.")
    if limit == customer.transfer_limit:
        raise Refused(HTTPStatus.CONFLICT, "same", "This is the limit already.")
    if limit < customer.transfer_limit:
        return
    if (today - customer.opened_on).days < NEW_ACCOUNT_DAYS:
        raise Refused(HTTPStatus.CONFLICT, "new_account", f"Not in an account's first {NEW_ACCOUNT_DAYS} days.")
    if limit > ONLINE_LIMIT:
        raise Refused(HTTPStatus.CONFLICT, "branch", f"Above {ONLINE_LIMIT} a branch has to do it.")


def risk_state(customer: Customer, today: date) -> str:
    """`none`, `expired` or `valid`: whether the risk assessment can be relied on."""
    if not customer.risk or customer.assessed_on is None:
        return "none"
    return "expired" if (today - customer.assessed_on).days > ASSESSMENT_DAYS else "valid"


def check_suitable(customer: Customer, product: WealthProduct, today: date) -> None:
    """Refused if the product may not be offered: investor suitability."""
    state = risk_state(customer, today)
    if state != "valid":
        raise Refused(HTTPStatus.CONFLICT, f"assessment_{state}", "A valid risk assessment is needed first.")
    if product.grade > int(customer.risk[1]):
        raise Refused(HTTPStatus.CONFLICT, "not_suitable", "The product's risk is above the customer's grade.")
    if customer.age >= SENIOR_AGE and product.grade >= SENIOR_GRADE:
        raise Refused(HTTPStatus.CONFLICT, "branch", f"From {SENIOR_AGE}, R{SENIOR_GRADE} and up needs a branch.")


def check_period(first: date, last: date, today: date) -> None:
    """Refused if there can be no statement of the period."""
    if first > last:
        raise Refused(HTTPStatus.CONFLICT, "order", "The first day is after the last.")
    if last > today:
        raise Refused(HTTPStatus.CONFLICT, "future", "The period ends in the future.")
    if (today - first).days > STATEMENT_YEARS * 366:
        raise Refused(HTTPStatus.CONFLICT, "too_old", f"Statements go back {STATEMENT_YEARS} years.")
    if (last - first).days > 366:
        raise Refused(HTTPStatus.CONFLICT, "too_long", f"A statement has at most {STATEMENT_MONTHS} months.")

"""Finding customers and their cards by the numbers that people type."""

from __future__ import annotations

from http import HTTPStatus

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades.finance_records import Card, Customer, Store


def find_customer(holder: StoreHolder[Store], number: str) -> Customer:
    """The customer with this number, in either case."""
    customer = holder.current.customers.get(number.strip().upper())
    if customer is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such customer.")
    return customer


def find_card(holder: StoreHolder[Store], number: str, tail: str) -> tuple[Customer, Card]:
    """The customer and the card; the answer does not tell which of the two numbers is wrong."""
    customer = holder.current.customers.get(number.strip().upper())
    card = customer.card(tail.strip()) if customer is not None else None
    if customer is None or card is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such card.")
    return customer, card

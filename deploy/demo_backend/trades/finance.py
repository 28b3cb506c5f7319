"""The demo bank: cards and accounts, loss reports, repayments, transfer limits, disputes, statements."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from deploy.demo_backend.errors import NOT_FOUND, REFUSED, Refused
from deploy.demo_backend.store import EMPTY_IS_NONE, StoreHolder
from deploy.demo_backend.trades import finance_offers
from deploy.demo_backend.trades.finance_answers import (
    CardAnswer,
    CardList,
    Disputed,
    DisputeOrder,
    Frozen,
    Limit,
    LimitOrder,
    LimitSet,
    MovementList,
    Repaid,
    RepaymentOrder,
    Replacement,
    ReplacementOrder,
    StatementDone,
    StatementOrder,
    card_answer,
    card_line,
    line_en,
    line_zh,
    movement_line,
)
from deploy.demo_backend.trades.finance_data import seed
from deploy.demo_backend.trades.finance_lookup import find_card, find_customer
from deploy.demo_backend.trades.finance_records import Card, CardState, Dispute, Kind, Store
from deploy.demo_backend.trades.finance_rules import (
    DISPUTE_DAYS,
    FREEZE_DAYS,
    NEW_ACCOUNT_DAYS,
    ONLINE_LIMIT,
    REPLACEMENT_DAYS,
    REPLACEMENT_FEE,
    amount_of,
    check_limit,
    check_period,
    money,
    working_days_later,
)

__all__ = ["router", "seed"]

CARD = "/customers/{number}/cards/{tail}"
SHOWN = 10
Day = Annotated[date | None, EMPTY_IS_NONE, Query()]


def router(holder: StoreHolder[Store]) -> APIRouter:
    """All routes of the bank."""
    routes = APIRouter()
    add_accounts(routes, holder)
    add_loss(routes, holder)
    add_payments(routes, holder)
    add_papers(routes, holder)
    finance_offers.add_applications(routes, holder)
    finance_offers.add_wealth(routes, holder)
    finance_offers.add_rates(routes, holder)
    return routes


def usable(card: Card) -> None:
    """Refused if nothing can be done with the card."""
    if card.state is CardState.RESTRICTED:
        raise Refused(HTTPStatus.CONFLICT, "restricted", "The account is restricted; a branch has to look at it.")
    if card.state is CardState.LOST:
        raise Refused(HTTPStatus.CONFLICT, "lost", "The card was reported lost.")


def add_accounts(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Cards, balances and movements."""

    @routes.get("/customers/{number}/cards", summary="List a customer's cards", responses=NOT_FOUND)
    async def list_cards(number: str, kind: Annotated[Kind | None, EMPTY_IS_NONE, Query()] = None) -> CardList:
        """All of them, or those of a kind; no amounts."""
        cards = [card_line(card) for card in find_customer(holder, number).cards if kind in (None, card.kind)]
        return CardList(count=len(cards), cards=cards)

    @routes.get(CARD, summary="Find a card", responses=NOT_FOUND)
    async def get_card(number: str, tail: str) -> CardAnswer:
        """Its balance, and of a credit card the last bill."""
        _, card = find_card(holder, number, tail)
        return card_answer(card, holder.today())

    @routes.get(f"{CARD}/movements", summary="List movements", responses=NOT_FOUND)
    async def list_movements(number: str, tail: str, first: Day = None, last: Day = None) -> MovementList:
        """Those of a period, the newest first; of the last 30 days without one."""
        _, card = find_card(holder, number, tail)
        until = last or holder.today()
        since = first or until - timedelta(days=30)
        if since > until:
            raise Refused(HTTPStatus.CONFLICT, "order", "The first day is after the last.")
        found = [one for one in card.movements if since <= one.at.date() <= until]
        return MovementList(
            first=since,
            last=until,
            count=len(found),
            money_in=money(sum((one.amount for one in found if one.amount > 0), Decimal(0))),
            money_out=money(-sum((one.amount for one in found if one.amount < 0), Decimal(0))),
            movements=[movement_line(one) for one in found[:SHOWN]],
            lines_zh="\n".join(line_zh(one) for one in found[:SHOWN]),
            lines_en="\n".join(line_en(one) for one in found[:SHOWN]),
        )


def add_loss(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Loss reports and new cards."""

    @routes.post(f"{CARD}/freeze", summary="Report a card lost", responses=REFUSED)
    async def freeze(number: str, tail: str) -> Frozen:
        """Nobody can use it from now on. Asks for nothing more, since it is urgent and can be undone."""
        _, card = find_card(holder, number, tail)
        if card.state is CardState.LOST:
            raise Refused(HTTPStatus.CONFLICT, "already_lost", "The card was reported lost already.")
        replaceable = card.state is CardState.ACTIVE
        card.state, card.lost_since = CardState.LOST, holder.now()
        until = holder.today() + timedelta(days=FREEZE_DAYS)
        return Frozen(tail=card.tail, at=holder.now(), until=until, replaceable=replaceable)

    @routes.post(
        f"{CARD}/replacement", summary="Order a new card", status_code=HTTPStatus.CREATED, responses=REFUSED
    )
    async def replace(number: str, tail: str, order: ReplacementOrder) -> Replacement:
        """For a card that was reported lost; to the address on file. The fee is for debit cards only."""
        customer, card = find_card(holder, number, tail)
        if card.state is not CardState.LOST:
            raise Refused(HTTPStatus.CONFLICT, "not_lost", "The card was not reported lost.")
        if card.replacement_no:
            raise Refused(HTTPStatus.CONFLICT, "already_ordered", f"{card.replacement_no} is on its way.")
        card.replacement_no = holder.current.next_number("BK")
        return Replacement(
            number=card.replacement_no,
            fee=REPLACEMENT_FEE if card.kind is Kind.DEBIT else 0,
            by=working_days_later(holder.today(), REPLACEMENT_DAYS),
            city_zh=customer.city_zh,
            city_en=customer.city_en,
        )


def add_payments(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Repayments and transfer limits."""

    @routes.post(
        f"{CARD}/repayments", summary="Pay a credit card", status_code=HTTPStatus.CREATED, responses=REFUSED
    )
    async def repay(number: str, tail: str, order: RepaymentOrder) -> Repaid:
        """From a debit card of the same customer; at most what is owed."""
        customer, card = find_card(holder, number, tail)
        if card.kind is not Kind.CREDIT:
            raise Refused(HTTPStatus.CONFLICT, "no_credit_card", "This is no credit card.")
        payer = customer.card(order.from_tail)
        if payer is None or payer.kind is not Kind.DEBIT:
            raise Refused(HTTPStatus.CONFLICT, "no_debit_card", "There is no such debit card.")
        usable(payer)
        amount = amount_of(order.amount)
        if card.bill <= 0:
            raise Refused(HTTPStatus.CONFLICT, "nothing_due", "The bill is paid.")
        if amount > card.bill:
            raise Refused(HTTPStatus.CONFLICT, "too_much", "That is more than the bill.")
        if amount > payer.balance - payer.frozen:
            raise Refused(HTTPStatus.CONFLICT, "insufficient", "There is not enough money on the debit card.")
        payer.balance -= amount
        card.bill -= amount
        card.balance += amount
        return Repaid(
            number=holder.current.next_number("HK"),
            amount=money(amount),
            left=money(card.bill),
            all_paid=card.bill == 0,
            balance=money(payer.balance),
        )

    @routes.get(f"{CARD}/limit", summary="The daily transfer limit", responses=REFUSED)
    async def get_limit(number: str, tail: str) -> Limit:
        """Of the customer, for transfers in the app; asked for with a debit card."""
        customer, card = find_card(holder, number, tail)
        if card.kind is not Kind.DEBIT:
            raise Refused(HTTPStatus.CONFLICT, "no_debit_card", "Transfers need a debit card.")
        usable(card)
        return Limit(
            limit=money(customer.transfer_limit),
            online_most=money(ONLINE_LIMIT),
            new_account=(holder.today() - customer.opened_on).days < NEW_ACCOUNT_DAYS,
        )

    @routes.put(f"{CARD}/limit", summary="Change the daily transfer limit", responses=REFUSED)
    async def set_limit(number: str, tail: str, order: LimitOrder) -> LimitSet:
        """Lower at once; higher after 24 hours, up to what is possible without a branch."""
        customer, card = find_card(holder, number, tail)
        usable(card)
        limit = int(amount_of(order.limit))
        check_limit(customer, limit, holder.today())
        at_once = limit < customer.transfer_limit
        if at_once:
            customer.transfer_limit = limit
        else:
            customer.new_limit = limit
        when = holder.now() if at_once else holder.now() + timedelta(hours=24)
        return LimitSet(limit=money(limit), from_when=when, at_once=at_once)


def add_papers(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Disputes and statements."""

    @routes.post(
        f"{CARD}/disputes", summary="Dispute a movement", status_code=HTTPStatus.CREATED, responses=REFUSED
    )
    async def dispute(number: str, tail: str, order: DisputeOrder) -> Disputed:
        """Money that went out within the last 60 days; once for each movement."""
        _, card = find_card(holder, number, tail)
        movement = next((one for one in card.movements if one.no == order.movement.upper()), None)
        if movement is None:
            raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such movement.")
        if movement.amount > 0:
            raise Refused(HTTPStatus.CONFLICT, "money_in", "This money came in.")
        if (holder.today() - movement.at.date()).days > DISPUTE_DAYS:
            raise Refused(HTTPStatus.CONFLICT, "too_late", f"More than {DISPUTE_DAYS} days ago.")
        if movement.no in holder.current.disputes:
            raise Refused(HTTPStatus.CONFLICT, "already_open", "There is a dispute about it already.")
        opened = Dispute(holder.current.next_number("JY"), movement.no, holder.today())
        holder.current.disputes[movement.no] = opened
        return Disputed(
            number=opened.number,
            amount=money(abs(movement.amount)),
            first_answer_by=working_days_later(holder.today(), 5),
            result_by=holder.today() + timedelta(days=30),
        )

    @routes.post(
        f"{CARD}/statements", summary="Order a statement", status_code=HTTPStatus.CREATED, responses=REFUSED
    )
    async def order_statement(number: str, tail: str, order: StatementOrder) -> StatementDone:
        """By e-mail for nothing, or stamped on paper for 20 yuan."""
        find_card(holder, number, tail)
        check_period(order.first, order.last, holder.today())
        paper = order.form == "paper"
        return StatementDone(
            number=holder.current.next_number("DZ"),
            ready_zh="3 个工作日内寄出" if paper else "2 小时内发到您预留的邮箱",
            ready_en="posted within 3 working days" if paper else "in your registered e-mail within 2 hours",
            fee=20 if paper else 0,
        )

"""What the demo bank offers: card applications, wealth products by risk grade, exchange rates."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from deploy.demo_backend.errors import NOT_FOUND, REFUSED, Refused
from deploy.demo_backend.store import EMPTY_IS_NONE, StoreHolder
from deploy.demo_backend.trades.finance_answers import (
    APPLICATION_WORDS,
    ApplicationAnswer,
    ApplicationOrder,
    Applied,
    Eligible,
    Rate,
    ReservationOrder,
    Reserved,
    Risk,
    Suitable,
    WealthLine,
    wealth_line,
)
from deploy.demo_backend.trades.finance_lookup import find_customer
from deploy.demo_backend.trades.finance_products import (
    CARD_BY_ID,
    CURRENCY_BY_CODE,
    WEALTH,
    CardProduct,
    WealthProduct,
    wealth_named,
)
from deploy.demo_backend.trades.finance_records import (
    Application,
    ApplicationState,
    Customer,
    Reservation,
    Store,
)
from deploy.demo_backend.trades.finance_rules import (
    ASSESSMENT_DAYS,
    RESERVED_DAYS,
    amount_of,
    check_eligibility,
    check_suitable,
    money,
    risk_state,
    working_days_later,
)

HORIZONS = {"any": 0, "short": 90, "medium": 365, "long": 100_000}
Horizon = Annotated[str, Query(pattern="^(any|short|medium|long|)$", description="how long the money is free")]


def add_applications(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Applications for credit cards."""

    def checked(number: str, product_id: str, income: str) -> tuple[Customer, CardProduct]:
        customer = find_customer(holder, number)
        product = CARD_BY_ID.get(product_id.upper())
        if product is None:
            raise Refused(HTTPStatus.NOT_FOUND, "no_product", "There is no such card.")
        sent = [one for one in holder.current.applications.values() if one.customer == customer.number]
        check_eligibility(customer, product, amount_of(income), sent, holder.today())
        return customer, product

    @routes.get("/customers/{number}/eligibility", summary="May the customer apply?", responses=REFUSED)
    async def eligibility(number: str, product: str, income: str) -> Eligible:
        """Age, income, overdue bills, applications under way; whether it is granted is decided later."""
        _, card = checked(number, product, income)
        return Eligible(
            product=card.id,
            name_zh=card.name_zh,
            name_en=card.name_en,
            annual_fee=card.annual_fee,
            waiver_zh=card.waiver_zh,
            waiver_en=card.waiver_en,
            most_credit=card.most_credit,
        )

    @routes.post("/applications", summary="Apply for a card", status_code=HTTPStatus.CREATED, responses=REFUSED)
    async def apply(order: ApplicationOrder) -> Applied:
        """Decided within 3 working days."""
        customer, product = checked(order.customer_no, order.product, order.income)
        number = holder.current.next_number("AP")
        holder.current.applications[number] = Application(
            number, customer.number, product.id, ApplicationState.REVIEW, holder.today()
        )
        return Applied(number=number, decision_by=working_days_later(holder.today(), 3))

    @routes.get("/applications/{number}", summary="Follow an application", responses=NOT_FOUND)
    async def get_application(number: str) -> ApplicationAnswer:
        """How far it is."""
        found = holder.current.applications.get(number.strip().upper())
        if found is None:
            raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such application.")
        product = CARD_BY_ID[found.product]
        state_zh, state_en = APPLICATION_WORDS[found.state]
        return ApplicationAnswer(
            number=found.number,
            state=found.state,
            state_zh=state_zh,
            state_en=state_en,
            name_zh=product.name_zh,
            name_en=product.name_en,
            sent_on=found.sent_on,
            decision_by=working_days_later(found.sent_on, 3),
            limit=found.limit,
            posted=bool(found.tracking_no),
            tracking_no=found.tracking_no,
            missing_zh=found.missing_zh,
            missing_en=found.missing_en,
        )


def fits(product: WealthProduct, amount: Decimal, horizon: str) -> bool:
    """Whether the money is enough, and free for the product's term."""
    return product.least_amount <= amount and product.term_days <= HORIZONS[horizon or "long"]


def add_wealth(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Wealth products: nothing above the customer's risk grade is ever listed or kept."""

    def product_named(wanted: str) -> WealthProduct:
        product = wealth_named(wanted)
        if product is None:
            raise Refused(HTTPStatus.NOT_FOUND, "no_product", "There is no such product.")
        return product

    @routes.get("/customers/{number}/risk", summary="The risk assessment", responses=NOT_FOUND)
    async def get_risk(number: str) -> Risk:
        """Its grade, and whether it can be relied on: it is good for 12 months."""
        customer = find_customer(holder, number)
        until = customer.assessed_on + timedelta(days=ASSESSMENT_DAYS) if customer.assessed_on else None
        return Risk.model_validate(
            {"state": risk_state(customer, holder.today()), "grade": customer.risk, "valid_until": until}
        )

    @routes.get("/customers/{number}/wealth", summary="Suitable wealth products", responses=REFUSED)
    async def list_suitable(number: str, amount: str, horizon: Horizon = "long") -> Suitable:
        """Those on sale at or below the risk grade that fit the amount and the time, the least risk first."""
        customer = find_customer(holder, number)
        wanted = amount_of(amount)
        found = []
        for product in WEALTH:
            if not fits(product, wanted, horizon) or holder.current.quotas[product.id] < wanted:
                continue
            try:
                check_suitable(customer, product, holder.today())
            except Refused as refused:
                if refused.code not in {"not_suitable", "branch"}:
                    raise
                continue
            found.append(wealth_line(product))
        return Suitable(count=len(found), products=found)

    @routes.get("/customers/{number}/suitability", summary="May this product be offered?", responses=REFUSED)
    async def suitability(number: str, product: str) -> WealthLine:
        """The product if it is at or below the customer's risk grade and on sale."""
        customer = find_customer(holder, number)
        found = product_named(product)
        check_suitable(customer, found, holder.today())
        if holder.current.quotas[found.id] <= 0:
            raise Refused(HTTPStatus.CONFLICT, "sold_out", "The product is sold out.")
        return wealth_line(found)

    @routes.post(
        "/reservations", summary="Keep some of a product", status_code=HTTPStatus.CREATED, responses=REFUSED
    )
    async def reserve(order: ReservationOrder) -> Reserved:
        """For two days; it is bought in the app, where the papers on its risks are read and signed."""
        customer = find_customer(holder, order.customer_no)
        product = product_named(order.product)
        amount = amount_of(order.amount)
        check_suitable(customer, product, holder.today())
        if amount < product.least_amount:
            raise Refused(HTTPStatus.CONFLICT, "too_little", f"At least {product.least_amount}.")
        if holder.current.quotas[product.id] < amount:
            raise Refused(HTTPStatus.CONFLICT, "sold_out", "There is not so much left.")
        holder.current.quotas[product.id] -= amount
        number = holder.current.next_number("YY")
        until = holder.today() + timedelta(days=RESERVED_DAYS)
        holder.current.reservations[number] = Reservation(number, customer.number, product.id, amount, until)
        return Reserved(number=number, until=until)


def add_rates(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Exchange rates."""

    @routes.get("/rates/{code}", summary="A currency's rates", responses=REFUSED)
    async def get_rate(code: str, amount: Annotated[str | None, EMPTY_IS_NONE, Query()] = None) -> Rate:
        """With a conversion of the amount, foreign money or yuan; of 100 units without one."""
        currency = CURRENCY_BY_CODE.get(code.strip().upper())
        if currency is None:
            raise Refused(HTTPStatus.NOT_FOUND, "not_found", "The bank does not deal in this currency.")
        in_yuan = amount is not None and amount.endswith(" CNY")
        units = amount_of(amount) if amount else Decimal(100)
        pays = (
            money(units / currency.sells * 100, currency.code) if in_yuan else money(units * currency.sells / 100)
        )
        return Rate(
            code=currency.code,
            name_zh=currency.name_zh,
            name_en=currency.name_en,
            bank_buys=str(currency.buys),
            bank_sells=str(currency.sells),
            at=holder.now(),
            in_yuan=in_yuan,
            amount=f"{units.normalize():f}",
            pays=pays,
            gets="" if in_yuan else money(units * currency.buys / 100),
        )

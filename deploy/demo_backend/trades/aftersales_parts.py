"""Parts, manuals and error codes of the devices."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from deploy.demo_backend.errors import NOT_FOUND, REFUSED, Refused
from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades.aftersales_answers import (
    CodeAnswer,
    ManualAnswer,
    PartAnswer,
    PartOrderBody,
    PartOrdered,
    PartPrice,
    Parts,
)
from deploy.demo_backend.trades.aftersales_catalogue import Part
from deploy.demo_backend.trades.aftersales_data import PartOrder, Store
from deploy.demo_backend.trades.aftersales_rules import MOST_PARTS, find_part, find_product, order_total

MANUALS = "https://manuals.pinejay.example"


def add_parts(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """All routes about parts and documents."""
    add_orders(routes, holder)
    add_documents(routes)


def add_orders(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Parts and their orders."""

    def left(part: Part) -> int:
        return holder.current.stock.get(part.id, part.stock)

    @routes.get("/parts", summary="Parts of an appliance", responses=NOT_FOUND)
    async def parts(device: str, name: Annotated[str, Query(description="a part's name")] = "") -> Parts:
        """Only the named one if there is one of that name, otherwise all that are sold."""
        product = find_product(device)
        wanted = name.strip().casefold()
        named = [one for one in product.parts if wanted and wanted in (one.zh, one.en.casefold())]
        shown = named or [one for one in product.parts if one.self_fit]
        return Parts(
            parts=[
                PartAnswer(
                    id=one.id,
                    name_zh=one.zh,
                    name_en=one.en,
                    model=product.model,
                    price=one.price,
                    stock=left(one),
                    sold=one.self_fit,
                )
                for one in shown
                if one.self_fit
            ],
            sold=any(one.self_fit for one in shown),
        )

    @routes.get("/parts/{number}/price", summary="Price with shipping", responses=NOT_FOUND | REFUSED)
    async def price(
        number: str, quantity: Annotated[int, Query(ge=1, le=MOST_PARTS, description="how many")] = 1
    ) -> PartPrice:
        """Refused if it is not sold alone, or not so many are in stock."""
        product, part = find_part(number)
        must_be_sold(part, left(part), quantity)
        shipping, total = order_total(part, quantity)
        return PartPrice(
            id=part.id,
            name_zh=product.kind_zh + part.zh,
            name_en=f"{product.kind_en} {part.en}",
            price=part.price,
            quantity=quantity,
            shipping=shipping,
            total=total,
            stock=left(part),
        )

    @routes.post(
        "/part-orders", summary="Order a part", status_code=HTTPStatus.CREATED, responses=NOT_FOUND | REFUSED
    )
    async def order(body: PartOrderBody) -> PartOrdered:
        """Takes it from the stock."""
        store = holder.current
        _product, part = find_part(body.part)
        must_be_sold(part, left(part), body.quantity)
        _shipping, total = order_total(part, body.quantity)
        number = store.next_number("PD", holder.today())
        store.stock[part.id] = left(part) - body.quantity
        store.orders[number] = PartOrder(number, part.id, body.quantity, total)
        return PartOrdered(number=number, total=total)


def must_be_sold(part: Part, left: int, quantity: int) -> None:
    """Refused if the part is not sold alone, or not enough of it is there."""
    if not part.self_fit:
        raise Refused(HTTPStatus.CONFLICT, "technician_only", "This part is fitted by technicians only.")
    if left < quantity:
        raise Refused(HTTPStatus.CONFLICT, "out_of_stock", f"{left} left.")


def add_documents(routes: APIRouter) -> None:
    """Manuals and error codes."""

    @routes.get("/manuals", summary="The manual of an appliance", responses=NOT_FOUND)
    async def manual(device: Annotated[str, Query(description="kind or model")]) -> ManualAnswer:
        """By the name of its kind in either language, or its model."""
        product = find_product(device)
        return ManualAnswer(
            model=product.model,
            name_zh=product.name_zh,
            name_en=product.name_en,
            pages=product.manual_pages,
            megabytes=product.manual_megabytes,
            link=f"{MANUALS}/{product.model.lower()}.pdf",
        )

    @routes.get("/codes", summary="An error code", responses=NOT_FOUND)
    async def code(device: str, code: str) -> CodeAnswer:
        """What it means on this appliance."""
        product = find_product(device)
        for one in product.codes:
            if one.code == code.strip().upper():
                return CodeAnswer(
                    code=one.code,
                    meaning_zh=one.meaning_zh,
                    meaning_en=one.meaning_en,
                    steps_zh=one.steps_zh,
                    steps_en=one.steps_en,
                )
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "This appliance has no such code.")

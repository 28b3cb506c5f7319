"""What the shop says of its products: details, stock, and two of them side by side."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from deploy.demo_backend.errors import NOT_FOUND, Refused
from deploy.demo_backend.trades.ecommerce_goods import Product
from deploy.demo_backend.trades.ecommerce_products import PRODUCTS, find_product

Name = Annotated[str, Query(description="id or name")]
FEW = 5
"""So many or less, and it may be gone soon."""


class FactAnswer(BaseModel):
    """One attribute."""

    key: str
    label_zh: str
    label_en: str
    zh: str
    en: str


class ProductAnswer(BaseModel):
    """A product."""

    id: str
    name_zh: str
    name_en: str
    line_zh: str
    line_en: str
    price: int = Field(description="in yuan")
    kind: str = Field(description="what it may be compared with")
    facts: list[FactAnswer]
    facts_zh: str = Field(description="all of them in a line")
    facts_en: str
    options_zh: str = Field(description="sizes and colours, in a line")
    options_en: str
    in_stock: bool
    warranty_months: int


class StockAnswer(BaseModel):
    """Whether a variant can be bought."""

    id: str
    name_zh: str
    name_en: str
    verdict: str = Field(description="`in_stock`, `few` (five or less), `sold_out`, `no_such_option`")
    option_zh: str
    option_en: str
    left: int
    in_stock_zh: str = Field(description="what there is, in a line")
    in_stock_en: str


class Comparison(BaseModel):
    """Two products of one kind side by side."""

    verdict: str = Field(description="`ok`, `same` (one product twice), `different_kinds`")
    first_zh: str
    first_en: str
    first_price: int
    second_zh: str
    second_en: str
    second_price: int
    cheaper_zh: str = Field(description="the name of the cheaper one")
    cheaper_en: str
    difference: int = Field(description="in yuan")
    rows_zh: str = Field(description="what differs, a line for each attribute")
    rows_en: str


class ListedProduct(BaseModel):
    """A product in a list."""

    id: str
    name_zh: str
    name_en: str
    price: int


class ProductList(BaseModel):
    """Products."""

    products: list[ListedProduct]
    count: int


def known(name: str) -> Product:
    """The product, or the error that there is none."""
    product = find_product(name)
    if product is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such product.")
    return product


def add_products(routes: APIRouter) -> None:
    """The routes of products."""

    @routes.get("/products", summary="List products")
    async def list_products(kind: str = "", like: str = "") -> ProductList:
        """All, those of a kind, or those that a product may be compared with (`like`)."""
        model = known(like) if like else None
        wanted = model.kind if model else kind
        found = [
            ListedProduct(id=one.id, name_zh=one.name_zh, name_en=one.name_en, price=one.price)
            for one in PRODUCTS
            if (not wanted or one.kind == wanted) and one is not model
        ]
        return ProductList(products=found, count=len(found))

    @routes.get("/products/{name}", summary="Describe a product", responses=NOT_FOUND)
    async def get_product(name: str) -> ProductAnswer:
        """By its id or its name in either language."""
        product = known(name)
        return ProductAnswer(
            id=product.id,
            name_zh=product.name_zh,
            name_en=product.name_en,
            line_zh=product.line_zh,
            line_en=product.line_en,
            price=product.price,
            kind=product.kind,
            facts=[
                FactAnswer(key=one.key, label_zh=one.label_zh, label_en=one.label_en, zh=one.zh, en=one.en)
                for one in product.facts
            ],
            facts_zh="；".join(f"{one.label_zh}：{one.zh}" for one in product.facts),
            facts_en="; ".join(f"{one.label_en}: {one.en}" for one in product.facts),
            options_zh="、".join(dict.fromkeys(one.colour_zh for one in product.options if one.colour_zh)),
            options_en=", ".join(dict.fromkeys(one.colour_en for one in product.options if one.colour_en)),
            in_stock=any(one.stock for one in product.options),
            warranty_months=product.warranty_months,
        )

    @routes.get("/products/{name}/stock", summary="Ask whether there is some", responses=NOT_FOUND)
    async def get_stock(name: str, size: str = "", colour: str = "") -> StockAnswer:
        """For a size and colour; any if they are left out."""
        product = known(name)
        wanted_size = size.casefold().replace("size", "").replace("码", "").strip().upper()
        wanted_colour = colour.casefold().strip()
        fitting = [
            one
            for one in product.options
            if (not wanted_size or not one.size or one.size == wanted_size)
            and (not wanted_colour or not one.colour_zh or wanted_colour in {one.colour_zh, one.colour_en})
        ]
        left = sum(one.stock for one in fitting)
        there = [one for one in product.options if one.stock]
        verdict = (
            "no_such_option" if not fitting else "sold_out" if not left else "few" if left <= 5 else "in_stock"
        )
        single = fitting[0] if len(fitting) == 1 else None
        return StockAnswer(
            id=product.id,
            name_zh=product.name_zh,
            name_en=product.name_en,
            verdict=verdict,
            option_zh=single.zh if single else "",
            option_en=single.en if single else "",
            left=left,
            in_stock_zh="、".join(one.zh for one in there[:12]),
            in_stock_en=", ".join(one.en for one in there[:12]),
        )

    @routes.get("/comparison", summary="Compare two products", responses=NOT_FOUND)
    async def compare(
        first: Annotated[str, Query(description="id or name")],
        second: Annotated[str, Query(description="id or name")],
    ) -> Comparison:
        """Attributes that both have and that differ."""
        one, other = known(first), known(second)
        cheaper = one if one.price <= other.price else other
        facts = {fact.key: fact for fact in other.facts}
        rows = [
            (fact, facts[fact.key]) for fact in one.facts if fact.key in facts and fact.zh != facts[fact.key].zh
        ]
        return Comparison(
            verdict="same" if one is other else "ok" if one.kind == other.kind else "different_kinds",
            first_zh=one.name_zh,
            first_en=one.name_en,
            first_price=one.price,
            second_zh=other.name_zh,
            second_en=other.name_en,
            second_price=other.price,
            cheaper_zh=cheaper.name_zh,
            cheaper_en=cheaper.name_en,
            difference=abs(one.price - other.price),
            rows_zh="\n".join(f"{left.label_zh}：{left.zh} / {right.zh}" for left, right in rows),
            rows_en="\n".join(f"{left.label_en}: {left.en} / {right.en}" for left, right in rows),
        )

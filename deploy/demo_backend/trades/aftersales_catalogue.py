"""The devices of the maker, as the pack's catalogue has them: the backend and the articles say the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

FILE: Final = Path(__file__).resolve().parents[3] / "chat" / "packs" / "aftersales" / "catalogue.yaml"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a device; `self_fit` parts are sold alone."""

    id: str
    zh: str
    en: str
    price: int
    stock: int
    self_fit: bool


@dataclass(frozen=True, slots=True)
class Code:
    """An error code: what it means and what to do, in both languages."""

    code: str
    meaning_zh: str
    meaning_en: str
    steps_zh: str
    steps_en: str


@dataclass(frozen=True, slots=True)
class Recall:
    """A recall of what was made from one month (`2406`) to another."""

    notice: str
    first: str
    last: str
    reason_zh: str
    reason_en: str
    remedy_zh: str
    remedy_en: str


@dataclass(frozen=True, slots=True)
class Product:
    """A device as it is made and served. `visit`: a technician comes; otherwise it is sent in."""

    id: str
    code: str
    model: str
    kind_zh: str
    kind_en: str
    name_zh: str
    name_en: str
    visit: bool
    needs_installation: bool
    warranty_months: int
    part_zh: str
    part_en: str
    part_months: int
    manual_pages: int
    manual_megabytes: int
    codes: tuple[Code, ...]
    parts: tuple[Part, ...]
    recall: Recall | None


@cache
def products() -> Mapping[str, Product]:
    """All of them by the two letters of their serial numbers."""
    data: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {device["code"]: _product(device) for device in data["devices"]}


def _product(device: Mapping[str, Any]) -> Product:
    recall = device.get("recall")
    return Product(
        id=device["id"],
        code=device["code"],
        model=device["model"],
        kind_zh=device["kind"]["zh-hans"],
        kind_en=device["kind"]["en"],
        name_zh=device["name"]["zh-hans"],
        name_en=device["name"]["en"],
        visit=device["service"] == "visit",
        needs_installation=device["needs_installation"],
        warranty_months=device["warranty_months"],
        part_zh=device["main_part"]["zh-hans"],
        part_en=device["main_part"]["en"],
        part_months=device["main_part"]["months"],
        manual_pages=device["manual"]["pages"],
        manual_megabytes=device["manual"]["megabytes"],
        codes=tuple(Code(one["code"], *one["zh-hans"], *one["en"]) for one in device["codes"]),
        parts=tuple(
            Part(one["id"], one["zh-hans"], one["en"], one["price"], one["stock"], one["self_fit"])
            for one in device["parts"]
        ),
        recall=Recall(
            recall["notice"],
            recall["from"],
            recall["to"],
            recall["zh-hans"],
            recall["en"],
            recall["remedy"]["zh-hans"],
            recall["remedy"]["en"],
        )
        if recall
        else None,
    )


def product_named(text: str) -> Product | None:
    """By the name of its kind in either language, or its model."""
    wanted = text.strip().casefold()
    for one in products().values():
        if wanted in (one.id, one.kind_zh, one.kind_en.casefold(), one.model.casefold()):
            return one
    return None


def part_numbered(number: str) -> tuple[Product, Part] | None:
    """A part with the product that it is for."""
    for product in products().values():
        for part in product.parts:
            if part.id == number.strip().upper():
                return product, part
    return None

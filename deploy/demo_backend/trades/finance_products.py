"""What the demo bank offers: cards, wealth products with their risk grades, currencies with their rates.

The facts are those of `chat/packs/finance/catalogue.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class CardProduct:
    """A credit card to apply for; money in yuan."""

    id: str
    name_zh: str
    name_en: str
    annual_fee: int
    waiver_zh: str
    waiver_en: str
    least_income: int
    most_credit: int


@dataclass(frozen=True, slots=True)
class WealthProduct:
    """A wealth product. `term_days` 0: money can be had on any working day. `quota`: what can be sold in all."""

    id: str
    name_zh: str
    name_en: str
    grade: int
    least_amount: int
    term_days: int
    benchmark_zh: str
    benchmark_en: str
    fee: str
    quota: int


@dataclass(frozen=True, slots=True)
class Currency:
    """Yuan for 100 units: what the bank pays for them, and what it wants for them."""

    code: str
    name_zh: str
    name_en: str
    buys: Decimal
    sells: Decimal


CARDS: Final = (
    CardProduct("REED", "青芦卡", "Reed Card", 0, "无年费", "no annual fee", 3_000, 50_000),
    CardProduct(
        "ORCHID",
        "兰心卡",
        "Orchid Card",
        300,
        "年刷 6 次免年费",
        "waived after 6 purchases a year",
        8_000,
        100_000,
    ),
    CardProduct(
        "CRANE",
        "鹤鸣白金卡",
        "Crane Platinum",
        1_200,
        "年消费满 10 万元免年费",
        "waived if you spend 100,000 yuan a year",
        20_000,
        300_000,
    ),
)
DEBIT_NAMES: Final = {"DEBIT": ("汀兰借记卡", "Tinglan Debit Card")}
CARD_BY_ID: Final = {card.id: card for card in CARDS}

_NO_BENCHMARK: Final = ("不设业绩比较基准", "no performance benchmark")
WEALTH: Final = (
    WealthProduct("DAILY", "日日盈", "Daily Ease", 1, 1, 0, "1.30%–1.70%", "1.30% to 1.70%", "0.15%", 50_000_000),
    WealthProduct(
        "GRAIN90", "稳禾90天", "Steady Grain 90", 2, 1_000, 90, "2.00%–2.50%", "2.00% to 2.50%", "0.20%", 8_000_000
    ),
    WealthProduct(
        "GRAIN365", "稳禾一年", "Steady Grain One Year", 2, 1_000, 365, "2.30%–2.90%", "2.30% to 2.90%", "0.25%", 0
    ),
    WealthProduct(
        "STREAM",
        "均衡溪流",
        "Balanced Stream",
        3,
        10_000,
        180,
        "2.60%–3.80%",
        "2.60% to 3.80%",
        "0.50%",
        3_000_000,
    ),
    WealthProduct("RIDGE", "进取山岚", "Growth Ridge", 4, 50_000, 365, *_NO_BENCHMARK, "1.00%", 2_000_000),
    WealthProduct("VOYAGE", "远航量化", "Far Voyage", 5, 100_000, 730, *_NO_BENCHMARK, "1.50%", 1_000_000),
)
WEALTH_BY_ID: Final = {product.id: product for product in WEALTH}

CURRENCIES: Final = (
    Currency("USD", "美元", "US dollars", Decimal("715.20"), Decimal("718.24")),
    Currency("EUR", "欧元", "euros", Decimal("776.40"), Decimal("782.10")),
    Currency("GBP", "英镑", "pounds sterling", Decimal("921.30"), Decimal("928.05")),
    Currency("JPY", "日元", "Japanese yen", Decimal("4.7650"), Decimal("4.8000")),
    Currency("HKD", "港币", "Hong Kong dollars", Decimal("91.62"), Decimal("91.99")),
    Currency("AUD", "澳元", "Australian dollars", Decimal("452.80"), Decimal("456.12")),
    Currency("SGD", "新加坡元", "Singapore dollars", Decimal("538.60"), Decimal("542.38")),
)
CURRENCY_BY_CODE: Final = {currency.code: currency for currency in CURRENCIES}


def wealth_named(wanted: str) -> WealthProduct | None:
    """The product with this id, or with this name in either language."""
    plain = wanted.strip().casefold()
    return next(
        (one for one in WEALTH if plain in (one.id.casefold(), one.name_zh.casefold(), one.name_en.casefold())),
        None,
    )

"""What the recognizers return: kinds, canonical values, spans in code points of the original text."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

Kind = Literal[
    "date",
    "time",
    "datetime",
    "interval",
    "duration",
    "number",
    "percentage",
    "ordinal",
    "money",
    "quantity",
    "phone",
    "email",
    "order_no",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with two decimals ("3.50") and its ISO 4217 currency."""

    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A decimal string and the unit said ("kg", "jin", "m2"), never converted."""

    value: str
    unit: str


Value = str | Money | Quantity


@dataclass(frozen=True, slots=True)
class BuiltinEntity:
    """`text[start:end]` of the original text names `value`; a string is in the form of its kind."""

    start: int
    end: int
    kind: Kind
    value: Value

    def to_json(self) -> dict[str, Any]:
        """{"start", "end", "type", "value"}; money and quantities as objects."""
        value: object = self.value
        if isinstance(self.value, Money):
            value = {"amount": self.value.amount, "currency": self.value.currency}
        elif isinstance(self.value, Quantity):
            value = {"value": self.value.value, "unit": self.value.unit}
        return {"start": self.start, "end": self.end, "type": self.kind, "value": value}

    @property
    def canonical(self) -> str:
        """The value as one string: "3.50 CNY", "1.78 m", else the value itself."""
        if isinstance(self.value, Money):
            return f"{self.value.amount} {self.value.currency}"
        if isinstance(self.value, Quantity):
            return f"{self.value.value} {self.value.unit}"
        return self.value


def decimal_string(value: Decimal) -> str:
    """Without exponent, separators or trailing zeros: "23000", "3.85", "-50"."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def money(amount: Decimal, currency: str) -> Money:
    """Money with the amount rounded to two decimals."""
    return Money(format(amount.quantize(Decimal("0.01")), "f"), currency)

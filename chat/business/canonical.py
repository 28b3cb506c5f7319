"""Between JSON and the texts that a dialogue works with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

LONGEST_VALUE: Final = 2_000
_MOST_DIGITS: Final = 40


class NotCanonical(ValueError):
    """A value that has no canonical text; the message says why, without the value."""


def load_json(body: bytes) -> Any:
    """The document, numbers as exact decimals; NotCanonical if it is no JSON."""
    try:
        return json.loads(
            body.decode("utf-8-sig"), parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number
        )
    except (ValueError, RecursionError, InvalidOperation):
        raise NotCanonical("the answer is no JSON") from None


def _no_number(_word: str) -> Any:
    raise NotCanonical("the answer is no JSON")


def text_of(value: Any) -> str:
    """Text as it is (cut at 2,000 characters), numbers as decimals, true/false, nothing as the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value[:LONGEST_VALUE]
    if isinstance(value, Decimal):
        if abs(value.adjusted()) > _MOST_DIGITS or len(value.as_tuple().digits) > _MOST_DIGITS:
            raise NotCanonical("a number has too many digits")
        return f"{value:f}"
    raise NotCanonical("a single value is wanted where there is a list or an object")


_MISSING: Final = object()


def at_path(document: Any, path: str) -> tuple[bool, Any]:
    """Whether the dotted path leads somewhere, and to what; numbers are places in lists."""
    value = document
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part, _MISSING)
        elif isinstance(value, list) and part.isdecimal() and part.isascii() and int(part) < len(value):
            value = value[int(part)]
        else:
            return False, None
        if value is _MISSING:
            return False, None
    return True, value


def json_value(text: str, kind: str) -> Any:
    """A canonical text as the JSON value of an input's type; NotCanonical if it is none."""
    if kind == "truth":
        if text not in ("true", "false"):
            raise NotCanonical("true or false is wanted")
        return text == "true"
    if kind == "number":
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise NotCanonical("a number is wanted") from None
        if not number.is_finite() or abs(number.adjusted()) > 15:
            raise NotCanonical("a number is wanted")
        return int(number) if number == number.to_integral_value() else float(number)
    return text

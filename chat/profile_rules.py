"""Whether something known about a customer may be used now, and what its value must look like."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

import phonenumbers

from chat.locales import supported_locale

Choice = Literal["", "given", "withdrawn"]
"""What the customer has said about a purpose: nothing yet, yes, or no."""
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
SHOWN_LETTERS: Final = 2
MOST_PLACES: Final = 30
"""A number has fewer digits before the point, and begins no further behind it."""
_MAIL: Final = re.compile(r"[^@\s\[\]]{1,64}@[^@\s\[\]]{1,190}\.[^@\s\[\].]{2,24}")


def may_use(
    *, basis: str, choice: Choice, expires: datetime, now: datetime, needs_identity: bool, identified: bool
) -> bool:
    """Whether an entry may be used.

    Only before it expires, on a recorded basis, and what the site said only while it vouches for this browser.
    Consent must have been given; a legitimate interest ends where the customer objects, a contract's need not.
    """
    if expires <= now or (needs_identity and not identified):
        return False
    if basis == "consent":
        return choice == "given"
    if basis == "interest":
        return choice != "withdrawn"
    return basis == "contract"


def canonical(kind: str, value: str) -> str:
    """The value in the form that flows use, or empty if it is none of this kind."""
    match kind:
        case "number":
            try:
                number = Decimal(value)
            except InvalidOperation:
                return ""
            # Written out, a tiny number is as long as a huge one.
            return format(number, "f") if number.is_finite() and abs(number.adjusted()) < MOST_PLACES else ""
        case "yes_no":
            return {"true": "yes", "yes": "yes", "false": "no", "no": "no"}.get(value.lower(), "")
        case "date":
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                return ""
        case "language":
            return supported_locale(value)
        case "email":
            return value if _MAIL.fullmatch(value) and len(value) <= 200 else ""
        case "phone":
            return _phone(value)
        case _:
            return value


def _phone(value: str) -> str:
    """Its digits, a leading + kept, as the recognizers write them; without a country it is a Chinese number."""
    try:
        number = phonenumbers.parse(value, "CN")
    except phonenumbers.NumberParseException:
        return ""
    digits = "".join(letter for letter in value if letter in "0123456789")
    plus = "+" if value.strip().startswith("+") else ""
    return plus + digits if phonenumbers.is_possible_number(number) else ""


def hint_of(kind: str, value: str) -> str:
    """As much of a sealed value as tells its owner which it is: `wa…@shop.example`, `+86…8000`."""
    if kind == "email":
        name, _at, domain = value.rpartition("@")
        return f"{name[:SHOWN_LETTERS]}…@{domain[-24:]}"
    return f"{value[:3]}…{value[-4:]}"

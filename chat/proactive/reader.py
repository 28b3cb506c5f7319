"""Conditions and words of a rule as a document: read strictly, and written back as the same document.

Rows, forms and packs all come through here. Scalars are texts, as in `flow_text.load_yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import unquote

from chat.dialogue.fields import LOCALE, Fields
from chat.errors import InvalidInput
from chat.proactive.rules import LONGEST_WAIT, Conditions, Money, VisitorKind, Words

EVENTS: Final = (
    *("page_viewed", "product_viewed", "cart_changed"),
    *("checkout_started", "payment_failed", "order_placed"),
)
VISITORS: Final[tuple[VisitorKind, ...]] = ("", "new", "returning")
MOST_PAGES: Final = 20
PAGE_LENGTH: Final = 200
MOST_STARS: Final = 5
MOST_MINUTES: Final = 24 * 60
MOST_AMOUNT: Final = Decimal("9999999999.99")
TEXT_LENGTH: Final = 200
MOST_QUICK_REPLIES: Final = 3
QUICK_REPLY_LENGTH: Final = 40

_CURRENCY = re.compile(r"[A-Z]{3}")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def read_conditions(data: Any) -> Conditions:
    """The conditions of a document; InvalidInput names the place."""
    fields = Fields(data, "conditions")
    opens, closes = _time(fields, "opens"), _time(fields, "closes")
    if (opens is None) != (closes is None):
        raise fields.error("opens", "hours need a beginning and an end")
    if opens is not None and opens == closes:
        raise fields.error("opens", "the hours are empty")
    event = fields.text("event", "")
    if event and event not in EVENTS:
        raise fields.error("event", f"{event!r} is none of {', '.join(EVENTS)}")
    visitor = fields.text("visitor", "")
    if visitor not in VISITORS:
        raise fields.error("visitor", f"{visitor!r} is neither new nor returning")
    conditions = Conditions(
        pages=_pages(fields),
        seconds=_number(fields, "seconds", 0, LONGEST_WAIT),
        event=event,
        within_minutes=_number(fields, "within_minutes", 30, MOST_MINUTES) or 30,
        cart_at_least=_money(fields),
        visitor=next(kind for kind in VISITORS if kind == visitor),
        locales=_locales(fields),
        weekdays=_weekdays(fields),
        opens=opens,
        closes=closes,
    )
    fields.done()
    return conditions


def write_conditions(conditions: Conditions) -> dict[str, Any]:
    """The document of conditions, without what always holds; inverse of `read_conditions`."""
    money = conditions.cart_at_least
    document: dict[str, Any] = {
        "pages": list(conditions.pages),
        "seconds": str(conditions.seconds) if conditions.seconds else "",
        "event": conditions.event,
        "within_minutes": str(conditions.within_minutes) if conditions.event else "",
        "cart_at_least": {"amount": f"{money.amount:f}", "currency": money.currency} if money else None,
        "visitor": conditions.visitor,
        "locales": list(conditions.locales),
        "weekdays": [str(day) for day in conditions.weekdays],
        "opens": f"{conditions.opens:%H:%M}" if conditions.opens else "",
        "closes": f"{conditions.closes:%H:%M}" if conditions.closes else "",
    }
    return {name: value for name, value in document.items() if value}


def read_words(data: Any) -> dict[str, Words]:
    """Language -> words; at least one language. InvalidInput names the place."""
    if not isinstance(data, Mapping) or not data:
        raise InvalidInput("words: a language with its text is wanted")
    words: dict[str, Words] = {}
    for locale, part in data.items():
        if not isinstance(locale, str) or LOCALE.fullmatch(locale) is None:
            raise InvalidInput(f"words: {locale!r} is no language")
        fields = Fields(part, f"words.{locale}")
        text = fields.text("text").strip()
        if len(text) > TEXT_LENGTH:
            raise fields.error("text", f"longer than {TEXT_LENGTH} characters")
        taps = fields.get("quick_replies") or []
        if not isinstance(taps, list) or not all(isinstance(tap, str) for tap in taps):
            raise fields.error("quick_replies", "a list of texts is wanted")
        cleaned = tuple(dict.fromkeys(tap.strip() for tap in taps if tap.strip()))
        if len(cleaned) > MOST_QUICK_REPLIES:
            raise fields.error("quick_replies", f"more than {MOST_QUICK_REPLIES}")
        if any(len(tap) > QUICK_REPLY_LENGTH for tap in cleaned):
            raise fields.error("quick_replies", f"one is longer than {QUICK_REPLY_LENGTH} characters")
        fields.done()
        words[locale] = Words(text, cleaned)
    return words


def write_words(words: Mapping[str, Words]) -> dict[str, Any]:
    """The document of words; inverse of `read_words`."""
    return {
        locale: {"text": one.text, **({"quick_replies": list(one.quick_replies)} if one.quick_replies else {})}
        for locale, one in words.items()
    }


def read_money(amount: object, currency: object) -> Money:
    """An amount that is not negative, with its currency; InvalidInput otherwise."""
    try:
        number = Decimal(str(amount)) if isinstance(amount, str | int | float) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(amount, bool) or not number.is_finite() or not 0 <= number <= MOST_AMOUNT:
        raise InvalidInput("an amount from 0 is wanted")
    if not isinstance(currency, str) or _CURRENCY.fullmatch(currency) is None:
        raise InvalidInput("a currency such as CNY is wanted")
    return Money(number.quantize(Decimal("0.01")), currency)


def read_page(value: object) -> str:
    """A path without query and fragment, decoded and cut to what is stored; InvalidInput if it is no path.

    Encoded, an e-mail address in it would be masked by no rule, and a pattern of Chinese words would fit nothing.
    """
    if not isinstance(value, str) or not value.startswith("/") or len(value) > 2_000:
        raise InvalidInput("a path that begins with / is wanted")
    path = unquote(re.split(r"[?#]", value, maxsplit=1)[0])
    if not path.isprintable():
        raise InvalidInput("a path that can be printed is wanted")
    return path[:PAGE_LENGTH]


def _pages(fields: Fields) -> tuple[str, ...]:
    values = fields.get("pages") or []
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values) or len(values) > MOST_PAGES:
        raise fields.error("pages", f"a list of at most {MOST_PAGES} paths is wanted")
    pages = tuple(dict.fromkeys(one.strip() for one in values if one.strip()))
    for page in pages:
        if page[0] not in "/*" or len(page) > PAGE_LENGTH or not page.isprintable():
            raise fields.error("pages", f"{page!r} is no path: it begins with / or *")
        if page.count("*") > MOST_STARS:
            raise fields.error("pages", f"{page!r} has more than {MOST_STARS} stars")
    return pages


def _number(fields: Fields, key: str, default: int, most: int) -> int:
    value = fields.get(key)
    if value in (None, ""):
        return default
    if isinstance(value, bool) or not isinstance(value, str | int) or not re.fullmatch(r"\d{1,6}", str(value)):
        raise fields.error(key, "a whole number is wanted")
    if int(value) > most:
        raise fields.error(key, f"at most {most}")
    return int(value)


def _money(fields: Fields) -> Money | None:
    value = fields.get("cart_at_least")
    if not value:
        return None
    inner = Fields(value, "conditions.cart_at_least")
    try:
        money = read_money(inner.get("amount"), inner.get("currency"))
    except InvalidInput as error:
        raise inner.error("", str(error)) from None
    inner.done()
    return money


def _locales(fields: Fields) -> tuple[str, ...]:
    values = fields.get("locales") or []
    if not isinstance(values, list) or not all(isinstance(one, str) and LOCALE.fullmatch(one) for one in values):
        raise fields.error("locales", "a list of languages is wanted")
    return tuple(dict.fromkeys(values))


def _weekdays(fields: Fields) -> tuple[int, ...]:
    values = fields.get("weekdays") or []
    if not isinstance(values, list) or not all(str(one) in "1234567" and len(str(one)) == 1 for one in values):
        raise fields.error("weekdays", "days from 1 (Monday) to 7 are wanted")
    return tuple(sorted({int(one) for one in values}))


def _time(fields: Fields, key: str) -> time | None:
    value = fields.text(key, "")
    if not value:
        return None
    match = _TIME.fullmatch(value)
    if match is None:
        raise fields.error(key, "a time such as 09:00 is wanted")
    return time(int(match[1]), int(match[2]))

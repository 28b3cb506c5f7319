"""What Dialogflow ES calls languages and the kinds of things that both products find by themselves."""

from __future__ import annotations

import re
from typing import Final

SYSTEM_KINDS: Final = {
    "date": "date",
    "time": "time",
    "date-time": "datetime",
    "date-period": "interval",
    "time-period": "interval",
    "date-time-period": "interval",
    "duration": "duration",
    "number": "number",
    "number-integer": "number",
    "cardinal": "number",
    "ordinal": "ordinal",
    "percentage": "percentage",
    "unit-currency": "money",
    "unit-length": "quantity",
    "unit-weight": "quantity",
    "unit-volume": "quantity",
    "unit-area": "quantity",
    "unit-speed": "quantity",
    "unit-information": "quantity",
    "unit-temperature": "quantity",
    "phone-number": "phone",
    "email": "email",
}
"""The part after `@sys.` -> the built-in recognizer's name."""
SYSTEM_NAMES: Final = {
    "date": "@sys.date",
    "time": "@sys.time",
    "datetime": "@sys.date-time",
    "interval": "@sys.date-period",
    "duration": "@sys.duration",
    "number": "@sys.number",
    "ordinal": "@sys.ordinal",
    "percentage": "@sys.percentage",
    "money": "@sys.unit-currency",
    "phone": "@sys.phone-number",
    "email": "@sys.email",
}
"""The way back, for the kinds that have one name there."""
_LOCALES = {"zh-cn": "zh-hans", "zh": "zh-hans", "zh-tw": "zh-hant", "zh-hk": "zh-hant"}
_LANGUAGES = {"zh-hans": "zh-cn", "zh-hant": "zh-tw"}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")


def locale_of(language: str) -> str | None:
    """The locale of a language code ("zh-CN" is "zh-hans"); None for what is no code."""
    code = language.lower()
    return _LOCALES.get(code, code) if _LANGUAGE.fullmatch(code) else None


def language_of(locale: str, default: str) -> str:
    """The language code of a locale, of `default` if the locale is empty or no code."""
    for name in (locale, default):
        code = _LANGUAGES.get(name, name)
        if _LANGUAGE.fullmatch(code):
            return code
    return "en"

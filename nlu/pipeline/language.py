"""Which of the product's languages a text is written in, by its script.

A rule, because on short customer messages statistical detectors fail ("refund", "hi") where the script decides.
"""

from __future__ import annotations

import re

CJK_RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))
LETTERS_PER_HAN = 4
"""A Chinese character says about as much as this many Latin letters; mixed texts go to the weightier script."""

_HAN = re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in CJK_RANGES) + "]")
_LATIN = re.compile("[A-Za-z]")


def detect_locale(text: str, *, default: str) -> str:
    """`zh-hans` or `en` by the weight of the scripts in `text`; `default` when neither has a letter in it."""
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if not han and not latin:
        return default
    return "zh-hans" if han * LETTERS_PER_HAN >= latin else "en"

"""Which of the product's languages a text is written in, by its script.

A rule, because on short customer messages statistical detectors fail ("refund", "hi") where the script decides.
"""

from __future__ import annotations

CJK_RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))
LETTERS_PER_HAN = 4
"""A Chinese character says about as much as this many Latin letters; mixed texts go to the weightier script."""


def detect_locale(text: str, *, default: str) -> str:
    """`zh-hans` or `en` by the weight of the scripts in `text`; `default` when neither has a letter in it."""
    han = sum(1 for character in text if any(low <= ord(character) <= high for low, high in CJK_RANGES))
    latin = sum(1 for character in text if character.isascii() and character.isalpha())
    if not han and not latin:
        return default
    return "zh-hans" if han * LETTERS_PER_HAN >= latin else "en"

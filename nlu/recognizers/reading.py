"""A text as the recognizers read it: width, exotic digits, dashes and quotes folded, offsets kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_FOLDED = {
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "″": '"',
    "−": "-",
    "〜": "~",
    "∼": "~",
    "。": "。",
    "⁄": "/",
    "×": "x",
    "￥": "¥",
}
_SUPERSCRIPTS = {"²": "2", "³": "3"}
_UNIT_SIGNS = range(0x3380, 0x33E0)  # squared units: ㎏ ㎡ ㎜


@dataclass(frozen=True, slots=True)
class Reading:
    """`text` is folded to lower case, `cased` keeps case; `origins` are indices of code points."""

    text: str
    cased: str
    origins: Sequence[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The original code points [start, end) behind the non-empty folded span [start, end)."""
        return self.origins[start], self.origins[end - 1] + 1

    def word_before(self, position: int) -> str:
        """The run of ASCII letters that ends before `position`, blanks between skipped; with its case."""
        end = position
        while end and self.text[end - 1] == " ":
            end -= 1
        start = end
        while start and is_letter(self.text[start - 1]):
            start -= 1
        return self.cased[start:end]

    def word_after(self, position: int) -> str:
        """The run of ASCII letters that begins after `position`, blanks and one hyphen between skipped."""
        start = position
        size = len(self.text)
        while start < size and self.text[start] == " ":
            start += 1
        end = start
        while end < size and (is_letter(self.text[end]) or self.text[end] == "'"):
            end += 1
        return self.cased[start:end]

    def before(self, position: int, count: int) -> str:
        """The folded text of at most `count` characters before `position`, without trailing blanks."""
        return self.text[max(0, position - count) : position].rstrip()

    def after(self, position: int, count: int) -> str:
        """The folded text of at most `count` characters from `position` on, without leading blanks."""
        return self.text[position : position + count].lstrip()


def is_letter(character: str) -> bool:
    """Whether it is a Latin letter of ASCII."""
    return "a" <= character <= "z" or "A" <= character <= "Z"


def is_digit(character: str) -> bool:
    """Whether it is an ASCII digit."""
    return "0" <= character <= "9"


def is_word(character: str) -> bool:
    """Whether it is an ASCII letter or digit."""
    return is_letter(character) or is_digit(character)


def is_han(character: str) -> bool:
    """Whether it is a Chinese character (or 〇)."""
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf" or character == "〇"


@lru_cache(maxsize=20_000)
def _fold(character: str) -> str:
    if character in _FOLDED:
        return _FOLDED[character]
    if character.isspace():
        return " "
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category in ("Cf", "Cc", "Cs", "Mn"):
        return ""
    if category == "Pd":
        return "-"
    if category == "No":
        # ① stays what it is: it numbers a list and counts nothing.
        return _SUPERSCRIPTS.get(character, character)
    if category == "So" and ord(character) not in _UNIT_SIGNS and character not in "℃℉":
        return character
    return unicodedata.normalize("NFKC", character)


def read(text: str) -> Reading:
    """Fold `text`; per character of the result, `origins` has the index of the code point it came from."""
    if text.isascii() and text.isprintable():
        return Reading(text.lower(), text, range(len(text)))
    cased: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        folded = _fold(character)
        cased.append(folded)
        origins.extend([index] * len(folded))
    whole = "".join(cased)
    lower = whole.lower()
    if len(lower) != len(whole):  # İ and the like become longer
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in whole)
    return Reading(lower, whole, origins)

"""The text as the recognizers see it: width and exotic digits folded, invisible characters gone, offsets kept.

Only what hides digits and Latin letters is folded. Everything else stays as it is, so that an operator's own
expression meets the characters that people typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# Stands for a part that is masked already, whatever its length: the same text is scanned before and after
# a placeholder takes the place of a value, which makes masking idempotent.
MASKED = "\ufffc"

# Zero-width, bidirectional and variation marks, soft hyphens, keycaps: they split numbers without being seen.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_INVISIBLE}]+")
_FOLDED_MARKS = frozenset("@._+%")
_BMP = 0x10000


def _fold(character: str) -> str:
    if character == MASKED:
        return "\ufffd"
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category == "Pd" or character == "\u2212":
        return "-"
    if category == "Zs" or character == "\t":
        return " "
    if character in "·•‧・":
        return "."
    wide = unicodedata.normalize("NFKC", character)
    if len(wide) == 1 and wide.isascii() and (wide.isalnum() or wide in _FOLDED_MARKS):
        return wide
    return character


class _FoldTable(dict[int, str]):
    """Fills itself while `str.translate` reads it; only the basic plane is remembered, so it stays small."""

    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if code < _BMP:
            self[code] = folded
        return folded


_TABLE = _FoldTable()


@dataclass(frozen=True, slots=True)
class ScanText:
    """A text to search, and for each of its characters the index of the original code point (None: the same)."""

    text: str
    origins: list[int] | None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The original code points [start, end) behind the non-empty span of the scanned text."""
        if self.origins is None:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1


def scan_text(original: str, masked: Iterable[tuple[int, int]], *, fold: bool = True) -> ScanText:
    """The text to search: each of the ordered spans `masked` is one MASKED character.

    With `fold` False the characters are those typed, only the masked spans and invisible characters are gone.
    """
    text = original.translate(_TABLE) if fold else original.replace(MASKED, "\ufffd")
    gaps = [(start, end, MASKED) for start, end in masked]
    if not text.isascii():
        gaps.extend((match.start(), match.end(), "") for match in _HIDDEN.finditer(text))
        gaps.sort()
    if not gaps:
        return ScanText(text, None)
    pieces: list[str] = []
    origins: list[int] = []
    cursor = 0
    for start, end, replacement in gaps:
        if start < cursor:  # an invisible character inside a masked span
            continue
        pieces.append(text[cursor:start])
        origins.extend(range(cursor, start))
        if replacement:
            pieces.append(replacement)
            origins.append(start)
        cursor = end
    pieces.append(text[cursor:])
    origins.extend(range(cursor, len(text)))
    return ScanText("".join(pieces), origins)

"""Folds the many ways of writing one thing, and remembers where every character came from.

Width (NFKC), case, exotic blanks and invisible characters are folded per code point, so that a span found
in the folded text can always be given in code points of the original.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

# Variation selectors are marks, not format characters, but carry no meaning for understanding either.
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)

_QUOTES = {"’": "'", "‘": "'", "“": '"', "”": '"'}


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """A folded text and, for each of its characters, the index of the original code point it came from."""

    original: str
    text: str
    origins: Sequence[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The original code points [start, end) behind the non-empty folded span [start, end).

        Raises ValueError if the span is empty or outside the text.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError("the span is empty or outside the text")
        return self.origins[start], self.origins[end - 1] + 1

    def folded_span(self, start: int, end: int) -> tuple[int, int]:
        """The smallest folded span that covers the original code points [start, end); empty if all vanished."""
        inside = [index for index, origin in enumerate(self.origins) if start <= origin < end]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


@cache
def _fold(character: str) -> str:
    if character.isspace():
        return " "
    # "Cs" are halves of surrogate pairs, which no encoding accepts; broken clients do send them.
    if unicodedata.category(character) in ("Cf", "Cc", "Cs") or ord(character) in _VARIATION_SELECTORS:
        return ""
    return _QUOTES.get(character) or unicodedata.normalize("NFKC", character).casefold()


@lru_cache(maxsize=64)
def normalize(text: str) -> NormalizedText:
    """Fold `text`; the result's `origins` has one index of an original code point per folded character."""
    if text.isascii() and text.isprintable():
        return NormalizedText(text, text.lower(), range(len(text)))
    folded: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        replacement = _fold(character)
        folded.append(replacement)
        origins.extend([index] * len(replacement))
    return NormalizedText(text, "".join(folded), origins)


def canonical(text: str) -> str:
    """The form in which two texts count as the same: folded, blanks collapsed, ends stripped."""
    return " ".join(normalize(text).text.split())

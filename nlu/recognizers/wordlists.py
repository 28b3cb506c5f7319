"""Lists of words written as running text in the modules that own them."""

from __future__ import annotations


def listed(text: str, separator: str | None = None) -> tuple[str, ...]:
    """The words of a text, split at blanks or at the separator; a word that is there twice comes once."""
    return tuple(dict.fromkeys(word.strip() for word in text.split(separator) if word.strip()))

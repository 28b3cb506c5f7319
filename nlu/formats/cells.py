"""Cells of CSV files that a spreadsheet program must not calculate."""

from __future__ import annotations

import re
from typing import Final

# A cell that begins with one of these, perhaps behind blanks, is a formula to a spreadsheet program.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_GUARDED = re.compile("'+ *[" + re.escape("".join(FORMULA_STARTS)) + "]")


def safe_cell(value: object) -> str:
    """The cell's text; an apostrophe before anything that a spreadsheet program would calculate.

    Plain numbers stay as they are: `-3.5` is no formula.
    """
    text = "" if value is None else str(value)
    if not text.lstrip(" ").startswith(FORMULA_STARTS):
        return text
    if text[0] in "+-" and is_number(text):
        return text
    return "'" + text


def is_number(text: str) -> bool:
    """Whether the text is a plain decimal number."""
    try:
        float(text)
    except ValueError:
        return False
    return text[1:2].isdigit()


def guarded_cell(text: str) -> str:
    """As `safe_cell`, for files that are read again: `bare_cell` gives exactly the text back."""
    return "'" + text if _GUARDED.match(text) else safe_cell(text)


def bare_cell(text: str) -> str:
    """The text without the apostrophe that kept it from being calculated."""
    return text[1:] if _GUARDED.match(text) else text

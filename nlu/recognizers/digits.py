"""Numbers written with digits: 12, 1,299.50, 3.85. A comma that groups nothing makes them mean nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from nlu.recognizers.grammar import NOTHING, Result
from nlu.recognizers.reading import Reading, is_digit

# Longer runs are identifiers.
_LONGEST = 15
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,4}(?![0-9])")
_PLAIN = re.compile(r"[0-9]+")
_FRACTION = re.compile(r"\.[0-9]{1,6}(?![0-9])")
_COMMAS = re.compile(r"(?:,[0-9]+)+")


def read_digits(reading: Reading, position: int) -> Iterator[Result]:
    """A decimal number; NOTHING for decimal commas and for runs longer than any amount."""
    text = reading.text
    if position and is_digit(text[position - 1]):
        return
    match = _GROUPED.match(text, position) or _PLAIN.match(text, position)
    if match is None:
        return
    end = match.end()
    if end - position > _LONGEST + 4:
        yield Result(end, NOTHING)
        return
    fraction = _FRACTION.match(text, end)
    if (fraction and not text.startswith(".", fraction.end())) or (
        fraction and not is_digit(text[fraction.end() + 1 : fraction.end() + 2] or " ")
    ):
        end = fraction.end()
    comma = _COMMAS.match(text, end)
    if comma:
        yield Result(comma.end(), NOTHING)
        return
    yield Result(end, Decimal(text[position:end].replace(",", "")))


def read_whole(reading: Reading, position: int) -> Iterator[Result]:
    """A whole number of at most four digits, as in dates and times of day: an int."""
    if position and is_digit(reading.text[position - 1]):
        return
    match = _PLAIN.match(reading.text, position)
    if match and match.end() - position <= 4:
        yield Result(match.end(), int(match.group()))

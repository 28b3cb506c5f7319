"""Whether groups of digits are those of one number, or of a list, an amount, a date, a measurement."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from nlu.masking.digits import BRACKETS, Number

_MOBILE_SIZES = [3, 4, 4]
_CARD_SIZES = ([4, 6, 5], [4, 6, 4])
_UNIT_AFTER = re.compile(
    r"\s?(?:元|块|圆|円|rmb|cny|usd|eur|mm|cm|km|kg|px|g(?![a-z])|m(?![a-z])|毫米|厘米|分米|公分|米|毫升|升|公斤|千克|克|斤|"
    r"件|个|[¥￥$€£%])",
    re.IGNORECASE,
)
_AMOUNT_BEFORE = re.compile(
    r"(?:[¥￥$€£]|尺寸|规格|大小|长宽高|价格|价钱|售价|单价|金额|sizes?|prices?|dimensions?)[:：是为分别\s]{0,4}$",
    re.IGNORECASE,
)


def grouped_as_mobile(text: str, number: Number) -> bool:
    """Whether people write a mobile number so; dates, network addresses and lists look otherwise."""
    sizes = number.sizes
    if number.marks:
        return _marked_mobile(text, number)
    if len(sizes) <= 3 or set(sizes[:-1]) == {2}:
        return True
    between = {text[end] for end in number.run.ends[number.first : number.last]}
    country_code = number.size > 11 and sizes[0] <= 4
    return len(between) <= 1 + country_code and "." not in between and (sizes[0] == 3 or country_code)


def _marked_mobile(text: str, number: Number) -> bool:
    """Whether a number with other marks than blanks, dashes and dots is grouped as mobile numbers are."""
    sizes, marks = number.sizes, number.marks
    prefix = number.size - 11
    if prefix and sizes[0] == prefix:
        sizes, marks = sizes[1:], marks[1:]
    else:
        sizes[0] -= prefix
    if sizes == [3, 8]:
        # A slash, a comma or a line break there separates a count and a date.
        grouped = marks[0] == "" or marks[0] in "()_*~|"
    else:
        grouped = sizes == [11] or (sizes == _MOBILE_SIZES and _one_kind(marks))
    return grouped and not _listed(text, number, following=lambda group: _sizes(number, group) == _MOBILE_SIZES)


def _sizes(number: Number, first: int) -> list[int]:
    return number.run.sizes[max(0, first) : first + 3] if first > -3 else []


def _one_kind(marks: list[str]) -> bool:
    """Whether the marks are those of one number: all alike, brackets and line breaks aside."""
    kinds = set(marks) - BRACKETS
    return len(kinds) <= 1 or kinds == {"", "\n"}


def _listed(text: str, number: Number, *, following: Callable[[int], bool]) -> bool:
    """Whether the groups are a list, amounts or measurements; `following` tells what may stand beside them."""
    inside = set(number.marks) - BRACKETS - {""}
    first, last, run = number.first, number.last, number.run
    if run.mark_after(last) in inside and not following(last + 1):
        return True
    if first and run.mark_after(first - 1) in inside and not following(first - 3):
        return True
    if not inside:
        return False
    if _UNIT_AFTER.match(text, number.end) or _AMOUNT_BEFORE.search(text, max(0, number.start - 12), number.start):
        return True
    fours = [group for group in number.groups if len(group) == 4]
    if len(fours) > 1 and all(group[0] != "0" and group.endswith("00") for group in fours):
        return True
    steps = {int(after) - int(before) for before, after in pairwise(fours)}
    return len(fours) > 2 and len(steps) == 1 and 0 not in steps


def grouped_as_card(text: str, number: Number) -> bool:
    """Whether people write a card number so; other marks than blanks, dashes and dots are those of a list, too."""
    if not number.marks:
        return True
    sizes = number.sizes
    printed = sizes in _CARD_SIZES or (set(sizes[:-1]) == {4} and sizes[-1] <= 4)
    return (
        printed
        and _one_kind(number.marks)
        # An expiry date or a security code may follow in the same manner.
        and not _listed(
            text, number, following=lambda group: group > number.last and number.run.sizes[group] in (2, 3)
        )
    )

"""Runs of digits as people write long numbers: in groups, with blanks, dashes, dots or other marks between.

Blanks, dashes and dots hold a number together whatever its groups are. Slashes, commas, line breaks and the like
also stand between the numbers of a list: a recognizer takes a number with those (`marks`) only in groups in which
people write such a number. One pass over a text finds the runs; every stretch of groups that could be a number of
11 to 19 digits is then a `Number`. The recognizers only look at those, which keeps them linear whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

SHORTEST = 11
LONGEST = 19
# More groups than this are a list of numbers, unless all have two digits: that is how numbers are read aloud.
_MOST_GROUPS = 6
_PAIR = 2

# What else may stand between two groups, in its narrow form.
_NARROW = {"／": "/", "，": ",", "＊": "*", "～": "~", "｜": "|", "（": "(", "）": ")"}
_BETWEEN = "/／,，、_*＊~～|｜"
_BRACKETS = "(（)）"
_RUN = re.compile(
    rf"[0-9]+(?:(?:[ .\-]{{1,3}}|[ \-]?[{_BETWEEN}][ \-]?|[ \-]{{0,2}}(?:\r?\n){{1,2}}[ \-]{{0,2}}"
    r"|[ \-]?(?:[)）][ \-]?[(（]?|[(（])[ \-]?)[0-9]+)*"
)
_GROUP = re.compile(r"[0-9]+")
_MARK = re.compile(rf"[{_BETWEEN}{_BRACKETS}\n]")
BRACKETS = frozenset("()")
# An identity number broken after its first digit: sizes of what follows.
_REST_OF_ID = (16, 17)
# A number spelled digit by digit with the same separator throughout: 1 3 8 0 0 ...
_SPELLED = re.compile(r"(?<![0-9])[0-9]([ .\-])[0-9](?:\1[0-9]){8,17}(?:\1?[Xx])?(?![0-9])")
_DOUBLED = {str(digit): sum(map(int, str(2 * digit))) for digit in range(10)}


class _Run:
    """The groups of one run with sums that make the Luhn check of any stretch a subtraction."""

    def __init__(self, text: str, start: int, end: int) -> None:
        spans = [match.span() for match in _GROUP.finditer(text, start, end)]
        self.starts = [first for first, _ in spans]
        self.ends = [last for _, last in spans]
        self.sizes = [last - first for first, last in spans]
        self.before = [0, *accumulate(self.sizes)]
        self.digits = "".join(text[first:last] for first, last in spans)
        # Between group i and the next: "" for blanks, dashes and dots, else the mark that stands there.
        self.marks: list[str] | None = None
        if _MARK.search(text, start, end):
            self.marks = [
                _mark(text, last, first) for last, first in zip(self.ends, self.starts[1:], strict=False)
            ]

    def mark_after(self, group: int) -> str:
        """The mark between the group and the next; empty at the ends of the run."""
        return self.marks[group] if self.marks is not None and 0 <= group < len(self.marks) else ""

    @cached_property
    def luhn_sums(self) -> tuple[list[int], list[int]]:
        """Running sums with every odd, and with every even, digit doubled."""
        plain = [int(digit) for digit in self.digits]
        doubled = [_DOUBLED[digit] for digit in self.digits]
        odd, even = list(plain), list(plain)
        odd[1::2] = doubled[1::2]
        even[0::2] = doubled[0::2]
        return [0, *accumulate(odd)], [0, *accumulate(even)]


def _mark(text: str, start: int, end: int) -> str:
    if end - start == 1:
        alone = text[start]
        return "" if alone in " .-" else _NARROW.get(alone, alone)
    found = _MARK.search(text, start, end)
    return _NARROW.get(found.group(), found.group()) if found else ""


class Number(NamedTuple):
    """Text [start, end) read as one number of `size` digits; a tuple because a text may hold very many."""

    start: int
    end: int
    size: int
    run: _Run
    first: int
    last: int

    @property
    def digits(self) -> str:
        """The digits alone."""
        offset = self.run.before[self.first]
        return self.run.digits[offset : offset + self.size]

    @property
    def sizes(self) -> list[int]:
        """How many digits each group has."""
        return self.run.sizes[self.first : self.last + 1]

    @property
    def groups(self) -> list[str]:
        """The digits of each group."""
        before = self.run.before[self.first : self.last + 2]
        return [self.run.digits[start:end] for start, end in pairwise(before)]

    @property
    def marks(self) -> list[str]:
        """What stands between the groups other than blanks, dashes and dots; empty if nothing does."""
        marks = self.run.marks[self.first : self.last] if self.run.marks is not None else []
        return marks if any(marks) else []

    def starts_with(self, prefixes: tuple[str, ...]) -> bool:
        """Whether the digits begin with one of the prefixes."""
        return self.run.digits.startswith(prefixes, self.run.before[self.first])

    @property
    def luhn_valid(self) -> bool:
        """Whether the check digit of payment cards is right."""
        start = self.run.before[self.first]
        end = start + self.size
        # Counting from the right, every second digit is doubled: which of the sums that is depends on the end.
        sums = self.run.luhn_sums[(end - 1) % 2]
        return (sums[end] - sums[start]) % 10 == 0


class DigitText:
    """A folded text and, found once, the numbers in it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def numbers(self) -> list[Number]:
        """Every stretch of groups with 11 to 19 digits that a person could mean as one number."""
        found: list[Number] = []
        for match in _RUN.finditer(self.text):
            if match.end() - match.start() >= SHORTEST:
                found.extend(_numbers(_Run(self.text, *match.span())))
        return found

    @cached_property
    def spelled(self) -> list[tuple[int, int, str]]:
        """Numbers written digit by digit: their span, and digits with a final X if there is one."""
        return [
            (match.start(), match.end(), match.group().replace(match.group(1), "").upper())
            for match in _SPELLED.finditer(self.text)
        ]


def _numbers(run: _Run) -> Iterator[Number]:
    sizes = run.sizes
    count = len(sizes)
    for first in range(count):
        total = 0
        # Pairs are read from the first one on, not from the middle of a list of them.
        paired = first == 0 or sizes[first - 1] != _PAIR or run.mark_after(first - 1) != ""
        for last in range(first, count):
            size = sizes[last]
            total += size
            paired = paired and (run.marks is None or last == first or run.marks[last - 1] == "")
            if total > LONGEST or (last - first >= _MOST_GROUPS and not paired):
                break
            if total >= SHORTEST:
                yield Number(run.starts[first], run.ends[last], total, run, first, last)
            paired = paired and size == _PAIR
            if size < _PAIR:  # only the last group may have a single digit
                if last == first and last + 1 < count and sizes[last + 1] in _REST_OF_ID:
                    total += sizes[last + 1]
                    yield Number(run.starts[first], run.ends[last + 1], total, run, first, last + 1)
                break


def luhn_valid(digits: str) -> bool:
    """The check digit of payment cards; `digits` are ASCII digits only."""
    doubled = sum(_DOUBLED[digit] for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + doubled) % 10 == 0

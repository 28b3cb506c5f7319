"""Conditions of branches: read from a document, and decided for the values of a flow."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from chat.dialogue.fields import Fields
from chat.dialogue.flows import Combination, Condition, ConditionSource, ConditionTest, Test

SOURCES: Final[tuple[ConditionSource, ...]] = ("slot", "saved", "profile", "clock")
TESTS: Final[tuple[ConditionTest, ...]] = ("is", "is_not", "in", "above", "below", "filled")
CLOCKS: Final = ("hour", "weekday", "date")

Lookup = Callable[[ConditionSource, str], str]
"""The value of a source in canonical form; empty if there is none."""


def read_condition(data: Any, place: str) -> Condition:
    """A condition of a document; InvalidInput names the place."""
    fields = Fields(data, place)
    for kind in ("all", "any"):
        if fields.has(kind):
            parts = fields.get(kind)
            if not isinstance(parts, list) or not parts:
                raise fields.error(kind, "a list of conditions is wanted")
            fields.done()
            read = [read_condition(part, f"{place}.{kind}[{number}]") for number, part in enumerate(parts)]
            return Combination(kind=kind, parts=tuple(read))
    if fields.has("not"):
        part = read_condition(fields.get("not"), f"{place}.not")
        fields.done()
        return Combination(kind="not", parts=(part,))
    sources = [source for source in SOURCES if fields.has(source)]
    tests = [test for test in TESTS if fields.has(test)]
    if len(sources) != 1 or len(tests) != 1:
        raise fields.error("", f"one of {', '.join(SOURCES)} and one of {', '.join(TESTS)} are wanted")
    source, test = sources[0], tests[0]
    name = fields.text(source)
    if source == "clock" and name not in CLOCKS:
        raise fields.error(source, f"{name!r} is none of {', '.join(CLOCKS)}")
    if test == "in":
        values = fields.get(test)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values) or not values:
            raise fields.error(test, "a list of values is wanted")
    else:
        values = [fields.text(test)]
        if test == "filled":
            fields.one_of(test, ("true", "false"), "false")
    fields.done()
    return Test(source=source, name=name, test=test, values=tuple(values))


def tests_of(condition: Condition) -> list[Test]:
    """All comparisons that the condition consists of."""
    if isinstance(condition, Test):
        return [condition]
    return [test for part in condition.parts for test in tests_of(part)]


def holds(condition: Condition, lookup: Lookup) -> bool:
    """Whether the condition holds.

    Numbers are compared as numbers, everything else as text; `above` and `below` of what is no number compare as
    text, which orders ISO dates rightly. An empty value is above and below nothing.
    """
    if isinstance(condition, Combination):
        results = (holds(part, lookup) for part in condition.parts)
        if condition.kind == "all":
            return all(results)
        if condition.kind == "any":
            return any(results)
        return not next(results)
    value = lookup(condition.source, condition.name)
    match condition.test:
        case "filled":
            return bool(value) == (condition.values[0] == "true")
        case "is" | "in":
            return any(_equal(value, one) for one in condition.values)
        case "is_not":
            return not _equal(value, condition.values[0])
        case "above":
            return bool(value) and _order(value, condition.values[0]) > 0
        case "below":
            return bool(value) and _order(value, condition.values[0]) < 0


def number_of(value: str) -> Decimal | None:
    """The number that a value is or begins with ("50.00 CNY", "3 kg"), None if it is none."""
    try:
        number = Decimal(value.split(" ", 1)[0])
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _equal(one: str, other: str) -> bool:
    if one.casefold() == other.casefold():
        return True
    left, right = number_of(one), number_of(other)
    return left is not None and left == right and " " not in one + other


def _order(one: str, other: str) -> int:
    left, right = number_of(one), number_of(other)
    if left is not None and right is not None:
        return (left > right) - (left < right)
    return (one > other) - (one < other)

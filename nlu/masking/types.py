"""Names of the kinds of personal data in files and on the command line, and the rules that find them."""

from __future__ import annotations

from collections.abc import Iterable

from nlu.errors import InvalidData
from nlu.masking.engine import DEFAULT_RULES, Rule

TYPE_NAMES = {"resident_id": "CN_ID", "bank_card": "BANK_CARD", "email": "EMAIL", "mobile": "MOBILE"}
DEFAULT = "default"
ALL = "all"


def rules_for(types: str) -> tuple[Rule, ...]:
    """Rules for `default`, `all`, or names joined by commas, in the order in which they are tried.

    InvalidData for an unknown name.
    """
    if types in {DEFAULT, ALL}:
        return DEFAULT_RULES
    wanted = {name.strip() for name in types.split(",") if name.strip()}
    unknown = wanted - set(TYPE_NAMES.values())
    if unknown or not wanted:
        raise InvalidData(
            f"Unknown types {', '.join(sorted(unknown)) or '(none)'}: there are {', '.join(TYPE_NAMES.values())}"
        )
    return tuple(rule for rule in DEFAULT_RULES if TYPE_NAMES[rule.recognizer] in wanted)


def type_names(spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Spans (start, end, recognizer) with the type's name in the recognizer's place."""
    return [(start, end, TYPE_NAMES[recognizer]) for start, end, recognizer in spans]

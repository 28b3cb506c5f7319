"""Entity types learned from marked values: slots that take the same values share a type.

A flow says that the cities of departure and of arrival are both cities. Annotated dialogues name slots only; here
slots become of one type where enough of what people say for one is also said for the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nlu.dialogue_tracking.types import AnnotatedDialogue
from nlu.pipeline.normalizer import canonical

LEAST_SHARED = 0.3
"""The share of what is said for the rarer of two slots that must also be said for the other."""
FEWEST = 10
"""Slots with fewer marked values than this keep a type of their own."""


def learned_types(dialogues: Sequence[AnnotatedDialogue]) -> dict[str, str]:
    """The type of each slot name that values were marked for, named for the commonest slot of the type."""
    said: dict[str, Counter[str]] = {}
    for dialogue in dialogues:
        for turn in dialogue.turns:
            for start, end, name in turn.entities:
                said.setdefault(name, Counter())[canonical(turn.text[start:end])] += 1
    ranked = sorted(said, key=lambda name: (-said[name].total(), name))
    types: dict[str, str] = {}
    for name in ranked:
        alike = [other for other in ranked if other in types and _shared(said[name], said[other]) >= LEAST_SHARED]
        alike.sort(key=lambda other: -_shared(said[name], said[other]))
        known = alike and said[name].total() >= FEWEST
        types[name] = types[alike[0]] if known else name
    return types


def _shared(rarer: Counter[str], commoner: Counter[str]) -> float:
    return sum(count for value, count in rarer.items() if value in commoner) / rarer.total()

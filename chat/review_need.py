"""How much a message needs a person's look: why the assistant was not certain, and whether somebody disagreed.

The queue is read in this order, each part by its amount: what a shadow understands differently, doubt and
objection together, doubt, objection, the rest.
A message that the assistant was certain about, and nobody minded, comes last; an exact copy of an utterance at the
very end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chat.explanations import Explanation
from chat.models.reviews import Doubt, Objection
from nlu.types import Thresholds

NEAR_SCOPE: Final = 0.05
"""A scope score so near to its bound could as well have fallen on the other side."""
SAME_WORDS: Final = 0.4
"""Share of common pairs of characters from which a message says the one before again."""
OBJECTIONS: Final[dict[str, float]] = {
    Objection.PERSON: 0.9,
    Objection.DECLINED: 0.8,
    Objection.AGENT: 0.7,
    Objection.REPHRASED: 0.6,
}
CONTESTED: Final = 10.0
"""Added for a message that a running shadow understands differently: these come first, among them the neediest."""
DEFAULTS: Final = Thresholds()


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Why the assistant was not certain (empty: it was), and how uncertain in 0-1."""

    doubt: str
    amount: float


def uncertainty_of(turn: Explanation) -> Uncertainty:
    """What speaks against the parse, by the bounds that it was decided with."""
    if turn.top is None or turn.in_scope is None:
        return Uncertainty(Doubt.NOTHING, 1.0)
    if turn.stage == "exact" and turn.in_scope:
        return Uncertainty("", 0.0)
    if turn.answered:
        # Each part was certain by itself; that the whole lies between its intents is no doubt.
        sure = [span.confidence for span in turn.several if span.name in turn.answered]
        return Uncertainty("", (1.0 - min(sure, default=1.0)) / 2)
    bounds = {bound.name: bound.value for bound in turn.thresholds}
    lead = turn.top.confidence - (turn.intents[1].confidence if len(turn.intents) > 1 else 0.0)
    found: list[Uncertainty] = []
    gap = abs((turn.scope_score or 0.0) - (turn.scope_threshold or 0.0))
    if gap < NEAR_SCOPE:
        found.append(Uncertainty(Doubt.SCOPE, 1.0 - gap / NEAR_SCOPE / 2))
    if turn.in_scope and lead < bounds.get("margin", DEFAULTS.margin):
        found.append(Uncertainty(Doubt.LEAD, 1.0 - lead))
    if turn.in_scope and turn.top.confidence < bounds.get("confidence", DEFAULTS.confidence):
        found.append(Uncertainty(Doubt.CONFIDENCE, 1.0 - turn.top.confidence))
    if found:
        return max(found, key=lambda one: one.amount)
    return Uncertainty("", min(1.0 - lead, 1.0) / 2 if turn.in_scope else max(0.5 - gap, 0.0))


def need_of(uncertainty: Uncertainty, objection: str, *, contested: bool = False) -> float:
    """The place in the queue, higher first: 3-4 doubt and objection, 2-3 doubt, 1-2 objection, 0-1 the rest.

    contested: a shadow disagrees, `CONTESTED` more.
    """
    first = CONTESTED if contested else 0.0
    if uncertainty.doubt:
        return first + (3.0 if objection else 2.0) + uncertainty.amount
    return first + (1.0 + OBJECTIONS[objection] if objection else uncertainty.amount)


def without_contest(need: float) -> float:
    """The place that a row with this need has without a shadow; no other need comes near `CONTESTED`."""
    return need - CONTESTED if need >= CONTESTED else need


def says_again(before: str, after: str) -> bool:
    """Whether a message repeats the one before in other words: enough pairs of characters in common."""
    first, second = pairs_of(before), pairs_of(after)
    if not first or not second:
        return False
    return len(first & second) / len(first | second) >= SAME_WORDS


def pairs_of(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters, without blanks and case."""
    folded = "".join(text.casefold().split())
    return frozenset(folded[place : place + 2] for place in range(len(folded) - 1))


def taken_for(turn: Explanation) -> str:
    """The intent that the assistant acted on, empty for out of scope; of several, what the whole may be."""
    if len(turn.answered) == 1:  # beside a courtesy, which the whole may be taken for
        return turn.answered[0]
    return turn.top.name if turn.top is not None and turn.in_scope else ""

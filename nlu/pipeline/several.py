"""Whether the clauses of a message are several concerns, and which intents they say.

A model of one intent a message reads every clause by itself. That some clauses have different best intents proves
little: clauses are short, and intents lie close together. Two explanations are weighed against each other instead:
that one intent made all clauses, and that each has its own.

    evidence = 1/2 ln min_j p_j(i_j) + 1/2 ln max(w, min_j p(i_j))
               + 1/n (sum_j ln p_j(i_j) - max_i sum_j ln p_j(i))

over the n concerns j with their intents i_j; p_j reads the concern's clause and p the whole message. The first
term asks that every concern is certain, the second that the whole message does not contradict, the last is the
likelihood ratio of the two explanations. Of one intent a message, the model has to choose: that the whole message
gives an intent little says something, but how little says nothing more, and w (`WHOLE_SAYS`) ends it there; sooner
where additive conjunctions join all concerns (`ADDED_SAYS`). The weights are fixed: they measured well over
English and Chinese sets, the last one most of all. The bound on the evidence is learned with each model version
(`nlu.training.several_bound`), and w is kept with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from nlu.pipeline.calibration import Matrix

Vector = npt.NDArray[np.float64]

FLOOR = 0.3
"""A clause in scope that is less certain says no intent of its own: it belongs to the clause beside it."""
_LEAST = 1e-5
WHOLE_SAYS = 0.01
"""The least probability of a concern's intent in the whole message that new models learn their bound with."""
ADDED_SAYS = 0.1
"""The same where additive conjunctions join the concerns."""


@dataclass(frozen=True, slots=True)
class Concern:
    """Neighbouring clauses `first` to `last` (inclusive) that say one intent; confidence in 0-1, of the surest."""

    intent: int
    confidence: float
    first: int
    last: int
    surest: int


@dataclass(frozen=True, slots=True)
class Division:
    """At least two concerns with different intents, in the order said; score in 0-1."""

    concerns: tuple[Concern, ...]
    score: float


def divide(
    whole: Vector, clauses: Matrix, in_scope: Sequence[bool], confidence: float, says: Sequence[float]
) -> Division | None:
    """The concerns of a message, if each reaches this confidence in 0-1; None where all clauses say one intent.

    whole: [intents] probabilities of the message; clauses: [clauses, intents] of each clause; in_scope: [clauses];
    says: [clauses] w of the evidence in 0-1 by what joins the clause to the one before it. Between two concerns
    the greatest counts, of several concerns the least.
    Whether the score is enough to report them is for the bound. An intent that is said twice with another between
    is a concern where it is surest. A clause that is out of scope belongs to no concern, and none reaches over it:
    what a part teaches are words of its own intent.
    """
    said: list[Concern] = []
    beside = False  # whether the clause before belongs to the concern said last
    begun: int | None = None
    for place, (chances, inside) in enumerate(zip(clauses, in_scope, strict=True)):
        best = int(chances.argmax())
        sure = float(chances[best])
        if not inside:
            beside, begun = False, None
        elif sure < FLOOR:
            if beside:
                said[-1] = _widened(said[-1], place)
            elif begun is None:
                begun = place
        elif beside and said[-1].intent == best:
            before = said[-1]
            surest = place if sure > before.confidence else before.surest
            said[-1] = Concern(best, max(sure, before.confidence), before.first, place, surest)
        else:
            said.append(Concern(best, sure, place if begun is None else begun, place, place))
            beside, begun = True, None
    surest_of: dict[int, Concern] = {}
    for concern in said:
        known = surest_of.get(concern.intent)
        if known is None or concern.confidence > known.confidence:
            surest_of[concern.intent] = concern
    if len(surest_of) < 2 or min(one.confidence for one in surest_of.values()) < confidence:
        return None
    concerns = tuple(sorted(surest_of.values(), key=lambda one: one.first))
    least = min(max(says[before.last + 1 : after.first + 1]) for before, after in pairwise(concerns))
    return Division(concerns, _score(whole, clauses, concerns, least))


def _widened(concern: Concern, last: int) -> Concern:
    return Concern(concern.intent, concern.confidence, concern.first, last, concern.surest)


def _score(whole: Vector, clauses: Matrix, concerns: Sequence[Concern], least: float) -> float:
    intents = [one.intent for one in concerns]
    logs = np.log(np.maximum(clauses[[one.surest for one in concerns]], _LEAST))
    own = logs[np.arange(len(concerns)), intents]
    ratio = (own.sum() - logs.sum(axis=0).max()) / len(concerns)
    agreed = np.log(max(float(whole[intents].min()), least, _LEAST))
    return float(1 / (1 + np.exp(-(own.min() / 2 + agreed / 2 + ratio))))

"""How much the assistant can answer on its own at which share of wrong answers, from held-out answers.

Coverage (automation) is the share of all messages that are answered alone; risk is the share of those answered
that is wrong. The fewer are answered, the surer the model is of each (El-Yaniv and Wiener 2010). A stranger, a
message that belongs to no intent, counts as wrong when it is answered. Plain Python: web processes compute it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nlu.held_out import HeldOutAnswer
from nlu.types import OUT_OF_SCOPE, Thresholds

DOUBT: Final = 0.1
"""How often, at most, a bound that is shown to keep its promise may fail to: it holds nine times in ten."""
STEPS: Final = 100
"""Bounds that are tried: a hundredth of what can be answered each."""
FIRST_DOUBT: Final = 0.08
"""The part of `DOUBT` that the first start has; the rest is for later ones, if a few errors end the search."""
HEAD_START: Final = 2.5
"""Times `least_examples` that the first bound tried answers, at most half of what can be answered."""
LATER_STARTS: Final = ((0.5, 0.01), (0.75, 0.01))
"""Shares of what can be answered from which the search begins anew, and their parts of `DOUBT`."""
LARGEST_GAP: Final = 0.01
"""How far a bound may lie below the lowest confidence that it was tested with."""
NOTHING_ALONE: Final = 1.000001
"""The most careful bound, above every confidence: what the model merely believes is asked about."""


@dataclass(frozen=True, slots=True)
class Point:
    """With this bound of confidence, `answered` held-out examples are answered alone, `wrong` of them wrongly."""

    bound: float
    answered: int
    wrong: int

    @property
    def risk(self) -> float | None:
        """Share in 0-1 of the answered that is wrong; None where nothing is answered."""
        return self.wrong / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class Curve:
    """All bounds that make a difference, the most careful first, over `total` held-out examples.

    reached: the lowest confidence that each point answers, negated, so that they ascend.
    """

    total: int
    points: tuple[Point, ...]
    reached: tuple[float, ...]

    def at(self, bound: float) -> Point:
        """What a bound leads to, with `bound` itself in it."""
        place = bisect_right(self.reached, -bound)
        last = self.points[place - 1] if place else Point(bound, 0, 0)
        return Point(bound, last.answered, last.wrong)

    def coverage(self, point: Point) -> float:
        """Share in 0-1 of all messages that are answered alone."""
        return point.answered / self.total if self.total else 0.0


def eligible(answer: HeldOutAnswer, margin: float) -> bool:
    """Whether the answer could be given alone at all: taken for in scope, and clearly ahead of the runner-up."""
    return answer.said != OUT_OF_SCOPE and answer.lead is not None and answer.lead >= margin


def alone(answer: HeldOutAnswer, thresholds: Thresholds) -> bool:
    """Whether the assistant would act on it without asking."""
    return eligible(answer, thresholds.margin) and answer.confidence >= thresholds.confidence


def curve_of(answers: Iterable[HeldOutAnswer], margin: float) -> Curve:
    """The curve of held-out answers; `margin` is the lead in 0-1 that an answer needs in any case.

    A point's bound lies half-way to the next confidence below, so that rounding cannot change a side, but near.
    """
    rows = list(answers)
    ranked = sorted((row for row in rows if eligible(row, margin)), key=lambda row: -row.confidence)
    points: list[Point] = []
    reached: list[float] = []
    wrong = 0
    for place, row in enumerate(ranked, start=1):
        wrong += row.intent != row.gold
        below = ranked[place].confidence if place < len(ranked) else 0.0
        if below < row.confidence:
            bound = max((row.confidence + below) / 2, row.confidence - LARGEST_GAP)
            points.append(Point(bound, place, wrong))
            reached.append(-row.confidence)
    return Curve(len(rows), tuple(points), tuple(reached))


def chance_of_so_few(wrong: int, answered: int, share: float) -> float:
    """P(at most `wrong` of `answered`) where each is wrong with probability `share`: an exact binomial tail."""
    if wrong >= answered:
        return 1.0
    odds = math.log(share) - math.log1p(-share)
    term = answered * math.log1p(-share)
    total = math.exp(term)
    for count in range(1, wrong + 1):
        term += odds + math.log((answered - count + 1) / count)
        total += math.exp(term)
    return min(1.0, total)


def choose(curve: Curve, share: float) -> Point | None:
    """The bound that answers most while at most `share` (0-1) of what is answered is wrong, on fresh messages too.

    None where the examples cannot show it: too few, or too many of the surest are wrong.

    The held-out share of wrong answers is not enough, since it is one draw, and the best of many bounds is picked
    by it. So each bound is tested: "more than `share` would be wrong" must be refused by an exact binomial test
    (as Clopper and Pearson 1934 bound a share). Many bounds are tested without losing the guarantee as in learn
    then test (Angelopoulos, Bates, Candes, Jordan and Lei 2021, "Learn then Test: Calibrating Predictive
    Algorithms to Achieve Risk Control") with the fallback procedure (Wiens 2003): from a start the bound is
    lowered until a test fails; `DOUBT` is shared by the starts, and a search that reaches the next one keeps what
    it has. Bounds and starts are fixed by how many examples are answered, which does not depend on what is right.
    Then, if messages come as the held-out examples did, the chance that the bound's true risk exceeds `share` is
    at most `DOUBT`. docs/promise.md compares this with other ways.
    """
    if not curve.points or not 0 < share < 1:
        return None
    starts = starts_of(curve.points[-1].answered, share)
    level = 0.0
    best: Point | None = None
    for point in even_steps(curve.points):
        while starts and point.answered >= starts[0][0]:
            level += starts.pop(0)[1]
        if not level:
            continue
        # A sample as bad as the promise never passes: no need for the sum.
        hopeless = point.wrong >= share * point.answered
        if hopeless or chance_of_so_few(point.wrong, point.answered, share) > level:
            level = 0.0
        else:
            best = point
    return best


def starts_of(most: int, share: float) -> list[tuple[float, float]]:
    """From how many answered examples on the search begins, and with which part of `DOUBT`, fewest first."""
    least = least_examples(share)
    first = max(least, min(HEAD_START * least, most / 2))
    return [(first, FIRST_DOUBT), *((max(first, part * most), doubt) for part, doubt in LATER_STARTS)]


def even_steps(points: Sequence[Point]) -> list[Point]:
    """About `STEPS` of the points, evenly spaced by the number answered."""
    most = points[-1].answered
    counts = [point.answered for point in points]
    chosen: list[Point] = []
    for step in range(1, STEPS + 1):
        point = points[bisect_right(counts, math.ceil(most * step / STEPS) - 1)]
        if not chosen or point.answered > chosen[-1].answered:
            chosen.append(point)
    return chosen


def least_examples(share: float) -> int:
    """How many held-out examples, all of them answered rightly, it takes to show that at most `share` is wrong."""
    return math.ceil(math.log(FIRST_DOUBT) / math.log1p(-share))

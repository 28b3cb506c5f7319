"""Tests for two models that were asked the same questions; numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import comb, erfc, sqrt

import numpy as np
import numpy.typing as npt

from nlu.pipeline.calibration import expected_calibration_error

Flags = npt.NDArray[np.bool_]
Shares = npt.NDArray[np.float64]
# Beyond so many disagreements the normal approximation is as good as the exact sum, and does not overflow.
EXACT_UP_TO = 1000


@dataclass(frozen=True, slots=True)
class Disagreement:
    """On how many examples only the candidate failed (`lost`), and only the active model (`won`)."""

    lost: int
    won: int

    @classmethod
    def between(cls, active: Flags, candidate: Flags) -> Disagreement:
        """From what each got right, example by example."""
        return cls(int((active & ~candidate).sum()), int((~active & candidate).sum()))

    @property
    def probability(self) -> float:
        """How likely at least so many losses are if neither model is better (McNemar 1947, exact, one-sided)."""
        return tail(self.lost, self.lost + self.won)

    def bound(self, active_share: float, count: int, significance: float) -> float | None:
        """The lowest share of `count` examples that would pass with as many disagreements as there were.

        None when there are too few disagreements for any number of losses to be significant.
        """
        total = self.lost + self.won
        for lost in range(total // 2, total + 1):
            if tail(lost, total) < significance:
                return active_share - (2 * (lost - 1) - total) / count
        return None


@cache
def tail(least: int, total: int) -> float:
    """P(at least `least` heads in `total` throws of a fair coin)."""
    if least <= 0:
        return 1.0
    if total <= EXACT_UP_TO:
        return float(sum(comb(total, heads) for heads in range(least, total + 1)) / 2**total)
    return 0.5 * erfc((least - 0.5 - total / 2) / sqrt(total / 2))


def larger_share(one: tuple[int, int], other: tuple[int, int]) -> float:
    """How likely a share at least so much larger than the other is if both are equal (Fisher 1922, one-sided).

    Each is (how many, of how many), taken for groups that have nothing in common. 1 where either is empty.
    """
    (hits, asked), (other_hits, other_asked) = one, other
    if not asked or not other_asked:
        return 1.0
    total, found = asked + other_asked, hits + other_hits
    ways = comb(total, found)
    return sum(
        comb(asked, least) * comb(other_asked, found - least) / ways
        for least in range(hits, min(asked, found) + 1)
    )


def calibration_rise(
    active: tuple[Shares, Flags], candidate: tuple[Shares, Flags], *, rounds: int = 200, certainty: float = 0.975
) -> float:
    """By how much the calibration error (0-1) rose at least, with this certainty; paired bootstrap, fixed seed.

    Each model is given as confidences and whether they were right, over the same examples.
    """
    chance = np.random.default_rng(0)
    count = len(active[0])
    rises = np.empty(rounds)
    for number in range(rounds):
        rows = chance.integers(0, count, count)
        rises[number] = expected_calibration_error(
            candidate[0][rows], candidate[1][rows]
        ) - expected_calibration_error(active[0][rows], active[1][rows])
    return float(np.quantile(rises, 1 - certainty))

"""Measures that the product itself has no use for; plain numbers and numpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlu.pipeline.calibration import expected_calibration_error
from nlu.training.metrics import f1_score, ratio

Span = tuple[int, int, str]
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """What was found, said and asked for, summed over examples; `whole` of `examples` were right altogether."""

    hits: int = 0
    said: int = 0
    asked: int = 0
    whole: int = 0
    examples: int = 0

    @classmethod
    def of(cls, gold: Iterable[frozenset], said: Iterable[frozenset]) -> Counts:
        """Count sets of labels or spans, example by example."""
        total = cls()
        for asked, found in zip(gold, said, strict=True):
            total += cls(len(asked & found), len(found), len(asked), int(asked == found), 1)
        return total

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.hits + other.hits,
            self.said + other.said,
            self.asked + other.asked,
            self.whole + other.whole,
            self.examples + other.examples,
        )

    @property
    def f1(self) -> float:
        """Micro-averaged F1 in 0-1."""
        return f1_score(self.hits, self.said, self.asked)

    @property
    def exact(self) -> float:
        """Share in 0-1 of the examples in which everything is right and nothing is too much."""
        return ratio(self.whole, self.examples)


def noise_floor(confidence: Sequence[float] | Shares, *, rounds: int = 200) -> float:
    """The calibration error in 0-1 that a perfectly calibrated model with these confidences shows on average.

    Each is taken for the chance of being right and thrown `rounds` times; the same numbers give the same answer.
    """
    chances = np.asarray(confidence, dtype=np.float64)
    if not len(chances):
        return 0.0
    generator = np.random.default_rng(0)
    return float(
        np.mean(
            [expected_calibration_error(chances, generator.random(len(chances)) < chances) for _ in range(rounds)]
        )
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0-100) of the values lie, between neighbours where it falls between."""
    return float(np.percentile(np.asarray(values, dtype=np.float64), share))


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, least and greatest of the figures of several seeds."""

    mean: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least one value."""
        return cls(sum(values) / len(values), min(values), max(values), len(values))

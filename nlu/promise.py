"""A person's promise of how often the assistant may be wrong, and the bound of confidence that keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, Self

from nlu.held_out import HeldOutAnswer
from nlu.risk_coverage import NOTHING_ALONE, Curve, Point, alone, choose, curve_of
from nlu.types import OUT_OF_SCOPE, Thresholds

Fate = Literal["alone", "asked", "left"]
"""What becomes of a message: answered alone, asked about ("did you mean...?"), or left to search and people."""
LEAST_PERCENT: Final = 0.5
MOST_PERCENT: Final = 20.0
STEP: Final = 0.5
HIGHEST_CONFIRM: Final = 0.25
"""From here on, or from half the bound, the assistant asks "did you mean...?"; as training fits it."""


@dataclass(frozen=True, slots=True)
class ErrorPromise:
    """Of what the assistant answers on its own, at most `percent` in a hundred is wrong.

    bound: the confidence in 0-1 (or a little above) that keeps it; shown: whether the held-out examples show that
    it does, otherwise nothing is answered on the model's word alone. answered, wrong: what the bound gives on
    `held_out` examples.
    """

    percent: float
    bound: float
    shown: bool
    answered: int
    wrong: int
    held_out: int

    @property
    def share(self) -> float:
        """The percentage as a share in 0-1."""
        return self.percent / 100

    def applied_to(self, own: Thresholds) -> Thresholds:
        """The bounds in force, of a model whose training fitted `own`."""
        return with_confidence(own, self.bound)

    def to_json(self) -> dict[str, Any]:
        """A JSON object; inverse of `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Rebuild from `to_json`'s object; KeyError, TypeError or ValueError for anything else."""
        promise = cls(
            percent=float(data["percent"]),
            bound=float(data["bound"]),
            shown=bool(data["shown"]),
            answered=int(data["answered"]),
            wrong=int(data["wrong"]),
            held_out=int(data["held_out"]),
        )
        if not 0 <= promise.bound <= NOTHING_ALONE or not LEAST_PERCENT <= promise.percent <= MOST_PERCENT:
            raise ValueError("a bound of confidence and a percentage within the slider's ends")
        return promise


@dataclass(frozen=True, slots=True)
class Split:
    """What becomes of the held-out examples: answered alone (`wrong` of them wrongly), asked about, neither."""

    alone: int
    wrong: int
    asked: int
    left: int

    @property
    def total(self) -> int:
        """All held-out examples."""
        return self.alone + self.asked + self.left

    @property
    def risk(self) -> float | None:
        """Share in 0-1 of those answered alone that is wrong; None where nothing is."""
        return self.wrong / self.alone if self.alone else None

    def share(self, count: int) -> float:
        """A count as a share in 0-1 of all."""
        return count / self.total if self.total else 0.0


def with_confidence(own: Thresholds, bound: float) -> Thresholds:
    """The thresholds with another bound of confidence, and the bound of asking that goes with it."""
    return replace(own, confidence=bound, confirm=round(min(HIGHEST_CONFIRM, bound / 2), 4))


def promise_of(percent: float, curve: Curve) -> ErrorPromise:
    """The promise with the bound that keeps it; where none is shown to, the most careful one."""
    point = choose(curve, percent / 100)
    kept = point or Point(NOTHING_ALONE, 0, 0)
    return ErrorPromise(
        percent=percent,
        bound=round(kept.bound, 6),
        shown=point is not None,
        answered=kept.answered,
        wrong=kept.wrong,
        held_out=curve.total,
    )


def make_promise(percent: float, answers: Sequence[HeldOutAnswer], own: Thresholds) -> ErrorPromise:
    """The same from the answers themselves."""
    return promise_of(percent, curve_of(answers, own.margin))


def least_promise(curve: Curve) -> float | None:
    """The smallest percentage that the examples can show, by bisection over the slider's steps; None for none."""
    low, high = round(LEAST_PERCENT / STEP), round(MOST_PERCENT / STEP)
    if choose(curve, high * STEP / 100) is None:
        return None
    while low < high:
        middle = (low + high) // 2
        if choose(curve, middle * STEP / 100) is None:
            low = middle + 1
        else:
            high = middle
    return low * STEP


def fate(answer: HeldOutAnswer, thresholds: Thresholds) -> Fate:
    """What the assistant would do about a message that is no exact match."""
    if alone(answer, thresholds):
        return "alone"
    if answer.said != OUT_OF_SCOPE and answer.confidence >= thresholds.confirm:
        return "asked"
    return "left"


def split_of(answers: Sequence[HeldOutAnswer], thresholds: Thresholds) -> Split:
    """How many share each fate."""
    fates = [fate(answer, thresholds) for answer in answers]
    wrong = sum(
        fate == "alone" and answer.intent != answer.gold for fate, answer in zip(fates, answers, strict=True)
    )
    return Split(fates.count("alone"), wrong, fates.count("asked"), fates.count("left"))

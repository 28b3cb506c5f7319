"""The gate's questions about shares of right answers; judged pair by pair, so that chance refuses nobody."""

from __future__ import annotations

from typing import Final

from nlu.gate_report import CheckName, GateCheck, Reason
from nlu.training.paired import Disagreement, Flags, larger_share

SIGNIFICANCE: Final = 0.025
"""How often chance alone may refuse an equal model, for one check over all examples."""
LEAST_DROP: Final = 0.005
"""Losses of a smaller share matter to nobody, however sure they are."""
COLLAPSE: Final = 4
"""Losing three of every four right answers, of at least four, needs no test."""


def collapsed(active_hits: int, candidate_hits: int) -> bool:
    """Whether so much was lost that few examples are enough to see it."""
    return active_hits >= COLLAPSE and candidate_hits * COLLAPSE <= active_hits


def share_check(name: CheckName, active: Flags, candidate: Flags) -> GateCheck:
    """Share of examples that each model got right."""
    count = len(active)
    if not count:
        return GateCheck(name, passed=True, reason="no_cases")
    reason, bound = judged(active, candidate)
    return GateCheck(
        name,
        passed=reason in ("as_good", "better"),
        reason=reason,
        active=float(active.mean()),
        candidate=float(candidate.mean()),
        bound=bound,
        count=count,
    )


def judged(active: Flags, candidate: Flags) -> tuple[Reason, float | None]:
    """What the test says of two rows of right answers, and the lowest share that would pass."""
    difference = Disagreement.between(active, candidate)
    drop = float(active.mean() - candidate.mean())
    bound = difference.bound(float(active.mean()), len(active), SIGNIFICANCE)
    if bound is not None:
        bound = max(0.0, min(bound, float(active.mean()) - LEAST_DROP))
    if collapsed(int(active.sum()), int(candidate.sum())):
        return "collapsed", bound
    if drop > LEAST_DROP and difference.probability < SIGNIFICANCE:
        return "worse", bound
    gain = Disagreement(difference.won, difference.lost)
    return ("better" if gain.probability < SIGNIFICANCE else "as_good"), bound


def certain_check(sure: tuple[Flags, Flags], active: Flags, candidate: Flags) -> GateCheck:
    """Share of all examples answered wrongly as if certain; what customers mind most. Less is better.

    A model that answers more by itself also has more wrong answers. It is no worse for it if no greater share of
    those answers is wrong, or, where it gets significantly more right in all, none greater than chance explains:
    how much may be answered so is for the operator's promise. sure: what each model would answer without asking;
    active, candidate: what each got right.
    """
    if not len(active):
        return GateCheck("certain_errors", passed=True, reason="no_cases")
    wrong = sure[0] & ~active, sure[1] & ~candidate
    reason, bound = judged(~wrong[0], ~wrong[1])
    answered = int(sure[0].sum()), int(sure[1].sum())
    if reason in ("worse", "collapsed") and answered[1] > answered[0]:
        before, after = ((int(one.sum()), total) for one, total in zip(wrong, answered, strict=True))
        better = judged(active, candidate)[0] == "better"
        chance = larger_share(after, before) >= SIGNIFICANCE
        if after[0] * before[1] <= before[0] * after[1] or (better and chance):
            reason, bound = "answers_more", None
    return GateCheck(
        "certain_errors",
        passed=reason in ("as_good", "better", "answers_more"),
        reason=reason,
        active=float(wrong[0].mean()),
        candidate=float(wrong[1].mean()),
        bound=None if bound is None else 1 - bound,
        count=len(active),
    )

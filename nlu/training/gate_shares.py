"""The gate's questions about shares of right answers; judged pair by pair, so that chance refuses nobody."""

from __future__ import annotations

from typing import Final

from nlu.gate_report import CheckName, GateCheck, Reason
from nlu.training.paired import Disagreement, Flags, larger_share

SIGNIFICANCE: Final = 0.025
"""How often chance alone may refuse an equal model, for one check over all examples."""
LEAST_DROP: Final = 0.005
"""Losses of a smaller share matter to nobody, however sure they are."""
LEAST_ANSWERED: Final = 20
"""Of fewer own answers of the active model the share that is wrong says nothing."""
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

    sure: what each model would answer without asking; active, candidate: what each got right.
    """
    if not len(active):
        return GateCheck("certain_errors", passed=True, reason="no_cases")
    wrong = sure[0] & ~active, sure[1] & ~candidate
    reason, bound = judged(~wrong[0], ~wrong[1])
    if reason == "worse" and _answers_more(sure, active, candidate):
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


def _answers_more(sure: tuple[Flags, Flags], active: Flags, candidate: Flags) -> bool:
    """Whether more certain errors only come with more right answers, and certainty means as much as before.

    Then the candidate gets significantly more right, answers more by itself, is no worse on what both answer so,
    and the share of its own answers that is wrong is no greater than chance explains: how much may be answered
    with how many errors is for the operator's promise. A model that answers hardly anything itself cannot tell.
    """
    answered = int(sure[0].sum()), int(sure[1].sum())
    if answered[0] < LEAST_ANSWERED or answered[1] <= answered[0] or judged(active, candidate)[0] != "better":
        return False
    both = sure[0] & sure[1]
    if both.any() and judged(active[both], candidate[both])[0] in ("worse", "collapsed"):
        return False
    wrong = int((sure[0] & ~active).sum()), int((sure[1] & ~candidate).sum())
    return larger_share((wrong[1], answered[1]), (wrong[0], answered[0])) >= SIGNIFICANCE

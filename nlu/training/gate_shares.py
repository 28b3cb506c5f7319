"""The gate's questions about shares of right answers; judged pair by pair, so that chance refuses nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from nlu.gate_report import CheckName, GateCheck, Reason
from nlu.training.paired import Disagreement, Flags, Shares, larger_share

SIGNIFICANCE: Final = 0.025
"""How often chance alone may refuse an equal model, for one check over all examples."""
LEAST_DROP: Final = 0.005
"""Losses of a smaller share matter to nobody, however sure they are."""
LEAST_ANSWERED: Final = 20
"""Of fewer own answers of the active model the share that is wrong says nothing."""
COLLAPSE, LEAST_RIGHT = 4, 3
"""Losing three of every four right answers, of at least three, needs no test."""


def collapsed(active_hits: int, candidate_hits: int) -> bool:
    """Whether so much was lost that few examples are enough to see it."""
    return active_hits >= LEAST_RIGHT and candidate_hits * COLLAPSE <= active_hits


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


def scope_check(
    strange: Flags, shared: Flags, own: tuple[Flags, Flags], active: Flags, candidate: Flags
) -> GateCheck:
    """Share of the strange messages that each model noticed.

    strange: which examples belong to no intent; shared: which ones belong to an intent that both models were
    taught; own: which ones each model takes for an intent; active, candidate: what each got right, strange ones
    too.
    """
    check = share_check("out_of_scope", active[strange], candidate[strange])
    if check.reason == "worse" and _understands_more(strange, shared, own, active, candidate):
        return replace(check, passed=True, reason="answers_more", bound=None)
    return check


def _understands_more(
    strange: Flags, shared: Flags, own: tuple[Flags, Flags], active: Flags, candidate: Flags
) -> bool:
    """Whether strangers are lost only as more is understood of what both models were taught: significantly more
    right answers, strangers' included, and for each message that is rightly understood no more strangers are taken
    for one.

    Messages of an intent that one model cannot know say nothing of its bound: any model would be excused as soon
    as intents are added. The second is no test, so that few strangers excuse nothing.
    """
    both = strange | shared
    if judged(active[both], candidate[both])[0] != "better":
        return False
    taken = [int((flags & strange).sum()) for flags in own]
    understood = [int((right & shared).sum()) for right in (active, candidate)]
    return understood[0] > 0 and taken[1] * understood[0] <= taken[0] * understood[1]


def certain_check(sure: tuple[Flags, Flags], active: Flags, candidate: Flags, confidence: Shares) -> GateCheck:
    """Share of all examples answered wrongly as if certain; what customers mind most. Less is better.

    sure: what each model would answer without asking; active, candidate: what each got right; confidence: the
    candidate's.
    """
    if not len(active):
        return GateCheck("certain_errors", passed=True, reason="no_cases")
    wrong = sure[0] & ~active, sure[1] & ~candidate
    reason, bound = judged(~wrong[0], ~wrong[1])
    if reason == "worse" and _answers_more(sure, active, candidate, confidence):
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


def _answers_more(sure: tuple[Flags, Flags], active: Flags, candidate: Flags, confidence: Shares) -> bool:
    """Whether more certain errors only come with more right answers, and certainty means as much as before.

    Then the candidate gets significantly more right and answers more itself, and with a bound that let it answer
    only as many as the active model does, no more would be wrong than chance explains (risk at equal coverage,
    El-Yaniv & Wiener 2010); nor is it worse on what both answer. How much may be answered with how many errors is
    for the operator's promise. A model that answers hardly anything itself cannot tell.
    """
    answered = int(sure[0].sum()), int(sure[1].sum())
    if answered[0] < LEAST_ANSWERED or answered[1] <= answered[0] or judged(active, candidate)[0] != "better":
        return False
    both = sure[0] & sure[1]
    if both.any() and judged(active[both], candidate[both])[0] in ("worse", "collapsed"):
        return False
    surest = np.argsort(np.where(sure[1], -confidence, np.inf), kind="stable")[: answered[0]]
    wrong = int((sure[0] & ~active).sum()), int((~candidate[surest]).sum())
    return larger_share((wrong[1], answered[0]), (wrong[0], answered[0])) >= SIGNIFICANCE

"""Is the candidate at least as good as the active model? A pure function of what both made of the same messages.

Chance must not refuse a model, and a regression must not pass as chance. So whatever can be counted pair by pair
is tested with McNemar's exact test (`nlu.training.paired`) and refused only where the losses are significant;
beside it stands one rule for few examples: three quarters of what the active model got right must not be lost.
docs/decisions/0010-gate.md says where the numbers come from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from nlu.gate_report import Basis, GateCheck, GateReport, IntentRecall, Reason
from nlu.pipeline.calibration import expected_calibration_error
from nlu.training.gate_shares import LEAST_DROP, SIGNIFICANCE, certain_check, collapsed, scope_check, share_check
from nlu.training.metrics import f1_score
from nlu.training.paired import Disagreement, Flags, Shares, calibration_rise
from nlu.types import OUT_OF_SCOPE

INTENT_SIGNIFICANCE: Final = (0.002, 0.01)
"""The same for one intent: 0.05 shared among the intents, within these limits."""
LEAST_EXAMPLES: Final = 5
"""An intent with fewer examples is not judged by itself."""
LEAST_FOR_CALIBRATION: Final = 40
LEAST_CALIBRATION_RISE: Final = 0.02
LATENCY_RATIO: Final = 2.0
FREE_MILLISECONDS: Final = 2.0
"""A message may always take so long: nobody waits for it."""
LEAST_REPLAYED: Final = 20
MOST_CHANGED: Final = 0.3
ENTITY_TOLERANCE: Final = 0.08
"""How far entity F1 may fall between two trainings' own figures, which are of different examples."""
SHOWN_IDS: Final = 500


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """Entity spans of one example: found rightly, found at all, there to be found."""

    hits: int
    predicted: int
    gold: int

    @property
    def errors(self) -> int:
        """Spans missed and spans invented."""
        return self.predicted + self.gold - 2 * self.hits


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one model made of one example.

    said: what it would act on, the reserved label for out of scope; intent: its first guess in any case, with its
    confidence in 0-1; certain: whether it would have acted without asking; spans: None where nobody marked any.
    """

    said: str
    intent: str
    confidence: float
    certain: bool
    spans: SpanCounts | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Both models on one labelled example: a case of the evaluation set (`case`) or a held-out one (`key`)."""

    gold: str
    active: Outcome
    candidate: Outcome
    case: int | None = None
    key: int | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a model can name, or what it should: intents (with the reserved label) and entity types."""

    intents: frozenset[str]
    entity_types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GateEvidence:
    """Everything that the decision rests on.

    corrections: cases that teach as well, which are no measure, but must stay learned.
    wanted: what the workspace has today, so that what people deleted on purpose is not missed. entity_f1 and
    latency: (active, candidate), the trainings' own figures and milliseconds a message.
    """

    pairs: tuple[Pair, ...]
    wanted: Knowledge
    active: Knowledge
    candidate: Knowledge
    active_number: int | None = None
    entity_f1: tuple[float | None, float | None] = (None, None)
    latency: tuple[float, float] | None = None
    replayed: int = 0
    changed: int = 0
    leaked: int = 0
    corrections: tuple[Pair, ...] = ()


FIRST_MODEL: Final = GateReport(basis="first")
"""The report of a model that has nothing to be compared with."""


def compare(evidence: GateEvidence) -> GateReport:
    """Ask every question; a question that nothing speaks to passes and says so."""
    pairs = evidence.pairs
    active, candidate = right_answers(pairs)
    accuracy = share_check("accuracy", active, candidate)
    intents = intent_recalls(pairs, active, candidate)
    strange = np.array([pair.gold == OUT_OF_SCOPE for pair in pairs], dtype=np.bool_)
    both_know = (evidence.active.intents & evidence.candidate.intents) - {OUT_OF_SCOPE}
    shared = np.array([pair.gold in both_know for pair in pairs], dtype=np.bool_)
    cases = sum(pair.case is not None for pair in pairs)
    lost, won = active & ~candidate, ~active & candidate
    corrections, forgotten = corrections_check(evidence.corrections)
    return GateReport(
        basis=basis_of(cases, len(pairs) - cases),
        checks=(
            accuracy,
            intents_check(intents),
            known_check(evidence),
            scope_check(strange, shared, taken_for_own(pairs), active, candidate),
            certain_check(certain_answers(pairs), active, candidate, candidate_confidences(pairs)),
            corrections,
            entities_check(evidence),
            calibration_check(pairs),
            latency_check(evidence.latency),
            replay_check(evidence, accuracy),
        ),
        intents=intents,
        active_number=evidence.active_number,
        cases=cases,
        held_out=len(pairs) - cases,
        leaked=evidence.leaked,
        replayed=evidence.replayed,
        changed=evidence.changed,
        worse=(*forgotten, *ids_of(pairs, lost))[:SHOWN_IDS],
        better=ids_of(pairs, won),
        worse_keys=tuple(pair.key for pair, hit in zip(pairs, lost, strict=True) if hit and pair.key is not None)[
            :SHOWN_IDS
        ],
    )


def right_answers(pairs: Sequence[Pair]) -> tuple[Flags, Flags]:
    """Which pairs the active model got right, and which the candidate."""
    active = np.array([pair.active.said == pair.gold for pair in pairs], dtype=np.bool_)
    return active, np.array([pair.candidate.said == pair.gold for pair in pairs], dtype=np.bool_)


def taken_for_own(pairs: Sequence[Pair]) -> tuple[Flags, Flags]:
    """Which pairs each model takes for one of its intents."""
    active = np.array([pair.active.said != OUT_OF_SCOPE for pair in pairs], dtype=np.bool_)
    return active, np.array([pair.candidate.said != OUT_OF_SCOPE for pair in pairs], dtype=np.bool_)


def certain_answers(pairs: Sequence[Pair]) -> tuple[Flags, Flags]:
    """To which pairs each model would have replied without asking."""
    active = np.array([pair.active.certain for pair in pairs], dtype=np.bool_)
    return active, np.array([pair.candidate.certain for pair in pairs], dtype=np.bool_)


def candidate_confidences(pairs: Sequence[Pair]) -> Shares:
    """How sure the candidate is of its first guess at each pair."""
    return np.array([pair.candidate.confidence for pair in pairs])


def basis_of(cases: int, held_out: int) -> Basis:
    """What the comparison rests on."""
    if cases and held_out:
        return "both"
    return "cases" if cases else "held_out" if held_out else "none"


def ids_of(pairs: Sequence[Pair], chosen: Flags) -> tuple[int, ...]:
    """The cases among the chosen pairs."""
    found = (pair.case for pair, hit in zip(pairs, chosen, strict=True) if hit)
    return tuple(case for case in found if case is not None)[:SHOWN_IDS]


def intent_recalls(pairs: Sequence[Pair], active: Flags, candidate: Flags) -> tuple[IntentRecall, ...]:
    """Every intent with its examples, alphabetically."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        if pair.gold != OUT_OF_SCOPE:
            places[pair.gold].append(place)
    enough = sum(len(rows) >= LEAST_EXAMPLES for rows in places.values())
    low, high = INTENT_SIGNIFICANCE
    significance = min(high, max(low, 2 * SIGNIFICANCE / max(1, enough)))
    recalls = []
    for name, rows in sorted(places.items()):
        before, after = active[rows], candidate[rows]
        worse = Disagreement.between(before, after).probability < significance
        fell = len(rows) >= LEAST_EXAMPLES and (worse or collapsed(int(before.sum()), int(after.sum())))
        recalls.append(IntentRecall(name, float(before.mean()), float(after.mean()), len(rows), fell))
    return tuple(recalls)


def intents_check(intents: Sequence[IntentRecall]) -> GateCheck:
    """No single intent may pay for the others; active and candidate: the lowest recall of an intent judged."""
    judged_ones = [intent for intent in intents if intent.count >= LEAST_EXAMPLES]
    if not judged_ones:
        return GateCheck("intents", passed=True, reason="no_cases")
    fallen = tuple(intent.name for intent in judged_ones if intent.fell)
    return GateCheck(
        "intents",
        passed=not fallen,
        reason="worse" if fallen else "as_good",
        active=min(intent.active for intent in judged_ones),
        candidate=min(intent.candidate for intent in judged_ones),
        count=len(judged_ones),
        names=fallen,
    )


def known_check(evidence: GateEvidence) -> GateCheck:
    """What the active model can name, and the workspace still has, the candidate must be able to name."""
    wanted = evidence.wanted.intents | {OUT_OF_SCOPE}
    lost = tuple(sorted((evidence.active.intents & wanted) - evidence.candidate.intents))
    return GateCheck(
        "known",
        passed=not lost,
        reason="lost" if lost else "as_good",
        count=len(evidence.active.intents & wanted),
        names=lost,
    )


def corrections_check(pairs: Sequence[Pair]) -> tuple[GateCheck, tuple[int, ...]]:
    """What people corrected stays corrected; also the cases that got worse.

    An intent's utterance is looked up, so losing one is no chance; out of scope is learned, and judged so.
    """
    active, candidate = right_answers(pairs)
    lost = active & ~candidate
    intents = {pair.gold for pair, hit in zip(pairs, lost, strict=True) if hit} - {OUT_OF_SCOPE}
    check = share_check("corrections", active, candidate)
    if intents:
        check = replace(check, passed=False, reason="lost", bound=None, names=tuple(sorted(intents)))
    return check, ids_of(pairs, lost)


def entities_check(evidence: GateEvidence) -> GateCheck:
    """F1 of entity spans on marked cases, else between the trainings' own figures; and no type may be lost."""
    wanted = evidence.active.entity_types & evidence.wanted.entity_types
    lost = tuple(sorted(wanted - evidence.candidate.entity_types))
    marked = [pair for pair in evidence.pairs if pair.active.spans and pair.candidate.spans]
    before, after = evidence.entity_f1
    reason: Reason = "as_good"
    bound = None
    if marked:
        before, after = (entity_f1([spans_of(pair)[place] for pair in marked]) for place in (0, 1))
        errors = np.array([[counts.errors for counts in spans_of(pair)] for pair in marked])
        more, fewer = errors[:, 1] > errors[:, 0], errors[:, 1] < errors[:, 0]
        difference = Disagreement(int(more.sum()), int(fewer.sum()))
        hits = [sum(spans_of(pair)[place].hits for pair in marked) for place in (0, 1)]
        if collapsed(*hits):
            reason = "collapsed"
        elif before - after > LEAST_DROP and difference.probability < SIGNIFICANCE:
            reason = "worse"
    elif before is not None and after is not None:
        bound = max(0.0, before - ENTITY_TOLERANCE)
        reason = "worse" if after < bound else "as_good"
    elif not wanted:
        reason = "no_cases"
    if lost:
        reason = "lost"
    return GateCheck(
        "entities",
        passed=reason in ("as_good", "no_cases"),
        reason=reason,
        active=before,
        candidate=after,
        bound=bound,
        count=len(marked),
        names=lost,
    )


def spans_of(pair: Pair) -> tuple[SpanCounts, SpanCounts]:
    """The active model's counts and the candidate's."""
    nothing = SpanCounts(0, 0, 0)
    return pair.active.spans or nothing, pair.candidate.spans or nothing


def entity_f1(counts: Sequence[SpanCounts]) -> float:
    """F1 over all spans."""
    return f1_score(sum(c.hits for c in counts), sum(c.predicted for c in counts), sum(c.gold for c in counts))


def calibration_check(pairs: Sequence[Pair]) -> GateCheck:
    """How far confidence is from being right (expected calibration error). Less is better.

    Strange messages are asked as well, and no intent is right for them: a model that was taught strangers leaves
    them a part of the probability that one without has to spend on intents.
    """
    if len(pairs) < LEAST_FOR_CALIBRATION:
        return GateCheck("calibration", passed=True, reason="no_cases", count=len(pairs))

    def scored(outcomes: Sequence[Outcome]) -> tuple[Shares, Flags]:
        right = [outcome.intent == pair.gold for outcome, pair in zip(outcomes, pairs, strict=True)]
        return np.array([outcome.confidence for outcome in outcomes]), np.array(right, dtype=np.bool_)

    active = scored([pair.active for pair in pairs])
    candidate = scored([pair.candidate for pair in pairs])
    worse = calibration_rise(active, candidate) > LEAST_CALIBRATION_RISE
    return GateCheck(
        "calibration",
        passed=not worse,
        reason="worse" if worse else "as_good",
        active=expected_calibration_error(*active),
        candidate=expected_calibration_error(*candidate),
        count=len(pairs),
    )


def latency_check(latency: tuple[float, float] | None) -> GateCheck:
    """Milliseconds for one message, both models timed in turn on the same machine."""
    if latency is None:
        return GateCheck("latency", passed=True, reason="no_cases")
    active, candidate = latency
    bound = max(active * LATENCY_RATIO, FREE_MILLISECONDS)
    slow = candidate > bound
    return GateCheck(
        "latency",
        passed=not slow,
        reason="worse" if slow else "as_good",
        active=active,
        candidate=candidate,
        bound=bound,
    )


def replay_check(evidence: GateEvidence, accuracy: GateCheck) -> GateCheck:
    """Share of recent messages taken for something else: many may change only where labelled examples gain."""
    count = evidence.replayed
    if not count:
        return GateCheck("replay", passed=True, reason="no_cases")
    changed = evidence.changed / count
    too_many = count >= LEAST_REPLAYED and changed > MOST_CHANGED
    reason: Reason = "as_good"
    if too_many:
        reason = "better" if accuracy.reason == "better" else "worse"
    return GateCheck(
        "replay",
        passed=reason != "worse",
        reason=reason,
        candidate=changed,
        bound=MOST_CHANGED,
        count=count,
    )

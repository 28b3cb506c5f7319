"""The gate: worse candidates of every kind are refused, better and equal ones pass, and chance decides nothing."""

from __future__ import annotations

import dataclasses
import json

import pytest

from nlu.gate_report import CHECKS, GateReport
from nlu.training.gate import FIRST_MODEL, GateEvidence, Knowledge, Outcome, Pair, compare
from nlu.training.paired import Disagreement, larger_share, tail
from nlu.types import OUT_OF_SCOPE
from tests.nlu.training import gate_scene as scene


def without(*intents: str, types: frozenset[str] = scene.TYPES) -> Knowledge:
    return Knowledge(scene.KNOWN.intents - set(intents), types)


def edited(evidence: GateEvidence, **changes: object) -> GateEvidence:
    return dataclasses.replace(evidence, **changes)


FIRST = frozenset({"intent_0"})
WORSE = {
    "shuffled labels": (scene.scene(scene.worse_at(0.87)), "accuracy"),
    "fewer epochs": (scene.scene(scene.worse_at(0.15)), "accuracy"),
    "one percent of a large set": (scene.scene(scene.worse_at(0.02), per_intent=300), "accuracy"),
    "everything is one intent": (scene.scene(scene.worse_at(1.0, to="intent_1")), "accuracy"),
    "one intent collapsed": (scene.scene(scene.worse_at(1.0, only=FIRST)), "intents"),
    "one intent half lost": (scene.scene(scene.worse_at(0.75, only=FIRST), per_intent=30), "intents"),
    "one small intent collapsed": (scene.scene(scene.worse_at(1.0, only=FIRST), per_intent=6), "intents"),
    "the three right answers of an intent lost": (scene.few_right(3, kept=0), "intents"),
    "two intents taken for each other": (
        scene.scene(scene.worse_at(0.9, only=frozenset({"intent_2", "intent_3"}), to="intent_2")),
        "intents",
    ),
    "one intent dropped": (scene.scene(scene.same, candidate=without("intent_0")), "known"),
    "no out of scope taught": (scene.scene(scene.same, candidate=without(OUT_OF_SCOPE)), "known"),
    "no out of scope": (scene.scene(scene.accept_strangers(1.0)), "out_of_scope"),
    "out of scope half lost": (scene.scene(scene.accept_strangers(0.5)), "out_of_scope"),
    "takes strangers for more than it understands more": (scene.learned_more(20, 40), "out_of_scope"),
    "understands little more, and notices fewer strangers": (
        scene.learned_more(60, 68, known=20, gained=3),
        "out_of_scope",
    ),
    "understands more, but every stranger was noticed": (scene.learned_more(0, 6), "out_of_scope"),
    "intents added, and takes more strangers for something": (scene.taught_more(10, 26), "out_of_scope"),
    "intents added, and half of the strangers unnoticed": (scene.taught_more(20, 52), "out_of_scope"),
    "intents added to a model that understands nothing": (
        scene.taught_more(0, 40, old=(0, 140)),
        "out_of_scope",
    ),
    "refuses what it knows": (scene.scene(scene.refuse_all_in_scope(0.3)), "accuracy"),
    "certain of everything": (scene.scene(scene.certain(1.0)), "certain_errors"),
    "certain twice as often": (scene.scene(scene.certain(0.5), per_intent=40), "certain_errors"),
    "answers far more without knowing more": (
        scene.hesitant(scene.scene(scene.same, per_intent=40), 0.8),
        "certain_errors",
    ),
    "answers everything, where nothing was answered": (
        scene.hesitant(scene.scene(scene.certain(1.0), per_intent=40), 1.0),
        "certain_errors",
    ),
    "knows more, but not of what was answered": (scene.careless(12), "certain_errors"),
    "answers everything": (
        scene.hesitant(scene.scene(scene.certain(1.0), per_intent=40), 0.9),
        "certain_errors",
    ),
    "overconfident": (scene.scene(scene.confident(1.0), per_intent=30), "calibration"),
    "underconfident": (scene.scene(scene.confident(times=0.6)), "calibration"),
    "entities worse": (scene.scene(scene.entities(0.7)), "entities"),
    "entities lost": (scene.scene(scene.entities(0.0)), "entities"),
    "an entity type dropped": (
        scene.scene(scene.same, candidate=without(types=frozenset({"city"}))),
        "entities",
    ),
    "entities worse by the trainings' figures": (
        edited(scene.scene(scene.same), pairs=(), entity_f1=(0.9, 0.7)),
        "entities",
    ),
    "three times slower": (edited(scene.scene(scene.same), latency=(1.5, 4.5)), "latency"),
    "much slower from almost nothing": (edited(scene.scene(scene.same), latency=(0.3, 12.0)), "latency"),
    "half of the recent messages change": (
        edited(scene.scene(scene.same), replayed=200, changed=100),
        "replay",
    ),
}


@pytest.mark.parametrize("kind", WORSE)
def test_a_worse_candidate_is_refused(kind: str) -> None:
    evidence, check = WORSE[kind]
    report = compare(evidence)
    assert not report.passed
    assert check in report.failed


EQUAL = {
    "the same": scene.scene(scene.same),
    "nothing to compare on": edited(scene.scene(scene.same), pairs=(), latency=None),
    "a third of the errors mended": scene.scene(scene.better_at(0.33)),
    "nearly all errors mended": scene.scene(scene.better_at(0.95)),
    "a large set with a little mended": scene.scene(scene.better_at(0.1), per_intent=200),
    "two answers of a hundred lost": scene.scene(scene.worse_at(0.02)),
    "an intent more": scene.scene(
        scene.same, candidate=Knowledge(scene.KNOWN.intents | {"new"}, scene.TYPES | {"colour"})
    ),
    "an intent that people deleted": edited(
        scene.scene(scene.same, candidate=without("intent_0")), wanted=without("intent_0")
    ),
    "a type that people deleted": edited(
        scene.scene(scene.same, candidate=without(types=frozenset({"city"}))),
        wanted=without(types=frozenset({"city"})),
    ),
    "answers far more and knows more": scene.hesitant(scene.scene(scene.better_at(0.7), per_intent=40), 0.9),
    "understands far more, and takes a few strangers more for something": scene.learned_more(20, 30),
    "intents added, and understands more of the old ones, too": scene.taught_more(20, 30, old=(70, 140)),
    "intents added, and a few strangers more unnoticed": scene.taught_more(10, 14),
    "faster": edited(scene.scene(scene.same), latency=(3.0, 1.0)),
    "a little slower": edited(scene.scene(scene.same), latency=(3.0, 4.5)),
    "slower where nobody notices": edited(scene.scene(scene.same), latency=(0.2, 1.6)),
    "a fifth of the recent messages changes": edited(scene.scene(scene.same), replayed=200, changed=40),
    "much changes for the better": edited(scene.scene(scene.better_at(0.9)), replayed=200, changed=90),
    "a handful of recent messages": edited(scene.scene(scene.same), replayed=5, changed=4),
    "better calibrated": scene.scene(scene.confident(times=0.98)),
    "two of an intent's three right answers lost": scene.few_right(3, kept=1),
    "both right answers of an intent lost": scene.few_right(2, kept=0),
    "tiny set, one lost": scene.scene(scene.worse_at(0.1), per_intent=1, strangers=2),
    "entities a little worse by the trainings' figures": edited(
        scene.scene(scene.same), pairs=(), entity_f1=(0.9, 0.86)
    ),
    "first figures of entities": edited(scene.scene(scene.same), pairs=(), entity_f1=(None, 0.6)),
    "nobody marked entities": edited(
        scene.scene(scene.same), entity_f1=(None, None), active=Knowledge(scene.KNOWN.intents)
    ),
}


@pytest.mark.parametrize("kind", EQUAL)
def test_a_better_or_equal_candidate_passes(kind: str) -> None:
    assert compare(EQUAL[kind]).failed == ()


def corrected(gold: str, *, lost: int, of: int, before: bool = True) -> tuple[Pair, ...]:
    """Corrections, the first few lost by the candidate; `before`: whether the active model has learned them."""
    right, wrong = (Outcome(said, said, 0.9, certain=True) for said in (gold, "intent_7"))
    return tuple(
        Pair(gold, right if before else wrong, wrong if number < lost else right, case=1000 + number)
        for number in range(of)
    )


@pytest.mark.parametrize(
    ("corrections", "failed"),
    [
        (corrected("intent_0", lost=0, of=3), ()),
        (corrected("intent_0", lost=1, of=30), ("corrections",)),
        (corrected("intent_0", lost=1, of=30, before=False), ()),
        (corrected(OUT_OF_SCOPE, lost=1, of=30), ()),
        (corrected(OUT_OF_SCOPE, lost=12, of=30), ("corrections",)),
    ],
)
def test_corrections_are_kept(corrections: tuple[Pair, ...], failed: tuple[str, ...]) -> None:
    report = compare(edited(scene.scene(scene.same), corrections=corrections))
    assert report.failed == failed
    check = next(check for check in report.checks if check.name == "corrections")
    assert check.count == len(corrections)
    assert report.cases == 8 * 14 + 30
    lost = [pair.case for pair in corrections if pair.active.said == pair.gold != pair.candidate.said]
    assert list(report.worse) == lost
    assert check.names == (("intent_0",) if failed and corrections[0].gold == "intent_0" else ())


def test_chance_refuses_hardly_any_equal_model() -> None:
    refused = sum(not compare(scene.scene(scene.other_seed, seed=seed)).passed for seed in range(60))
    assert refused <= 3


def test_a_clear_regression_is_seen_whatever_the_chance() -> None:
    assert not any(compare(scene.scene(scene.worse_at(0.15), seed=seed)).passed for seed in range(20))


def test_the_report_asks_every_question_and_survives_storage() -> None:
    report = compare(scene.scene(scene.worse_at(0.3)))
    assert tuple(check.name for check in report.checks) == CHECKS
    assert report.basis == "cases"
    assert report.cases == 8 * 14 + 30
    assert 0 < len(report.worse) <= report.cases
    assert GateReport.from_json(json.loads(json.dumps(report.to_json()))) == report
    with pytest.raises((KeyError, TypeError)):
        GateReport.from_json({"basis": "cases"})


def test_the_bound_is_the_worst_value_that_passes() -> None:
    check = compare(scene.scene(scene.worse_at(0.3))).checks[0]
    assert check.active is not None and check.candidate is not None and check.bound is not None
    assert check.candidate < check.bound < check.active
    mild = compare(scene.scene(scene.worse_at(0.02))).checks[0]
    assert mild.bound is None or mild.candidate >= mild.bound


def test_held_out_examples_fill_up_and_are_named() -> None:
    cases = scene.scene(scene.same, per_intent=2, strangers=2).pairs
    held = tuple(
        dataclasses.replace(pair, case=None, key=number)
        for number, pair in enumerate(scene.scene(scene.worse_at(1.0), per_intent=4, strangers=0).pairs)
    )
    report = compare(edited(scene.scene(scene.same), pairs=(*cases, *held)))
    assert (report.basis, report.cases, report.held_out) == ("both", 18, 32)
    assert report.worse == ()
    assert len(report.worse_keys) > 20


def test_a_first_model_passes_and_says_so() -> None:
    assert FIRST_MODEL.passed
    assert FIRST_MODEL.basis == "first"


def test_two_shares_are_compared_exactly() -> None:
    """Fisher's own example: three of four cups against one of four."""
    assert larger_share((3, 4), (1, 4)) == pytest.approx(17 / 70)
    assert larger_share((0, 4), (1, 4)) == pytest.approx(1.0)
    assert larger_share((20, 40), (1, 40)) < 1e-5
    assert larger_share((0, 0), (1, 4)) == larger_share((1, 4), (0, 0)) == 1.0


def test_the_exact_test_counts_coins() -> None:
    assert Disagreement(5, 0).probability == pytest.approx(1 / 32)
    assert Disagreement(0, 5).probability == 1
    assert Disagreement(3, 3).probability == pytest.approx(42 / 64)
    assert tail(1040, 2000) == pytest.approx(0.0387, abs=0.002)
    assert Disagreement(2, 1).bound(0.9, 100, 0.025) is None

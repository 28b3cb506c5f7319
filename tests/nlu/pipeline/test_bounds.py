from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nlu.pipeline.calibration import (
    binary_loss,
    expected_calibration_error,
    fit_binary_temperature,
    fit_confidence_threshold,
    fit_presence,
    fit_temperature,
    softmax,
)
from nlu.pipeline.exact_matcher import ExactMatcher
from nlu.pipeline.scope import ScopeModel, balanced_threshold, keeping_threshold
from nlu.training.metrics import auroc
from nlu.training.scope_fit import Evidence, weigh_by_strangers, weigh_evidence


def test_calibration_improves_overconfident_scores() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 1, (4000, 5))
    gold = np.array([generator.choice(5, p=row) for row in softmax(logits)])
    loud = logits * 4
    temperature = fit_temperature(loud, gold)

    def error(scores: np.ndarray) -> float:
        shares = softmax(scores)
        return expected_calibration_error(shares.max(1), shares.argmax(1) == gold)

    assert temperature == pytest.approx(4, rel=0.1)
    assert error(loud / temperature) < 0.05 < error(loud)


def test_labels_that_may_stand_together_are_calibrated_each_on_its_own() -> None:
    assert binary_loss(np.zeros((2, 3)), np.ones((2, 3))) == pytest.approx(3 * np.log(2))
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 1, (4000, 5))
    targets = (generator.random((4000, 5)) < 1 / (1 + np.exp(-logits))).astype(np.float64)
    assert fit_binary_temperature(logits * 4, targets) == pytest.approx(4, rel=0.1)
    assert fit_binary_temperature(np.zeros((0, 5)), np.zeros((0, 5))) == 1


def test_a_label_is_said_from_the_chance_that_gives_the_best_f1() -> None:
    chances = np.array([[0.9, 0.1], [0.35, 0.2], [0.3, 0.05], [0.1, 0.8]])
    targets = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert 0.2 < fit_presence(chances, targets) <= 0.3
    assert 0.3 < fit_presence(chances, np.round(chances)) <= 0.8
    assert fit_presence(chances[:0], targets[:0]) == 0.5


def test_calibration_error_of_nothing_and_of_certainty() -> None:
    assert expected_calibration_error(np.array([]), np.array([], dtype=bool)) == 0
    assert expected_calibration_error(np.array([1.0, 1.0]), np.array([True, False])) == 0.5


def test_the_threshold_keeps_the_share_of_wrong_answers_below_the_target() -> None:
    generator = np.random.default_rng(1)
    confidence = generator.random(2000)
    correct = generator.random(2000) < confidence
    bound = fit_confidence_threshold(confidence, correct, 0.1)
    answered = confidence >= bound
    wrong = (answered & ~correct).mean()
    assert 0.08 < wrong <= 0.1
    lower = confidence >= bound - 0.05
    assert (lower & ~correct).mean() > 0.1


def test_the_scope_threshold_separates_what_can_be_separated() -> None:
    assert 1.0 < balanced_threshold(np.array([3.0, 2.0, 4.0]), np.array([1.0, -1.0])) < 2.0


def test_scope_scores_grow_with_every_kind_of_evidence() -> None:
    model = ScopeModel(coverage=3.0, nearest=5.0)

    def score(confidence: float, coverage: float, closeness: float, of: ScopeModel = model) -> float:
        one = (np.array([value], dtype=np.float32) for value in (confidence, coverage, closeness))
        return float(of.scores(*one, ["en"])[0])

    more = (score(0.9, 0.1, 0.1), score(0.1, 0.9, 0.1), score(0.1, 0.1, 0.9))
    assert 0 < score(0.1, 0.1, 0.1) < min(more) < max(more) < 1
    plain = ScopeModel(coverage=3.0)
    assert score(0.5, 0.5, 0.0, plain) == score(0.5, 0.5, 0.9, plain)
    capped = ScopeModel(coverage=3.0, ceiling=0.6)
    assert score(0.5, 0.5, 0.0, capped) < score(0.5, 0.6, 0.0, capped) == score(0.5, 0.9, 0.0, capped)


def evidence_of(
    count: int, spread: float, *, script: str = "en", middle: float = 0.8, closeness: float = 0.0
) -> Evidence:
    """So many examples; the standard deviation of ln p is 0.5, that of coverage `spread`, of closeness a tenth."""
    steps = np.resize([-1.0, 1.0], count)
    return Evidence(
        confidence=np.exp(-1 + steps / 2),
        coverage=(middle + spread * steps).astype(np.float32),
        closeness=(closeness * (1 + steps / 10)).astype(np.float32),
        scripts=np.full(count, script, dtype=np.str_),
        correct=np.ones(count, dtype=np.bool_),
    )


def test_evidence_counts_in_units_of_its_own_spread() -> None:
    narrow, wide = (weigh_evidence(evidence_of(40, spread)) for spread in (0.05, 0.1))
    assert (narrow.probability, narrow.nearest) == (1.0, 0.0)
    assert narrow.coverage == pytest.approx(10, rel=0.01)
    assert wide.coverage == pytest.approx(5, rel=0.01)
    assert narrow.ceiling == pytest.approx(0.8)
    beside = weigh_evidence(evidence_of(40, 0.05, closeness=0.5))
    assert beside.coverage == pytest.approx(5, rel=0.01)
    assert beside.nearest == pytest.approx(10, rel=0.01)


def test_scripts_that_differ_in_coverage_do_not_make_it_vary() -> None:
    english, chinese = evidence_of(40, 0.05), evidence_of(40, 0.05, script="zh-hans", middle=0.5)
    both = weigh_evidence(english.joined(chinese))
    assert both.coverage == pytest.approx(10, rel=0.01)
    assert both.ceiling == pytest.approx(0.8)


def test_given_strangers_decide_what_evidence_weighs() -> None:
    """Those that are worded like friends and understood with as much confidence are told by closeness alone."""
    friends = evidence_of(60, 0.05, closeness=0.5)
    usual = weigh_evidence(friends)
    strangers = replace(evidence_of(60, 0.05, middle=0.9), closeness=np.full(60, 0.44, dtype=np.float32))
    told = weigh_by_strangers(usual, friends, strangers)
    assert auroc(friends.values(told), strangers.values(told)) > auroc(
        friends.values(usual), strangers.values(usual)
    )
    assert told.nearest / max(told.coverage, 0.1) > usual.nearest / usual.coverage
    assert weigh_by_strangers(usual, friends, strangers.at(np.arange(60) < 39)) == usual


@pytest.mark.parametrize(("count", "spread"), [(0, 0.1), (5, 0.1), (40, 0.0)])
def test_weights_stay_within_bounds_where_nothing_can_be_measured(count: int, spread: float) -> None:
    model = weigh_evidence(evidence_of(count, spread))
    assert 1 < model.coverage <= 25
    assert 0 < model.ceiling <= 1


def test_each_script_has_its_own_bias_and_others_the_common_one() -> None:
    model = ScopeModel(bias=1.0, biases=(("en", 3.0), ("zh-hans", -3.0)))
    same = np.full(3, 0.5, dtype=np.float32)
    english, chinese, neither = model.scores(same, same, same, ["en", "zh-hans", ""])
    assert chinese < neither < english


def test_without_strangers_the_threshold_keeps_almost_all_friends() -> None:
    assert (np.arange(100.0) < keeping_threshold(np.arange(100.0), 0.05)).sum() == 5
    assert keeping_threshold(np.array([]), 0.05) == 0


def test_exact_matching_ignores_writing_and_refuses_doubt() -> None:
    matcher = ExactMatcher.build([("我要退款", 0), ("ＯＫ 好的", 1), ("查询", 0), ("查询", 1)])
    assert matcher.match("我要退款") == 0
    assert matcher.match("ok　好的 ") == 1
    assert matcher.match("查询") is None
    assert matcher.match("退款") is None

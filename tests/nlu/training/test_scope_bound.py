"""The bound of scope: between what tells strangers best and a share of friends, hanging on no single example."""

from __future__ import annotations

import dataclasses
import tracemalloc
from typing import Any

import numpy as np
import pytest
import torch

from nlu.pipeline.calibration import softmax
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.network import ExpertLogits
from nlu.pipeline.scope import Scores, balanced_threshold
from nlu.training.fitted_bounds import HeldOut, combine, fit_bounds
from nlu.training.scope_fit import Evidence, fit_scope


def evidence(logs: Scores, script: str = "en", *, right: bool = True) -> Evidence:
    """Examples by their ln p; all of their n-grams are known."""
    count = len(logs)
    return Evidence(
        confidence=np.exp(logs),
        coverage=np.ones(count, dtype=np.float32),
        closeness=np.zeros(count, dtype=np.float32),
        scripts=np.array([script] * count, dtype=np.str_),
        correct=np.full(count, right, dtype=np.bool_),
    )


def bound_of(friends: Evidence, strangers: Evidence, refused: float = 0.03) -> float:
    """The ln p from which on a message is in scope."""
    scope = fit_scope(friends, strangers, refused, strangers_weigh=False)
    return -scope.bias - scope.coverage


def drawn(seed: int, friends: int = 150, strangers: int = 45) -> tuple[Scores, Scores]:
    """What a training of fifteen hundred examples holds out: most friends are understood well, a few hardly."""
    chance = np.random.default_rng(seed)
    return -chance.exponential(0.5, friends), -2.2 + 0.8 * chance.standard_normal(strangers).clip(-3, 2.5)


def mostly_sure(seed: int, sure: float, friends: int = 150, strangers: int = 45) -> tuple[Scores, Scores]:
    """The same where so large a share of the friends is as good as certain."""
    chance = np.random.default_rng(seed)
    certain = int(friends * sure)
    near = np.concatenate([-chance.exponential(0.004, certain), -chance.exponential(1.0, friends - certain)])
    return near, -2.2 + 0.8 * chance.standard_normal(strangers).clip(-3, 2.5)


def spread(count: int, low: float, high: float) -> Scores:
    return np.linspace(low, high, count)


def best_between_two(near: Scores, far: Scores) -> float:
    """Where most friends are kept and most strangers refused, counted."""
    values = np.sort(np.concatenate([near, far]))
    bounds = (values[1:] + values[:-1]) / 2
    return float(bounds[np.argmax([(near >= bound).mean() + (far < bound).mean() for bound in bounds])])


NOBODY = evidence(np.array([]))


@pytest.mark.parametrize("seed", range(2))
def test_no_single_example_moves_the_bound(seed: int) -> None:
    near, far = drawn(seed)
    bound = bound_of(evidence(near), evidence(far))
    without_friend = [bound_of(evidence(np.delete(near, place)), evidence(far)) for place in range(len(near))]
    without_stranger = [bound_of(evidence(near), evidence(np.delete(far, place))) for place in range(len(far))]
    assert max(abs(other - bound) for other in (*without_friend, *without_stranger)) < 0.1


@pytest.mark.parametrize("sure", [0.7, 0.8, 0.9])
@pytest.mark.parametrize("seed", range(4))
def test_no_single_example_moves_the_bound_that_tells_strangers_where_most_friends_are_sure(
    seed: int, sure: float
) -> None:
    """The few others are so far apart that two bounds may be nearly as good as each other."""
    near, far = mostly_sure(seed, sure)
    bound = balanced_threshold(near, far)
    without_friend = [balanced_threshold(np.delete(near, place), far) for place in range(len(near))]
    without_stranger = [balanced_threshold(near, np.delete(far, place)) for place in range(len(far))]
    assert max(abs(other - bound) for other in (*without_friend, *without_stranger)) < 0.2


def test_draws_of_one_kind_agree_on_it() -> None:
    """By friends alone they differ more than twice as much; by the best bound between two examples, too."""
    pairs = [drawn(seed) for seed in range(25)]
    steady = np.std([bound_of(evidence(near), evidence(far)) for near, far in pairs])
    by_friends = np.std([bound_of(evidence(near), NOBODY) for near, _ in pairs])
    assert steady < 0.5 * by_friends
    assert steady < 0.5 * np.std([best_between_two(near, far) for near, far in pairs])


def test_the_more_strangers_the_nearer_to_what_tells_them() -> None:
    near = spread(200, -3.0, 0.0)
    alone, told = bound_of(evidence(near), NOBODY), balanced_threshold(near, spread(100, -3.5, -2.0))
    bounds = [bound_of(evidence(near), evidence(spread(count, -3.5, -2.0))) for count in (5, 20, 100, 1000)]
    assert alone < bounds[0] < bounds[1] < bounds[2] < bounds[3] < told + 0.1
    assert bounds[1] == pytest.approx((alone + told) / 2, abs=0.05)
    one = bound_of(evidence(near), evidence(np.array([-2.0])))
    assert abs(one - alone) < 0.1


def test_it_rises_with_the_share_that_may_be_refused_and_with_the_strangers() -> None:
    near, far = drawn(0)
    shares = [bound_of(evidence(near), evidence(far), share) for share in (0.01, 0.03, 0.08, 0.2)]
    assert shares == sorted(set(shares))
    likeness = [bound_of(evidence(near), evidence(far + more)) for more in (0.0, 0.3, 0.6)]
    assert likeness == sorted(set(likeness))


def test_the_kernel_moves_with_what_it_smooths() -> None:
    near, far = drawn(1)
    assert balanced_threshold(near + 7, far + 7) == pytest.approx(balanced_threshold(near, far) + 7, abs=1e-6)
    # As far from both where a wide gap leaves the choice.
    assert balanced_threshold(spread(30, 99.0, 101.0), spread(30, -1.0, 1.0)) == pytest.approx(50, abs=1)


def test_two_equally_good_bounds_are_not_averaged() -> None:
    """Most friends and strangers are far apart; a few friends lie below a few strangers. Between them is worst."""
    dense = spread(17, 0.0, 0.01)
    near = np.concatenate([dense - 0.01, np.full(3, -3.0)])
    far = np.concatenate([dense - 5.0, np.full(3, -2.0)])
    bound = balanced_threshold(near, far)
    assert (near >= bound).mean() + (far < bound).mean() == pytest.approx(1.85)
    # Of equal ones that which keeps more friends.
    assert bound == pytest.approx(-4.0, abs=0.1)


def test_very_many_friends_take_no_more_memory_and_give_the_same_bound() -> None:
    far = drawn(0)[1]
    few, many = spread(4_000, -3.0, 0.0), spread(100_000, -3.0, 0.0)
    tracemalloc.start()
    bound = balanced_threshold(many, far)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 100e6
    assert bound == pytest.approx(balanced_threshold(few, far), abs=0.1)


@pytest.mark.parametrize("kind", ["confidence", "coverage", "closeness"])
@pytest.mark.parametrize("unknown", [1, 100])
def test_what_is_no_number_is_left_out(kind: str, unknown: int) -> None:
    near, far = (evidence(spread(100, low, low + 2)) for low in (-2.0, -3.5))
    without = fit_scope(near, far, 0.03)
    values: dict[str, Any] = {kind: np.full(unknown, np.nan, dtype=np.float32)}
    nothing = dataclasses.replace(evidence(np.full(unknown, -9.0)), **values)
    assert fit_scope(near.joined(nothing), far, 0.03) == without
    assert fit_scope(near, far.joined(nothing), 0.03) == without
    assert fit_scope(nothing, NOBODY, 0.03).bias == 0


SAME = evidence(np.full(30, -1.0))


@pytest.mark.parametrize(
    ("friends", "strangers", "bound"),
    [
        (SAME, NOBODY, -1.0),
        (SAME, evidence(np.full(30, -3.0)), (30 * -2.0 + 20 * -1.0) / 50),
        (SAME, evidence(np.full(30, -1.0)), -1.0),
        (evidence(np.array([-1.0])), NOBODY, -1.0),
        (evidence(np.array([-1.0])), evidence(np.array([-3.0])), (-2.0 + 20 * -1.0) / 21),
        # Where nothing is right, no share of what is right can be refused: all friends count.
        (evidence(np.full(30, -2.0), right=False), NOBODY, -2.0),
        (evidence(np.full(30, -1.0), right=False), evidence(np.full(30, -3.0)), (30 * -2.0 + 20 * -1.0) / 50),
    ],
)
def test_little_or_uniform_evidence(friends: Evidence, strangers: Evidence, bound: float) -> None:
    assert bound_of(friends, strangers) == pytest.approx(bound, abs=0.01)


def test_without_any_friend_nothing_is_learned() -> None:
    assert fit_scope(NOBODY, NOBODY, 0.03).bias == 0
    assert fit_scope(NOBODY, evidence(np.full(30, -1.0)), 0.03).bias == 0


def test_a_script_that_no_stranger_is_written_in_is_bound_by_its_friends() -> None:
    english, chinese = evidence(spread(100, -2.0, 0.0)), evidence(spread(100, -1.0, 0.0), "zh-hans")
    strangers = evidence(spread(60, -3.0, -1.5))
    scope = fit_scope(english.joined(chinese), strangers, 0.05, strangers_weigh=False)
    biases = dict(scope.biases)
    assert -biases["zh-hans"] - scope.coverage == pytest.approx(-0.95, abs=0.01)
    assert -biases["en"] - scope.coverage < -1.5


@pytest.mark.parametrize("right", [0, 1, 19])
@pytest.mark.parametrize("strangers", [evidence(spread(60, -3.0, -1.5)), NOBODY])
def test_a_script_of_which_hardly_anything_is_understood_has_no_bound_of_its_own(
    right: int, strangers: Evidence
) -> None:
    """However many examples it has: the share that may be refused is one of the understood."""
    wrong = evidence(spread(50, -3.0, -0.3), "zh-hans", right=False)
    chinese = wrong.joined(evidence(np.full(right, -0.05), "zh-hans"))
    scope = fit_scope(evidence(spread(100, -2.0, 0.0)).joined(chinese), strangers, 0.05, strangers_weigh=False)
    assert [script for script, _ in scope.biases] == ["en"]
    one_more = chinese.joined(evidence(np.full(20 - right, -0.05), "zh-hans"))
    scope = fit_scope(evidence(spread(100, -2.0, 0.0)).joined(one_more), strangers, 0.05, strangers_weigh=False)
    assert [script for script, _ in scope.biases] == ["en", "zh-hans"]


def held_out(friends: int, strangers: int) -> HeldOut:
    """Two intents and the strangers' class; each head says the same."""
    chance = torch.Generator().manual_seed(0)
    golds = torch.cat([torch.arange(friends) % 2, torch.full((strangers,), 2)])
    targets = torch.nn.functional.one_hot(golds, 3).float()
    said = 2.0 * targets + 1.2 * torch.randn(len(golds), 3, generator=chance)
    rows = len(golds)
    return HeldOut(
        ExpertLogits((said, said)),
        targets,
        np.ones(rows, dtype=np.float32),
        np.zeros(rows, dtype=np.float32),
        np.array(["en"] * rows, dtype=np.str_),
    )


def test_held_out_strangers_of_the_taught_class_place_the_bound() -> None:
    """By a share of friends alone three of five are refused."""
    held = held_out(400, 200)
    bounds = fit_bounds(held, PipelineConfig(), None, 2)
    logits = combine(held.cooled(bounds.temperatures).logits, bounds.shares, multi_label=False)
    sure = softmax(logits / bounds.temperature)[:, :2].max(axis=1)
    inside = bounds.scope.scores(sure, held.coverage, held.closeness, ["en"] * 600) >= bounds.thresholds.scope
    assert (~inside[400:]).mean() > 0.7
    assert inside[:400].mean() > 0.85

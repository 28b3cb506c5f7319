"""The bound that keeps a promise: it holds on fresh messages as often as it says, and admits what is not known."""

from __future__ import annotations

from math import comb

import pytest

from nlu.promise import ErrorPromise, least_promise, make_promise, promise_of, split_of, with_confidence
from nlu.risk_coverage import (
    DOUBT,
    NOTHING_ALONE,
    Point,
    alone,
    chance_of_so_few,
    choose,
    curve_of,
    least_examples,
)
from nlu.types import OUT_OF_SCOPE
from tests.nlu.held_out_scene import OWN, answer, calibrated, stranger


def test_a_curve_counts_what_is_answered_and_what_of_it_is_wrong() -> None:
    curve = curve_of(
        [
            answer(0.9),
            answer(0.9, right=False),
            answer(0.7),
            stranger(0.6),
            answer(0.95, said=OUT_OF_SCOPE),
            answer(0.99, lead=0.05),
        ],
        margin=0.1,
    )
    assert curve.total == 6
    assert [(point.answered, point.wrong) for point in curve.points] == [(2, 1), (3, 1), (4, 2)]
    assert [round(point.bound, 3) for point in curve.points] == [0.89, 0.69, 0.59]
    assert curve.at(0.85) == Point(0.85, 2, 1)
    assert curve.at(0.7) == Point(0.7, 3, 1)
    assert curve.at(0.61) == Point(0.61, 3, 1)
    assert (curve.at(0.0).answered, curve.at(1.0).answered) == (4, 0)
    assert curve.coverage(curve.points[-1]) == pytest.approx(4 / 6)
    assert curve.points[-1].risk == 0.5
    assert Point(1.0, 0, 0).risk is None


@pytest.mark.parametrize(
    ("wrong", "answered", "share"), [(0, 45, 0.05), (3, 120, 0.02), (30, 200, 0.2), (5, 5, 0.1)]
)
def test_the_binomial_tail_is_exact(wrong: int, answered: int, share: float) -> None:
    exact = sum(comb(answered, k) * share**k * (1 - share) ** (answered - k) for k in range(wrong + 1))
    assert chance_of_so_few(wrong, answered, share) == pytest.approx(exact)


@pytest.mark.parametrize(("share", "count"), [(0.1, 600), (0.05, 1500), (0.2, 150)])
def test_the_promise_holds_nine_times_in_ten_and_the_held_out_share_alone_does_not(
    share: float, count: int
) -> None:
    broken, naive_broken, answered = 0, 0, 0
    draws = 150
    for seed in range(draws):
        curve = curve_of(calibrated(count, seed), OWN.margin)
        chosen = choose(curve, share)
        if chosen is not None:
            broken += (1 - max(chosen.bound, 0.5)) / 2 > share
            answered += 1
        naive = [point for point in curve.points if point.wrong <= share * point.answered]
        naive_broken += bool(naive) and (1 - max(naive[-1].bound, 0.5)) / 2 > share
    assert broken <= DOUBT * draws
    assert answered > draws / 3
    assert naive_broken > 0.3 * draws


def test_more_errors_allowed_answer_more() -> None:
    curve = curve_of(calibrated(1500, 1), OWN.margin)
    bounds = [promise_of(percent, curve) for percent in (8.0, 12.0, 18.0)]
    assert all(promise.shown for promise in bounds)
    assert bounds[0].bound > bounds[1].bound > bounds[2].bound
    assert bounds[0].answered < bounds[1].answered < bounds[2].answered
    assert all(promise.wrong < promise.answered * promise.share for promise in bounds)


def test_too_few_examples_are_admitted_and_nothing_is_answered_on_the_model_s_word() -> None:
    needed = least_examples(0.02)
    assert needed == 126
    enough = curve_of([answer(0.9 + number / 10000, key=number) for number in range(needed)], OWN.margin)
    assert choose(enough, 0.02) is not None
    few = curve_of([answer(0.9 + number / 10000, key=number) for number in range(needed - 1)], OWN.margin)
    promise = promise_of(2.0, few)
    assert (promise.shown, promise.bound, promise.answered, promise.held_out) == (False, NOTHING_ALONE, 0, 125)
    assert least_promise(few) == 2.5
    assert alone(answer(1.0), OWN)
    assert not alone(answer(1.0), promise.applied_to(OWN))


@pytest.mark.parametrize("rows", [[], [stranger(0.9)] * 300, [answer(0.9, right=False)] * 300])
def test_nothing_good_shows_nothing(rows) -> None:
    curve = curve_of(rows, OWN.margin)
    assert choose(curve, 0.2) is None
    assert least_promise(curve) is None
    assert curve.at(0.5).answered == len(curve.points) * len(rows)


def test_a_bound_of_confidence_moves_the_bound_of_asking_too() -> None:
    assert with_confidence(OWN, 0.9).confirm == 0.25
    assert with_confidence(OWN, 0.3).confirm == 0.15
    assert with_confidence(OWN, 0.3).margin == OWN.margin
    rows = [answer(0.9), answer(0.8, right=False), answer(0.5), answer(0.2), stranger(0.7), answer(0.9, lead=0.0)]
    split = split_of(rows, OWN)
    assert (split.alone, split.wrong, split.asked, split.left) == (3, 2, 2, 1)
    assert split.risk == pytest.approx(2 / 3)


def test_a_promise_survives_its_row_and_a_damaged_one_is_refused() -> None:
    promise = make_promise(10.0, calibrated(600, 3), OWN)
    assert ErrorPromise.from_json(promise.to_json()) == promise
    for damaged in (
        None,
        "x",
        {},
        {**promise.to_json(), "bound": 1.5},
        {**promise.to_json(), "percent": float("nan")},
    ):
        with pytest.raises((KeyError, TypeError, ValueError)):
            ErrorPromise.from_json(damaged)

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.understanding.measures import Counts, Spread, noise_floor, percentile
from tests.bench.understanding.plain import OneVsRest, TfIdf, hashed_bag, pieces


def sets(*rows: str) -> list[frozenset[str]]:
    return [frozenset(row.split()) for row in rows]


def test_counts_of_sets_agree_with_hand_calculation() -> None:
    counts = Counts.of(sets("a b", "c", "", "d"), sets("a", "c", "", "e f"))
    assert (counts.hits, counts.said, counts.asked) == (2, 4, 4)
    assert counts.f1 == pytest.approx(0.5)
    assert counts.exact == pytest.approx(0.5)


def test_counts_add_up_over_folds() -> None:
    first, second = Counts.of(sets("a"), sets("a")), Counts.of(sets("b", "c"), sets("c", "c"))
    assert first + second == Counts(hits=2, said=3, asked=3, whole=2, examples=3)
    assert Counts().f1 == Counts().exact == 0


def test_a_type_or_an_end_that_is_wrong_is_no_hit() -> None:
    gold = [frozenset({(0, 2, "city"), (3, 5, "date")})]
    assert Counts.of(gold, [frozenset({(0, 2, "street"), (3, 4, "date")})]).f1 == 0
    assert Counts.of(gold, gold).f1 == 1


def test_the_noise_floor_is_zero_for_the_certain_and_falls_with_the_number_of_examples() -> None:
    assert noise_floor([1.0] * 50) == 0
    assert noise_floor([]) == 0
    few, many = noise_floor([0.7] * 100), noise_floor([0.7] * 10_000)
    assert many < few
    # The mean distance of 100 throws with chance 0.7 from their mean is sqrt(2/pi) * sqrt(0.21/100).
    assert few == pytest.approx(0.0366, abs=0.006)
    assert noise_floor([0.7] * 100) == few


def test_a_spread_is_of_all_seeds() -> None:
    assert Spread.of([0.5, 0.7, 0.6]) == Spread(pytest.approx(0.6), 0.5, 0.7, 3)
    assert percentile([1.0, 2.0, 3.0], 50) == 2


def test_pieces_are_words_pairs_and_runs_of_characters() -> None:
    found = list(pieces("Hi you"))
    assert found[:3] == ["whi", "wyou", "phi you"]
    assert {"c h", "chi", "c hi y", "cu "} <= set(found)


def test_vectors_have_length_one_and_know_only_what_training_saw() -> None:
    vectors = TfIdf(["my order", "my refund"])
    bags = vectors.bags(["my order order", "zzz"])
    assert np.linalg.norm(bags.weights[: bags.offsets[1]]) == pytest.approx(1)
    assert bags.offsets[2] == bags.offsets[1]


TEXTS = ["cancel my order", "refund my money", "cancel my order and refund my money", "hello there"] * 3
LABELS = sets("cancel", "refund", "cancel refund", "") * 3


def test_one_vs_rest_says_several_labels_or_none() -> None:
    peer = OneVsRest(TEXTS, LABELS)
    asked = ["cancel order refund money", "hello", "refund money"]
    assert peer.present(asked) == sets("cancel refund", "", "refund")


def test_one_vs_rest_reads_what_was_said_before() -> None:
    texts, before = ["yes please"] * 8, ["shall I cancel it?", "shall I refund it?"] * 4
    peer = OneVsRest(texts, sets("cancel", "refund") * 4, before=before)
    assert peer.present(["yes please"] * 2, before[:2]) == sets("cancel", "refund")


def test_the_hashed_bag_learns_and_tells_what_it_took() -> None:
    data = [f"cancel order {number}" for number in range(40)] + [f"refund money {number}" for number in range(40)]
    names = ["cancel"] * 40 + ["refund"] * 40
    result = hashed_bag(
        (data, names), (["cancel it", "refund it"], ["cancel", "refund"]), seed=0, epochs=5, buckets=4096
    )
    assert result.accuracy == 1
    assert result.seconds > 0
    assert result.cpu_seconds > 0

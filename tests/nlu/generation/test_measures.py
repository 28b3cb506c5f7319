"""What the measures say of texts whose answer is known."""

from __future__ import annotations

import math

import pytest

from nlu.errors import TrainingCancelled
from nlu.generation.language_model import SiteLanguage
from nlu.generation.text_measures import distinct, measure_texts, self_bleu
from nlu.pipeline.pipeline import NluPipeline
from tests.nlu.generation.shop import proposals

WORDS = [tuple(text.split()) for text in ("a b c d e", "a b c d e", "a b c d f")]


def test_distinct_counts_different_ngrams() -> None:
    assert distinct(WORDS, 1) == pytest.approx(6 / 15)
    assert distinct(WORDS, 2) == pytest.approx(5 / 12)
    assert distinct([], 1) is None


def test_self_bleu_is_one_for_equal_texts_and_nothing_for_strangers() -> None:
    assert self_bleu([WORDS[0], WORDS[0]]) == pytest.approx(1.0)
    assert self_bleu([("a", "b"), ("c", "d")]) == 0.0
    assert self_bleu([("a",)]) is None
    between = self_bleu(WORDS)
    assert between is not None
    assert 0.8 < between < 1.0


def test_self_bleu_equals_bleu_against_every_other_text() -> None:
    """Texts of one length: precisions by hand for the third against the first two."""
    one = self_bleu([WORDS[0], WORDS[2]])
    by_hand = (4 / 5 * (3 + 1) / (4 + 1) * (2 + 1) / (3 + 1) * (1 + 1) / (2 + 1)) ** 0.25
    assert one == pytest.approx(by_hand)


def test_the_language_of_the_site_gives_probabilities() -> None:
    language = SiteLanguage.of(["where is my order", "where is my parcel", "cancel my order"])
    words = ["where", "is", "my", "order", "parcel", "cancel", "\x03", "never seen"]
    assert sum(language.probability(("is", "my"), word) for word in words) == pytest.approx(1.0)
    assert sum(language.probability(("x", "y"), word) for word in words) == pytest.approx(1.0)
    likely, odd = language.perplexity(["where is my parcel"]), language.perplexity(["parcel my is where"])
    assert likely is not None
    assert odd is not None
    assert 1 < likely < odd
    assert language.perplexity([]) is None


def test_measures_of_proposals(shop: NluPipeline) -> None:
    made = proposals("我要退款", "请把钱退给我", "发票在哪里下载", "how do I get a refund then")
    language = SiteLanguage.of(["我要退款", "how do I get a refund"])
    found = measure_texts(made, training=["我要退款"], language=language, judge=shop)
    assert found.n == 4
    assert found.no_copy == 0.75
    assert found.label_agreement == 0.75
    assert found.perplexity is not None
    assert math.isfinite(found.perplexity)
    assert measure_texts([], training=[]).to_json()["no_copy"] is None


def test_a_run_can_be_stopped_while_the_judge_reads(shop: NluPipeline) -> None:
    def check() -> None:
        raise TrainingCancelled

    with pytest.raises(TrainingCancelled):
        measure_texts(proposals("我要退款"), training=[], judge=shop, check=check)
    assert measure_texts(proposals("我要退款"), training=[], judge=shop).label_agreement == 1.0

from __future__ import annotations

import subprocess
import sys

import numpy as np

from nlu.pipeline.features import NgramSpec, character_ngrams, feature_text, word_ngrams
from nlu.pipeline.vocabulary import NgramVocabulary, concatenate

SPEC = NgramSpec()


def test_keys_are_the_same_in_every_process() -> None:
    program = (
        "from nlu.pipeline.features import *; print(character_ngrams(['退款 ok'], NgramSpec()).keys.tolist(),"
        "word_ngrams(['退款 ok'], NgramSpec()).keys.tolist())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_batch_gives_what_single_texts_give() -> None:
    texts = ["我要退款", "", "where is my order", "x"]
    for extract in (character_ngrams, word_ngrams):
        batch = extract(texts, SPEC)
        for row, text in enumerate(texts):
            alone = extract([text], SPEC)
            assert sorted(batch.keys[batch.rows == row]) == sorted(alone.keys)


def test_masked_values_look_alike_whatever_their_number() -> None:
    assert feature_text("打[手机号#1]") == feature_text("打[手机号#27]") != feature_text("打[邮箱#1]")


def test_bags_have_unit_length_and_know_their_coverage() -> None:
    vocabulary = NgramVocabulary.build(["我要退款", "cancel my order"], SPEC)
    bags = vocabulary.bags(["我要退款", "zzzz qqqq", ""])
    known = bags.weights[bags.offsets[0] : bags.offsets[1]]
    assert np.isclose((known**2).sum(), 1.0, atol=1e-5)
    assert bags.coverage[0] == 1.0
    assert bags.coverage[1] < 0.3
    assert len(bags) == 3


def test_selecting_and_joining_bags_keep_each_text() -> None:
    vocabulary = NgramVocabulary.build(["a b c", "d e", "f"], SPEC)
    bags = vocabulary.bags(["a b", "d", "f e"])
    turned = concatenate([bags.select(np.array([2])), bags.select(np.array([1, 0]))])
    for place, row in enumerate([2, 1, 0]):
        alone = bags.select(np.array([row]))
        low, high = turned.offsets[place], turned.offsets[place + 1]
        assert turned.indices[low:high].tolist() == alone.indices.tolist()


def test_rare_ngrams_of_characters_can_be_left_out_and_words_stay() -> None:
    texts = ["refund please", "refund now", "invoice"]
    every, frequent = NgramVocabulary.build(texts, SPEC), NgramVocabulary.build(texts, SPEC, minimum=2)
    words = every.keys >= SPEC.buckets
    assert 0 < len(frequent) < len(every)
    assert set(every.keys[words]) == set(frequent.keys[frequent.keys >= SPEC.buckets])


def test_no_text_at_all_is_no_ngram() -> None:
    assert len(NgramVocabulary.build([], SPEC)) == 0
    assert len(NgramVocabulary.build([], SPEC).bags(["hello"]).indices) == 0

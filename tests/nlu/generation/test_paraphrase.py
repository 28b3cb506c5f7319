"""Paraphrases: what they may change, what they keep, and where they come from."""

from __future__ import annotations

import pytest

from nlu.errors import TrainingCancelled, TrainingRefused
from nlu.generation.paraphrase import ParaphraseProposer
from nlu.generation.proposals import Proposal, thin_intents
from nlu.pipeline.normalizer import canonical
from nlu.pipeline.tokenization import PLACEHOLDER
from nlu.training.question_pairs import QuestionPair
from nlu.types import Example
from tests.nlu.generation.shop import examples, texts_of
from tests.nlu.pipeline.corpus import shop_catalogue

INTENTS = ("delivery_time", "refund", "phone")


def made(count: int = 20, seed: int = 0, proposer: ParaphraseProposer | None = None) -> tuple[Proposal, ...]:
    return (proposer or ParaphraseProposer()).propose(examples(), intents=INTENTS, count=count, seed=seed)


def test_proposals_are_new_labelled_and_the_same_for_the_same_seed() -> None:
    first = made()
    known = {canonical(example.text) for example in examples()}
    assert first == made()
    assert len(first) > 10
    assert {one.intent for one in first} <= set(INTENTS)
    assert {one.method for one in first} == {"paraphrase"}
    assert not known & {canonical(one.text) for one in first}
    assert {one.source for one in first} <= {example.text for example in examples()}


def test_no_intent_gets_more_than_asked_for_and_none_twice() -> None:
    few = made(count=3)
    for intent in INTENTS:
        texts = [one.text for one in few if one.intent == intent]
        assert len(texts) <= 3
        assert len(set(texts)) == len(texts)


def test_values_take_each_others_places_and_stay_marked() -> None:
    spans = [(one.text[start:end], kind) for one in made(200) for start, end, kind in one.entities]
    assert spans
    assert all(kind == "city" for _, kind in spans)
    assert {"上海", "Paris"} <= {text for text, _ in spans}
    assert any(one.entities and one.text[slice(*one.entities[0][:2])] not in one.source for one in made(200))


def test_listed_values_are_used_with_their_synonyms() -> None:
    data = [Example("我要红色的", "colour", ((2, 4, "colour"),)), Example("退货吧", "refund")]
    proposer = ParaphraseProposer(catalogue=shop_catalogue())
    found = proposer.propose(data, intents=["colour"], count=10, seed=0)
    assert {"我要大红的", "我要蓝色的"} <= set(texts_of(found))
    blue = next(one for one in found if one.text == "我要蓝色的")
    assert blue.entities == ((2, 4, "colour"),)


def test_pairs_of_questions_teach_wordings() -> None:
    data = [Example("how do I cancel the order", "cancel"), Example("send the invoice", "invoice")]
    pairs = [
        QuestionPair(f"how do I {what}", f"what is the way to {what}", same=True)
        for what in ("pay by my own card", "change the name there", "close all my accounts")
    ]
    found = ParaphraseProposer(pairs=pairs).propose(data, intents=["cancel"], count=10, seed=0)
    assert "what is the way to cancel the order" in texts_of(found)
    different = [QuestionPair(pair.first, pair.second, same=False) for pair in pairs]
    assert not ParaphraseProposer(pairs=different).propose(data, intents=["cancel"], count=10, seed=0)


def test_masked_values_stay_whole_and_are_numbered_from_one() -> None:
    for one in made(200):
        rest = PLACEHOLDER.sub("", one.text)
        assert "[" not in rest
        numbers = [int(match["number"]) for match in PLACEHOLDER.finditer(one.text)]
        assert not numbers or set(numbers) == set(range(1, max(numbers) + 1))
    assert any(PLACEHOLDER.search(one.text) for one in made(200))


def test_an_intent_without_utterances_is_refused_in_words() -> None:
    with pytest.raises(TrainingRefused, match="nonsense has no utterance"):
        ParaphraseProposer().propose(examples(), intents=["nonsense"], count=1, seed=0)


def test_a_cancelled_run_stops() -> None:
    with pytest.raises(TrainingCancelled):
        ParaphraseProposer().propose(examples(), intents=INTENTS, count=1, seed=0, should_cancel=lambda: True)


def test_progress_is_told_for_each_intent() -> None:
    told = []
    ParaphraseProposer().propose(examples(), intents=INTENTS, count=1, seed=0, progress=told.append)
    assert [one.stage for one in told] == ["edits", *INTENTS]
    assert told[-1].seconds_left == 0


def test_thin_intents_are_those_with_few_utterances() -> None:
    assert thin_intents(examples()) == ("human", "invoice", "phone", "refund")
    assert thin_intents(examples(), below=5) == ("phone",)

"""What holds for both neural generators, and what they learn of a language of a few sentences."""

from __future__ import annotations

import dataclasses

import pytest

from nlu.errors import TrainingCancelled, TrainingRefused
from nlu.generation.gan import GanConfig, GanProposer
from nlu.generation.proposals import Proposer
from nlu.generation.variational import VaeConfig, VaeProposer
from nlu.pipeline.tokenization import PLACEHOLDER
from nlu.types import Example
from tests.nlu.generation.shop import examples

SIZES = {"embedding": 24, "intent": 12, "hidden": 48, "batch": 16, "rate": 1e-2}
VAE = VaeConfig(latent=8, steps=150, **SIZES)
GAN = GanConfig(noise=8, filters=12, teaching=120, contest=25, longest=12, **SIZES)
INTENTS = ("phone", "refund")


def proposers(*, brief: bool = False, texts: tuple[str, ...] = ()) -> list[Proposer]:
    vae = dataclasses.replace(VAE, steps=3) if brief else VAE
    gan = dataclasses.replace(GAN, teaching=2, contest=2) if brief else GAN
    return [VaeProposer(config=vae, texts=texts), GanProposer(config=gan, texts=texts)]


def propose(proposer: Proposer, seed: int = 0, **options):
    return proposer.propose(examples(), intents=INTENTS, count=6, seed=seed, **options)


@pytest.mark.parametrize("place", [0, 1], ids=["vae", "gan"])
def test_it_speaks_of_what_it_is_asked_for_in_known_words(place: int) -> None:
    proposer = proposers()[place]
    made = propose(proposer)
    assert {one.method for one in made} == {proposer.method}
    assert {one.intent for one in made} == set(INTENTS)
    for intent in INTENTS:
        texts = [one.text for one in made if one.intent == intent]
        assert len(texts) <= 6
        assert len(set(texts)) == len(texts)
        scores = [one.score for one in made if one.intent == intent]
        assert scores == sorted(scores, reverse=True)
    phone = [one.text for one in made if one.intent == "phone"]
    refund = [one.text for one in made if one.intent == "refund"]
    assert sum("手机号" in text for text in phone) > len(phone) / 2
    assert sum(PLACEHOLDER.search(text) is not None for text in refund) < len(refund) / 2
    assert all("[" not in PLACEHOLDER.sub("", text) for text in phone)


@pytest.mark.parametrize("place", [0, 1], ids=["vae", "gan"])
def test_the_same_seed_says_the_same_and_another_something_else(place: int) -> None:
    first, again, other = (propose(proposers(brief=True)[place], seed=seed) for seed in (3, 3, 4))
    assert first == again != other


@pytest.mark.parametrize("place", [0, 1], ids=["vae", "gan"])
def test_it_tells_how_far_it_is_and_stops_when_asked(place: int) -> None:
    told = []
    propose(proposers(brief=True)[place], progress=told.append)
    assert [one.epoch for one in told] == list(range(1, told[-1].epochs + 1))
    with pytest.raises(TrainingCancelled):
        propose(proposers(brief=True)[place], should_cancel=lambda: True)


@pytest.mark.parametrize("place", [0, 1], ids=["vae", "gan"])
def test_unlabelled_texts_teach_words_and_too_few_texts_are_refused(place: int) -> None:
    few = [Example("退钱", "refund"), Example("开票", "invoice")]
    options = {"intents": ["refund"], "count": 3, "seed": 0}
    with pytest.raises(TrainingRefused, match="at least 8 texts"):
        proposers(brief=True)[place].propose(few, **options)
    texts = ("什么时候发货呢", "请问有红色的吗", "能不能便宜点", "包邮吗", "有没有大码", "可以货到付款吗")
    made = proposers(brief=True, texts=texts)[place].propose(few, **options)
    assert {one.intent for one in made} == {"refund"}

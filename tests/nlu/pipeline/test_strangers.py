"""The part of the linear head that tells texts without an intent from all the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.network import ExpertLogits, Labels, product_of_experts, with_strangers
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset
from nlu.training.fitted_bounds import HeldOut, combine, fit_bounds
from nlu.training.trainer import train
from nlu.types import OUT_OF_SCOPE, Example
from tests.nlu.pipeline.corpus import QUICK, shop_examples

STRANGERS = (
    "明天会下雨吗",
    "讲个笑话",
    "写一首关于月亮的诗",
    "谁是总统",
    "who won the match",
    "sing me a song",
    "what is the capital of Peru",
    "recommend a film for tonight",
)


def test_strangers_take_probability_from_every_intent_alike() -> None:
    logits = torch.tensor([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    before = logits.softmax(1)
    after = with_strangers(logits, torch.tensor([0.0, -30.0], dtype=torch.float64)).softmax(1)
    assert torch.allclose(after.sum(1), torch.ones(2, dtype=torch.float64))
    assert torch.allclose(after[0, :2], before[0, :2] / 2)
    assert after[0, 2] == pytest.approx(float(before[0, 2] + before[0, :2].sum() / 2))
    assert torch.allclose(after[1], before[1])


def test_the_share_moves_the_product_from_one_expert_to_the_other() -> None:
    head, linear = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    assert product_of_experts((head, linear), (1.0, 0.0), multi_label=False).argmax() == 0
    assert product_of_experts((head, linear), (0.0, 1.0), multi_label=False).argmax() == 1
    even = product_of_experts((head, linear), (0.5, 0.5), multi_label=False).softmax(1)
    assert even[0, 0] == pytest.approx(0.5)


def test_bounds_see_the_same_distribution_as_the_network() -> None:
    head, linear, stranger = torch.randn(4, 3), torch.randn(4, 3), torch.randn(4)
    shares = (0.75, 0.25)
    expected = with_strangers(product_of_experts((head, linear), shares, multi_label=False), stranger)
    seen = combine(ExpertLogits((head, linear), stranger), shares, multi_label=False)
    assert torch.allclose(torch.from_numpy(seen).float(), expected, atol=1e-5)


def test_labels_know_whether_strangers_were_taught() -> None:
    assert Labels(("a", "b", OUT_OF_SCOPE)).known == 2
    assert not Labels(("a", "b")).taught_strangers


@pytest.mark.parametrize(("allowed", "answered"), [(0.1, 0.1), (1.0, 1.0)])
def test_the_threshold_bounds_how_many_strangers_are_answered(allowed: float, answered: float) -> None:
    generator = torch.Generator().manual_seed(0)
    friends, strangers = 200, 100
    gold = torch.cat([torch.arange(friends) % 2, torch.full((strangers,), 2)])
    # Friends are always right, so that only the strangers, who look like intents now and then, set the bound.
    logits = torch.nn.functional.one_hot(gold, 3) * 4.0
    logits[: friends // 2] /= 8
    logits[friends:, 0] += torch.rand(strangers, generator=generator) * 8
    held = HeldOut(
        ExpertLogits((logits, logits.clone()), torch.full((friends + strangers,), -20.0)),
        torch.nn.functional.one_hot(gold, 3).float(),
        np.ones(friends + strangers, dtype=np.float32),
        np.zeros(friends + strangers, dtype=np.float32),
        np.full(friends + strangers, "en"),
    )
    config = PipelineConfig(answered_strangers=allowed)
    bounds = fit_bounds(held, config, None, 2)
    scores = torch.from_numpy(combine(held.cooled(bounds.temperatures).logits, bounds.shares, multi_label=False))
    confidence = (scores / bounds.temperature).softmax(1)[friends:, :2].amax(1)
    share = float((confidence >= bounds.thresholds.confidence).float().mean())
    assert share <= answered + 0.01
    assert allowed < 1 or share > 0.2


def test_taught_strangers_lose_their_confidence_and_friends_keep_it(tmp_path: Path) -> None:
    plain = train(Dataset.of(shop_examples()), output_dir=tmp_path / "plain", config=QUICK)
    taught = train(
        Dataset.of([*shop_examples(), *(Example(text, "") for text in STRANGERS)]),
        output_dir=tmp_path / "taught",
        config=QUICK,
    )
    before, after = NluPipeline.load(plain.folder), NluPipeline.load(taught.folder)
    for text in ("what is the capital of France", "讲个故事"):
        parse = after.parse(text)
        assert parse.intents[0].confidence < before.parse(text).intents[0].confidence
        assert OUT_OF_SCOPE not in {score.name for score in parse.intents}
    assert after.parse("我想退款").intents[0].name == "refund"
    assert after.parse("我想退款").intents[0].confidence > after.parse("讲个故事").intents[0].confidence

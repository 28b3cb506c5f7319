"""Generated texts teach, and nothing else: no bound and no measure is taken from them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from nlu.generation.effect import measure_effect
from nlu.held_out import read_answers
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset
from nlu.training.trainer import train
from nlu.types import Example
from tests.nlu.pipeline.corpus import QUICK, shop_examples

BRIEF = dataclasses.replace(QUICK, epochs=4, least_steps=40)
NEW = tuple(Example(f"{word} 打印机", "refund") for word in ("破", "旧", "坏", "我的", "这台"))


def test_generated_texts_teach(tmp_path: Path) -> None:
    result = train(Dataset.of(shop_examples()), output_dir=tmp_path / "m", config=BRIEF, generated=NEW)
    top = NluPipeline.load(result.folder).parse("他的打印机").top
    assert top is not None
    assert top.name == "refund"
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert manifest["examples"] == len(shop_examples()) + len(NEW)
    assert manifest["generated"] == len(NEW)


def test_nothing_is_measured_on_generated_texts(tmp_path: Path) -> None:
    dataset = Dataset.of(shop_examples())
    result = train(dataset, output_dir=tmp_path / "m", config=BRIEF, generated=NEW)
    assert len(read_answers(result.folder)) == len(shop_examples())
    assert result.evaluation.metrics.n < len(shop_examples())


def test_the_effect_is_the_difference_of_two_trainings() -> None:
    held_out = Dataset.of([Example("小打印机", "refund"), Example("要一张电子发票", "invoice")])
    effect = measure_effect(Dataset.of(shop_examples()), NEW, held_out, config=BRIEF)
    assert effect.n == 2
    assert effect.with_proposals == effect.without + (effect.won - effect.lost) / 2
    assert effect.with_proposals == 1.0

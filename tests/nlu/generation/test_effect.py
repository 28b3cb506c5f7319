"""Generated texts teach, and nothing else: no bound and no measure is taken from them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

from nlu.generation.effect import measure_effect
from nlu.held_out import read_answers
from nlu.pipeline.exact_matcher import text_key
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


RIDDLES = ("florp", "quimby", "zandle", "brevik", "mulhaven", "oxtrel")


def answers_with(origin: Callable[[str], tuple[str, ...]], folder: Path) -> int:
    """How many of texts that nothing else is like were answered rightly while they were held out."""
    dataset = Dataset.of([*shop_examples(), *(Example(word, "riddle") for word in RIDDLES)])
    made = tuple(
        Example(f"{word} {end}", "riddle", generated=True, made_from=origin(word))
        for word in RIDDLES
        for end in ("now", "please")
    )
    result = train(dataset, output_dir=folder, config=BRIEF, generated=made)
    keys = {text_key(word) for word in RIDDLES}
    return sum(one.intent == "riddle" for one in read_answers(result.folder) if one.key in keys)


def test_what_was_made_from_a_held_out_text_does_not_train_where_it_is_held_out(tmp_path: Path) -> None:
    told = answers_with(lambda word: (word.upper(),), tmp_path / "told")
    unknown = answers_with(lambda word: (), tmp_path / "unknown")
    lied = answers_with(lambda word: ("another text",), tmp_path / "lied")
    assert lied == len(RIDDLES)
    assert max(told, unknown) < len(RIDDLES)


def test_examples_of_the_data_that_say_so_train_only(tmp_path: Path) -> None:
    flagged = [dataclasses.replace(one, generated=True, made_from=("我要退款",)) for one in NEW]
    dataset = Dataset.of([*shop_examples(), *flagged])
    result = train(dataset, output_dir=tmp_path / "m", config=BRIEF)
    assert len(read_answers(result.folder)) == len(shop_examples())
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert (manifest["examples"], manifest["generated"]) == (len(dataset), len(NEW))
    card = (result.folder / "MODEL_CARD.md").read_text()
    assert f"{len(NEW)} of them are generated" in card


def test_what_was_made_from_a_given_validation_text_does_not_train(tmp_path: Path) -> None:
    dataset = Dataset.of([*shop_examples(), Example("a riddle please", "riddle"), Example("riddle me", "riddle")])
    validation = Dataset.of([Example(word, "riddle") for word in RIDDLES])
    right = {}
    for name, origin in (("told", RIDDLES), ("lied", ("another text",))):
        made = tuple(
            Example(f"{word} {end}", "riddle", generated=True, made_from=origin)
            for word in RIDDLES
            for end in ("now", "please")
        )
        folder = tmp_path / name
        result = train(dataset, output_dir=folder, config=BRIEF, generated=made, validation=validation)
        answers = read_answers(result.folder)
        found = NluPipeline.load(folder).parse_many(list(RIDDLES))
        right[name] = (
            sum(one.intent == "riddle" for one in answers),
            sum(one.top is not None and one.top.name == "riddle" for one in found),
        )
    assert right["lied"] == (len(RIDDLES), len(RIDDLES))
    assert max(right["told"]) < len(RIDDLES)

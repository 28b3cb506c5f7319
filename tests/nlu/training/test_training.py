from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from nlu.errors import TrainingCancelled, TrainingRefused
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset
from nlu.training.evaluation import evaluate
from nlu.training.trainer import train
from nlu.types import Example, TrainingProgress
from tests.nlu.pipeline.corpus import QUICK, shop_examples, train_shop

BRIEF = dataclasses.replace(QUICK, epochs=3, least_steps=1)


def test_the_same_seed_gives_the_same_model_and_another_seed_another(tmp_path: Path) -> None:
    tensors = [
        load_file(train_shop(tmp_path / f"m{n}", seed=seed, config=BRIEF).folder / "model.safetensors")
        for n, seed in enumerate((7, 7, 8))
    ]
    assert all((tensors[0][name] == tensors[1][name]).all() for name in tensors[0])
    assert any((tensors[0][name] != tensors[2][name]).any() for name in tensors[0])


def test_progress_is_told_once_per_epoch(tmp_path: Path) -> None:
    told: list[TrainingProgress] = []
    train(Dataset.of(shop_examples()), output_dir=tmp_path / "m", config=BRIEF, progress=told.append)
    assert [p.epoch for p in told] == list(range(1, BRIEF.epochs * (BRIEF.folds + 1) + 1))
    assert {p.epochs for p in told} == {len(told)}
    assert told[-1].seconds_left == 0
    assert told[-1].stage == "final"


def test_held_out_accuracy_is_told_and_training_stops_early(tmp_path: Path) -> None:
    told: list[TrainingProgress] = []
    # Nothing that fits the training data can get these right: the longer it learns, the worse it does on them.
    validation = Dataset.of([Example("我要退款", "invoice"), Example("开一张发票", "refund")])
    config = dataclasses.replace(QUICK, epochs=30, patience=1)
    result = train(
        Dataset.of(shop_examples()),
        output_dir=tmp_path / "m",
        config=config,
        validation=validation,
        progress=told.append,
    )
    assert told[0].validation_accuracy is not None
    assert told[-1].epoch < 60
    assert result.evaluation.metrics.n == len(validation)
    assert result.evaluation.metrics.intent_accuracy == 0


def test_a_cancelled_run_writes_nothing(tmp_path: Path) -> None:
    told: list[TrainingProgress] = []
    with pytest.raises(TrainingCancelled):
        train(
            Dataset.of(shop_examples()),
            output_dir=tmp_path / "m",
            config=BRIEF,
            progress=told.append,
            should_cancel=lambda: len(told) >= 2,
        )
    assert len(told) == 2
    assert list(tmp_path.iterdir()) == []


def test_too_little_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingRefused, match="two intents"):
        train(Dataset.of([Example("a", "x"), Example("b", "x")]), output_dir=tmp_path / "m")


def cities_alone(intent: str = "") -> Dataset:
    return Dataset.of(
        dataclasses.replace(example, intent=intent) for example in shop_examples() if example.entities
    )


@pytest.mark.parametrize("intent", ["", "delivery_time"])
def test_entities_alone_are_enough_to_learn(tmp_path: Path, intent: str) -> None:
    data = cities_alone(intent)
    result = train(data, output_dir=tmp_path / "m", config=QUICK)
    parse = NluPipeline.load(result.folder).parse("寄到上海要几天")
    assert [(span.text, span.type) for span in parse.entities] == [("上海", "city")]
    assert [score.name for score in parse.intents] == ([intent] if intent else [])
    metrics = evaluate(NluPipeline.load(result.folder), data).to_json()
    assert (metrics["n"], metrics["entity_f1"]) == (len(data), 1)
    assert metrics["intent_accuracy"] == (1 if intent else None)


def test_the_epoch_is_chosen_by_entities_too(tmp_path: Path) -> None:
    """There is one intent, so it is right from the first epoch on."""
    data = cities_alone("delivery_time")
    config = dataclasses.replace(QUICK, least_steps=300)
    result = train(data, output_dir=tmp_path / "m", config=config, validation=data)
    assert evaluate(NluPipeline.load(result.folder), data).entity_f1 == 1


def test_one_example_per_intent_is_enough_to_start(tmp_path: Path) -> None:
    result = train(
        Dataset.of([Example("hello", "greet"), Example("bye", "leave")]), output_dir=tmp_path / "m", config=BRIEF
    )
    assert NluPipeline.load(result.folder).parse("hello").intents[0].name == "greet"


def test_out_of_scope_examples_set_the_bound_and_nothing_else(tmp_path: Path) -> None:
    strangers = tuple(Example(text) for text in ("今天天气怎么样", "who won the match", "讲个笑话"))
    plain = train(Dataset.of(shop_examples()), output_dir=tmp_path / "a", config=BRIEF)
    bound = train(Dataset.of(shop_examples()), output_dir=tmp_path / "b", config=BRIEF, out_of_scope=strangers)
    first, second = (load_file(r.folder / "model.safetensors") for r in (plain, bound))
    assert all((first[name] == second[name]).all() for name in first)
    assert plain.bounds.scope.bias != bound.bounds.scope.bias


def test_several_intents_in_one_message(tmp_path: Path) -> None:
    parts = {"cancel": "cancel my order", "refund": "give me the money back", "invoice": "send an invoice"}
    examples = [
        Example(text + end, name, intents=(name,)) for name, text in parts.items() for end in ("", " now", "!")
    ]
    for a, b in (("cancel", "refund"), ("refund", "invoice"), ("cancel", "invoice")):
        examples += [Example(f"{parts[a]} and {parts[b]}{end}", a, intents=(a, b)) for end in ("", " please")]
    config = dataclasses.replace(QUICK, epochs=25)
    result = train(Dataset.of(examples), output_dir=tmp_path / "m", config=config)
    pipeline = NluPipeline.load(result.folder)
    bound = pipeline.thresholds.present
    assert bound == result.bounds.thresholds.present
    parse = pipeline.parse("give me the money back and then cancel my order")
    assert {score.name for score in parse.intents if score.confidence >= bound} == {"cancel", "refund"}


def test_the_manifest_says_where_the_model_came_from(tmp_path: Path) -> None:
    dataset = Dataset.of(shop_examples())
    result = train(dataset, output_dir=tmp_path / "m", config=BRIEF, version="v1")
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert manifest["data_fingerprint"] == dataset.fingerprint()
    assert manifest["config_fingerprint"] == BRIEF.fingerprint() != PipelineConfig().fingerprint()
    assert manifest["labels"]["intents"] == ["delivery_time", "human", "invoice", "refund"]
    assert manifest["libraries"]["torch"]
    assert "# Understanding model v1" in (result.folder / "MODEL_CARD.md").read_text()

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset
from nlu.training.evaluation import OUT_OF_SCOPE, evaluate_in_detail
from nlu.training.metrics import auroc, f1_score, macro_f1, matthews
from nlu.training.trainer import train
from nlu.types import Example
from tests.nlu.pipeline.corpus import QUICK, shop_examples, train_shop


def test_macro_f1_and_matthews_agree_with_hand_calculation() -> None:
    gold, said = ["a", "a", "b", "b", "c"], ["a", "b", "b", "b", "a"]
    assert macro_f1(gold, said) == pytest.approx((0.5 + 0.8 + 0) / 3)
    assert matthews(gold, gold) == pytest.approx(1)
    assert matthews(gold, ["a"] * 5) == 0
    assert matthews(["a", "a", "b", "b"], ["a", "b", "b", "b"]) == pytest.approx(0.57735, abs=1e-4)


def test_auroc_counts_ties_as_half() -> None:
    assert auroc(np.array([2.0, 3.0]), np.array([1.0])) == 1
    assert auroc(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == 0.5


def test_f1_of_nothing_is_zero() -> None:
    assert f1_score(0, 0, 0) == 0


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> NluPipeline:
    return NluPipeline.load(train_shop(tmp_path_factory.mktemp("models") / "m").folder)


def test_an_evaluation_reports_every_kind_of_number(pipeline: NluPipeline) -> None:
    data = Dataset.of([*shop_examples(), Example("我要发票", "refund"), Example("今日の天気")])
    done = evaluate_in_detail(pipeline, data, [Example("量子力学")])
    numbers = done.metrics.to_json()
    assert numbers["n"] == len(data) - 1
    assert 0.9 < numbers["intent_accuracy"] < 1
    assert numbers["entity_f1"] > 0.8
    assert set(numbers["out_of_scope"]) == {"auroc", "recall", "precision", "f1", "in_scope_accuracy"}
    assert set(numbers["latency_ms"]) == {"p50", "p99"}
    assert numbers["messages_per_second"] > 0
    assert ("refund", "invoice", 1) in done.confusions
    assert {report.intent for report in done.intents} >= {"refund", "invoice", OUT_OF_SCOPE}


def test_no_intent_is_an_answer_where_others_have_several(tmp_path: Path) -> None:
    examples = [Example(f"{name} {n}", intents=(name,)) for name in ("refund", "cancel") for n in range(6)]
    examples += [Example(f"refund and cancel {n}", intents=("cancel", "refund")) for n in range(6)]
    model = NluPipeline.load(train(Dataset.of(examples), output_dir=tmp_path / "m", config=QUICK).folder)
    some = [Example("refund and cancel now", intents=("cancel", "refund"))]
    said = evaluate_in_detail(model, Dataset.of(some)).metrics
    more = evaluate_in_detail(model, Dataset.of([*some, Example("refund please")])).metrics
    assert (said.n, said.micro_f1, said.exact_match) == (1, 1, 1)
    assert (more.n, more.micro_f1, more.exact_match) == (2, pytest.approx(0.8), 0.5)


def test_keys_that_do_not_apply_are_null(pipeline: NluPipeline) -> None:
    numbers = evaluate_in_detail(pipeline, Dataset.of([Example("我要退款", "refund")])).metrics.to_json()
    assert numbers["entity_f1"] is None
    assert numbers["out_of_scope"] is None

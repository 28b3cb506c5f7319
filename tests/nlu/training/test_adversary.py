"""Learning from unlabelled messages: off by default, invisible in what is saved."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from safetensors.numpy import load_file

from nlu.errors import TrainingCancelled, TrainingRefused
from nlu.generation.proposals import Proposal
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset
from nlu.training.schedule import FEWEST_MESSAGES
from nlu.training.trainer import TrainingResult, train
from nlu.types import Example
from tests.nlu.pipeline.corpus import QUICK, shop_examples

BRIEF = dataclasses.replace(QUICK, epochs=4, least_steps=40)
MESSAGES = [
    f"{what}{end}" for what in ("退款", "发票", "转人工", "送到北京", "invoice") for end in ("", "吗", "呢", "呀")
]


def trained(folder: Path, messages: list[str], **options) -> TrainingResult:
    return train(Dataset.of(shop_examples()), output_dir=folder, config=BRIEF, unlabelled=messages, **options)


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    return trained(tmp_path_factory.mktemp("models") / "taught", MESSAGES)


def test_a_saved_model_has_the_same_parts_and_loads(taught: TrainingResult, tmp_path: Path) -> None:
    plain = trained(tmp_path / "a", [])
    first, second = (load_file(one.folder / "model.safetensors") for one in (plain, taught))
    assert {name: value.shape for name, value in first.items()} == {n: v.shape for n, v in second.items()}
    assert any((first[name] != second[name]).any() for name in first)
    manifests = [json.loads((one.folder / "manifest.json").read_text()) for one in (plain, taught)]
    assert [one["unlabelled"] for one in manifests] == [0, len(MESSAGES)]
    assert manifests[0]["labels"] == manifests[1]["labels"]
    top = NluPipeline.load(taught.folder).parse("我想要退款").top
    assert top is not None
    assert top.name == "refund"


def test_the_same_seed_and_messages_give_the_same_model(taught: TrainingResult, tmp_path: Path) -> None:
    again = trained(tmp_path / "again", MESSAGES)
    first, second = (load_file(one.folder / "model.safetensors") for one in (taught, again))
    assert all((first[name] == second[name]).all() for name in first)


def test_too_few_messages_and_several_intents_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingRefused, match=f"from {FEWEST_MESSAGES} on"):
        trained(tmp_path / "a", MESSAGES[: FEWEST_MESSAGES - 1])
    double = [*shop_examples(), Example("退款还要发票", "refund", intents=("refund", "invoice"))]
    with pytest.raises(TrainingRefused, match="one intent"):
        train(Dataset.of(double), output_dir=tmp_path / "b", config=BRIEF, unlabelled=MESSAGES)
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_contest_writes_nothing(tmp_path: Path) -> None:
    told = []
    with pytest.raises(TrainingCancelled):
        trained(tmp_path / "a", MESSAGES, progress=told.append, should_cancel=lambda: len(told) >= 2)
    assert list(tmp_path.iterdir()) == []


def test_the_terminal_takes_messages_and_reviewed_proposals(tmp_path: Path) -> None:
    data, messages, proposals = (tmp_path / f"{name}.jsonl" for name in ("data", "messages", "proposals"))
    rows = [{"text": f"{what}{end}", "intent": what} for what in ("退款", "发票") for end in ("吧", "呢", "吗")]
    data.write_text("\n".join(json.dumps(row) for row in rows))
    lines = [{"text": f"退款到13800138000{end}", "intent": "unknown"} for end in MESSAGES]
    messages.write_text("\n".join(json.dumps(row) for row in lines))
    proposal = Proposal("把钱退了", "退款", "vae", -1.0, source="退款吧").to_json()
    proposals.write_text(json.dumps(proposal))
    folder = tmp_path / "m"
    files = {"data": data, "validation": data, "output": folder, "unlabelled": messages, "generated": proposals}
    call_command("train_nlu", **{name: str(path) for name, path in files.items()})
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["unlabelled"] == len(lines)
    assert (manifest["generated"], manifest["examples"]) == (1, len(rows) + 1)
    assert NluPipeline.load(folder).parse("把钱退了").matched_by == "exact"
    assert "unknown" not in manifest["labels"]["intents"]

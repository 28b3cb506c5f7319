"""`generate_utterances` on files, and what training does with what it made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from nlu.training.dataset import load_dataset
from tests.nlu.generation.shop import MOBILE, examples


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    rows = [
        {"text": one.text, "intent": one.intent, "entities": [list(span) for span in one.entities]}
        for one in examples()
    ]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def write_texts(path: Path, *texts: str) -> Path:
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    return path


def test_proposals_are_a_file_that_training_reads(data: Path, tmp_path: Path, shop_folder: Path, capsys) -> None:
    output = tmp_path / "new" / "proposals.jsonl"
    call_command("generate_utterances", data=str(data), output=str(output), judge=str(shop_folder), per_intent=4)
    report = json.loads(capsys.readouterr().out)
    made = load_dataset(output).examples
    assert report["kept"] == len(made) > 0
    assert report["proposed"] == report["kept"] + sum(report["refused"].values())
    assert report["shown"]["no_copy"] == 1.0
    assert 0 <= report["shown"]["label_agreement"] <= 1
    assert report["reference_perplexity"] is None
    records = [json.loads(line) for line in output.read_text().splitlines()]
    assert {record["generated"] for record in records} == {"paraphrase"}
    assert all(record["source"] for record in records)
    assert {one.intent for one in made} <= {"human", "invoice", "phone", "refund"}


def test_the_same_seed_makes_the_same_file(data: Path, tmp_path: Path) -> None:
    outputs = [tmp_path / f"{number}.jsonl" for number in range(2)]
    for output in outputs:
        call_command("generate_utterances", data=str(data), output=str(output), intents=["refund", "invoice"])
    assert outputs[0].read_text() == outputs[1].read_text() != ""


def test_guarded_texts_are_never_proposed(data: Path, tmp_path: Path, capsys) -> None:
    free = tmp_path / "free.jsonl"
    call_command("generate_utterances", data=str(data), output=str(free))
    found = [one.text for one in load_dataset(free).examples]
    guard = write_texts(tmp_path / "guard.jsonl", *found)
    capsys.readouterr()
    kept = tmp_path / "kept.jsonl"
    call_command("generate_utterances", data=str(data), output=str(kept), guard=[str(guard)])
    report = json.loads(capsys.readouterr().out)
    assert report["refused"]["guarded"] >= len(found)
    assert report["reference_perplexity"] > 1
    assert not {json.loads(line)["text"] for line in kept.read_text().splitlines()} & set(found)


def test_personal_data_in_the_file_is_masked_first(tmp_path: Path) -> None:
    data, output = tmp_path / "data.jsonl", tmp_path / "proposals.jsonl"
    texts = [f"打{end}电话给{MOBILE}行吗" for end in ("个", "一下", "通")] + [f"麻烦你们给{MOBILE}打个电话"]
    rows = [{"text": text, "intent": "call"} for text in texts]
    data.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    call_command("generate_utterances", data=str(data), output=str(output))
    assert MOBILE not in output.read_text()
    assert "[手机号#1]" in output.read_text()


def test_what_cannot_be_done_is_said_in_words(data: Path, tmp_path: Path) -> None:
    output = str(tmp_path / "out.jsonl")
    with pytest.raises(CommandError, match="nonsense has no utterance"):
        call_command("generate_utterances", data=str(data), output=output, intents=["nonsense"])
    with pytest.raises(CommandError, match="from 1 to 200"):
        call_command("generate_utterances", data=str(data), output=output, per_intent=0)
    with pytest.raises(CommandError, match="line 1"):
        call_command("generate_utterances", data=str(write_texts(tmp_path / "bad.jsonl", "")), output=output)
    assert not Path(output).exists()

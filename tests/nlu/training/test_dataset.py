from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlu.errors import InvalidData
from nlu.training.dataset import Dataset, intents_of, load_dataset, stratified_folds
from nlu.types import DialogueContext, Example


def written(folder: Path, *records: Any) -> Path:
    path = folder / "data.jsonl"
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in records), encoding="utf-8")
    return path


def test_all_forms_of_labels_are_read(tmp_path: Path) -> None:
    dataset = load_dataset(
        written(
            tmp_path,
            {"text": "hello", "intent": "greet", "locale": "en"},
            "",
            {"text": "cancel and refund", "intents": ["cancel", "refund"]},
            {
                "text": "to New York",
                "intent": "fly",
                "tokens": ["to", "New", "York"],
                "tags": ["O", "B-city", "I-city"],
            },
            {"text": "去上海", "intent": "fly", "entities": [[1, 3, "city"]]},
            {
                "text": "go to Rome",
                "intent": "fly",
                "entities": [{"start": 6, "end": 10, "type": "city", "value": "Rome"}],
            },
            {"text": "yes", "intent": "ok", "context": {"last_bot_act": "ask", "previous_intents": ["fly"]}},
            {"text": "weather?"},
        )
    )
    assert [intents_of(example) for example in dataset.examples] == [
        ("greet",), ("cancel", "refund"), ("fly",), ("fly",), ("fly",), ("ok",), (),
    ]  # fmt: skip
    assert [example.entities for example in dataset.examples[2:5]] == [
        ((3, 11, "city"),),
        ((1, 3, "city"),),
        ((6, 10, "city"),),
    ]
    assert dataset.examples[5].context == DialogueContext(("fly",), last_bot_act="ask")
    assert dataset.labelled_entities


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ({"intent": "x"}, '"text" must be'),
        ({"text": "  "}, '"text" must be'),
        ({"text": "a", "intent": 3}, '"intent" must be a string'),
        ({"text": "a", "intents": "x"}, '"intents" must be a list'),
        ({"text": "abc", "entities": [[0, 9, "x"]]}, "an entity must be"),
        ({"text": "abc", "entities": [[2, 1, "x"]]}, "an entity must be"),
        ({"text": "abc", "entities": [["0", 1, "x"]]}, "an entity must be"),
        ({"text": "abc", "entities": "x"}, '"entities" must be a list'),
        ({"text": "abc", "tokens": ["abc"], "tags": []}, "same length"),
        ({"text": "abc", "tokens": ["abd"], "tags": ["O"]}, "tokens must occur"),
        ({"text": "abc", "tokens": ["abc"], "tags": ["X-y"]}, "tokens must occur"),
        ({"text": "abc", "context": []}, '"context" must be'),
        ({"text": "abc", "context": {"mood": "bad"}}, '"context" must be'),
        ({"text": "abc", "context": {"previous_intents": "x"}}, '"previous_intents" must be'),
    ],
)
def test_mistakes_are_named_with_their_line_and_without_the_text(tmp_path: Path, line: Any, message: str) -> None:
    path = written(tmp_path, {"text": "fine", "intent": "x"}, line)
    with pytest.raises(InvalidData, match=r"data\.jsonl, line 2") as caught:
        load_dataset(path)
    assert message in str(caught.value)
    assert "abd" not in str(caught.value)


def test_unreadable_and_empty_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"absent\.jsonl"):
        load_dataset(tmp_path / "absent.jsonl")
    with pytest.raises(InvalidData, match="no examples"):
        load_dataset(written(tmp_path, ""))
    (tmp_path / "latin.jsonl").write_bytes(b'{"text": "caf\xe9"}')
    with pytest.raises(InvalidData, match="UTF-8"):
        load_dataset(tmp_path / "latin.jsonl")


def test_the_fingerprint_depends_on_content_alone() -> None:
    example = Example("a", "x", ((0, 1, "t"),))
    base = Dataset.of([example]).fingerprint()
    assert base == Dataset.of([Example("a", "x", ((0, 1, "t"),))]).fingerprint()
    for other in (Example("b", "x"), Example("a", "y"), Example("a", "x", context=DialogueContext(("y",)))):
        assert Dataset.of([other]).fingerprint() != base


def test_folds_are_stratified_complete_and_repeatable() -> None:
    examples = [Example(f"{intent}{n}", intent) for intent in "abc" for n in range(8)]
    folds = stratified_folds(examples, 4, seed=1)
    assert sorted(row for fold in folds for row in fold) == list(range(24))
    assert all(sorted(examples[row].intent for row in fold) == list("aabbcc") for fold in folds)
    assert folds == stratified_folds(examples, 4, seed=1) != stratified_folds(examples, 4, seed=2)

"""What a proposal was made from goes with it: through the generator, files, and the folds of a training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlu.errors import InvalidExample
from nlu.formats.line_writers import csv_lines, json_lines
from nlu.generation.paraphrase import ParaphraseProposer
from nlu.generation.pieces import keys_of, pieces_of
from nlu.training.dataset import load_dataset, unrelated
from nlu.training.masked import default_mask, masked_dataset
from nlu.types import Example
from tests.nlu.generation.shop import MOBILE, examples


def test_every_word_of_a_paraphrase_is_in_a_text_that_it_names() -> None:
    made = ParaphraseProposer().propose(
        examples(), intents=("refund", "invoice", "delivery_time"), count=40, seed=1
    )
    assert len(made) > 10
    assert any(len(proposal.made_from) > 1 for proposal in made)
    for proposal in made:
        known = {key for text in proposal.made_from for key in keys_of(pieces_of(text))}
        assert set(keys_of(pieces_of(proposal.text))) <= known, proposal


def test_a_fold_leaves_out_what_its_texts_have_taught() -> None:
    one = Example("money back now", "refund", generated=True, made_from=("Money back",))
    two = Example("refund now", "refund", generated=True, made_from=("refund", "do it now"))
    sampled = Example("cash now", "refund", generated=True)
    every = (one, two, sampled)
    assert unrelated(every, ()) == every
    assert unrelated(every, (Example("ｍｏｎｅｙ  BACK"),)) == (two,)
    assert unrelated(every, (Example("do it now"),)) == (one,)
    assert unrelated(every, (Example("something else"),)) == (one, two)


def test_files_say_what_is_generated_and_from_what(tmp_path: Path) -> None:
    made = Example("money back now", "refund", generated=True, made_from=(f"call {MOBILE}", "now"))
    path = tmp_path / "all.jsonl"
    path.write_text("".join(json_lines([made, Example("hello", "greet")])))
    assert load_dataset(path).examples == (made, Example("hello", "greet"))
    masked = masked_dataset(load_dataset(path), default_mask())
    assert masked.examples[0].made_from == ("call [手机号#1]", "now")
    rows = list(csv_lines([made, Example("hello")]))
    assert [row.rstrip().split(",")[-1] for row in rows] == ["generated", "yes", ""]


def test_proposals_of_the_command_before_origins_were_told_still_load(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    old = {"text": "money back now", "intent": "refund", "generated": "paraphrase", "source": "money back"}
    path.write_text(json.dumps(old) + "\n")
    assert load_dataset(path).examples[0].made_from == ("money back",)
    path.write_text(json.dumps(old | {"made_from": "money"}) + "\n")
    with pytest.raises(InvalidExample, match="made_from"):
        load_dataset(path)
    path.write_text(json.dumps(old | {"generated": False}) + "\n")
    assert not load_dataset(path).examples[0].generated

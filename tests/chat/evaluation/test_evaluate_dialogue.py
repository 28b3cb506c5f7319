"""`manage.py evaluate_dialogue` from files to figures, on invented dialogues."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.chat.evaluation.dialogues_of_hotels import write_stays
from tests.chat.evaluation.dialogues_of_trips import HOTEL, write_trips


def _evaluate(**options) -> dict:
    out = io.StringIO()
    call_command("evaluate_dialogue", stdout=out, stderr=io.StringIO(), **options)
    return json.loads(out.getvalue())


def test_what_is_learned_beats_the_baseline(tmp_path):
    report = _evaluate(
        train=str(write_trips(tmp_path / "train.jsonl", 0, 2)),
        data=str(write_trips(tmp_path / "judged.jsonl", 1, 4)),
        format="sgd",
    )
    counted = ("training_dialogues", "dialogues", "turns", "frames")
    assert [report[name] for name in counted] == [30, 15, 45, 45]
    assert report["slot_f1"] >= report["baseline"]["slot_f1"] + 0.1
    assert report["joint_goal_accuracy"] >= 0.8 > report["baseline"]["joint_goal_accuracy"]
    assert report["seen"]["slot_f1"] == report["slot_f1"]
    assert report["unseen"] is None


def test_crosswoz_is_judged_by_whole_states_with_lists(tmp_path):
    report = _evaluate(
        train=str(write_stays(tmp_path / "train.jsonl", 0, 4)),
        data=str(write_stays(tmp_path / "judged.jsonl", 1, 14)),
        format="crosswoz",
    )
    assert report["frames"] == report["turns"] == 3 * report["dialogues"]
    assert report["slot_f1"] >= 0.9
    assert report["joint_goal_accuracy"] >= 0.8
    assert (report["seen"], report["unseen"]) == (None, None)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"train": "none.jsonl", "data": "trips.jsonl"}, "none.jsonl"),
        ({"train": "trips.jsonl", "data": "broken.jsonl"}, "broken.jsonl, line 1"),
        ({"train": "few.jsonl", "data": "trips.jsonl"}, "too few to learn from"),
    ],
)
def test_what_cannot_be_read_or_learned_is_said(tmp_path, files, said):
    write_trips(tmp_path / "trips.jsonl", 0, 2)
    write_trips(tmp_path / "few.jsonl", 0, 20)
    (tmp_path / "broken.jsonl").write_text(json.dumps(HOTEL) + "\n", "utf-8")
    with pytest.raises(CommandError, match=said):
        _evaluate(format="sgd", **{name: str(tmp_path / file) for name, file in files.items()})

"""The health of a workspace's rows: what the report says of them, and that it follows every change."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nlu.actions.entities import add_value, create_entity_type
from nlu.actions.intents import create_intent
from nlu.actions.utterance_edits import add_texts, annotate_utterance, move_utterances
from nlu.actions.workspaces import create_workspace
from nlu.health import counts_of, health_report
from nlu.models import ModelVersion, TrainingRun, Utterance, Workspace
from nlu.pipeline.exact_matcher import text_key


@pytest.fixture
def workspace(db) -> Workspace:
    workspace = create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)
    track = create_intent(workspace=workspace, name="track", actor=None)
    refund = create_intent(workspace=workspace, name="refund", actor=None)
    texts = ["where is my order", "please where is my order", "send it to Oslo", "to Oslo please"]
    add_texts(workspace=workspace, intent=track, texts=texts, locale="en", actor=None)
    add_texts(
        workspace=workspace, intent=refund, texts=["give my money back", "money back"], locale="en", actor=None
    )
    return workspace


def held_out(workspace: Workspace, folder: Path, rows: list[list[object]], *, number: int = 1) -> ModelVersion:
    run = TrainingRun.objects.create(workspace=workspace, status="done")
    path = folder / f"shop/{number}"
    path.mkdir(parents=True)
    (path / "held_out.json").write_text(json.dumps(rows), encoding="utf-8")
    return ModelVersion.objects.create(
        workspace=workspace,
        number=number,
        run=run,
        folder=f"shop/{number}",
        manifest_hash=str(number),
        dataset_fingerprint="0",
    )


def test_a_report_follows_every_change_of_the_rows(workspace: Workspace) -> None:
    report = health_report(workspace)
    assert report.conflicts == ()
    assert [len(one.others) for one in report.repetitions] == [1]
    wrong = Utterance.objects.get(workspace=workspace, text="please where is my order")
    refund = workspace.intents.get(name="refund")
    move_utterances(workspace=workspace, ids=[wrong.pk], intent=refund, actor=None)
    changed = health_report(workspace)
    assert [one.kind for one in changed.conflicts] == ["same"]
    assert changed.repetitions == ()
    assert counts_of(changed).conflicts == 1
    assert counts_of(changed).total == 1 + len(changed.imbalances)
    assert health_report(workspace) is changed


def test_marks_and_lists_are_read(workspace: Workspace) -> None:
    city = create_entity_type(workspace=workspace, name="city", actor=None)
    first = Utterance.objects.get(workspace=workspace, text="send it to Oslo")
    annotate_utterance(utterance=first, start=11, end=15, entity_type=city, actor=None)
    assert health_report(workspace).contradictions == ()
    add_texts(workspace=workspace, intent=first.intent, texts=["is it in Oslo yet"], locale="en", actor=None)
    second = Utterance.objects.get(workspace=workspace, text="is it in Oslo yet")
    annotate_utterance(utterance=second, start=9, end=13, entity_type=city, actor=None)
    (found,) = health_report(workspace).contradictions
    third = Utterance.objects.get(workspace=workspace, text="to Oslo please")
    assert (found.problem, [place.utterance for place in found.places]) == ("unmarked", [third.pk])
    add_value(entity_type=city, value="Oslo", synonyms=["Christiania"], actor=None)
    add_value(entity_type=city, value="Bergen", synonyms=["christiania"], actor=None)
    assert [one.words for one in health_report(workspace).overlaps] == ["christiania"]


def test_doubts_come_from_the_newest_version_that_has_answers(
    workspace: Workspace, settings, tmp_path: Path
) -> None:
    settings.MODEL_DIR = tmp_path
    key = text_key("send it to Oslo")
    assert health_report(workspace).judged_by is None
    held_out(workspace, tmp_path, [[key, "track", "refund", "refund", 0.97, True]])
    report = health_report(workspace)
    assert report.judged_by == 1
    assert [(one.confidence, one.suggested) for one in report.doubts] == [
        (0.97, workspace.intents.get(name="refund").pk)
    ]
    ModelVersion.objects.create(
        workspace=workspace, number=2, folder="shop/none", manifest_hash="2", dataset_fingerprint="0"
    )
    assert health_report(workspace).judged_by == 1
    held_out(workspace, tmp_path, [[key, "track", "track", "track", 0.97, True]], number=3)
    assert health_report(workspace).doubts == ()


DAMAGED = [
    *("", "no", "{}", "[[1]]", '[["x", 1, 2, 3, "y", 0]]', "null", "[" * 100_000),
    *(
        f'[[KEY, "track", "refund", "refund", {number}, true]]'
        for number in ("1e999", "NaN", "-1", "2", "1" + "0" * 400)
    ),
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_of_answers_gives_no_doubts(
    workspace: Workspace, settings, tmp_path: Path, content: str
) -> None:
    settings.MODEL_DIR = tmp_path
    version = held_out(workspace, tmp_path, [])
    content = content.replace("KEY", str(text_key("send it to Oslo")))
    (tmp_path / version.folder / "held_out.json").write_text(content, encoding="utf-8")
    assert health_report(workspace).doubts == ()


def test_another_workspace_is_not_looked_at(workspace: Workspace) -> None:
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    report = health_report(other)
    assert (report.texts, report.conflicts, report.imbalances) == ({}, (), ())


def test_web_processes_read_the_answers_without_torch() -> None:
    code = (
        "import sys, nlu.data_health.similar, nlu.data_health.marks, nlu.data_health.doubts; "
        "import nlu.data_health.balance, nlu.held_out; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0

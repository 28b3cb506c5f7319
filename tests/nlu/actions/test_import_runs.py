"""Imports in the background: in pieces, exactly once, ended at once, and nothing of the file left behind."""

from __future__ import annotations

import io
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import QuerySet
from django.utils import timezone, translation

from nlu import tasks
from nlu.actions import import_runs, jobs
from nlu.actions.entities import create_entity_type
from nlu.actions.import_runs import (
    ImportEnded,
    cancel_import,
    run_import,
    start,
    store_piece,
)
from nlu.actions.masking import create_rule
from nlu.actions.training_files import import_training_file
from nlu.actions.utterances import CHUNK
from nlu.actions.workspaces import create_workspace
from nlu.errors import ImportRefused, InvalidData, InvalidTransition
from nlu.job_runner import run_job
from nlu.models import AuditEntry, EntityAnnotation, ImportRun, Job, Utterance, Workspace
from nlu.models.jobs import JobStatus
from nlu.run_errors import RunError
from tests.nlu.actions.import_scene import files, finish, lines, request
from tests.nlu.actions.meanwhile import INTENTS, meanwhile
from tests.nlu.actions.test_training_files import SHOP

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


@pytest.fixture
def workspace(settings, tmp_path: Path) -> Workspace:
    settings.MODEL_DIR = tmp_path
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


def utterances(workspace: Workspace) -> QuerySet[Utterance]:
    return Utterance.objects.filter(workspace=workspace)


def test_a_file_is_stored_in_pieces_and_counted(workspace: Workspace, settings) -> None:
    data = lines(2 * CHUNK) + "nonsense\n" + lines(3) + lines(10, first=1000)
    run = request(workspace, data)
    assert (run.status, run.total, run.rejected) == ("queued", 2 * CHUNK + 13, 1)
    assert not run_import(run.pk, seconds=0)
    run.refresh_from_db()
    assert (run.status, run.done, run.added) == ("running", CHUNK, CHUNK)
    assert utterances(workspace).count() == CHUNK
    assert finish(run) == 3
    assert (run.status, run.done, run.added, run.duplicates) == ("done", run.total, 2 * CHUNK + 10, 3)
    assert run.report["errors"] == [[2 * CHUNK + 1, "这不是 JSON。", ""]]
    assert [one[:2] for one in run.report["duplicates"]] == [
        [2 * CHUNK + 2 + n, f"text number {n}"] for n in range(3)
    ]
    assert utterances(workspace).count() == run.added
    assert files(settings) == []
    (entry,) = AuditEntry.objects.filter(action="utterances.imported")
    assert entry.summary == f"{run.added} added, 3 duplicates, 1 rejected, 0 values"
    assert run_import(run.pk)
    assert AuditEntry.objects.filter(action="utterances.imported").count() == 1


def test_what_waits_is_masked_and_for_nobody_else_to_read(workspace: Workspace, settings) -> None:
    text = {"text": "call 13800138000 about the red one", "intent": "call", "entities": [[27, 30, "colour"]]}
    generated = {"text": "ring me", "intent": "call", "generated": True, "made_from": ["call 13800138000"]}
    request(workspace, json.dumps(text) + "\n" + json.dumps(generated) + "\n")
    (file,) = files(settings)
    assert "13800138000" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    finish(ImportRun.objects.get())
    mark = EntityAnnotation.objects.get()
    assert mark.utterance.text[mark.start : mark.end] == "red"
    assert Utterance.objects.generated().get().made_from[0].startswith("sha256:")


def test_a_rule_that_came_meanwhile_masks_as_well(workspace: Workspace) -> None:
    run = request(workspace, json.dumps({"text": "the order ABC-77", "intent": "order"}) + "\n")
    create_rule(
        workspace=workspace, name="Orders", recognizer="pattern", label="order", pattern="[A-Z]{3}-77", actor=None
    )
    finish(run)
    assert utterances(workspace).get().text == "the order [order#1]"


def test_a_file_with_lists_and_patterns_gives_the_same_as_at_once(workspace: Workspace) -> None:
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    for one in (workspace, other):
        create_entity_type(workspace=one, name="parcel", pattern="[0-9]{8}", actor=None)
    at_once = import_training_file(
        workspace=other, file=io.BytesIO(SHOP.encode()), name="nlu.yml", file_format="auto", actor=None
    )
    run = request(workspace, SHOP, "nlu.yml")
    finish(run)
    assert (run.added, run.values, run.patterns) == (at_once.added, at_once.values, at_once.patterns)
    assert run.rejected == at_once.rejected == 2
    assert [tuple(one) for one in run.report["renamed"]] == list(at_once.renamed)
    assert [one[1] for one in run.report["errors"]] == [one.message for one in at_once.errors]
    for name in ("text", "locale", "intent__name", "annotations__entity_type__name", "annotations__start"):
        rows = [sorted(map(str, utterances(one).values_list(name, flat=True))) for one in (workspace, other)]
        assert rows[0] == rows[1], name
    assert [value.value for value in workspace.entity_types.get(name="shoe_colour").values.all()] == [
        "blue",
        "red",
    ]


def test_problems_are_told_in_the_language_of_who_asked(workspace: Workspace) -> None:
    create_entity_type(workspace=workspace, name="parcel", pattern="[0-9]{8}", actor=None)
    with translation.override("en"):
        run = request(workspace, SHOP, "nlu.yml")
    finish(run)
    assert run.report["errors"][-1][1] == "“parcel” has another pattern already, which stays."


def test_only_one_import_of_a_workspace_at_a_time(workspace: Workspace, settings) -> None:
    run = request(workspace, lines(1))
    with pytest.raises(ImportRefused):
        request(workspace, lines(1))
    assert len(files(settings)) == 1
    request(create_workspace(slug="other", name="Other", default_locale="en", actor=None), lines(1))
    finish(run)
    assert request(workspace, lines(1)).is_open


def test_a_folder_that_cannot_be_written_is_told(workspace: Workspace, settings, tmp_path: Path) -> None:
    settings.MODEL_DIR = tmp_path / "a file"
    settings.MODEL_DIR.write_text("")
    with pytest.raises(InvalidData, match="磁盘"):
        request(workspace, lines(1))
    assert not ImportRun.objects.exists()


def test_the_rows_of_the_last_imports_stay(workspace: Workspace, monkeypatch) -> None:
    monkeypatch.setattr(import_runs, "KEPT_RUNS", 2)
    runs = []
    for number in range(4):
        runs.append(request(workspace, lines(1, first=number)))
        finish(runs[-1])
    assert list(ImportRun.objects.order_by("pk")) == runs[1:]


def test_a_cancelled_import_keeps_what_it_stored_and_adds_nothing_more(workspace: Workspace, settings) -> None:
    run = request(workspace, lines(3 * CHUNK))
    run_import(run.pk, seconds=0)
    cancel_import(run=run, actor=None)
    run.refresh_from_db()
    assert (run.status, run.added, files(settings)) == ("cancelled", CHUNK, [])
    assert run_import(run.pk)
    assert utterances(workspace).count() == CHUNK
    assert AuditEntry.objects.filter(action__in=["import.cancelled", "utterances.imported"]).count() == 2
    with pytest.raises(InvalidTransition):
        cancel_import(run=run, actor=None)


def test_a_worker_that_is_in_the_middle_when_somebody_cancels_stores_nothing_more(workspace: Workspace) -> None:
    run = request(workspace, lines(3 * CHUNK))
    run_import(run.pk, seconds=0)
    with meanwhile(INTENTS, lambda: cancel_import(run=run, actor=None)):
        assert run_import(run.pk)
    run.refresh_from_db()
    assert (run.status, run.added, utterances(workspace).count()) == ("cancelled", CHUNK, CHUNK)


def test_a_worker_that_lost_the_job_stores_nothing_more(workspace: Workspace) -> None:
    run = request(workspace, lines(3 * CHUNK))
    lost = start(run.pk)
    assert lost is not None
    run_import(run.pk, seconds=0)
    with pytest.raises(ImportEnded):
        store_piece(lost, until=float("inf"))
    run.refresh_from_db()
    assert (run.added, utterances(workspace).count()) == (CHUNK, CHUNK)
    finish(run)
    assert (run.added, run.duplicates, utterances(workspace).count()) == (3 * CHUNK, 0, 3 * CHUNK)


@pytest.mark.parametrize("damage", [None, b"{\n", b'["utterances", [[1]], [""]]\n', b'["type"]\n', b"\xff\n"])
def test_a_file_that_is_gone_or_damaged_ends_the_import(workspace: Workspace, settings, damage) -> None:
    run = request(workspace, lines(3 * CHUNK))
    run_import(run.pk, seconds=0)
    (file,) = files(settings)
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[: ImportRun.objects.get().offset] + damage)
    assert run_import(run.pk)
    run.refresh_from_db()
    assert (run.status, run.added, files(settings)) == ("failed", CHUNK, [])
    assert RunError.from_text(run.error).code == "upload_gone"


def test_the_job_is_due_again_until_the_import_has_ended(workspace: Workspace, monkeypatch) -> None:
    monkeypatch.setattr(import_runs, "PIECE_SECONDS", 0.0)
    request(workspace, lines(2 * CHUNK))
    for done in (CHUNK, 2 * CHUNK, 2 * CHUNK):
        (job,) = jobs.claim_due()
        assert run_job(job.job_id, tasks.store) == (ImportRun.objects.get().status == "done")
        assert ImportRun.objects.get().done == done
    assert jobs.claim_due() == []


def test_a_job_that_is_given_up_ends_the_import_and_forgets_its_file(workspace: Workspace, settings) -> None:
    run = request(workspace, lines(1))
    start(run.pk)
    job = Job.objects.get(task=tasks.import_utterances.name)
    past = timezone.now() - timedelta(minutes=1)
    Job.objects.filter(pk=job.pk).update(status=JobStatus.RUNNING, attempts=job.max_attempts, lease_until=past)
    jobs.claim_due()
    run.refresh_from_db()
    assert (run.status, RunError.from_text(run.error).code, files(settings)) == ("failed", "worker_died", [])

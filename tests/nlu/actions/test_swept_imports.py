"""What imports leave behind: how long a file waits, who deletes it, and what is told of it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from nlu.actions import import_runs, jobs
from nlu.actions.entities import add_value, create_entity_type
from nlu.actions.import_files import FOLDER, LEFT_BEHIND
from nlu.actions.import_runs import SWEEP_TASK, cancel_import, run_import, sweep_imports
from nlu.actions.workspaces import create_workspace
from nlu.errors import ImportRefused
from nlu.job_runner import run_job
from nlu.models import AuditEntry, ImportRun, Job, Workspace
from nlu.models.jobs import JobStatus
from nlu.run_errors import RunError
from tests.nlu.actions.import_scene import files, finish, lines, request

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


@pytest.fixture
def workspace(settings, tmp_path: Path) -> Workspace:
    settings.MODEL_DIR = tmp_path
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


def day_ago() -> datetime:
    return timezone.now() - LEFT_BEHIND - timedelta(minutes=1)


def grow_old(*paths: Path) -> None:
    for path in paths:
        os.utime(path, (day_ago().timestamp(), day_ago().timestamp()))


def sweeps() -> list[Job]:
    return list(Job.objects.filter(task=SWEEP_TASK, status=JobStatus.QUEUED))


def sweep_in_the_worker() -> None:
    """As the dispatcher does once the day is over."""
    Job.objects.filter(task=SWEEP_TASK).update(run_after=timezone.now())
    Job.objects.exclude(task=SWEEP_TASK).delete()
    (job,) = jobs.claim_due()
    assert run_job(job.job_id, lambda _arguments: sweep_imports())


def test_no_file_waits_for_longer_than_a_day(workspace: Workspace, settings) -> None:
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    late, young = request(workspace, lines(1)), request(other, lines(1))
    (sweep,) = sweeps()
    assert sweep.run_after > timezone.now() + LEFT_BEHIND
    ImportRun.objects.filter(pk=late.pk).update(created_at=day_ago())
    of_nobody, new_of_nobody = (settings.MODEL_DIR / FOLDER / name for name in ("old.jsonl", "new.jsonl"))
    for file in (of_nobody, new_of_nobody):
        file.write_text("[]")
    # A shared disk may have another clock: what is wanted stays, however old it looks.
    grow_old(of_nobody, settings.MODEL_DIR / young.waiting)
    sweep_imports()
    late.refresh_from_db()
    assert (late.status, RunError.from_text(late.error).code) == ("failed", "too_late")
    assert files(settings) == sorted([settings.MODEL_DIR / young.waiting, new_of_nobody])


def test_an_import_that_somebody_works_on_is_not_too_late(workspace: Workspace) -> None:
    run = request(workspace, lines(200))
    ImportRun.objects.filter(pk=run.pk).update(created_at=day_ago())
    run_import(run.pk, seconds=0)
    sweep_imports()
    run.refresh_from_db()
    assert run.status == "running"
    ImportRun.objects.filter(pk=run.pk).update(worked_at=day_ago())
    sweep_imports()
    run.refresh_from_db()
    assert (run.status, RunError.from_text(run.error).code) == ("failed", "too_late")


def test_a_file_that_was_too_young_for_the_sweep_is_found_by_the_next_one(workspace: Workspace, settings) -> None:
    finish(request(workspace, lines(1)))
    left = settings.MODEL_DIR / FOLDER / "left.jsonl"
    left.write_text("[]")
    sweep_in_the_worker()
    assert files(settings) == [left]
    grow_old(left)
    sweep_in_the_worker()
    assert (files(settings), sweeps()) == ([], [])


def test_one_sweep_is_planned_for_many_imports(workspace: Workspace) -> None:
    for number in range(3):
        finish(request(workspace, lines(1, first=number)))
    assert len(sweeps()) == 1


def test_the_next_import_does_not_wait_for_one_that_nobody_comes_to(workspace: Workspace, settings) -> None:
    late = request(workspace, lines(1))
    with pytest.raises(ImportRefused):
        request(workspace, lines(1))
    left = settings.MODEL_DIR / FOLDER / "left.jsonl"
    left.write_text("[]")
    grow_old(left)
    ImportRun.objects.filter(pk=late.pk).update(created_at=day_ago())
    run = request(workspace, lines(1))
    late.refresh_from_db()
    assert (late.status, files(settings)) == ("failed", [settings.MODEL_DIR / run.waiting])


@pytest.mark.parametrize("what", ["run", "workspace"])
def test_the_file_goes_with_its_row(workspace: Workspace, settings, what: str) -> None:
    run = request(workspace, lines(1))
    (run if what == "run" else workspace).delete()
    assert files(settings) == []
    assert run_import(run.pk or 0)


def test_a_row_that_cannot_be_cleaned_up_is_no_reason_to_refuse(workspace: Workspace, monkeypatch) -> None:
    monkeypatch.setattr(import_runs, "KEPT_RUNS", 0)
    finish(request(workspace, lines(1)))

    def refuse(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if sql.startswith('DELETE FROM "nlu_importrun"'):
            raise DatabaseError("locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        run = request(workspace, lines(1))
    assert (run.status, ImportRun.objects.count()) == ("queued", 2)


def test_what_a_row_says_of_a_file_is_masked(workspace: Workspace) -> None:
    phone = "13800138000"
    data = f'version: "3.1"\nnlu:\n- synonym: red\n  examples: |\n    - call {phone}\n'
    data += f"- intent: a/{phone}\n  examples: |\n    - one\n"
    data += "- lookup: colour\n  examples: |\n    - blue\n    - black\n"
    data += "".join(f"- synonym: {one}\n  examples: |\n    - ring {phone}\n" for one in ("blue", "black"))
    run = request(workspace, data, f"of {phone}.yml")
    assert (run.rejected, len(run.report["renamed"])) == (2, 1)
    cancel_import(run=run, actor=None)
    colour = create_entity_type(workspace=workspace, name="colour", actor=None)
    add_value(entity_type=colour, value="other", synonyms=[f"ring {phone}"], actor=None)
    worked = request(workspace, data, "nlu.yml")
    finish(worked)
    assert worked.rejected == 3
    summaries = AuditEntry.objects.filter(action__contains="import").values_list("summary", flat=True)
    (renamed,) = run.report["renamed"]  # the new name is that of the intent
    kept = [run.name, renamed[0], str(run.report["errors"]), str(worked.report["errors"]), *summaries]
    assert [one for one in kept if phone in one] == []
    assert all("mobile number#1" in one for one in kept[:4])

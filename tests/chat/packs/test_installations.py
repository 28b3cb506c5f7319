"""Installing a pack in the background: progress, the first model, stopping, what a dead worker leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.actions.pack_installations import (
    abandon_installation,
    cancel_installation,
    request_installation,
    run_installation,
)
from chat.actions.packs import install_pack
from chat.errors import InstallationRefused, InvalidInput, InvalidTransition
from chat.models import Flow, PackInstallation, Site
from chat.packs import read_pack
from nlu.actions.direct_training import open_run
from nlu.actions.jobs import WITHOUT_A_WORD
from nlu.actions.training import finish_run
from nlu.errors import TrainingRefused
from nlu.inference import active_version
from nlu.models import AuditEntry, Intent, Job, TrainingRun, Utterance, Workspace
from nlu.models.jobs import JobStatus
from nlu.models.training import RunStatus
from nlu.run_errors import RunError

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2] / "packs_live" / "packs"
NAME = "corner-shop"


@pytest.fixture(autouse=True)
def own_models(settings, tmp_path):
    settings.MODEL_DIR = tmp_path / "models"


@pytest.fixture
def row(db) -> PackInstallation:
    return request_installation(name=NAME, actor=None, root=ROOT)


def run(row: PackInstallation, *, root: Path = ROOT) -> PackInstallation:
    run_installation(row.pk, root=root)
    row.refresh_from_db()
    return row


def test_a_pack_is_installed_trained_in_service_and_again_only_completed(row):
    job = Job.objects.get(task="chat.install_pack")
    assert (row.status, job.arguments) == ("queued", {"installation": row.pk})
    run(row)
    assert (row.status, row.error, row.share_done) == ("done", "", 1.0)
    assert row.utterances == Utterance.objects.filter(source="pack").count() > 0
    assert row.flows == Flow.objects.count() == 1
    assert Site.objects.get(key=NAME).workspace == row.workspace
    assert active_version(row.workspace_id).run == row.training
    assert list(
        AuditEntry.objects.filter(action__startswith="pack.").values_list("action", flat=True).order_by("id")
    ) == [
        "pack.requested",
        "pack.installed",
    ]
    version = active_version(row.workspace_id)
    Intent.objects.get(name="thanks").delete()
    again = run(request_installation(name=NAME, actor=None, root=ROOT))
    assert (again.status, again.training, again.flows) == ("done", None, 0)
    assert again.utterances == Utterance.objects.filter(intent__name="thanks").count() > 0
    assert active_version(row.workspace_id) == version


def test_one_installation_of_a_pack_at_a_time(row):
    with pytest.raises(InstallationRefused):
        request_installation(name=NAME, actor=None, root=ROOT)
    cancel_installation(row=row, actor=None)
    assert request_installation(name=NAME, actor=None, root=ROOT).status == "queued"


def test_an_unknown_pack_is_refused_and_leaves_nothing(db):
    with pytest.raises(InvalidInput, match="no pack"):
        request_installation(name="nosuch", actor=None, root=ROOT)
    assert not PackInstallation.objects.exists()
    assert not Job.objects.exists()


def test_one_that_waits_is_cancelled_at_once(row):
    assert cancel_installation(row=row, actor=None).status == "cancelled"
    run(row)
    assert (row.status, Intent.objects.exists()) == ("cancelled", False)
    with pytest.raises(InvalidTransition):
        cancel_installation(row=row, actor=None)


def test_one_at_work_stops_at_its_next_step(row):
    PackInstallation.objects.filter(pk=row.pk).update(status="filling")
    assert cancel_installation(row=row, actor=None).status == "filling"
    run(row)
    assert (row.status, TrainingRun.objects.exists()) == ("cancelled", False)


@pytest.fixture
def in_training(row) -> PackInstallation:
    """The worker died in the first training."""
    report = install_pack(pack=read_pack(NAME, root=ROOT), considerate=False)
    workspace = Workspace.objects.get(slug=report.workspace)
    training = open_run(workspace=workspace, actor=None)
    TrainingRun.objects.filter(pk=training.pk).update(status=RunStatus.RUNNING)
    PackInstallation.objects.filter(pk=row.pk).update(status="training", workspace=workspace, training=training)
    row.refresh_from_db()
    return row


def test_what_a_dead_worker_began_is_done_again(in_training):
    before = in_training.training_id
    run(in_training)
    assert (in_training.status, in_training.training_id, in_training.utterances) == ("done", before, 0)
    assert active_version(in_training.workspace_id).run_id == before


def test_one_in_training_is_cancelled_with_it(in_training):
    assert cancel_installation(row=in_training, actor=None).status == "training"
    assert TrainingRun.objects.get(pk=in_training.training_id).cancel_requested
    run(in_training)
    assert in_training.status == "cancelled"
    assert active_version(in_training.workspace_id) is None


@pytest.mark.parametrize("job_lives", [True, False])
@pytest.mark.parametrize("status", ["filling", "training"])
def test_one_that_no_job_does_any_more_is_cancelled_at_once(in_training, status, job_lives):
    PackInstallation.objects.filter(pk=in_training.pk).update(status=status)
    if not job_lives:
        Job.objects.filter(task="chat.install_pack").update(status=JobStatus.FAILED)
    stopped = cancel_installation(row=in_training, actor=None)
    training = TrainingRun.objects.get(pk=in_training.training_id)
    assert (stopped.status, training.status) == (
        (status, RunStatus.RUNNING) if job_lives else ("cancelled", RunStatus.CANCELLED)
    )


def test_a_training_that_ended_meanwhile_does_not_keep_it_from_being_cancelled(in_training):
    finish_run(in_training.training, RunStatus.FAILED)
    assert cancel_installation(row=in_training, actor=None).cancel_requested


@pytest.mark.parametrize(("cancelled", "status"), [(True, RunStatus.CANCELLED), (False, RunStatus.FAILED)])
def test_a_training_left_open_ends_with_it_and_another_may_begin(in_training, tmp_path, cancelled, status):
    PackInstallation.objects.filter(pk=in_training.pk).update(cancel_requested=cancelled)
    with pytest.raises(TrainingRefused):
        open_run(workspace=in_training.workspace, actor=None)
    run(in_training, root=ROOT if cancelled else tmp_path)
    assert in_training.status == ("cancelled" if cancelled else "failed")
    assert TrainingRun.objects.get(pk=in_training.training_id).status == status
    assert open_run(workspace=in_training.workspace, actor=None).is_open


def test_a_pack_that_is_gone_fails_with_its_reason(row, tmp_path):
    run(row, root=tmp_path)
    assert row.status == "failed"
    assert "no pack" in RunError.from_text(row.error).sentence


def test_a_job_that_is_given_up_ends_the_installation_and_its_training(in_training):
    for error in (WITHOUT_A_WORD, "another"):
        abandon_installation(installation_id=in_training.pk, error=error)
        in_training.refresh_from_db()
        assert (in_training.status, RunError.from_text(in_training.error).code) == ("failed", "worker_died")
    assert TrainingRun.objects.get(pk=in_training.training_id).status == RunStatus.FAILED

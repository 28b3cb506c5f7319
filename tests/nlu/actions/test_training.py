"""Training runs and model versions: from a request to a model in service, and every way it can end."""

from __future__ import annotations

import json

import pytest

from nlu.actions import training
from nlu.actions.importing import import_utterances
from nlu.actions.workspaces import create_workspace
from nlu.errors import CorruptArtifact, InvalidTransition, TrainingRefused
from nlu.export import dataset_health
from nlu.inference import PipelineCache, version_dir
from nlu.models import AuditEntry, Job, ModelVersion, TrainingRun, Workspace

pytestmark = pytest.mark.django_db

LINES = [
    json.dumps({"text": text, "intent": intent})
    for intent, texts in {
        "refund": ["money back", "refund please", "I want a refund", "give me my money", "refund now"],
        "delivery": ["where is my parcel", "parcel late", "when does it arrive", "track my parcel", "delivery?"],
    }.items()
    for text in texts
]


@pytest.fixture
def workspace(settings, tmp_path) -> Workspace:
    settings.MODEL_DIR = tmp_path / "models"
    made = create_workspace(slug="small", name="Small", default_locale="en", actor=None)
    import_utterances(workspace=made, lines=LINES, file_format="jsonl", actor=None)
    return made


@pytest.fixture
def trained(workspace) -> ModelVersion:
    run = training.request_training(workspace=workspace, actor=None)
    version = training.run_training(run.pk)
    assert version is not None
    return version


def test_a_request_queues_one_job_and_a_second_is_refused(workspace):
    run = training.request_training(workspace=workspace, actor=None)
    assert Job.objects.get().arguments == {"run": run.pk}
    with pytest.raises(TrainingRefused):
        training.request_training(workspace=workspace, actor=None)
    assert TrainingRun.objects.count() == 1
    training.cancel_training(run=run, actor=None)
    assert training.request_training(workspace=workspace, actor=None).pk != run.pk


def test_too_little_data_is_refused(workspace):
    workspace.intents.get(name="refund").utterances.all().delete()
    assert not dataset_health(workspace).can_train
    with pytest.raises(TrainingRefused):
        training.request_training(workspace=workspace, actor=None)


def test_a_run_ends_in_a_candidate_with_progress_and_metrics(trained):
    run = trained.run
    run.refresh_from_db()
    assert (run.status, trained.status, trained.number) == ("done", "candidate", 1)
    assert run.epoch > 0 and run.curve and run.finished_at
    assert {"intent_accuracy", "seconds", "size_bytes"} <= trained.metrics.keys()
    files = {path.name for path in version_dir(trained).iterdir()}
    assert {"manifest.json", "config.json", "model.safetensors", "metrics.json", "MODEL_CARD.md"} <= files


def test_a_second_delivery_of_the_job_does_nothing(trained):
    assert training.run_training(trained.run_id) is None
    assert ModelVersion.objects.count() == 1


def test_a_run_that_was_cut_off_starts_again(workspace):
    run = training.request_training(workspace=workspace, actor=None)
    assert training.start_run(run.pk).status == "running"
    assert training.run_training(run.pk) is not None


def test_cancelling_a_running_training_leaves_no_folder_and_no_version(workspace, settings):
    run = training.request_training(workspace=workspace, actor=None)

    def cancel_at_first_step(progress):
        TrainingRun.objects.filter(pk=run.pk).update(cancel_requested=True)

    assert training.run_training(run.pk, watch=cancel_at_first_step) is None
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert not ModelVersion.objects.exists()
    assert not any((settings.MODEL_DIR / "small").iterdir())
    with pytest.raises(InvalidTransition):
        training.cancel_training(run=run, actor=None)


def test_activating_switches_the_loaded_model_and_rolling_back_is_audited(workspace, trained):
    models = PipelineCache()
    assert models.get(workspace.pk) is None
    training.activate_version(version=trained, actor=None)
    first = models.get(workspace.pk)
    assert first is not None and first.label == "v1"
    assert first.pipeline.parse("refund please").top.name == "refund"
    second = training.run_training(training.request_training(workspace=workspace, actor=None, seed=1).pk)
    training.activate_version(version=second, actor=None)
    assert models.get(workspace.pk).label == "v2"
    trained.refresh_from_db()
    assert trained.status == "retired"
    training.activate_version(version=trained, actor=None, reason="worse on returns")
    assert models.get(workspace.pk).label == "v1"
    assert AuditEntry.objects.get(action="model_version.rolled_back").reason == "worse on returns"
    assert ModelVersion.objects.filter(status="active").count() == 1


def test_a_damaged_folder_is_refused_and_the_old_model_stays(workspace, trained):
    training.activate_version(version=trained, actor=None)
    models = PipelineCache()
    models.get(workspace.pk)
    second = training.run_training(training.request_training(workspace=workspace, actor=None, seed=1).pk)
    manifest = version_dir(second) / "manifest.json"
    whole = manifest.read_bytes()
    manifest.write_bytes(whole + b" ")
    with pytest.raises(CorruptArtifact):
        training.activate_version(version=second, actor=None)
    manifest.write_bytes(whole)
    training.activate_version(version=second, actor=None)
    weights = version_dir(second) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    assert models.get(workspace.pk).label == "v1"
    assert second.pk in models.broken


def test_the_active_version_cannot_be_put_aside_but_a_candidate_can(workspace, trained):
    second = training.run_training(training.request_training(workspace=workspace, actor=None, seed=1).pk)
    training.activate_version(version=trained, actor=None)
    with pytest.raises(InvalidTransition):
        training.retire_version(version=trained, actor=None)
    assert training.retire_version(version=second, actor=None).status == "retired"

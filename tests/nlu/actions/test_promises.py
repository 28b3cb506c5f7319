"""Promises of a version: saved once and safely, inherited, in force in workers and the gate."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from nlu.actions import gate, jobs, run_fitting, training
from nlu.actions.importing import import_utterances
from nlu.actions.promises import (
    checked_percent,
    inherited_promise,
    read_evidence,
    save_promise,
    state_of,
    withdraw_promise,
)
from nlu.actions.workspaces import create_workspace
from nlu.errors import CorruptArtifact, InvalidData, NoHeldOutAnswers, StaleEdit
from nlu.gate_report import GateReport
from nlu.held_out import FILE
from nlu.inference import PipelineCache, read_promise, version_dir
from nlu.models import AuditEntry, Job, ModelVersion, Workspace
from nlu.promise import make_promise
from nlu.risk_coverage import NOTHING_ALONE
from nlu.signals import recent_examples_wanted
from nlu.training.gate_evidence import as_outcome
from tests.nlu.held_out_scene import OWN, answer, calibrated, write_version_folder
from tests.nlu.pipeline.corpus import QUICK

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(settings, tmp_path: Path) -> Workspace:
    settings.MODEL_DIR = tmp_path / "models"
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


@pytest.fixture
def person(django_user_model) -> User:
    return django_user_model.objects.create_user("wei")


def make_version(workspace: Workspace, answers, *, number: int = 1, status: str = "active") -> ModelVersion:
    version = ModelVersion(
        workspace=workspace,
        number=number,
        status=status,
        folder=f"shop/{number}",
        dataset_fingerprint="1" * 64,
        activated_at=timezone.now() if status == "active" else None,
    )
    version.manifest_hash = write_version_folder(version_dir(version), answers)
    version.save()
    return version


@pytest.fixture
def version(workspace: Workspace) -> ModelVersion:
    return make_version(workspace, calibrated(1500, 1))


def test_a_promise_is_kept_with_the_version_and_by_the_workspace(version: ModelVersion, person: User) -> None:
    saved = save_promise(version=version, percent=10, actor=person, seen=state_of(version))
    promise = read_promise(saved)
    assert promise == make_promise(10.0, read_evidence(version).answers, OWN)
    assert promise.shown
    assert 0.7 < promise.bound < 0.95
    assert saved.promised_by == person
    version.workspace.refresh_from_db()
    assert version.workspace.promised_error == 10.0
    entry = AuditEntry.objects.get(action="model_version.promised")
    assert (entry.actor, entry.summary) == (person, f"v1: 10 %, {promise.bound:.4f}")


def test_saving_again_changes_nothing_even_late(version: ModelVersion, person: User) -> None:
    seen = state_of(version)
    first = save_promise(version=version, percent=10, actor=person, seen=seen)
    again = save_promise(version=version, percent=10, actor=person, seen=seen)
    assert again.promised_at == first.promised_at
    assert AuditEntry.objects.filter(action="model_version.promised").count() == 1
    Workspace.objects.filter(pk=version.workspace_id).update(promised_error=3)
    save_promise(version=version, percent=10, actor=person)
    version.workspace.refresh_from_db()
    assert version.workspace.promised_error == 10
    assert AuditEntry.objects.filter(action="model_version.promised").count() == 2


def test_of_two_who_saw_the_same_the_second_is_told(version: ModelVersion, person: User) -> None:
    seen = state_of(version)
    first = save_promise(version=version, percent=10, actor=person, seen=seen)
    with pytest.raises(StaleEdit):
        save_promise(version=version, percent=15, actor=person, seen=seen)
    with pytest.raises(StaleEdit):
        withdraw_promise(version=version, actor=person, seen=seen)
    version.refresh_from_db()
    assert read_promise(version).percent == 10
    second = save_promise(version=version, percent=15, actor=person, seen=state_of(first))
    assert read_promise(second).percent == 15


def test_a_promise_is_taken_back(version: ModelVersion, person: User) -> None:
    save_promise(version=version, percent=10, actor=person)
    taken = withdraw_promise(version=version, actor=person)
    assert (taken.promise, taken.promised_by) == (None, person)
    version.workspace.refresh_from_db()
    assert version.workspace.promised_error is None
    withdraw_promise(version=version, actor=person)
    assert AuditEntry.objects.filter(action="model_version.promise_withdrawn").count() == 1


def test_a_retired_version_s_promise_is_its_own_affair(workspace: Workspace, version, person: User) -> None:
    save_promise(version=version, percent=10, actor=person)
    old = make_version(workspace, calibrated(900, 2), number=2, status="retired")
    assert read_promise(save_promise(version=old, percent=15, actor=person)).percent == 15
    withdraw_promise(version=old, actor=person)
    workspace.refresh_from_db()
    assert workspace.promised_error == 10


def test_what_cannot_be_shown_is_kept_but_answers_nothing_alone(workspace: Workspace, person: User) -> None:
    small = make_version(workspace, [answer(0.99, key=number) for number in range(20)])
    promise = read_promise(save_promise(version=small, percent=2, actor=person))
    assert (promise.shown, promise.bound, promise.answered) == (False, NOTHING_ALONE, 0)
    assert AuditEntry.objects.get(action="model_version.promised").summary.endswith("not shown")


@pytest.mark.parametrize("value", ["", "x", "0.4", "20.1", "-2", "nan", "inf", "1e9", None, "2; drop"])
def test_nonsense_is_no_percentage(version: ModelVersion, value) -> None:
    with pytest.raises(InvalidData):
        checked_percent(value)
    with pytest.raises(InvalidData):
        save_promise(version=version, percent=value, actor=None)
    version.refresh_from_db()
    assert version.promise is None


@pytest.mark.parametrize(("value", "percent"), [("2", 2.0), (" 2.5 ", 2.5), ("2,5", 2.5), (0.5, 0.5), (20, 20.0)])
def test_percentages_are_read_as_people_write_them(value, percent: float) -> None:
    assert checked_percent(value) == percent


def test_damaged_folders_promise_nothing(version: ModelVersion, person: User) -> None:
    folder = version_dir(version)
    kept = (folder / FILE).read_text(encoding="utf-8")
    for damage in (
        lambda: (folder / FILE).write_text("[]", encoding="utf-8"),
        lambda: (folder / FILE).unlink(),
        lambda: (folder / "manifest.json").write_text("{}", encoding="utf-8"),
        lambda: (folder / "manifest.json").unlink(),
    ):
        save_promise(version=version, percent=10, actor=person)
        damage()
        with pytest.raises(CorruptArtifact):
            save_promise(version=version, percent=15, actor=person)
        version.refresh_from_db()
        assert read_promise(version).percent == 10
        ModelVersion.objects.filter(pk=version.pk).update(manifest_hash=write_version_folder(folder, kept))
        version.refresh_from_db()


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (None, "missing"),
        ([], "empty"),
        ("nonsense", "empty"),
        ("[[1, 2]]", "empty"),
        ('[[1, "a", "a", "a", 1e999, true, 0.5]]', "empty"),
        ('[[1, "a", "a", "a", 0.9, true]]', "older"),
    ],
)
def test_versions_without_usable_answers_say_which_kind(workspace: Workspace, answers, code: str) -> None:
    version = make_version(workspace, answers)
    with pytest.raises(NoHeldOutAnswers) as caught:
        save_promise(version=version, percent=10, actor=None)
    assert caught.value.code == code
    Workspace.objects.filter(pk=workspace.pk).update(promised_error=10)
    assert inherited_promise(workspace, version_dir(version)) is None


def test_the_gate_judges_a_held_out_answer_by_the_bound_in_force() -> None:
    row = answer(0.8)
    assert as_outcome(row, OWN).certain
    promise = make_promise(2.0, [row], OWN)
    assert not as_outcome(row, promise.applied_to(OWN)).certain
    older = answer(0.8, lead=None)
    assert as_outcome(older, promise.applied_to(OWN)).certain == older.certain


def test_a_candidate_whose_promise_moved_is_compared_again(workspace: Workspace, version, person: User) -> None:
    candidate = make_version(workspace, calibrated(900, 2), number=2, status="candidate")
    report = {"basis": "cases", "checks": [], "intents": [], "active_number": 1}
    report |= {"worse": [], "better": [], "worse_keys": []}
    ModelVersion.objects.filter(pk=candidate.pk).update(gate=report, gated_at=timezone.now())
    candidate.refresh_from_db()
    assert gate.standing_of(candidate, version) == "passed"
    moved = save_promise(version=candidate, percent=10, actor=person)
    assert gate.standing_of(moved, version) == "moved"
    assert Job.objects.filter(task=gate.TASK, arguments={"version": candidate.pk}).count() == 1
    ModelVersion.objects.filter(pk=candidate.pk).update(gated_at=timezone.now())
    candidate.refresh_from_db()
    assert gate.standing_of(candidate, version) == "passed"
    assert gate.standing_of(candidate, save_promise(version=version, percent=15, actor=person)) == "moved"


REPORT = GateReport(basis="cases", active_number=1)


@pytest.fixture
def candidate(workspace: Workspace, version: ModelVersion) -> ModelVersion:
    made = make_version(workspace, calibrated(900, 2), number=2, status="candidate")
    return gate.store_report(version=made, report=REPORT, begun=timezone.now())


def comparisons() -> list[str]:
    """The states of the open jobs that compare."""
    return list(Job.objects.filter(task=gate.TASK, status__in=jobs.OPEN).values_list("status", flat=True))


def begin_comparison() -> Job:
    """A worker takes the job that waits."""
    [claimed] = jobs.claim_due()
    job = jobs.start(job_id=claimed.job_id)
    assert job is not None
    return job


def test_a_promise_that_moves_during_a_comparison_queues_exactly_one_more(candidate, version, person) -> None:
    assert gate.request_gate(version=candidate, actor=person) == gate.request_gate(version=candidate, actor=person)
    assert comparisons() == ["queued"]
    running = begin_comparison()
    begun = timezone.now()
    assert gate.request_gate(version=candidate, actor=person) == running
    for percent in (10, 15):
        save_promise(version=candidate, percent=percent, actor=person)
        assert comparisons() == ["running", "queued"]
    stale = gate.store_report(version=candidate, report=REPORT, begun=begun)
    assert gate.standing_of(stale, version) == "moved"
    assert comparisons() == ["running", "queued"]
    assert jobs.finish(job_id=running.pk, attempt=running.attempts)
    assert gate.gate_is_running(candidate)

    again = begin_comparison()
    save_promise(version=candidate, percent=12, actor=person)
    assert comparisons() == ["running", "queued"]
    assert jobs.finish(job_id=again.pk, attempt=again.attempts)
    last = begin_comparison()
    fresh = gate.store_report(version=candidate, report=REPORT, begun=timezone.now())
    assert gate.standing_of(fresh, version) == "passed"
    assert jobs.finish(job_id=last.pk, attempt=last.attempts)
    assert comparisons() == []
    assert not gate.gate_is_running(candidate)


@pytest.mark.parametrize("whose", ["candidate", "active"])
def test_a_report_from_before_a_promise_moved_is_made_again(candidate, version, person, whose: str) -> None:
    begun = timezone.now()
    save_promise(version=candidate if whose == "candidate" else version, percent=10, actor=person)
    Job.objects.all().delete()
    stale = gate.store_report(version=candidate, report=REPORT, begun=begun)
    active = ModelVersion.objects.get(pk=version.pk)
    assert gate.standing_of(stale, active) == "moved"
    assert comparisons() == ["queued"]
    gate.store_report(version=candidate, report=REPORT, begun=begun)
    assert comparisons() == ["queued"]
    Job.objects.all().delete()
    fresh = gate.store_report(version=candidate, report=REPORT, begun=timezone.now())
    assert gate.standing_of(fresh, active) == "passed"
    assert comparisons() == []
    training.retire_version(version=candidate, actor=None)
    gate.store_report(version=candidate, report=REPORT, begun=begun)
    assert comparisons() == []


WORDS = {
    "refund": ["refund", "money back", "my cash again", "return the payment", "get reimbursed"],
    "delivery": ["parcel", "delivery", "when it arrives", "the courier", "shipping"],
    "": ["weather", "a joke", "football", "the news", "a poem"],
}
FRAMES = ["{} please", "I ask about {}", "what about {}", "hello, {} now", "tell me, {}", "{}?", "now {}"]


def test_a_training_inherits_the_percentage_and_workers_follow_the_row(
    workspace: Workspace, person: User, monkeypatch
) -> None:
    monkeypatch.setattr(run_fitting, "PipelineConfig", lambda **_: QUICK)
    lines = [
        json.dumps({"text": frame.format(word), "intent": intent})
        for intent, words in WORDS.items()
        for word in words
        for frame in FRAMES
    ]
    import_utterances(workspace=workspace, lines=lines, file_format="jsonl", actor=None)

    def train(seed: int) -> ModelVersion:
        version = training.run_training(training.request_training(workspace=workspace, actor=None, seed=seed).pk)
        assert version is not None
        return version

    first = training.activate_version(version=train(0), actor=None)
    assert first.promise is None
    models = PipelineCache()
    loaded = models.get(workspace.pk)
    assert loaded.promise is None
    assert loaded.thresholds == loaded.pipeline.thresholds
    promise = read_promise(save_promise(version=first, percent=12, actor=person))
    now = models.get(workspace.pk)
    assert now.pipeline is loaded.pipeline
    assert now.thresholds.confidence == promise.bound != loaded.thresholds.confidence
    assert now.promise.percent == 12
    withdraw_promise(version=first, actor=person)
    assert models.get(workspace.pk).thresholds == loaded.thresholds
    ModelVersion.objects.filter(pk=first.pk).update(promise={"bound": "x"})
    assert models.get(workspace.pk).thresholds == loaded.thresholds

    save_promise(version=first, percent=12, actor=person)
    first.refresh_from_db()
    second = train(1)
    evidence = read_evidence(second)
    assert read_promise(second) == make_promise(12, evidence.answers, evidence.own)
    assert len(evidence.answers) == len(lines)
    assert second.promised_by is None
    assert gate.standing_of(second, first) == ("passed" if gate.read_report(second).passed else "refused")
    assert comparisons() == []

    def promise_otherwise(sender, **_) -> list:
        save_promise(version=second, percent=9, actor=person)
        return []

    # During a comparison, by a machine whose clock is ahead: one more follows, and no third.
    ModelVersion.objects.filter(pk=first.pk).update(promised_at=timezone.now() + timedelta(hours=1))
    recent_examples_wanted.connect(promise_otherwise, sender=Workspace)
    try:
        gate.run_gate(second.pk)
    finally:
        recent_examples_wanted.disconnect(promise_otherwise, sender=Workspace)
    Job.objects.all().delete()
    gate.run_gate(second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert gate.standing_of(second, first) in ("passed", "refused")
    assert comparisons() == []

    # The percentage changes while the gate asks both models at the end of a training.
    def promise_to_all(sender, **_) -> list:
        save_promise(version=first, percent=14, actor=person)
        return []

    ModelVersion.objects.filter(pk=first.pk).update(promised_at=timezone.now())
    recent_examples_wanted.connect(promise_to_all, sender=Workspace)
    try:
        third = train(2)
    finally:
        recent_examples_wanted.disconnect(promise_to_all, sender=Workspace)
    first.refresh_from_db()
    assert read_promise(third).percent == 14
    assert gate.standing_of(third, first) == "moved"
    assert list(Job.objects.filter(task=gate.TASK).values_list("arguments", flat=True)) == [{"version": third.pk}]
    Job.objects.all().delete()
    gate.run_gate(third.pk)
    third.refresh_from_db()
    assert gate.standing_of(third, first) in ("passed", "refused")
    assert comparisons() == []
    assert (
        read_promise(training.activate_version(version=second, actor=None, override="for this test")) is not None
    )

"""The gate with real trainings: worse data is refused, the same data passes, and only a reason goes past it."""

from __future__ import annotations

import json
import random

import pytest

from nlu.actions import gate, run_fitting, training
from nlu.actions.corrections import teach_correction
from nlu.actions.direct_training import train_now
from nlu.actions.evaluation_cases import add_case
from nlu.actions.importing import import_utterances
from nlu.actions.utterance_edits import delete_utterances, move_utterances
from nlu.actions.workspaces import create_workspace
from nlu.errors import GateOutdated, GateRefused, InvalidData
from nlu.inference import version_dir
from nlu.models import AuditEntry, Intent, Job, ModelVersion, Utterance, Workspace
from nlu.signals import recent_examples_wanted
from nlu.types import OUT_OF_SCOPE, DialogueContext, Example
from tests.nlu.pipeline.corpus import QUICK

pytestmark = pytest.mark.django_db

WORDS = {
    "refund": ["refund", "money back", "my cash again", "return the payment", "get reimbursed"],
    "delivery": ["parcel", "delivery", "when it arrives", "the courier", "shipping"],
    "invoice": ["invoice", "a bill", "tax receipt", "billing paper", "proof of purchase"],
    "": ["weather", "a joke", "football", "the news", "a poem"],
}
FRAMES = ["{} please", "I ask about {}", "what about {}", "hello, {} now"]


@pytest.fixture
def workspace(settings, tmp_path, monkeypatch) -> Workspace:
    settings.MODEL_DIR = tmp_path / "models"
    # A small network: what is tested is the comparison of two models, and each test trains two or three.
    monkeypatch.setattr(run_fitting, "PipelineConfig", lambda **_: QUICK)
    made = create_workspace(slug="small", name="Small", default_locale="en", actor=None)
    lines = [
        json.dumps({"text": frame.format(word), "intent": intent})
        for intent, words in WORDS.items()
        for word in words
        for frame in FRAMES
    ]
    import_utterances(workspace=made, lines=lines, file_format="jsonl", actor=None)
    for intent, words in WORDS.items():
        for word in words[:4]:
            row = Intent.objects.get(workspace=made, name=intent) if intent else None
            add_case(workspace=made, text=f"hello, what about {word} please", intent=row, actor=None)
    return made


def train(workspace: Workspace, *, seed: int = 0) -> ModelVersion:
    run = training.request_training(workspace=workspace, actor=None, seed=seed)
    version = training.run_training(run.pk, quick=True)
    assert version is not None
    return version


def report_of(version: ModelVersion):
    report = gate.read_report(version)
    assert report is not None
    return report


@pytest.fixture
def active(workspace: Workspace) -> ModelVersion:
    return training.activate_version(version=train(workspace), actor=None)


def test_the_first_model_passes_without_comparison(active: ModelVersion) -> None:
    assert active.status == "active"
    assert report_of(active).basis == "first"
    assert active.override_reason == ""


def test_another_seed_and_more_data_pass(workspace: Workspace, active: ModelVersion) -> None:
    import_utterances(
        workspace=workspace,
        lines=[json.dumps({"text": f"say more on {word}", "intent": "refund"}) for word in WORDS["refund"]],
        file_format="jsonl",
        actor=None,
    )
    second = train(workspace, seed=3)
    report = report_of(second)
    assert report.passed, report.failed
    assert (report.basis, report.active_number, report.cases) == ("both", 1, 16)
    assert report.held_out > 50
    assert training.activate_version(version=second, actor=None).status == "active"
    assert AuditEntry.objects.filter(action="gate.passed").count() == 2


def test_shuffled_labels_are_refused_and_a_reason_goes_past_it(workspace: Workspace, active, django_user_model):
    rows = list(Utterance.objects.filter(workspace=workspace))
    intents = [row.intent for row in rows]
    random.Random(1).shuffle(intents)
    for row, intent in zip(rows, intents, strict=True):
        row.intent = intent
    Utterance.objects.bulk_update(rows, ["intent"])
    worse = train(workspace)
    report = report_of(worse)
    assert "accuracy" in report.failed
    assert report.worse
    with pytest.raises(GateRefused) as caught:
        training.activate_version(version=worse, actor=None)
    assert "accuracy" in caught.value.checks
    with pytest.raises(InvalidData):
        training.activate_version(version=worse, actor=None, override="too short")
    active.refresh_from_db()
    assert active.status == "active"
    person = django_user_model.objects.create_user("wei")
    worse = training.activate_version(version=worse, actor=person, override="  It is a rehearsal only.  ")
    assert (worse.status, worse.override_reason) == ("active", "It is a rehearsal only.")
    assert worse.overridden_by == person
    assert (
        AuditEntry.objects.get(action="model_version.activated_against_gate").reason == "It is a rehearsal only."
    )
    back = training.activate_version(version=active, actor=person, reason="rehearsal is over")
    assert back.status == "active"
    assert AuditEntry.objects.filter(action="model_version.rolled_back").count() == 1


@pytest.mark.parametrize("intent", ["invoice", None])
def test_what_is_no_longer_taught_is_missed(
    workspace: Workspace, active: ModelVersion, intent: str | None
) -> None:
    gone = Utterance.objects.filter(workspace=workspace, intent__name=intent)
    delete_utterances(workspace=workspace, ids=[row.pk for row in gone], actor=None)
    report = report_of(train(workspace))
    known = next(check for check in report.checks if check.name == "known")
    assert known.names == (intent or OUT_OF_SCOPE,)
    assert not report.passed
    if intent:
        Intent.objects.get(workspace=workspace, name=intent).delete()
        assert "known" not in report_of(train(workspace)).failed


def test_a_correction_is_learned_and_must_stay_learned(workspace: Workspace, active: ModelVersion) -> None:
    invoice, refund = (Intent.objects.get(workspace=workspace, name=name) for name in ("invoice", "refund"))
    taught = teach_correction(workspace=workspace, text="the papers went missing", intent=invoice, actor=None)
    second = train(workspace, seed=1)
    report = report_of(second)
    check = next(check for check in report.checks if check.name == "corrections")
    assert (check.passed, check.candidate, check.count) == (True, 1.0, 1)
    assert taught.case is not None
    assert taught.case.row_id not in report.worse
    assert report.leaked == 0
    training.activate_version(version=second, actor=None)
    move_utterances(workspace=workspace, ids=[taught.utterance.row_id], intent=refund, actor=None)
    report = report_of(train(workspace))
    assert "corrections" in report.failed
    assert report.worse[0] == taught.case.row_id


def test_a_correction_that_a_frozen_case_keeps_out_of_training_is_no_taught_one(workspace: Workspace) -> None:
    invoice = Intent.objects.get(workspace=workspace, name="invoice")
    text = "the papers went missing"
    context = DialogueContext(last_bot_act="ask")
    teach_correction(workspace=workspace, text=text, intent=invoice, context=context, actor=None)

    def taught() -> list[bool]:
        return [case.taught for case in gate.frozen_cases(workspace) if case.example.text == text]

    assert taught() == [True]
    add_case(workspace=workspace, text=text, intent=invoice, actor=None)
    assert taught() == [False, False]


def test_train_now_does_not_activate_what_the_gate_refuses(workspace: Workspace, active: ModelVersion) -> None:
    again = train_now(workspace_slug="small", activate=True, quick=True, seed=5)
    assert again["gate"] == {"passed": True, "failed": []}
    assert ModelVersion.objects.get(number=again["version"]).status == "active"
    gone = Utterance.objects.filter(workspace=workspace, intent__name="delivery")
    delete_utterances(workspace=workspace, ids=[row.pk for row in gone], actor=None)
    with pytest.raises(GateRefused):
        train_now(workspace_slug="small", activate=True, quick=True)
    assert ModelVersion.objects.get(status="active").number == again["version"]


def test_an_outdated_comparison_does_not_count_until_it_is_made_again(workspace: Workspace, active) -> None:
    second, third = train(workspace, seed=1), train(workspace, seed=2)
    assert gate.standing_of(third, active) == "passed"
    training.activate_version(version=second, actor=None)
    third.refresh_from_db()
    second.refresh_from_db()
    assert gate.standing_of(third, second) == "outdated"
    with pytest.raises(GateOutdated):
        training.activate_version(version=third, actor=None)
    gate.request_gate(version=third, actor=None)
    assert gate.gate_is_running(third)
    assert Job.objects.get(task=gate.TASK).arguments == {"version": third.pk}
    assert gate.run_gate(third.pk) is not None
    third.refresh_from_db()
    assert report_of(third).active_number == 2
    assert training.activate_version(version=third, actor=None).status == "active"
    assert gate.run_gate(third.pk) is None


def test_a_version_without_a_readable_report_must_be_compared(workspace: Workspace, active: ModelVersion) -> None:
    second = train(workspace, seed=1)
    for damaged in (None, {"basis": "cases"}, "x"):
        ModelVersion.objects.filter(pk=second.pk).update(gate=damaged)
        second.refresh_from_db()
        assert gate.standing_of(second, active) == "missing"
        with pytest.raises(GateOutdated):
            training.activate_version(version=second, actor=None)


def test_a_predecessor_that_cannot_be_loaded_stops_nobody(workspace: Workspace, active: ModelVersion) -> None:
    (version_dir(active) / "model.safetensors").write_bytes(b"gone")
    second = train(workspace, seed=1)
    assert report_of(second).basis == "unreadable"
    assert training.activate_version(version=second, actor=None).status == "active"


def test_recent_messages_come_from_above_and_are_asked_again(workspace: Workspace, active: ModelVersion) -> None:
    asked: list[tuple[int, int]] = []

    def answer(sender, workspace_id: int, limit: int, **_):
        asked.append((workspace_id, limit))
        return (Example(text) for text in ("refund please", "when does the courier come"))

    recent_examples_wanted.connect(answer, sender=Workspace)
    try:
        report = report_of(train(workspace, seed=1))
    finally:
        recent_examples_wanted.disconnect(answer, sender=Workspace)
    assert asked == [(workspace.pk, gate.REPLAYED)]
    assert report.replayed == 2
    assert report.changed <= 2

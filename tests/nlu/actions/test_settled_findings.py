"""Findings that people let stand: for how long, for whom, and what the audit list says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from nlu.actions.intents import create_intent
from nlu.actions.settled_findings import reopen_finding, settle_finding
from nlu.actions.utterance_edits import add_texts, delete_utterances, edit_utterance, move_utterances
from nlu.actions.workspaces import create_workspace
from nlu.errors import StaleEdit
from nlu.health import counts_of, health_report
from nlu.models import AuditEntry, ModelVersion, SettledFinding, TrainingRun, Utterance, Workspace
from nlu.pipeline.exact_matcher import text_key

ASKED = "where is my order"
AGAIN = "please where is my order"


def shop(slug: str) -> Workspace:
    """A workspace with one conflict."""
    workspace = create_workspace(slug=slug, name=slug, default_locale="en", actor=None)
    for name, text in (("track", ASKED), ("refund", AGAIN)):
        intent = create_intent(workspace=workspace, name=name, actor=None)
        add_texts(workspace=workspace, intent=intent, texts=[text], locale="en", actor=None)
    return workspace


@pytest.fixture
def workspace(db: None) -> Workspace:
    return shop("shop")


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_user("olga")


def conflict_key(workspace: Workspace) -> str:
    report = health_report(workspace)
    (conflict,) = report.conflicts
    return report.key_of(conflict)


def settle(workspace: Workspace, operator: User | None = None) -> SettledFinding:
    return settle_finding(workspace=workspace, key=conflict_key(workspace), actor=operator).row


def utterance(workspace: Workspace, text: str) -> Utterance:
    return Utterance.objects.get(workspace=workspace, text=text)


def is_settled(workspace: Workspace) -> bool:
    """Whether the conflict is among what was let stand, and not among what is to be looked at."""
    report = health_report(workspace)
    assert (len(report.conflicts), len(report.settled)) in {(0, 1), (1, 0)}
    return bool(report.settled)


def test_a_conflict_that_was_let_stand_is_told_apart_and_can_be_looked_at_again(
    workspace: Workspace, operator: User
) -> None:
    before = counts_of(health_report(workspace))
    row = settle(workspace, operator)
    assert is_settled(workspace)
    after = counts_of(health_report(workspace))
    assert (before.conflicts, after.conflicts) == (1, 0)
    assert after.total == before.total - 1
    assert (row.kind, row.settled_by) == ("conflict", operator)
    entry = AuditEntry.objects.get(action="finding.settled")
    assert (entry.actor, entry.workspace, entry.object_id) == (operator, workspace, str(row.pk))
    assert entry.summary == "conflict: track, refund"
    assert ASKED not in entry.summary

    assert reopen_finding(workspace=workspace, pk=row.pk, actor=operator)
    assert not is_settled(workspace)
    entry = AuditEntry.objects.get(action="finding.reopened")
    assert (entry.actor, entry.summary) == (operator, "conflict: track, refund")
    assert not reopen_finding(workspace=workspace, pk=row.pk, actor=operator)
    assert AuditEntry.objects.filter(action="finding.reopened").count() == 1


def test_what_is_taken_back_is_told_by_its_kind_where_the_audit_list_knows_no_more(workspace: Workspace) -> None:
    row = settle(workspace)
    AuditEntry.objects.all().delete()
    assert reopen_finding(workspace=workspace, pk=row.pk, actor=None)
    assert AuditEntry.objects.get().summary == "conflict"


def test_it_is_asked_again_when_the_words_or_a_label_change(workspace: Workspace) -> None:
    settle(workspace)
    again = utterance(workspace, AGAIN)
    refund = again.intent
    edit_utterance(utterance=again, text="Hi! Where is my order, please?", locale="en", actor=None)
    assert is_settled(workspace)  # nothing else is said
    edit_utterance(utterance=again, text="please where is my ordar", locale="en", actor=None)
    assert not is_settled(workspace)
    edit_utterance(utterance=again, text=AGAIN, locale="en", actor=None)
    assert is_settled(workspace)  # it says what it said, and the answer was about that

    other = create_intent(workspace=workspace, name="other", actor=None)
    move_utterances(workspace=workspace, ids=[again.pk], intent=other, actor=None)
    assert not is_settled(workspace)
    move_utterances(workspace=workspace, ids=[again.pk], intent=refund, actor=None)
    assert is_settled(workspace)

    delete_utterances(workspace=workspace, ids=[again.pk], actor=None)
    assert health_report(workspace).settled == {}


def test_the_same_words_in_other_rows_are_the_same_finding(workspace: Workspace) -> None:
    settle(workspace)
    asked = utterance(workspace, ASKED)
    track = asked.intent
    # Made anew it is the newer of the two, and the conflict's sides change places.
    delete_utterances(workspace=workspace, ids=[asked.pk], actor=None)
    add_texts(workspace=workspace, intent=track, texts=[ASKED], locale="en", actor=None)
    assert is_settled(workspace)


def test_an_answer_outlives_the_row_that_stood_for_others_of_the_same_words(workspace: Workspace) -> None:
    asked = utterance(workspace, ASKED)
    more = ["hello where is my order", "where is my order, thanks"]
    add_texts(workspace=workspace, intent=asked.intent, texts=more, locale="en", actor=None)
    settle(workspace)
    for text in (ASKED, more[0]):
        delete_utterances(workspace=workspace, ids=[utterance(workspace, text).pk], actor=None)
        assert is_settled(workspace)


def test_of_three_intents_each_two_are_answered(workspace: Workspace) -> None:
    third = create_intent(workspace=workspace, name="complain", actor=None)
    add_texts(workspace=workspace, intent=third, texts=["hello where is my order"], locale="en", actor=None)
    names = {pk: name for name, pk in workspace.intents.values_list("name", "id")}
    left = []
    while conflicts := health_report(workspace).conflicts:
        report = health_report(workspace)
        left.append({names[report.texts[pk].intent] for pk in (conflicts[0].first, conflicts[0].second)})
        settle_finding(workspace=workspace, key=report.key_of(conflicts[0]), actor=None)
    assert left == [{"track", "refund"}, {"track", "complain"}, {"refund", "complain"}]
    assert len(health_report(workspace).settled) == 3


def test_one_answer_is_for_all_rows_that_say_the_same(workspace: Workspace) -> None:
    for text, more in ((ASKED, "hello where is my order"), (AGAIN, "where is my order, thanks")):
        intent = utterance(workspace, text).intent
        add_texts(workspace=workspace, intent=intent, texts=[more], locale="en", actor=None)
    report = health_report(workspace)
    assert {len(found) for found in report.named.values()} == {2}  # the rows stand against one of `track`
    row = settle_finding(workspace=workspace, key=report.key_of(report.conflicts[0]), actor=None).row
    report = health_report(workspace)
    assert (report.conflicts, set(report.settled.values())) == ((), {row})


def test_a_second_answer_keeps_the_first(workspace: Workspace, operator: User) -> None:
    key = conflict_key(workspace)
    first = settle_finding(workspace=workspace, key=key, actor=operator)
    second = settle_finding(workspace=workspace, key=key, actor=None)
    assert (second.row, first.made, second.made) == (first.row, True, False)
    assert SettledFinding.objects.get().settled_by == operator
    assert AuditEntry.objects.filter(action="finding.settled").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        SettledFinding.objects.create(workspace=workspace, kind="conflict", content=key)


def test_nothing_is_answered_that_is_not_found(workspace: Workspace) -> None:
    key = conflict_key(workspace)
    edit_utterance(utterance=utterance(workspace, AGAIN), text="what is your address", locale="en", actor=None)
    for one in (key, "", "x" * 64):
        with pytest.raises(StaleEdit):
            settle_finding(workspace=workspace, key=one, actor=None)
    assert not SettledFinding.objects.exists()
    assert not AuditEntry.objects.filter(action="finding.settled").exists()


def test_answers_belong_to_their_workspace(workspace: Workspace) -> None:
    other = shop("other")
    with pytest.raises(StaleEdit):
        settle_finding(workspace=other, key=conflict_key(workspace), actor=None)
    row = settle(workspace)
    assert not is_settled(other)
    assert not reopen_finding(workspace=other, pk=row.pk, actor=None)
    assert is_settled(workspace)


def test_an_answer_outlives_the_person_who_gave_it(workspace: Workspace, operator: User) -> None:
    settle(workspace, operator)
    operator.delete()
    (row,) = health_report(workspace).settled.values()
    assert row.settled_by is None


def test_a_doubted_label_is_kept_through_the_next_training(workspace: Workspace, tmp_path: Path, settings) -> None:
    settings.MODEL_DIR = tmp_path

    def trained(number: int, said: str, confidence: float) -> None:
        path = tmp_path / f"shop/{number}"
        path.mkdir(parents=True)
        row = [text_key(ASKED), "track", said, said, confidence, True]
        (path / "held_out.json").write_text(json.dumps([row]), encoding="utf-8")
        ModelVersion.objects.create(
            workspace=workspace,
            number=number,
            run=TrainingRun.objects.create(workspace=workspace, status="done"),
            folder=f"shop/{number}",
            manifest_hash=str(number),
            dataset_fingerprint="0",
        )

    create_intent(workspace=workspace, name="other", actor=None)
    trained(1, "refund", 0.95)
    report = health_report(workspace)
    (doubt,) = report.doubts
    row = settle_finding(workspace=workspace, key=report.key_of(doubt), actor=None).row
    assert row.kind == "doubt"
    assert AuditEntry.objects.get(action="finding.settled").summary == "doubt: track, refund"
    assert health_report(workspace).doubts == ()

    trained(2, "refund", 0.9)  # as before, and less certain
    assert health_report(workspace).doubts == ()
    trained(3, "other", 0.9)  # another doubt
    assert [one.confidence for one in health_report(workspace).doubts] == [0.9]

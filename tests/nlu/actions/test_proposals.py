"""Accepting, rejecting and taking back proposals; what an accepted one may and may not do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from django.utils import timezone, translation

from nlu.actions import proposals
from nlu.actions.encoder_sources import meanings_of
from nlu.actions.evaluation_cases import add_case, import_cases
from nlu.actions.generation_runs import switch_generation
from nlu.actions.importing import import_utterances
from nlu.actions.utterance_edits import (
    add_texts,
    annotate_utterance,
    delete_utterances,
    edit_utterance,
    move_utterances,
    restore_utterances,
)
from nlu.actions.workspaces import create_workspace
from nlu.errors import DuplicateUtterance, GeneratedEnough, GenerationOff, InvalidData, InvalidTransition
from nlu.export import dataset_health, training_data
from nlu.health import health_report
from nlu.models import AuditEntry, EntityType, ProposedUtterance, Utterance, Workspace
from nlu.proposal_measures import allowed_beside
from nlu.training.origins import origin_key
from nlu.training_exports import losses_of, text_lines
from tests.nlu.actions.proposal_scene import TEXTS, make_thin, propose_texts

pytestmark = pytest.mark.django_db
ORIGIN = origin_key("where is my parcel")


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with translation.override("en"):
        yield make_thin()


def accept(proposal: ProposedUtterance, **options) -> Utterance:
    row = proposals.accept_proposal(proposal=proposal, actor=None, **options)
    assert row.utterance is not None
    return row.utterance


def test_an_accepted_proposal_is_an_utterance_that_says_it_is_generated(workspace: Workspace) -> None:
    [one] = propose_texts(workspace, "delivery", "where is my box")
    made = accept(one)
    assert (made.text, made.source, made.intent.name) == ("where is my box", "generated", "delivery")
    assert made.made_from == [ORIGIN]
    one.refresh_from_db()
    assert (one.status, one.reviewed_at is not None) == ("accepted", True)
    assert AuditEntry.objects.get(action="proposal.accepted").summary == "delivery"
    with pytest.raises(InvalidTransition):
        accept(one)
    assert Utterance.objects.generated().count() == 1


def test_it_stays_generated_whoever_edits_moves_or_restores_it(workspace: Workspace) -> None:
    one, other = propose_texts(workspace, "delivery", "where is my box", "where is my bag")
    made = accept(one, text="  where is MY little box ", intent=workspace.intents.get(name="refund"))
    assert (made.text, made.intent.name) == ("where is MY little box", "refund")
    edit_utterance(utterance=made, text="where has my box gone", locale="en", actor=None)
    move_utterances(workspace=workspace, ids=[made.pk], intent=None, actor=None)
    made.refresh_from_db()
    assert (made.source, made.made_from) == ("generated", [ORIGIN])
    removed = delete_utterances(workspace=workspace, ids=[made.pk], actor=None)
    restore_utterances(workspace=workspace, removed=removed, actor=None)
    back = Utterance.objects.get(text="where has my box gone")
    assert (back.source, back.made_from) == ("generated", [ORIGIN])
    # Its origin is still its origin once that reads otherwise.
    made = accept(other)
    edit_utterance(
        utterance=Utterance.objects.get(text="where is my parcel"),
        text="what about my stuff",
        locale="en",
        actor=None,
    )
    made.refresh_from_db()
    assert made.made_from == [origin_key("what about my stuff")]


def test_marks_follow_an_edited_text_as_far_as_it_is_unchanged(workspace: Workspace) -> None:
    EntityType.objects.create(workspace=workspace, name="thing")
    [one] = propose_texts(workspace, "delivery", "box or bag where")
    one.entities = [[0, 3, "thing"], [7, 10, "thing"]]
    one.save()
    made = accept(one, text="crate or bag where")
    assert [(span.start, span.end) for span in made.annotations.all()] == [(9, 12)]


def test_half_of_the_real_ones_is_the_most(workspace: Workspace) -> None:
    assert [allowed_beside(real) for real in (0, 1, 2, 3, 8, 9)] == [0, 1, 1, 2, 4, 5]
    rows = propose_texts(workspace, "delivery", *(f"where is my box {letter}" for letter in "abcdef"))
    decided = proposals.accept_proposals(workspace=workspace, ids=[row.pk for row in rows], actor=None)
    assert decided.ids == tuple(row.pk for row in rows[:4])  # the best first
    assert [pk for pk, _reason in decided.refused] == [row.pk for row in rows[4:]]
    assert "4 generated beside 8 real" in decided.refused[0][1]
    with pytest.raises(GeneratedEnough) as caught:
        accept(rows[5])
    assert (caught.value.count, caught.value.real) == (4, 8)
    # Another intent has room, and one more real utterance makes room here.
    accept(rows[4], intent=workspace.intents.get(name="refund"))
    add_texts(
        workspace=workspace,
        intent=workspace.intents.get(name="delivery"),
        texts=["did you lose my parcel"],
        locale="en",
        actor=None,
    )
    accept(rows[5])


def test_rejected_and_taken_back(workspace: Workspace) -> None:
    one, two = propose_texts(workspace, "delivery", "where is my box", "where is my bag")
    assert proposals.reject_proposals(workspace=workspace, ids=[one.pk], actor=None).ids == (one.pk,)
    again = proposals.reject_proposals(workspace=workspace, ids=[one.pk, two.pk], actor=None)
    assert (again.ids, [pk for pk, _ in again.refused]) == ((two.pk,), [one.pk])
    assert not Utterance.objects.generated().exists()
    assert proposals.take_back_proposals(workspace=workspace, ids=[one.pk, two.pk], actor=None).ids == (
        one.pk,
        two.pk,
    )
    accept(one)
    proposals.take_back_proposals(workspace=workspace, ids=[one.pk, two.pk], actor=None)
    one.refresh_from_db()
    assert (one.status, one.utterance) == ("proposed", None)
    assert not Utterance.objects.generated().exists()
    assert accept(one).source == "generated"


def test_what_a_person_did_last_is_one_step(workspace: Workspace, django_user_model) -> None:
    person = django_user_model.objects.create_user("ann")
    one, two, three = propose_texts(
        workspace, "delivery", "where is my box", "where is my bag", "where is my coat"
    )
    proposals.reject_proposals(workspace=workspace, ids=[three.pk], actor=None)
    proposals.accept_proposals(workspace=workspace, ids=[one.pk, two.pk], actor=person)
    assert sorted(proposals.newest_decision(workspace=workspace, actor=person)) == [one.pk, two.pk]
    proposals.take_back_proposals(workspace=workspace, ids=[one.pk, two.pk], actor=person)
    assert proposals.newest_decision(workspace=workspace, actor=person) == []


def test_refused_texts(workspace: Workspace) -> None:
    add_case(
        workspace=workspace,
        text="where is my crate",
        intent=workspace.intents.get(name="delivery"),
        locale="en",
        actor=None,
    )
    [one] = propose_texts(workspace, "delivery", "where is my box")
    for wording, problem in (
        ("Where is my  PARCEL", DuplicateUtterance),
        ("where is my crate", InvalidData),
        ("  ", InvalidData),
    ):
        with pytest.raises(problem):
            accept(one, text=wording)
    foreign = make_thin("other").intents.get(name="refund")
    with pytest.raises(InvalidData):
        accept(one, intent=foreign)
    assert accept(one, text="where is my crate now").source == "generated"


def test_nothing_is_accepted_where_it_is_switched_off(workspace: Workspace) -> None:
    one, two = propose_texts(workspace, "delivery", "where is my box", "where is my bag")
    accept(one)
    switch_generation(workspace=workspace, on=False, actor=None)
    with pytest.raises(GenerationOff):
        accept(two)
    with pytest.raises(GenerationOff):
        proposals.accept_proposals(workspace=workspace, ids=[two.pk], actor=None)
    assert Utterance.objects.generated().count() == 1
    assert not create_workspace(slug="new", name="New", default_locale="en", actor=None).generates


def test_generated_utterances_train_and_count_for_nothing_else(workspace: Workspace) -> None:
    [one] = propose_texts(workspace, "delivery", "where is my box")
    before = dataset_health(workspace)
    made = accept(one)
    data = training_data(workspace)
    assert [(each.text, each.intent, each.made_from) for each in data.generated] == [
        ("where is my box", "delivery", (ORIGIN,))
    ]
    assert len(data.examples) == sum(map(len, TEXTS.values()))
    after = dataset_health(workspace)
    assert (after.utterances, after.small_intents, after.generated) == (before.utterances, before.small_intents, 1)
    thin = {one.intent: one.count for one in health_report(workspace).imbalances if one.problem == "thin"}
    assert set(thin.values()) == {8}
    assert all(made.text not in meaning.texts for meaning in meanings_of(workspace, ["utterances"]))


def test_files_carry_that_it_is_generated_and_a_case_cannot_be(workspace: Workspace) -> None:
    thing = EntityType.objects.create(workspace=workspace, name="thing")
    made = accept(propose_texts(workspace, "delivery", "where is my box")[0])
    annotate_utterance(utterance=made, start=12, end=15, entity_type=thing, actor=None)
    other = create_workspace(slug="copy", name="Copy", default_locale="en", actor=None)
    for file_format, origin in (("jsonl", [ORIGIN]), ("csv", [])):
        lines = list(text_lines(workspace, file_format))
        import_utterances(workspace=other, lines=lines, file_format=file_format, actor=None)
        copy = other.utterances.get(text="where is my box")
        assert (copy.source, copy.made_from) == ("generated", origin)
        assert other.utterances.real().count() == sum(map(len, TEXTS.values()))
        assert not other.utterances.real().exclude(source="import").exists()
        other.utterances.all().delete()
    losses = losses_of(workspace)
    assert (losses["jsonl"].unlabelled, losses["rasa"].unlabelled, losses["dialogflow"].unlabelled) == (0, 1, 1)
    line = {"text": "where is my bag", "intent": "delivery"}
    lines = [json.dumps(line | {"generated": True}), json.dumps(line)]
    report = import_cases(workspace=workspace, lines=lines, file_format="jsonl", actor=None)
    assert (report.added, [error.line for error in report.errors]) == (1, [1])


def test_taking_back_leaves_alone_what_was_changed_since(workspace: Workspace) -> None:
    one, two, three = propose_texts(
        workspace, "delivery", "where is my box", "where is my bag", "where is my coat"
    )
    edited, moved, brought_back = accept(one), accept(two), accept(three)
    edit_utterance(utterance=edited, text="where is my big box", locale="en", actor=None)
    refund = workspace.intents.get(name="refund")
    move_utterances(workspace=workspace, ids=[moved.pk], intent=refund, actor=None)
    removed = delete_utterances(workspace=workspace, ids=[brought_back.pk], actor=None)
    restore_utterances(workspace=workspace, removed=removed, actor=None)
    decided = proposals.take_back_proposals(workspace=workspace, ids=[one.pk, two.pk, three.pk], actor=None)
    assert decided.ids == (three.pk,)
    assert [pk for pk, _reason in decided.refused] == [one.pk, two.pk]
    assert "changed since" in decided.refused[0][1]
    left = set(Utterance.objects.generated().values_list("text", flat=True))
    assert left == {"where is my big box", "where is my bag"}
    # What is gone for good stands in nobody's way.
    delete_utterances(workspace=workspace, ids=[edited.pk], actor=None)
    assert proposals.take_back_proposals(workspace=workspace, ids=[one.pk], actor=None).ids == (one.pk,)


def test_what_was_decided_long_ago_is_no_last_step(workspace: Workspace, django_user_model) -> None:
    person = django_user_model.objects.create_user("ann")
    [one] = propose_texts(workspace, "delivery", "where is my box")
    proposals.accept_proposal(proposal=one, actor=person)
    assert proposals.newest_decision(workspace=workspace, actor=person) == [one.pk]
    ProposedUtterance.objects.update(reviewed_at=timezone.now() - proposals.TAKEN_BACK_WITHIN)
    assert proposals.newest_decision(workspace=workspace, actor=person) == []
    assert proposals.take_back_proposals(workspace=workspace, ids=[one.pk], actor=person).ids == (one.pk,)


def test_a_type_that_was_deleted_does_not_come_back(workspace: Workspace) -> None:
    EntityType.objects.create(workspace=workspace, name="thing")
    one, two = propose_texts(workspace, "delivery", "where is my box", "where is my bag")
    ProposedUtterance.objects.filter(workspace=workspace).update(entities=[[12, 15, "thing"], [0, 5, "gone"]])
    made = accept(one)
    assert [(span.start, span.entity_type.name) for span in made.annotations.all()] == [(12, "thing")]
    EntityType.objects.all().delete()
    assert not accept(two).annotations.exists()
    assert not EntityType.objects.exists()


def test_an_intent_that_is_gone_by_now_is_told(workspace: Workspace) -> None:
    one, two = propose_texts(workspace, "delivery", "where is my box", "where is my bag")
    gone = workspace.intents.get(name="invoice")
    workspace.intents.filter(pk=gone.pk).delete()
    with pytest.raises(InvalidData):
        accept(one, intent=gone)
    # The intent that was renamed since is no new one.
    workspace.intents.filter(name="delivery").update(name="parcels")
    assert accept(one).intent.name == "parcels"
    assert not workspace.intents.filter(name="delivery").exists()
    ProposedUtterance.objects.filter(pk=two.pk).delete()
    with pytest.raises(InvalidTransition):
        accept(two)


def test_many_are_accepted_with_one_count_a_piece(
    workspace: Workspace, django_assert_max_num_queries: Callable[..., AbstractContextManager[object]]
) -> None:
    ids = [row.pk for row in propose_texts(workspace, "delivery", *(f"where is box {one}" for one in "abcd"))]
    with django_assert_max_num_queries(200) as queries:
        proposals.accept_proposals(workspace=workspace, ids=ids, actor=None)
    assert sum("COUNT(" in query["sql"] for query in queries.captured_queries) == 1  # type: ignore[attr-defined]
    other = make_thin("other")
    [foreign] = propose_texts(other, "delivery", "where is my bag")
    assert proposals.accept_proposals(workspace=workspace, ids=[foreign.pk], actor=None).ids == ()
    assert proposals.accept_proposals(workspace=other, ids=[foreign.pk], actor=None).ids == (foreign.pk,)

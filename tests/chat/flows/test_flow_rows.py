"""Drafts, publishing and switching of flows: what staff do, and what customers get of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from chat.actions.flows import (
    create_flow,
    delete_flow,
    publish_flow,
    restore_version,
    save_draft,
    switch_flow,
)
from chat.dialogue.flow_text import load_yaml
from chat.errors import DraftChanged, FlowNotReady, InvalidInput
from chat.flow_book import flow_of_intents, forget_definitions, read_flow_book
from chat.models import Flow, FlowVersion
from nlu.actions.workspaces import create_workspace
from nlu.models import AuditEntry, Intent, Workspace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]

TEXT = """
name: greet
title: {en: Greet}
triggers: [hello]
slots: {who: {type: text, title: {en: name}}}
steps:
  - {id: ask, ask: who, text: {en: "Who?"}}
  - {id: bye, end: {en: "Hello {who}."}}
"""


def definition(**changed: str) -> dict:
    text = TEXT
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new, 1)
    return load_yaml(text)


@pytest.fixture
def workspace(db) -> Workspace:
    made = create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)
    Intent.objects.create(workspace=made, name="hello")
    return made


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_user("op")


@pytest.fixture
def flow(workspace, operator) -> Flow:
    return create_flow(workspace=workspace, definition=definition(), actor=operator)


def test_a_draft_reaches_nobody_until_it_is_published(flow, workspace, operator):
    assert read_flow_book(workspace.pk).current == {}
    version = publish_flow(flow=flow, note="first", actor=operator)
    assert (version.number, version.published_by, version.note) == (1, operator, "first")
    book = read_flow_book(workspace.pk)
    assert flow_of_intents(book) == {"hello": "greet"}
    save_draft(flow=flow, definition=definition(Who="What"), actor=operator)
    assert read_flow_book(workspace.pk).current["greet"] == book.current["greet"]


def test_a_conversation_keeps_the_version_that_it_began_with(flow, workspace, operator):
    publish_flow(flow=flow, actor=operator)
    save_draft(flow=flow, definition=definition(Who="What"), actor=operator)
    publish_flow(flow=flow, actor=operator)
    book = read_flow_book(workspace.pk, [("greet", 1), ("greet", 9)])
    assert book.get("greet", 1).steps[0].text["en"] == ("Who?",)
    assert book.get("greet", 2).steps[0].text["en"] == ("What?",)
    assert book.get("greet", 9).version == 2
    assert book.get("gone", 1) is None


def test_the_first_of_two_dates_stays_the_first(workspace, operator):
    slots = "{from_date: {type: date, title: {en: from}}, to_date: {type: date, title: {en: to}}}"
    steps = "\n  - {id: ask, ask: from_date, text: {en: From?}}\n  - {id: until, ask: to_date, text: {en: Until?}}"
    stored = definition(
        **{
            "{who: {type: text, title: {en: name}}}": slots,
            '\n  - {id: ask, ask: who, text: {en: "Who?"}}': steps,
            "{who}": "{to_date}",
        }
    )
    publish_flow(flow=create_flow(workspace=workspace, definition=stored, actor=operator), actor=operator)
    assert list(read_flow_book(workspace.pk).current["greet"].slots) == ["from_date", "to_date"]


def test_what_is_published_again_unchanged_makes_no_version(flow, operator):
    first = publish_flow(flow=flow, actor=operator)
    assert publish_flow(flow=flow, actor=operator) == first
    assert flow.versions.count() == 1


def test_a_flow_with_problems_is_not_published(flow, workspace, operator):
    save_draft(flow=flow, definition=definition(en="zh-hans"), actor=operator)
    with pytest.raises(FlowNotReady) as caught:
        publish_flow(flow=flow, actor=operator)
    assert {problem.kind for problem in caught.value.problems} >= {"untranslated"}
    assert read_flow_book(workspace.pk).current == {}


def test_a_change_made_from_an_old_draft_is_refused_and_nothing_is_lost(flow, operator):
    save_draft(flow=flow, definition=definition(Who="What"), revision=1, actor=operator)
    with pytest.raises(DraftChanged):
        save_draft(flow=flow, definition=definition(Who="Where"), revision=1, actor=operator)
    flow.refresh_from_db()
    assert flow.draft["steps"][0]["text"]["en"] == "What?"
    save_draft(flow=flow, definition=definition(Who="Where"), revision=2, actor=operator)


def test_a_draft_that_somebody_changed_meanwhile_is_neither_published_nor_replaced(flow, operator):
    first = publish_flow(flow=flow, revision=1, actor=operator)
    save_draft(flow=flow, definition=definition(Who="What"), actor=operator)
    with pytest.raises(DraftChanged):
        publish_flow(flow=flow, revision=1, actor=operator)
    with pytest.raises(DraftChanged):
        restore_version(flow=flow, version=first, revision=1, actor=operator)
    assert flow.versions.count() == 1
    assert publish_flow(flow=flow, revision=2, actor=operator).number == 2
    assert restore_version(flow=flow, version=first, revision=2, actor=operator).draft == first.definition


@pytest.mark.parametrize("steps", [["nonsense"], [{"id": "a", "say": {"en": "x"}}]], ids=["refused", "read"])
def test_a_published_version_that_cannot_be_read_any_more_leaves_the_other_flows(flow, workspace, operator, steps):
    publish_flow(flow=flow, actor=operator)
    other = create_flow(workspace=workspace, definition=definition(greet="meet"), actor=operator)
    version = publish_flow(flow=other, actor=operator)
    FlowVersion.objects.filter(pk=version.pk).update(definition={**version.definition, "steps": steps})
    forget_definitions()
    is_read = steps != ["nonsense"]
    book = read_flow_book(workspace.pk, [("meet", 1)])
    assert set(book.current) == ({"greet", "meet"} if is_read else {"greet"})
    assert (book.get("meet", 1) is not None) == is_read


def test_names_are_taken_once_and_stay(flow, workspace, operator):
    with pytest.raises(InvalidInput):
        create_flow(workspace=workspace, definition=definition(), actor=operator)
    with pytest.raises(InvalidInput):
        save_draft(flow=flow, definition=definition(greet="meet"), actor=operator)
    other = create_workspace(slug="bank", name="Bank", default_locale="en", actor=None)
    assert create_flow(workspace=other, definition=definition(), actor=operator).pk != flow.pk


def test_nonsense_is_refused_with_its_place(flow, operator):
    with pytest.raises(InvalidInput, match=r"flow\.steps\.ask\.ask"):
        save_draft(flow=flow, definition=load_yaml(TEXT.replace("ask: who", "ask: Who is it")), actor=operator)
    save_draft(flow=flow, definition=load_yaml(TEXT.replace("ask: who", "ask: name")), actor=operator)
    with pytest.raises(FlowNotReady):
        publish_flow(flow=flow, actor=operator)


def test_a_flow_that_is_off_begins_nothing_and_ends_in_talks_under_way(flow, workspace, operator):
    publish_flow(flow=flow, actor=operator)
    switch_flow(flow=flow, on=False, actor=operator)
    book = read_flow_book(workspace.pk, [("greet", 1)])
    assert book.current == {}
    assert book.get("greet", 1) is None
    switch_flow(flow=flow, on=True, actor=operator)
    assert "greet" in read_flow_book(workspace.pk).current


def test_an_older_version_comes_back_as_the_draft(flow, operator):
    first = publish_flow(flow=flow, actor=operator)
    save_draft(flow=flow, definition=definition(Who="What"), actor=operator)
    publish_flow(flow=flow, actor=operator)
    restored = restore_version(flow=flow, version=first, actor=operator)
    assert restored.draft == first.definition
    assert publish_flow(flow=flow, actor=operator).number == 3


def test_every_act_is_noted(flow, operator):
    publish_flow(flow=flow, actor=operator)
    switch_flow(flow=flow, on=False, actor=operator)
    delete_flow(flow=flow, actor=operator)
    noted = AuditEntry.objects.filter(action__startswith="flow.").order_by("id").values_list("action", "actor")
    assert list(noted) == [
        (f"flow.{act}", operator.pk) for act in ("created", "published", "switched_off", "deleted")
    ]

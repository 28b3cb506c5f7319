"""Invitations: shown once, accepted into a flow that is the engine's own, dismissed, counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.actions.behaviour import opt_out
from chat.actions.finishing import finish_turns
from chat.actions.flows import switch_flow
from chat.actions.handoffs import request_handoff
from chat.actions.invitation_rules import RuleContent, create_rule, switch_rule
from chat.actions.messages import visitor_message
from chat.actions.storing import store_message
from chat.actions.turns import claim_turns
from chat.actions.visitors import create_visitor
from chat.answering import answer
from chat.models import Conversation, Invitation, Message, Turn
from chat.models.conversations import ConversationStatus
from chat.proactive.reader import read_conditions
from chat.proactive.rules import Words
from nlu.inference import PipelineCache
from tests.chat.proactive.conftest import FAILED, Page, allow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]

NO_ID = "00000000-0000-4000-8000-000000000000"


def work() -> list[Turn | None]:
    """What the turn worker does with everything that waits."""
    claims = claim_turns(worker="w")
    answers = answer([claim.input for claim in claims], models=PipelineCache())
    return finish_turns(answers=list(zip(claims, answers, strict=True)))


def says(conversation: Conversation, text: str, name: str = "c1") -> None:
    workspace_id = conversation.site.workspace_id
    store_message(
        visitor_message(conversation_id=conversation.pk, workspace_id=workspace_id, client_id=name, text=text)
    )


def talk(conversation: Conversation) -> list[tuple[str, str]]:
    rows = Message.objects.filter(conversation=conversation).order_by("sequence")
    return [(one.author, one.text) for one in rows]


def test_an_event_brings_the_invitation_and_it_is_shown_once(policy, rule, page):
    given = page.report(FAILED).json()["invitation"]
    assert given["text"] == "The payment did not work. May I help?"
    assert given["quick_replies"] == ["Yes, please"]
    # Until a page takes it up it is the same one; of two pages, one does.
    assert page.invited(FAILED) == given["id"]
    assert page.answer(given["id"], "shown").status_code == 200
    assert page.answer(given["id"], "shown").status_code == 409
    assert page.invited(FAILED) == ""
    assert Invitation.objects.get().shown_at is not None


def test_without_a_rule_in_use_nobody_is_invited(policy, rule, page):
    switch_rule(rule=rule, on=False, actor=None)
    assert page.invited(FAILED) == ""
    switch_rule(rule=rule, on=True, actor=None)
    assert page.invited(FAILED)


def test_two_tabs_show_one_invitation_a_day(policy, rule, workspace, flow, page):
    second = RuleContent(
        name="Everybody", conditions=read_conditions({}), words={"en": Words("Hello?")}, flow=flow, priority=1
    )
    create_rule(workspace=workspace, content=second, actor=None)
    first, other = page.invited(FAILED), page.invited(page="/")
    assert first
    assert other not in ("", first)
    assert page.answer(first, "shown").status_code == 200
    assert page.answer(other, "shown").status_code == 409


def test_time_on_the_page_is_asked_for_again(policy, rule, workspace, flow, page):
    slow = RuleContent(
        name="Slow", conditions=read_conditions({"seconds": "30"}), words={"en": Words("Still here?")}, flow=flow
    )
    create_rule(workspace=workspace, content=slow, actor=None)
    assert page.report(page="/").json()["ask_again"] == 30
    assert page.report(page="/", seconds=12).json()["ask_again"] == 18
    assert page.report(page="/", seconds=30).json()["invitation"]["text"] == "Still here?"


def test_accepting_begins_the_flow_as_the_assistants_own_turn(policy, rule, page, visitor):
    invitation = page.invited(FAILED)
    page.answer(invitation, "shown")
    assert page.answer(invitation, "accepted").json() == {"begun": True}
    conversation = visitor.conversation
    turn = Turn.objects.get()
    assert (turn.begins, turn.status) == ("pay_help", "pending")
    [finished] = work()
    assert finished.outcome == "flow"
    assert finished.filing is None
    conversation.refresh_from_db()
    assert talk(conversation) == [("bot", "The payment did not work. May I help?"), ("bot", "What happened?")]
    assert conversation.dialogue_state["frames"][0]["flow"] == "pay_help"
    assert Message.objects.last().quick_replies == ["The card was declined", "Something else"]
    # What follows is live chat like any other, and the end of the flow is counted.
    says(conversation, "The card was declined")
    [finished] = work()
    assert finished.decision["flow"]["outcome"] == "completed"
    assert talk(conversation)[-1] == ("bot", "Try another card.")
    row = Invitation.objects.get()
    assert None not in (row.shown_at, row.accepted_at, row.completed_at)


def test_a_tapped_reply_is_said_and_the_flow_answers_it(policy, rule, page, visitor):
    invitation = page.invited(FAILED)
    page.answer(invitation, "shown")
    for reply in ("Buy this", "yes, please", ["Yes, please"], 7):
        assert page.answer(invitation, "accepted", reply=reply).status_code == 400
    assert page.answer(invitation, "accepted", reply="Yes, please").json() == {"begun": True}
    work()
    assert talk(visitor.conversation) == [
        ("bot", "The payment did not work. May I help?"),
        ("visitor", "Yes, please"),
        ("bot", "What happened?"),
    ]
    # Nothing is left that somebody would have to answer, or to review.
    assert work() == []
    conversation = Conversation.objects.get()
    assert conversation.answered_sequence == conversation.visitor_sequence == 2


def test_a_tapped_reply_is_answered_even_if_the_flow_is_gone(policy, rule, flow, page, visitor):
    invitation = page.invited(FAILED)
    page.answer(invitation, "shown")
    switch_flow(flow=flow, on=False, actor=None)
    assert page.answer(invitation, "accepted", reply="Yes, please").json() == {"begun": False}
    [finished] = work()
    assert finished.parse["text"] == "Yes, please"
    assert finished.reply_sequence == 3


def test_a_flow_that_ends_otherwise_is_not_completed(policy, rule, page, visitor):
    invitation = page.invited(FAILED)
    page.answer(invitation, "shown")
    page.answer(invitation, "accepted")
    work()
    says(visitor.conversation, "Something else")
    work()
    assert Invitation.objects.get().completed_at is None


def test_a_message_of_the_visitors_own_with_the_invitations_name_is_told(policy, rule, page, visitor):
    invitation = page.invited(FAILED)
    page.answer(invitation, "shown")
    says(visitor.conversation, "Hello", f"invitation:{invitation}")
    assert page.answer(invitation, "accepted").status_code == 409


def test_accepting_twice_begins_once(policy, rule, page, visitor):
    invitation = page.invited(FAILED)
    page.answer(invitation, "shown")
    assert [page.answer(invitation, "accepted").status_code for _ in range(2)] == [200, 200]
    work()
    page.answer(invitation, "accepted")
    assert work() == []
    assert len(talk(visitor.conversation)) == 2


def test_what_the_visitor_writes_meanwhile_is_answered_in_the_flow(policy, rule, page, visitor):
    invitation = page.invited(FAILED)
    page.answer(invitation, "shown")
    page.answer(invitation, "accepted")
    says(visitor.conversation, "The card was declined")
    assert Turn.objects.count() == 1
    [finished] = work()
    assert finished.decision["flow"]["steps"] == [
        ["pay_help", "which"],
        ["pay_help", "which"],
        ["pay_help", "declined"],
    ]
    assert talk(visitor.conversation)[-1] == ("bot", "What happened?\n\nTry another card.")
    assert Invitation.objects.get().completed_at is not None


def test_a_resolved_conversation_goes_on_with_the_assistant(policy, rule, page, visitor):
    Conversation.objects.update(status=ConversationStatus.RESOLVED, resolved_at=timezone.now())
    invitation = page.invited(FAILED)
    page.answer(invitation, "shown")
    assert page.answer(invitation, "accepted").json()["begun"]
    work()
    conversation = Conversation.objects.get()
    assert conversation.status == ConversationStatus.BOT
    assert talk(conversation)[-1] == ("bot", "What happened?")


def test_the_invitations_language_is_the_talks(policy, rule, page, visitor):
    Conversation.objects.update(locale="zh-hans")
    invitation = page.invited(FAILED, locale="en-GB")
    page.answer(invitation, "shown")
    page.answer(invitation, "accepted")
    work()
    assert Conversation.objects.get().locale == "en"
    assert talk(visitor.conversation)[-1] == ("bot", "What happened?")


def test_nobody_is_invited_while_a_person_has_the_conversation(policy, rule, page, visitor):
    offered = page.invited(FAILED)
    assert offered
    request_handoff(conversation=visitor.conversation, reason="visitor", actor=None)
    assert page.invited(FAILED) == ""
    assert page.answer(offered, "shown").status_code == 409


def test_a_person_who_came_meanwhile_keeps_the_conversation(policy, rule, page, visitor):
    invitation = page.invited(FAILED)
    page.answer(invitation, "shown")
    request_handoff(conversation=visitor.conversation, reason="visitor", actor=None)
    lines = len(talk(visitor.conversation))
    assert page.answer(invitation, "accepted").json() == {"begun": False}
    assert len(talk(visitor.conversation)) == lines
    assert not Turn.objects.exists()


def test_nobody_is_invited_with_an_open_panel_or_in_a_task(policy, rule, page, visitor):
    assert page.invited(FAILED, panel_open=True) == ""
    says(visitor.conversation, "hello")
    assert page.invited(FAILED) == ""
    Turn.objects.all().delete()
    Conversation.objects.update(answered_sequence=1)
    assert page.invited(FAILED)


@pytest.mark.parametrize("what", ["dismissed", "opted_out"])
def test_dismissing_is_remembered(policy, site, rule, page, visitor, what):
    allow(site, invitations_a_day=5)
    rule.most_ever = 5
    rule.save()
    invitation = page.invited(FAILED)
    page.answer(invitation, "shown")
    assert page.answer(invitation, what).status_code == 200
    assert page.invited(FAILED) == ""
    assert page.answer(invitation, "accepted").status_code == 409
    Invitation.objects.update(
        shown_at=timezone.now() - timedelta(days=2), dismissed_at=timezone.now() - timedelta(hours=25)
    )
    # After the quiet time the rule may invite again; never somebody who opted out.
    again = page.report(FAILED).json()
    assert bool(again["invitation"]) is (what == "dismissed")
    assert again["refused"] == ("" if what == "dismissed" else "opted_out")


def test_opting_out_between_offer_and_page(policy, rule, page, visitor):
    invitation = page.invited(FAILED)
    opt_out(visitor=visitor.conversation.visitor)
    assert page.answer(invitation, "shown").status_code == 409


def test_a_flow_that_was_switched_off_meanwhile(policy, rule, flow, page, visitor):
    invitation = page.invited(FAILED)
    page.answer(invitation, "shown")
    switch_flow(flow=flow, on=False, actor=None)
    assert page.answer(invitation, "accepted").json() == {"begun": False}
    assert [author for author, _text in talk(visitor.conversation)] == ["bot"]


def test_other_visitors_invitations_are_not_there(policy, site, rule, page):
    invitation = page.invited(FAILED)
    stranger = Page(create_visitor(site=site, locale="en"))
    for one in ("shown", "accepted", "dismissed", "opted_out"):
        assert stranger.answer(invitation, one).status_code == 404
    assert page.answer(NO_ID, "shown").status_code == 404
    assert page.answer(invitation, "accepted").status_code == 409
    assert page.answer(invitation, "shown").status_code == 200


@pytest.mark.parametrize("what", ["", None, 7, [], "shown ", "completed"], ids=str)
def test_hostile_answers(policy, rule, page, what):
    invitation = page.invited(FAILED)
    assert page.answer(invitation, what).status_code == 400
    assert page.post(f"invitations/{invitation}", []).status_code == 400
    assert page.post("invitations/nothing", {"answer": "shown"}).status_code == 404
    assert page.answer(invitation, "shown").status_code == 200

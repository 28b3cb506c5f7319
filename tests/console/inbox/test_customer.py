"""What agents see of a customer, and in which order those who wait are shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chat.actions.conversations import resolve_conversation, take_conversation
from chat.actions.flows import create_flow, publish_flow
from chat.actions.identities import open_session
from chat.actions.profile_entries import Fact, learn_facts, settle_consent
from chat.actions.routing import create_rule
from chat.actions.signing_keys import create_signing_key
from chat.customer_history import customer_card
from chat.dialogue.flow_text import load_yaml
from chat.errors import InvalidInput
from chat.inbox_lists import list_inbox
from chat.live.reading import ConversationRef, read_state
from chat.models import Consent, Conversation, ProfileAttribute, Turn, Visitor
from chat.models.routing import TALK_LANGUAGE, Priority
from nlu.actions.articles import create_article, publish_article
from nlu.models import AuditEntry
from tests.chat.profile.signing import sign
from tests.console.inbox.scene import entity

SURVEY = """
format: 1
name: survey
title: {en: Survey}
slots: {stars: {type: number, title: {en: stars}}}
steps:
  - {id: how, rate: stars, text: {en: How was it?}}
"""


@pytest.fixture
def shop(scene):
    """The scene, whose site vouches for customers."""
    _key, scene.secret = create_signing_key(site=scene.site, actor=None)
    ProfileAttribute.objects.create(workspace=scene.workspace, name="name", basis="contract", purpose="To greet")
    ProfileAttribute.objects.create(workspace=scene.workspace, name="tier", basis="interest", purpose="Quick help")
    return scene


def signed_in(shop, sub: str = "wang", **attributes) -> Conversation:
    identity = sign(shop.secret, "shop", sub=sub, name=attributes.pop("name", None), attributes=attributes)
    return open_session(site=shop.site, token=None, locale="en", identity=identity).conversation


def test_the_panel_shows_who_it_is_with_the_basis_of_each_line(shop, client):
    conversation = signed_in(shop, name="王芳", tier="gold")
    shop.write(conversation, "hello")
    client.force_login(shop.user("li", "agent"))
    client.cookies["django_language"] = "en"
    page = client.get(reverse("console:inbox_conversation", args=[conversation.uuid])).content.decode()
    for words in ("王芳", "gold", "legitimate interest", "needed for the contract", "signed in", "wang"):
        assert words in page, words
    ProfileAttribute.objects.filter(name="tier").update(basis="")
    page = client.get(reverse("console:inbox_conversation", args=[conversation.uuid])).content.decode()
    assert "gold" not in page and "not to be used now" in page


def test_a_stranger_is_shown_as_one(shop, client):
    conversation = shop.conversation()
    shop.write(conversation, "hello")
    client.force_login(shop.user("li", "agent"))
    client.cookies["django_language"] = "en"
    page = client.get(reverse("console:inbox_conversation", args=[conversation.uuid])).content.decode()
    assert "not signed in" in page and "Nothing is known beyond this talk." in page


def test_history_over_all_browsers_of_the_customer_and_of_nobody_else(shop):
    flow = create_flow(workspace=shop.workspace, definition=load_yaml(SURVEY), actor=None)
    publish_flow(flow=flow, actor=None)
    first, second, other = signed_in(shop), signed_in(shop), signed_in(shop, "chen")
    for conversation, number in ((first, "LM1"), (second, "LM2"), (other, "LM9")):
        shop.write(conversation, "where is it")
        turn = shop.answer(conversation, intent="track_order", entities=(entity(number, number, "order_no"),))
        Turn.objects.filter(pk=turn.pk).update(
            decision={**turn.decision, "flow": {"ended": "survey", "filled": {"stars": "4", "other": "1"}}}
        )
    card = customer_card(second, "en")
    assert card.intents == (("track_order", 2),)
    assert card.numbers == ("LM2", "LM1")
    assert (card.rating, card.ratings) == (4, 2)
    assert [one.uuid for one in card.talks] == [first.uuid]
    assert customer_card(shop.conversation(), "en").ratings == 0


def waiting(shop, *, agent=None) -> list:
    return [row.uuid for row in list_inbox(name="waiting", agent=agent).rows]


def test_a_rule_puts_some_first_and_says_why(shop):
    create_rule(
        workspace=shop.workspace, attribute="tier", values="gold\nplatinum", priority=2, agent=None, actor=None
    )
    plain, gold, stranger = signed_in(shop, "a"), signed_in(shop, "b", tier="Gold"), shop.conversation()
    for conversation in (plain, stranger, gold):
        shop.write(conversation, "hello")
        shop.ask_for_person(conversation)
    assert waiting(shop) == [gold.uuid, plain.uuid, stranger.uuid]
    row = list_inbox(name="waiting", agent=None).rows[0]
    assert (row.priority, row.reason) == (Priority.FIRST, "tier: Gold")
    places = [read_state(ConversationRef(one.pk, one.uuid, shop.workspace.pk)) for one in (gold, plain, stranger)]
    assert [one.waiting_position for one in places] == [1, 2, 3]


@pytest.mark.parametrize("change", ["no basis", "expired identity", "nothing"])
def test_what_may_not_be_used_puts_nobody_first(shop, change):
    create_rule(workspace=shop.workspace, attribute="tier", values="gold", priority=1, agent=None, actor=None)
    gold = signed_in(shop, tier="gold")
    if change == "no basis":
        ProfileAttribute.objects.update(basis="")
    if change == "expired identity":
        Visitor.objects.update(identified_until=timezone.now() - timedelta(minutes=1))
    shop.ask_for_person(gold)
    assert (gold.priority == Priority.SOONER) is (change == "nothing")


@pytest.mark.parametrize("vouched", [False, True])
def test_what_a_visitor_says_of_themselves_puts_nobody_first(shop, vouched):
    shop.site.offers_to_remember = True
    shop.site.save()
    create_rule(workspace=shop.workspace, attribute="tier", values="gold", priority=1, agent=None, actor=None)
    talk = signed_in(shop, tier="gold") if vouched else signed_in(shop)
    settle_consent(conversation=talk, purpose=Consent.REMEMBER, given=True)
    assert learn_facts(conversation=talk, facts=[Fact("tier", "gold")], now=timezone.now()) == 1
    shop.ask_for_person(talk)
    assert (talk.priority == Priority.SOONER) is vouched


def test_the_language_of_the_talk_needs_no_profile(shop):
    lin = shop.agent("lin")
    create_rule(
        workspace=shop.workspace, attribute=TALK_LANGUAGE, values="zh-hans", priority=0, agent=lin, actor=None
    )
    chinese, english = shop.conversation(locale="zh-hans"), shop.conversation()
    for conversation in (english, chinese):
        shop.write(conversation, "hello")
        shop.ask_for_person(conversation)
    assert waiting(shop) == [english.uuid, chinese.uuid]
    assert waiting(shop, agent=lin) == [chinese.uuid, english.uuid]
    rows = list_inbox(name="waiting", agent=lin).rows
    assert [(row.is_offered_to_me, row.offered_to) for row in rows] == [(True, "lin"), (False, "")]


def test_who_answered_last_is_asked_first_while_they_answer(shop):
    lin = shop.agent("lin")
    first = signed_in(shop)
    shop.write(first, "hello")
    shop.ask_for_person(first)
    take_conversation(conversation=first, actor=lin.user)
    resolve_conversation(conversation=first, actor=lin.user)
    again, stranger = signed_in(shop), shop.conversation()
    for conversation in (again, stranger):
        shop.ask_for_person(conversation)
    assert again.preferred_agent == lin
    assert stranger.preferred_agent is None
    lin.user.groups.clear()
    third = signed_in(shop)
    shop.ask_for_person(third)
    assert third.preferred_agent is None


@pytest.mark.parametrize("lapsed", [False, True])
def test_who_answered_the_customer_last_is_asked_only_while_the_site_vouches(shop, lapsed):
    lin = shop.agent("lin")
    first, again = signed_in(shop), signed_in(shop)
    shop.write(first, "hello")
    shop.ask_for_person(first)
    take_conversation(conversation=first, actor=lin.user)
    if lapsed:
        Visitor.objects.update(identified_until=timezone.now() - timedelta(minutes=1))
    shop.ask_for_person(again)
    assert again.preferred_agent == (None if lapsed else lin)


@pytest.mark.parametrize(
    "changed",
    [
        {"attribute": "unlisted"},
        {"values": " \n "},
        {"priority": 9},
        {"priority": 0},
        {"attribute": "email"},
    ],
)
def test_rules_that_cannot_be(shop, changed):
    ProfileAttribute.objects.create(workspace=shop.workspace, name="email", kind="email")
    good = {"attribute": "tier", "values": "gold", "priority": 1, "agent": None}
    with pytest.raises(InvalidInput):
        create_rule(workspace=shop.workspace, actor=None, **{**good, **changed})
    create_rule(workspace=shop.workspace, actor=None, **good)


def test_articles_that_may_help_with_the_reason(shop):
    for slug, title in (("refund", "How refunds work"), ("gold", "Gold members wait less"), ("hours", "Opening")):
        article = create_article(
            workspace=shop.workspace, locale="en", title=title, body="Text.", slug=slug, actor=None
        )
        publish_article(article=article, actor=None)
    conversation = signed_in(shop, tier="gold")
    shop.write(conversation, "about refunds")
    found = customer_card(conversation, "en").suggestions
    assert [(one.title, one.kind) for one in found] == [
        ("How refunds work", "said"),
        ("Gold members wait less", "profile"),
    ]
    ProfileAttribute.objects.update(basis="")
    assert [one.kind for one in customer_card(conversation, "en").suggestions] == ["said"]


@pytest.mark.parametrize(("role", "status"), [("agent", 403), ("operator", 403), ("supervisor", 200)])
def test_a_person_is_erased_with_a_reason_by_those_who_may(shop, client, role, status):
    conversation, other = signed_in(shop, name="Wang"), signed_in(shop, "chen", name="Chen")
    client.force_login(shop.user("somebody", role))
    url = reverse("console:inbox_erase", args=[conversation.uuid])
    assert client.get(url).status_code == status
    client.post(url, {"reason": " "})
    assert Conversation.objects.count() == 2
    client.post(url, {"reason": "Request 7 of today"})
    left = list(Conversation.objects.all())
    assert left == ([other] if status == 200 else left)
    assert len(left) == (1 if status == 200 else 2)
    assert AuditEntry.objects.filter(action="person.erased", reason="Request 7 of today").exists() == (
        status == 200
    )

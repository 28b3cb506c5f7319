"""The inbox's pages: who may open them, and what they show without any socket."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from chat.actions.conversations import resolve_conversation
from tests.console.inbox.scene import entity, passage

HTMX = {"HX-Request": "true"}


@pytest.fixture
def li(scene, client):
    agent = scene.agent("li")
    client.force_login(agent.user)
    client.cookies["django_language"] = "en"
    return agent


def page(client, conversation, **headers):
    return client.get(reverse("console:inbox_conversation", args=[conversation.uuid]), headers=headers)


@pytest.mark.parametrize(
    ("role", "status"),
    [("agent", 200), ("supervisor", 200), ("administrator", 200), ("operator", 403)],
)
def test_roles(scene, client, role, status):
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    client.force_login(scene.user("somebody", role))
    for address in (
        reverse("console:inbox"),
        reverse("console:inbox_rows"),
        reverse("console:inbox_conversation", args=[conversation.uuid]),
        reverse("console:inbox_messages", args=[conversation.uuid]),
    ):
        assert client.get(address).status_code == status, address


def test_anonymous_goes_to_sign_in(scene, client):
    address = reverse("console:inbox_conversation", args=[scene.conversation().uuid])
    assert client.get(address).url.startswith(reverse("console:login"))
    assert client.get(address, headers=HTMX)["HX-Redirect"].startswith(reverse("console:login"))


@pytest.mark.parametrize(("who", "status"), [("another agent", 404), ("who took part", 200), ("supervisor", 200)])
def test_what_is_over_is_for_those_who_may_read_it(scene, client, who, status):
    lin, conversation = scene.agent("lin"), scene.conversation()
    scene.write(conversation, "hello")
    scene.take(conversation, lin)
    reader = {
        "another agent": lambda: scene.user("ann", "agent"),
        "who took part": lambda: lin.user,
        "supervisor": lambda: scene.user("chief", "supervisor"),
    }[who]()
    client.force_login(reader)
    addresses = [
        reverse(name, args=[conversation.uuid])
        for name in ("console:inbox_conversation", "console:inbox_messages")
    ]
    assert [client.get(one).status_code for one in addresses] == [200, 200]
    resolve_conversation(conversation=conversation, actor=lin.user)
    assert [client.get(one).status_code for one in addresses] == [status, status]


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_the_transcript_is_offered_to_those_who_may_read_it(scene, client, role):
    user, conversation = scene.user("ann", role), scene.conversation()
    scene.write(conversation, "hello")
    scene.take(conversation, scene.agent("lin"))
    client.force_login(user)
    address = reverse("console:transcript", args=[conversation.uuid])
    offered = role == "supervisor"
    assert (address in page(client, conversation).content.decode()) is offered
    assert client.get(address).status_code == (200 if offered else 404)


def test_writing_is_not_possible_by_address(scene, client, li):
    assert client.post(reverse("console:inbox")).status_code == 405


def test_unknown_conversation(client, li):
    assert client.get(reverse("console:inbox_conversation", args=[uuid.uuid4()])).status_code == 404


def test_a_waiting_conversation_can_be_taken(scene, client, li):
    conversation = scene.conversation()
    scene.write(conversation, "I want a person")
    scene.ask_for_person(conversation)
    html = page(client, conversation).content.decode()
    assert 'data-mode="free"' in html
    assert 'data-act="take"' in html
    assert "I want a person" in html
    assert conversation.visitor.label in html
    assert "The customer asked for a person" in html


def test_mine_has_a_composer(scene, client, li):
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    scene.take(conversation, li)
    html = page(client, conversation).content.decode()
    assert 'data-mode="mine"' in html
    assert 'data-act="resolve"' in html
    assert 'data-act="take"' not in html


def test_somebody_elses_names_them(scene, client, li):
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    scene.take(conversation, scene.agent("Wang Fang"))
    html = page(client, conversation).content.decode()
    assert 'data-mode="other"' in html
    assert "<b>Wang Fang</b> has this conversation" in html
    assert 'data-act="resolve"' not in html


def test_who_leads_may_end_somebody_elses(scene, client):
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    scene.take(conversation, scene.agent("Wang Fang"))
    client.force_login(scene.user("chief", "supervisor"))
    html = page(client, conversation).content.decode()
    assert 'data-act="resolve"' in html
    assert 'data-act="return"' in html


def test_context_shows_what_the_assistant_knows(scene, client, li):
    conversation = scene.conversation()
    text = "Where is order A-1001?"
    scene.write(conversation, text)
    scene.answer(
        conversation,
        kind="handoff",
        reason="not certain enough",
        entities=(entity(text, "A-1001", "order_no"),),
        passages=(passage("Return an item", 0.61),),
    )
    html = page(client, conversation).content.decode()
    assert "The assistant did not understand" in html
    assert "not certain enough" in html
    assert "order_no" in html
    assert "Return an item" in html
    assert "return item" in html
    assert "91\u00a0%" in html
    assert text in html


def test_context_tells_guesses_from_what_was_written(scene, client, li):
    conversation = scene.conversation()
    text = "Is the iphnoe 15 in red?"
    scene.write(conversation, text)
    entities = (entity(text, "iphnoe 15", "product", "fuzzy", "iPhone 15"), entity(text, "red", "colour", "list"))
    scene.answer(conversation, entities=entities)
    html = page(client, conversation).content.decode()
    assert 'iPhone 15 <span class="small muted">for “iphnoe 15”</span>' in html
    assert "for “red”" not in html


def test_text_is_escaped(scene, client, li):
    conversation = scene.conversation()
    scene.write(conversation, "<script>alert(1)</script>")
    html = page(client, conversation).content.decode()
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert(1)" not in html


def test_a_fragment_is_the_panes_alone(scene, client, li):
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    html = page(client, conversation, **HTMX).content.decode()
    assert "<html" not in html
    assert 'id="conversation"' in html
    assert 'id="context"' in html


def test_rows_carry_what_rings(scene, client, li):
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    scene.ask_for_person(conversation)
    html = client.get(reverse("console:inbox_rows")).content.decode()
    assert "<html" not in html
    assert f'data-waiting-ids="{conversation.uuid} "' in html
    assert f'data-conversation="{conversation.uuid}"' in html


def test_rows_carry_what_was_heard_in_mine_whatever_list_is_shown(scene, client, li):
    mine, other = scene.conversation(), scene.conversation()
    for conversation, agent in ((mine, li), (other, scene.agent("wang"))):
        scene.write(conversation, "hello")
        scene.take(conversation, agent)
    heard = scene.write(mine, "are you there?").sequence
    for name in ("waiting", "mine", "open"):
        html = client.get(reverse("console:inbox_rows"), {"list": name}).content.decode()
        assert f'data-mine="{mine.uuid}:{heard} "' in html


def test_a_search_has_no_nul(scene, client, li):
    scene.write(scene.conversation(), "needle")
    response = client.get(reverse("console:inbox_rows"), {"q": " nee\x00dle "})
    assert response.context["query"] == "needle"
    assert len(response.context["page"].rows) == 1


def test_an_unknown_list_is_the_waiting_one(client, li):
    html = client.get(reverse("console:inbox_rows"), {"list": "nonsense"}).content.decode()
    assert 'data-list="waiting"' in html


def test_older_messages_are_read_in_parts(scene, client, li):
    conversation = scene.conversation()
    for number in range(105):
        scene.write(conversation, f"line {number}")
    html = page(client, conversation).content.decode()
    assert "line 104" in html
    assert ">line 4<" not in html
    before = f"{reverse('console:inbox_messages', args=[conversation.uuid])}?before=6"
    assert before in html
    older = client.get(before).content.decode()
    assert ">line 4<" in older
    assert ">line 5<" not in older
    assert "data-earlier" not in older


def test_every_kind_of_message_has_its_template(scene, client, li):
    html = client.get(reverse("console:inbox")).content.decode()
    for author, kind in (("visitor", "text"), ("bot", "text"), ("agent", "text"), ("agent", "note")):
        assert f'<template data-author="{author}" data-kind="{kind}" data-event="">' in html
    for event in ("handoff_requested", "agent_joined", "returned_to_bot", "resolved", "reopened", ""):
        assert f'<template data-author="system" data-kind="event" data-event="{event}">' in html

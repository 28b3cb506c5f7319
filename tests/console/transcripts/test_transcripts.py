"""Transcripts: who reads which, finding them, what a turn's explanation shows, and the export."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chat.explanations import explain_turn, segments
from chat.models import Conversation, Message, Site, Turn
from chat.transcript_export import HEADER
from chat.transcripts import exchanges, page_start
from nlu.models import AuditEntry
from tests.console.inbox.scene import entity, passage

LIST = "console:transcripts"


@pytest.fixture
def supervisor(scene, client):
    user = scene.user("chief", "supervisor")
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


def found(client, **filters) -> set[str]:
    rows = client.get(reverse(LIST), filters).context["page"].object_list
    return {str(row.uuid) for row in rows}


def transcript(client, conversation, **parameters):
    return client.get(reverse("console:transcript", args=[conversation.uuid]), parameters)


def export(client, **filters) -> list[dict[str, str]]:
    response = client.get(reverse("console:transcripts_export"), filters)
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


# --- Who reads what ---


@pytest.mark.parametrize(
    ("role", "all_of_them", "may_export"),
    [
        ("operator", True, 200),
        ("supervisor", True, 200),
        ("administrator", True, 200),
        ("agent", False, 403),
    ],
)
def test_roles(scene, client, role, all_of_them, may_export):
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    client.force_login(scene.user("somebody", role))
    assert (str(conversation.uuid) in found(client)) is all_of_them
    assert transcript(client, conversation).status_code == (200 if all_of_them else 404)
    assert client.get(reverse("console:transcripts_export")).status_code == may_export


def test_an_agent_reads_what_they_took_part_in(scene, client):
    li = scene.agent("li")
    mine, noted, other = (scene.conversation() for _ in range(3))
    for conversation in (mine, noted, other):
        scene.write(conversation, "hello")
    scene.take(mine, li)
    scene.note(noted, li, "look")
    client.force_login(li.user)
    assert found(client) == {str(mine.uuid), str(noted.uuid)}
    assert transcript(client, mine).status_code == 200
    assert transcript(client, other).status_code == 404


def test_anonymous_goes_to_sign_in(scene, client):
    conversation = scene.conversation()
    for address in (
        reverse(LIST),
        reverse("console:transcripts_export"),
        reverse("console:transcript", args=[conversation.uuid]),
    ):
        assert client.get(address).url.startswith(reverse("console:login"))


# --- Finding ---


@pytest.fixture
def shelf(scene, supervisor) -> dict[str, Conversation]:
    """One conversation per way of ending, on two sites and in two languages."""
    other_site = Site.objects.create(workspace=scene.workspace, key="second", name="Second", locale="zh-hans")
    made = {
        "answered": scene.conversation(),
        "handed": scene.conversation(),
        "lost": scene.conversation(),
        "chinese": scene.conversation(site=other_site, locale="zh-hans"),
    }
    scene.write(made["answered"], "how do I return shoes")
    scene.answer(made["answered"], intent="return_item")
    scene.write(made["handed"], "person please")
    scene.answer(made["handed"], intent="talk_to_person", kind="handoff")
    scene.write(made["lost"], "blargh")
    scene.answer(made["lost"], intent="greeting", kind="rephrase", reason="out of scope")
    scene.write(made["chinese"], "我要退货")
    return made


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, {"answered", "handed", "lost", "chinese"}),
        ({"q": "SHOES"}, {"answered"}),
        ({"q": "退货"}, {"chinese"}),
        ({"q": "nothing like it"}, set()),
        ({"intent": "return_item"}, {"answered"}),
        ({"intent": "never_seen"}, set()),
        ({"outcome": "answered"}, {"answered"}),
        ({"outcome": "handed_off"}, {"handed"}),
        ({"outcome": "not_understood"}, {"lost"}),
        ({"outcome": "failed"}, set()),
        ({"status": "waiting"}, {"handed"}),
        ({"locale": "zh-hans"}, {"chinese"}),
        ({"intent": "return_item", "outcome": "not_understood"}, set()),
    ],
)
def test_filters(client, shelf, filters, names):
    assert found(client, **filters) == {str(shelf[name].uuid) for name in names}


def test_filter_by_site(client, shelf):
    site = shelf["chinese"].site
    assert found(client, site=site.pk) == {str(shelf["chinese"].uuid)}


def test_days(client, shelf):
    long_ago = timezone.now() - timedelta(days=40)
    Message.objects.filter(conversation=shelf["lost"]).update(created_at=long_ago)
    day = timezone.localtime(long_ago).date().isoformat()
    today = timezone.localdate().isoformat()
    assert found(client, **{"from": day, "to": day}) == {str(shelf["lost"].uuid)}
    assert found(client, **{"from": "1970-01-01", "to": "9998-12-31"}) == found(client)
    assert str(shelf["lost"].uuid) not in found(client, **{"from": today})


@pytest.mark.parametrize(
    "filters",
    [
        {"from": "2026-02-02", "to": "2026-02-01"},
        {"from": "yesterday"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"outcome": "x"},
        {"intent": "a\x00b"},
    ],
)
def test_a_wrong_filter_is_an_error_and_no_result(client, shelf, filters):
    response = client.get(reverse(LIST), filters)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert not response.context["page"].object_list
    assert client.get(reverse("console:transcripts_export"), filters).status_code == 302


def test_other_workspaces_are_elsewhere(scene, client, shelf):
    site = Site.objects.create(workspace=shelf_workspace(scene), key="bank", name="Bank", locale="en")
    conversation = scene.conversation(site=site)
    scene.write(conversation, "hello bank")
    assert str(conversation.uuid) not in found(client)
    # The inbox serves all workspaces, so its link must work from there.
    assert transcript(client, conversation).status_code == 200


def shelf_workspace(scene):
    return type(scene.workspace).objects.create(slug="bank", name="Bank", default_locale="en")


def test_pages(scene, client, supervisor):
    for number in range(51):
        scene.write(scene.conversation(), f"hello {number}")
    first = client.get(reverse(LIST), {"q": "hello"})
    assert len(first.context["page"].object_list) == 50
    assert "q=hello&amp;page=2" in first.content.decode()
    assert len(client.get(reverse(LIST), {"q": "hello", "page": 2}).context["page"].object_list) == 1


# --- Reading ---


def test_a_turn_is_explained(scene, client, supervisor):
    conversation = scene.conversation()
    text = "return order A-1001 please"
    scene.write(conversation, text)
    turn = scene.answer(
        conversation,
        entities=(entity(text, "A-1001", "order_no"),),
        passages=(passage("Return an item", 0.61),),
    )
    html = transcript(client, conversation).content.decode()
    assert f'id="turn-{turn.pk}"' in html
    assert "return item" in html
    assert "91\u00a0%" in html
    assert '<mark title="pattern">A-1001<span class="mark-type">order_no</span></mark>' in html
    assert "Return an item" in html
    assert "The intent is certain enough" in html
    assert "trained model" in html
    assert "4 ms" in html
    assert "Here is how." in html
    assert '<span class="badge info">AI</span>' in html


def test_a_misspelt_value_is_shown_as_a_guess(scene, client, supervisor):
    conversation = scene.conversation()
    text = "is the iphnoe 15 in stock, or the iPad"
    scene.write(conversation, text)
    guess = entity(text, "iphnoe 15", "product", "fuzzy", "iPhone 15")
    scene.answer(conversation, entities=(guess, entity(text, "iPad", "product", "list")))
    html = transcript(client, conversation).content.decode()
    assert "iPhone 15" in html
    assert "for “iphnoe 15” · list of values, misspelt 97" in html
    assert "for “iPad”" not in html


def test_try_it_is_offered_to_those_who_teach(scene, client, supervisor):
    conversation = scene.conversation()
    scene.write(conversation, "100% & more?")
    scene.answer(conversation)
    assert "try/" not in transcript(client, conversation).content.decode()
    client.force_login(scene.user("teacher", "operator"))
    assert "?text=100%25%20%26%20more%3F&amp;locale=en" in transcript(client, conversation).content.decode()


def test_notes_are_marked_and_events_told(scene, client, supervisor):
    li = scene.agent("Li Na")
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    scene.ask_for_person(conversation)
    scene.take(conversation, li)
    scene.note(conversation, li, "be kind")
    html = transcript(client, conversation).content.decode()
    assert "Note for staff" in html
    assert "be kind" in html
    assert "Passed to a person" in html
    assert "<b data-agent>Li Na</b> joined" in html


def test_a_link_to_a_turn_opens_its_part(scene, client, supervisor):
    conversation = scene.conversation()
    for number in range(210):
        scene.write(conversation, f"line {number}")
    turn = Turn.objects.get(conversation=conversation)
    Turn.objects.filter(pk=turn.pk).update(first_sequence=205, last_sequence=210)
    html = transcript(client, conversation, turn=turn.pk).content.decode()
    assert ">line 209<" in html
    assert ">line 0<" not in html
    assert 'href="?start=1"' in html
    assert 'href="?start=201"' in transcript(client, conversation).content.decode()


@pytest.mark.parametrize("parameters", [{"turn": "x"}, {"turn": "9" * 30}, {"start": "-1"}, {"start": "9" * 30}])
def test_nonsense_in_the_address_is_ignored(scene, client, supervisor, parameters):
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    response = transcript(client, conversation, **parameters)
    assert response.status_code == 200
    assert "hello" in response.content.decode()


def test_another_conversations_turn_is_not_a_way_in(scene, client, supervisor):
    conversation, other = scene.conversation(), scene.conversation()
    scene.write(conversation, "hello")
    scene.write(other, "secret")
    turn = scene.answer(other)
    assert "secret" not in transcript(client, conversation, turn=turn.pk).content.decode()


def test_an_old_row_without_explanation_is_readable(scene, client, supervisor):
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    turn = scene.answer(conversation)
    Turn.objects.filter(pk=turn.pk).update(parse={}, decision={}, passages=[], intent="", milliseconds=None)
    assert transcript(client, conversation).status_code == 200


def test_messages_between_a_burst_and_its_reply_stay_in_order(scene):
    conversation = scene.conversation()
    scene.write(conversation, "one")
    turn = scene.answer(conversation)
    messages = list(conversation.messages.order_by("sequence"))
    groups = list(exchanges(messages, [explain_turn(turn)]))
    assert [message.sequence for group in groups for message in group.messages] == [1, 2]
    assert [group.explanation is not None for group in groups] == [True]


@pytest.mark.parametrize(("sequence", "start"), [(0, 1), (1, 1), (200, 1), (201, 201), (401, 401)])
def test_page_start(sequence, start):
    assert page_start(sequence) == start


def test_segments_count_code_points_and_lose_nothing():
    text = "😀 order A-1001 到 上海"
    spans = (entity(text, "A-1001", "order_no"), entity(text, "上海", "city"))
    pieces = segments(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    assert [piece.text for piece in pieces if piece.entity] == ["A-1001", "上海"]


def test_segments_pass_over_overlaps_and_nonsense():
    text = "order A-1001"
    whole, part = entity(text, "order A-1001", "order"), entity(text, "A-1001", "order_no")
    pieces = segments(text, (whole, part))
    assert [piece.text for piece in pieces] == [text]


# --- Export ---


def test_export_has_a_line_for_every_message_and_leaves_a_trace(scene, client, supervisor):
    conversation = scene.conversation()
    scene.write(conversation, "how do I return shoes")
    scene.answer(conversation)
    rows = export(client)
    assert list(rows[0]) == list(HEADER)
    assert [(row["author"], row["text"]) for row in rows] == [
        ("visitor", "how do I return shoes"),
        ("bot", "Here is how."),
    ]
    assert (rows[0]["intent"], rows[0]["confidence"], rows[0]["outcome"]) == ("return_item", "0.9100", "reply")
    entry = AuditEntry.objects.get(action="transcripts.exported")
    assert (entry.actor, entry.summary) == (supervisor, "1")


def test_export_follows_the_filter(client, shelf):
    assert {row["conversation"] for row in export(client, q="shoes")} == {str(shelf["answered"].uuid)}


def test_export_is_masked_as_stored(scene, client, supervisor):
    scene.write(scene.conversation(), "call 13812345678")
    (row,) = export(client)
    assert "13812345678" not in row["text"]
    assert row["text"].startswith("call [")


@pytest.mark.parametrize("text", ['=HYPERLINK("http://evil.example")', "@SUM(A1)", "+1+1"])
def test_export_starts_no_formula(scene, client, supervisor, text):
    scene.write(scene.conversation(), text)
    (row,) = export(client)
    assert row["text"] == f"'{text}"

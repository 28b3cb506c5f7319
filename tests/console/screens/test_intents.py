"""Intents: list, making, renaming, deleting, replies, export."""

from __future__ import annotations

import json

from django.test import Client
from django.urls import reverse

from chat.models import IntentHandling, QuickReply, ReplyTemplate
from nlu.models import AuditEntry, Intent, IntentTitle
from tests.console.screens.shop import Shop


def text(response) -> str:
    return response.content.decode()


def test_the_list_counts_and_warns(teach: Client, shop: Shop) -> None:
    page = text(teach.get(reverse("console:intents")))
    assert "only 3 utterances" in page
    assert "no reply" in page


def test_search_order_and_filters_live_in_the_address(teach: Client, shop: Shop) -> None:
    url = reverse("console:intents")
    assert "refund" not in text(teach.get(url, {"q": "trac"})).split("<tbody>")[1].split("</tbody>")[0]
    assert "Nothing fits" in text(teach.get(url, {"q": "zebra"}))
    body = text(teach.get(url, {"order": "utterances"})).split("<tbody>")[1]
    assert body.index("refund") < body.index("track")
    assert "track" in text(teach.get(url, {"only": "small"}))


def test_making_an_intent(teach: Client, shop: Shop) -> None:
    response = teach.post(reverse("console:intent_create"), {"name": "invoice", "description": "bills"})
    intent = Intent.objects.get(workspace=shop.workspace, name="invoice")
    assert response["Location"] == reverse("console:intent", args=[intent.pk])
    entry = AuditEntry.objects.get(action="intent.created", object_id=str(intent.pk))
    assert entry.actor is not None
    assert entry.actor.get_username() == "operator"


def test_a_taken_or_malformed_name_is_refused(teach: Client, shop: Shop) -> None:
    url = reverse("console:intent_create")
    assert "already an intent" in text(teach.post(url, {"name": "track"}))
    assert "errorlist" in text(teach.post(url, {"name": "two words"}))
    assert Intent.objects.filter(workspace=shop.workspace).count() == 2


def test_the_form_opens_as_a_fragment_in_the_dialog(teach: Client, shop: Shop) -> None:
    fragment = text(teach.get(reverse("console:intent_create"), headers={"HX-Request": "true"}))
    assert "<html" not in fragment
    assert 'id="dialog-title"' in fragment
    assert "<html" in text(teach.get(reverse("console:intent_create")))


def test_renaming_says_what_stays(teach: Client, shop: Shop) -> None:
    url = reverse("console:intent_edit", args=[shop.track.pk])
    response = teach.post(url, {"name": "tracking", "description": ""}, follow=True)
    assert "until the next training" in text(response)
    shop.track.refresh_from_db()
    assert shop.track.name == "tracking"
    assert AuditEntry.objects.get(action="intent.updated").summary == "track -> tracking"
    assert "already an intent" in text(teach.post(url, {"name": "refund"}))


def test_deleting_asks_with_counts_and_then_deletes(teach: Client, shop: Shop) -> None:
    url = reverse("console:intent_delete", args=[shop.track.pk])
    assert "Its 3 utterances" in text(teach.get(url))
    response = teach.post(url, follow=True)
    assert "3 utterances are deleted" in text(response)
    assert not Intent.objects.filter(pk=shop.track.pk).exists()
    assert AuditEntry.objects.get(action="intent.deleted").summary == "track: 3 utterances"


def test_the_reply_panel_saves_titles_wordings_and_quick_replies(teach: Client, shop: Shop) -> None:
    form = {
        "kind": "reply",
        "title-en": "Track a parcel",
        "title-zh-hans": "查物流",
        "reply-en": ["Open My orders.", "", "It is in My orders."],
        "reply-zh-hans": ["请看订单。"],
        "quick-en": "Refund\nTalk to a person\n",
        "quick-zh-hans": "",
    }
    url = reverse("console:intent_reply", args=[shop.track.pk])
    response = teach.post(url, form, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert 'hx-swap-oob="beforeend:#notices"' in text(response)
    replies = list(ReplyTemplate.objects.filter(intent=shop.track, locale="en").values_list("text", flat=True))
    assert replies == ["Open My orders.", "It is in My orders."]
    assert [one.text for one in QuickReply.objects.filter(intent=shop.track)] == ["Refund", "Talk to a person"]
    assert IntentTitle.objects.get(intent=shop.track, locale="zh-hans").title == "查物流"
    assert IntentHandling.objects.get(intent=shop.track).kind == "reply"
    assert AuditEntry.objects.filter(action="intent.replies_set").count() == 1
    shown = text(teach.get(reverse("console:intent", args=[shop.track.pk])))
    assert "It is in My orders." in shown
    assert "Track a parcel" in text(teach.get(reverse("console:intents")))


def test_a_bad_reply_changes_nothing_and_keeps_what_was_typed(teach: Client, shop: Shop) -> None:
    form = {"kind": "reply", "title-en": "T", "reply-en": ["Kept as typed"], "quick-en": "x" * 81}
    url = reverse("console:intent_reply", args=[shop.track.pk])
    response = teach.post(url, form, headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert "at most 80 characters" in text(response)
    assert "Kept as typed" in text(response)
    assert not ReplyTemplate.objects.filter(intent=shop.track).exists()
    assert not IntentTitle.objects.filter(intent=shop.track).exists()


def test_export_as_json_lines_carries_marks_and_can_be_read_back(teach: Client, shop: Shop) -> None:
    url = reverse("console:utterance_annotate", args=[shop.utterance.pk])
    teach.post(url, {"start": "11", "end": "15", "type": "city"})
    response = teach.get(reverse("console:intents_export", args=["jsonl"]))
    records = [json.loads(line) for line in b"".join(response.streaming_content).decode().splitlines()]
    marked = next(record for record in records if "entities" in record)
    assert marked == {
        "text": "send it to Oslo please",
        "intent": "track",
        "locale": "en",
        "entities": [[11, 15, "city"]],
    }
    assert len(records) == 5
    one = teach.get(reverse("console:intents_export", args=["jsonl"]), {"intent": shop.refund.pk})
    assert len(b"".join(one.streaming_content).splitlines()) == 2
    assert teach.get(reverse("console:intents_export", args=["xml"])).status_code == 404

"""Messages of several intents on the review queue's cards, in the dialog and in the transcript."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse

from chat.models import Review, Turn
from nlu.models import Utterance
from nlu.types import IntentSpan

TEXT = "where is my coat and refund me"
PARTS = (IntentSpan("track", 0.9, 0, 16), IntentSpan("refund", 0.8, 21, 30))
UNCLEAR = (("refund", 0.5), ("track", 0.45))


@pytest.fixture
def turn(desk) -> Turn:
    return desk.ask(TEXT, intents=UNCLEAR, several=PARTS)


def test_a_card_offers_what_was_understood_and_no_single_intent(desk, chief, turn):
    page = chief.get(reverse("console:reviews")).content.decode()
    assert page.count('<span class="message-part"') == 2
    assert re.search(r'value="parts" data-choice="1".*?track \+ refund', page, re.DOTALL)
    assert 'data-choice="2"' not in page
    chief.post(reverse("console:review_answer", args=[Review.objects.get().pk]), {"do": "parts"})
    assert (Review.objects.get().was_right, Review.objects.get().answer_name) == (True, "track + refund")
    assert not Utterance.objects.exists()


def test_a_card_of_parts_drafts_an_article(desk, chief, turn):
    desk.agent_answers(turn, "It is on its way.")
    chief.get(reverse("console:reviews"))
    url = reverse("console:review_answer", args=[Review.objects.get().pk])
    chief.post(url, {"do": "parts", "article": "on"})
    assert Review.objects.get().article.status == "draft"


@pytest.mark.parametrize("answered", [None, ()], ids=["parts were answered", "the whole was"])
def test_parts_that_were_answered_though_nothing_was_asked_become_a_case(desk, chief, answered):
    desk.ask(TEXT, intents=UNCLEAR, several=PARTS, in_scope=False, answered=answered)
    chief.get(reverse("console:reviews"))
    chief.post(reverse("console:review_answer", args=[Review.objects.get().pk]), {"do": "outside"})
    row = Review.objects.get()
    assert (row.was_right, row.case is not None) == (answered == (), answered is None)


def test_a_card_offers_what_was_answered_beside_a_courtesy(desk, chief):
    hello = (IntentSpan("greeting", 0.9, 0, 5), IntentSpan("track", 0.8, 7, 21))
    desk.ask("hello, where is my hat", intents=(("refund", 0.9),), several=hello, answered=("track",))
    page = chief.get(reverse("console:reviews")).content.decode()
    assert re.search(r'choice taken"[^>]*data-choice="1".*?>track</span>', page, re.DOTALL)


def test_a_card_of_one_intent_offers_single_intents_and_no_parts(desk, chief):
    desk.ask(TEXT, intents=UNCLEAR)
    page = chief.get(reverse("console:reviews")).content.decode()
    assert 'value="parts"' not in page
    assert 'data-choice="2"' in page
    row = Review.objects.get()
    refused = chief.post(reverse("console:review_answer", args=[row.pk]), {"do": "parts"}, follow=True)
    assert "not understood as several intents" in refused.content.decode()
    assert Review.objects.get().status == "open"


def test_the_dialog_corrects_a_part_or_the_whole(desk, chief, turn):
    url = reverse("console:review_turn", args=[turn.pk])
    page = html.unescape(chief.get(url).content.decode())
    assert "“where is my coat” → track" in page
    assert "track (90" in page
    assert '<option value="" selected>Choose…</option>' in page
    wrong = {"intent": str(desk.intents["pay"].pk), "part": "1"}
    assert chief.post(url, {**wrong, "intent": ""}).status_code == 422
    assert chief.post(url, {**wrong, "part": "7"}).status_code == 422
    assert chief.post(url, wrong).status_code == 302
    [utterance] = Utterance.objects.all()
    assert (utterance.text, utterance.intent.name) == ("where is my coat", "pay")


def test_the_dialog_of_a_message_with_one_intent_asks_for_no_part(desk, chief):
    page = chief.get(reverse("console:review_turn", args=[desk.ask(TEXT).pk])).content.decode()
    assert 'name="part"' not in page
    assert "Choose…" not in page
    assert 'name="intent"' in page


def test_the_transcript_shows_the_parts(desk, chief, turn):
    page = chief.get(reverse("console:transcript", args=[turn.conversation.uuid])).content.decode()
    assert page.count('<span class="message-part"') == 2
    assert "The message says 2 intents" in page
    assert page.count('class="intents') == 1
    whole = desk.ask(TEXT, intents=UNCLEAR, several=PARTS, answered=())
    undecided = chief.get(reverse("console:transcript", args=[whole.conversation.uuid])).content.decode()
    assert undecided.count('class="intents') == 2
    one = desk.ask("only this", intents=UNCLEAR)
    assert (
        "The message says"
        not in chief.get(reverse("console:transcript", args=[one.conversation.uuid])).content.decode()
    )

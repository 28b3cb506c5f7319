"""What a turn leaves of the customer's own words: stored with the answer, with their consent, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.actions.finishing import finish_turns
from chat.actions.messages import visitor_message
from chat.actions.storing import store_message
from chat.actions.turns import claim_turns
from chat.actions.visitors import create_visitor
from chat.answering import TurnAnswer
from chat.dialogue.decision import Decision, Learned
from chat.models import Consent, Conversation, Customer, ProfileEntry
from nlu.types import Parse, Thresholds

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]
LEARNED = (Learned("booking_no", "TR1001", {"en": "booking number"}),)


@pytest.fixture
def conversation(shop) -> Conversation:
    shop.site.offers_to_remember = True
    shop.site.save()
    return create_visitor(site=shop.site, locale="en").conversation


def turn(conversation: Conversation, **decided) -> None:
    """The visitor says something, and this is decided."""
    text = f"message {conversation.sequence}"
    store_message(
        visitor_message(
            conversation_id=conversation.pk,
            workspace_id=conversation.site.workspace_id,
            client_id=text.replace(" ", "-"),
            text=text,
        )
    )
    [claim] = claim_turns(worker="w")
    parse = Parse(text, "en", (), (), in_scope=False, scope_score=0.0, scope_threshold=0.0, matched_by="none",
                  model_version="", milliseconds=0.0)  # fmt: skip
    decision = replace(
        Decision(kind="flow", text="Noted.", state=replace(claim.input.state, locale="en")), **decided
    )
    finish_turns(answers=[(claim, TurnAnswer(1, parse, (), decision, Thresholds(), "en", None, 1.0))])
    conversation.refresh_from_db()


def test_what_was_agreed_to_is_kept_with_the_words_and_the_message(conversation):
    turn(conversation, learned=LEARNED, agreed=True, wording="Shall I remember it?")
    consent = Consent.objects.get()
    assert (consent.purpose, consent.wording, consent.locale) == ("remember", "Shall I remember it?", "en")
    entry = ProfileEntry.objects.get()
    assert (entry.value, entry.conversation, entry.sequence) == ("TR1001", conversation, 1)
    turn(conversation, learned=(Learned("booking_no", "TR2002"),))
    assert ProfileEntry.objects.get().value == "TR2002"


def test_nothing_is_kept_of_who_agreed_to_nothing(conversation):
    turn(conversation, learned=LEARNED)
    assert not ProfileEntry.objects.exists()
    assert not Customer.objects.exists()


def test_a_refusal_is_kept_as_one(conversation):
    turn(conversation, agreed=False, wording="Shall I?")
    assert Consent.objects.get().withdrawn_at is not None
    turn(conversation, learned=LEARNED)
    assert not ProfileEntry.objects.exists()

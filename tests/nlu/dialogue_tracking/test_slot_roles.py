"""What a model of slot roles learns from conversations, and does with values that it never saw."""

from __future__ import annotations

import pytest

from nlu.dialogue_tracking.candidates import Memory
from nlu.dialogue_tracking.slot_roles import Conversation, SlotRoleModel
from nlu.dialogue_tracking.types import FormCatalogue, SystemMessage
from tests.nlu.dialogue_tracking.conversations import (
    ASKS_MEAL,
    ASKS_START,
    END,
    MEAL,
    START,
    TIME,
    conversations,
    offers,
    parsed,
)

CATALOGUE = FormCatalogue({"trip": ("destination", "meal", "origin", "time")})
NEW = ("Oslo", "Turin")


@pytest.fixture(scope="module")
def model():
    dialogues = conversations()
    parses = [[parsed(turn.text) for turn in dialogue.turns] for dialogue in dialogues]
    return SlotRoleModel.fit(dialogues, parses, CATALOGUE, seed=0)


def _fill(model, text, system=None, state=None, memory=None):
    talk = Conversation(state or {}, memory or Memory(), "trip" if state else "")
    return model.fill(parsed(text, cities=NEW, times=("8 am",)), system or SystemMessage(), talk, ("trip",))


def test_words_beside_two_values_of_one_type_tell_their_slots(model):
    assert _fill(model, "A ticket from Oslo to Turin") == {START: "Oslo", END: "Turin"}
    assert _fill(model, "I go to Oslo, leaving from Turin") == {START: "Turin", END: "Oslo"}


def test_a_bare_value_fills_the_slot_that_was_asked_for(model):
    assert _fill(model, "Oslo", ASKS_START, {END: "Turin"}) == {START: "Oslo"}


def test_an_offer_is_taken_when_the_customer_agrees_and_left_when_not(model):
    state = {START: "Oslo", END: "Turin"}
    assert _fill(model, "Yes, that is fine", offers("8 am"), state) == {TIME: "8 am"}
    assert _fill(model, "No, not that one", offers("8 am"), state) == {}


def test_values_that_are_said_in_other_words(model):
    state = {START: "Oslo", END: "Turin", TIME: "8 am"}
    assert _fill(model, "I eat no meat", ASKS_MEAL, state) == {MEAL: "vegetarian"}
    assert _fill(model, "Anything will do", ASKS_MEAL, state) == {MEAL: "dontcare"}


def test_a_slot_can_be_emptied(model):
    state = {START: "Oslo", END: "Turin", TIME: "8 am", MEAL: "regular"}
    assert _fill(model, "Forget the time", state=state) == {TIME: None}


def test_following_keeps_what_was_filled_and_remembers_offers(model):
    talk = Conversation({START: "Oslo", END: "Turin"}, Memory(), "trip")
    after = model.follow(parsed("Yes, that is fine"), offers("8 am"), talk, ("trip",))
    assert after.state == {START: "Oslo", END: "Turin", TIME: "8 am"}
    assert after.memory.offers == {TIME: "8 am"}
    assert after.latest == "trip"


def test_the_same_data_and_seed_give_the_same_model(model):
    dialogues = conversations()
    parses = [[parsed(turn.text) for turn in dialogue.turns] for dialogue in dialogues]
    again = SlotRoleModel.fit(dialogues, parses, CATALOGUE, seed=0)
    text = "A ticket from Oslo to Turin"
    assert _fill(again, text) == _fill(model, text)


def test_a_form_that_training_never_saw_is_left_empty_without_a_reason(model):
    talk = Conversation()
    assert model.fill(parsed("good morning"), SystemMessage(), talk, ("visit",)) == {}

"""What was asked comes before what else a message may mean, unless it says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.dialogue.flow_reader import read_flow
from tests.chat.dialogue.flows.scene import Scene, all_flows

AT_CONFIRM = ("change my flight", "TR1001", "tomorrow", "CA1")
MENU = """
name: help_desk
title: {zh-hans: 帮助台, en: Help desk}
triggers: [help_desk]
slots: {what: {type: choice, title: {zh-hans: 什么, en: what}}}
steps:
  - id: menu
    choose: what
    text: {zh-hans: 怎么办？, en: "What shall we do?"}
    options:
      - {value: keep, label: {zh-hans: 不用了, en: Leave it}, next: kept}
      - {value: drop, label: {zh-hans: 退掉, en: Drop it for good}}
  - {id: dropped, end: {zh-hans: 退了, en: Dropped.}}
  - {id: kept, end: {zh-hans: 留着, en: Kept.}, outcome: refused}
"""


@pytest.mark.parametrize(("locale", "label"), [("zh-hans", "不用了"), ("en", "Leave it")])
def test_an_option_in_the_words_of_a_command_is_chosen(locale, label):
    scene = Scene(locale=locale, flows=[read_flow(MENU, version=1)])
    scene.turns("help desk", label)
    assert (scene.slots, scene.state.last_outcome) == ({"what": "keep"}, "refused")


@pytest.mark.parametrize(("locale", "text"), [("zh-hans", "算了"), ("en", "never mind")])
def test_a_command_in_other_words_is_one(locale, text):
    scene = Scene(locale=locale, flows=[read_flow(MENU, version=1)])
    scene.turns("help desk", text)
    assert scene.state.last_outcome == "cancelled"


def test_a_yes_that_sounds_like_another_wish_is_a_yes():
    scene = Scene()
    scene.turns(*AT_CONFIRM, "yes, before I complain")
    assert (scene.state.last_outcome, scene.calls[-1]) == ("completed", "change")


def test_a_yes_with_another_task_named_is_both_never_a_silent_switch():
    scene = Scene()
    scene.turns(*AT_CONFIRM)
    scene.say("a refund, I want a refund instead")
    assert scene.flow == "refund"
    assert "change" not in scene.calls


def test_a_correction_that_sounds_like_another_wish_is_a_correction():
    scene = Scene()
    scene.turns(*AT_CONFIRM, "sorry, I meant Friday, find me a flight on Friday")
    assert scene.slots["new_date"] == "2026-03-20"
    assert scene.stack == ["change_flight"]


@pytest.mark.parametrize("text", ["I want to complain", "person"])
def test_a_person_is_reached_by_intent_and_by_word_all_the_same(text):
    scene = Scene(flows=all_flows())
    scene.turns(*AT_CONFIRM)
    assert scene.say(text).kind == "handoff"


def test_a_value_that_sounds_like_a_complaint_is_a_value():
    scene = Scene()
    scene.turns("change my flight")
    assert scene.say("TR1001, or I complain").kind == "flow"
    assert scene.slots["booking_no"] == "TR1001"


def explaining() -> Scene:
    flows = [replace(flow, explains=True) if flow.name == "refund" else flow for flow in all_flows()]
    return Scene(flows=flows)


def test_who_asks_how_it_is_done_is_told_and_may_do_it():
    scene = explaining()
    told = scene.say("how do I get a refund?")
    assert (told.kind, told.intent, told.quick_replies) == ("reply", "refund", ("Refund",))
    assert scene.stack == []
    scene.say("Refund")
    assert (scene.flow, scene.asks) == ("refund", "booking_no")


@pytest.mark.parametrize("text", ["I want a refund", "can I get a refund for TR1001?"])
def test_who_wants_it_done_begins_it(text):
    scene = explaining()
    scene.say(text)
    assert scene.flow == "refund"


def test_a_flow_that_does_not_explain_begins_at_a_question():
    scene = Scene()
    scene.say("how do I get a refund?")
    assert scene.flow == "refund"


def test_asked_aside_it_is_told_and_the_task_goes_on():
    scene = explaining()
    scene.turns("change my flight", "how do I get a refund?")
    assert (scene.stack, scene.asks) == (["change_flight"], "booking_no")

"""What is known of a customer and what may be remembered: asked once, never taken for granted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.dialogue.flow_reader import read_flow
from chat.dialogue.knowledge import Knowledge
from tests.chat.dialogue.flows.scene import FLOW_PHRASES, Scene

SURVEY = """
format: 1
name: survey
title: {zh-hans: 回访, en: Survey}
triggers: [survey]
slots:
  booking_no: {type: booking_no, title: {zh-hans: 订单号, en: booking number}, remember: true}
  level: {type: text, title: {zh-hans: 等级, en: level}, profile: tier}
  city: {type: city, title: {zh-hans: 城市, en: city}, profile: city, pattern: "[A-Z][a-z]+"}
steps:
  - {id: which, ask: booking_no, text: {zh-hans: 哪个订单？, en: Which booking?}}
  - {id: where, ask: city, text: {zh-hans: 哪个城市？, en: Which city?}, optional: true}
  - {id: sure, confirm: {zh-hans: "订单 {booking_no}？", en: "Booking {booking_no}, right?"}}
  - {id: bye, end: {zh-hans: 好的, en: Noted.}}
"""
VISIT = """
format: 1
name: help_desk
title: {en: Visit}
triggers: [help_desk]
slots:
  town: {type: city, title: {en: town}, remember: true}
steps:
  - {id: where, ask: town, text: {en: Which town?}}
  - {id: sure, confirm: {en: "In {town}?"}}
  - {id: bye, end: {en: Noted.}}
"""


def scene(keeping: str = "ask", **more) -> Scene:
    made = Scene(flows=[read_flow(SURVEY)], profile={"city": "Beijing", **more.pop("profile", {})}, **more)
    made.keeping = keeping
    return made


def test_what_the_profile_knows_is_not_asked_but_said():
    talk = scene()
    decision = talk.say("survey")
    assert decision.trace.slots == {"city": "Beijing"}
    assert "<from_profile>" in decision.text
    assert talk.say("TR1001").trace.asks == "sure"


def test_without_a_profile_it_is_asked():
    talk = scene(profile={"city": ""})
    assert "<from_profile>" not in talk.say("survey").text
    assert talk.say("TR1001").trace.asks == "city"


def test_what_does_not_fit_the_slot_is_asked():
    talk = scene(profile={"city": "not a city 7"})
    assert "<from_profile>" not in talk.say("survey").text
    assert talk.say("TR1001").trace.asks == "city"


def test_a_value_of_the_profile_can_be_corrected():
    talk = scene()
    decision = talk.turns("survey", "TR1001", "not Beijing, Guangzhou")
    assert decision.trace.slots["city"] == "Guangzhou"
    assert decision.trace.asks == "sure"


def test_a_fact_of_an_earlier_talk_answers_a_slot_of_its_name():
    talk = scene()
    talk.facts = {"booking_no": "TR2002", "level": "gold"}
    decision = talk.say("survey")
    assert decision.trace.slots == {"booking_no": "TR2002", "city": "Beijing"}
    assert decision.trace.asks == "sure"


def test_the_customer_is_asked_once_and_what_they_agree_to_is_kept():
    talk = scene()
    decision = talk.turns("survey", "TR1001", "yes")
    assert (decision.trace.ended, decision.trace.outcome) == ("survey", "completed")
    assert decision.text.endswith("Noted.\n\n<keep_offer>")
    assert decision.learned == () and decision.agreed is None
    decision = talk.say("<keep_yes>")
    assert decision.agreed is True
    # The words of the question, without those of the task that stood before them.
    assert decision.wording == "<keep_offer>"
    assert [(one.name, one.value, one.titles["en"]) for one in decision.learned] == [
        ("booking_no", "TR1001", "booking number")
    ]
    decision = talk.turns("survey", "yes")
    assert "<keep_offer>" not in decision.text
    assert [one.value for one in decision.learned] == ["TR1001"]


class Naming(Scene):
    """Where the question says what it is about."""

    def knowledge(self) -> Knowledge:
        phrases = replace(FLOW_PHRASES, keep_offer="Remember: {values}?")
        return replace(super().knowledge(), flow_phrases=phrases)


@pytest.mark.parametrize("earlier", [False, True])
def test_the_question_names_everything_that_a_yes_keeps(earlier):
    talk = Naming(flows=[read_flow(SURVEY), read_flow(VISIT)], profile={"city": "Beijing"})
    if earlier:
        talk.turns("survey", "TR1001", "yes")
    talk.keeping = "ask"
    decision = talk.turns("help desk", "Beijing", "yes")
    assert decision.text.endswith("Remember: booking number, town?" if earlier else "Remember: town?")
    decision = talk.say("<keep_yes>")
    assert {one.titles["en"] for one in decision.learned} == ({"booking number", "town"} if earlier else {"town"})
    assert decision.wording in ("Remember: booking number, town?", "Remember: town?")


@pytest.mark.parametrize("answer", ["yes", "OK", "<keep_yes>"])
def test_a_plain_yes_is_agreement(answer):
    talk = scene()
    talk.turns("survey", "TR1001", "yes")
    assert talk.say(answer).agreed is True


@pytest.mark.parametrize("answer", ["no", "<keep_no>", "cancel"])
def test_who_refuses_is_not_asked_again(answer):
    talk = scene()
    talk.turns("survey", "TR1001", "yes")
    decision = talk.say(answer)
    assert decision.agreed is False
    assert decision.learned == ()
    decision = talk.turns("survey", "yes")
    assert "<keep_offer>" not in decision.text and decision.learned == ()


def test_who_talks_of_something_else_agreed_to_nothing():
    talk = scene()
    talk.turns("survey", "TR1001", "yes")
    decision = talk.say("how much baggage is free?")
    assert decision.agreed is None and decision.learned == ()
    assert talk.say("yes").agreed is None
    decision = talk.turns("survey", "yes")
    assert "<keep_offer>" not in decision.text


def test_where_it_is_off_nothing_is_asked_or_kept():
    talk = scene("off")
    decision = talk.turns("survey", "TR1001", "yes")
    assert (decision.trace.outcome, decision.learned) == ("completed", ())
    assert "<keep_offer>" not in decision.text
    assert talk.say("yes").agreed is None


def test_who_agreed_before_is_not_asked():
    talk = scene("on")
    decision = talk.turns("survey", "TR1001", "yes")
    assert "<keep_offer>" not in decision.text
    assert [one.value for one in decision.learned] == ["TR1001"]


def test_a_task_that_was_not_finished_teaches_nothing():
    talk = scene("on")
    assert talk.turns("survey", "TR1001", "no").learned == ()
    assert talk.turns("survey", "TR1001", "cancel").learned == ()


def test_a_masked_value_stays_a_reference():
    flow = read_flow(SURVEY.replace("type: booking_no", "type: phone_mask"))
    talk = Scene(flows=[flow], profile={"city": "Beijing"}, references={"[phone#1]": "3"})
    talk.keeping = "on"
    decision = talk.turns("survey", "[phone#1]", "yes")
    assert [one.value for one in decision.learned] == ["vault:3:[phone#1]"]

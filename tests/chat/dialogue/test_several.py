"""Messages that say several intents, as tables: what was found -> what is answered, in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.dialogue.decision import Catalogue, Decision
from chat.dialogue.policy import decide
from chat.dialogue.several import ANSWERED_AT_MOST
from chat.dialogue.state import DialogueState
from nlu.types import IntentScore, IntentSpan, Parse, Thresholds
from tests.chat.dialogue.test_policy import CATALOGUE, LIMITS, PHRASES, THRESHOLDS, decided, hit, parse

COURTEOUS = replace(
    CATALOGUE,
    intents={
        **CATALOGUE.intents,
        "greeting": replace(CATALOGUE.intents["affirm"], name="greeting", title="Hello"),
        "fee": replace(CATALOGUE.intents["refund_status"], name="fee", title="Fee", replies=("Free.",)),
        "echo": replace(CATALOGUE.intents["refund_status"], name="echo", title="Echo", replies=("Free.",)),
        "postage": replace(CATALOGUE.intents["refund_status"], name="postage", title="Postage", replies=("5.",)),
    },
)


def saying(*spans: tuple[str, float]) -> Parse:
    """A message that says these intents; as a whole it is unclear."""
    whole = parse(("return_item", 0.5), ("refund_status", 0.45), text="a and b")
    return replace(whole, several=tuple(IntentSpan(name, sure, 0, 1) for name, sure in spans))


def answered(
    *spans: tuple[str, float],
    state: DialogueState | None = None,
    thresholds: Thresholds = THRESHOLDS,
    catalogue: Catalogue = COURTEOUS,
) -> Decision:
    return answered_as(saying(*spans), state, thresholds, catalogue)


def answered_as(
    given: Parse,
    state: DialogueState | None = None,
    thresholds: Thresholds = THRESHOLDS,
    catalogue: Catalogue = COURTEOUS,
) -> Decision:
    return decide(
        parse=given,
        hits=[],
        state=state or DialogueState(),
        catalogue=catalogue,
        thresholds=thresholds,
        limits=LIMITS,
        phrases=PHRASES,
    )


TABLE = [
    (("return_item", "refund_status"), "about Return:\nGo to My orders.\n\nabout Refund:\nSoon."),
    (("refund_status", "return_item"), "about Refund:\nSoon.\n\nabout Return:\nGo to My orders."),
    (("complaint", "refund_status"), "about Refund:\nSoon.\n\nabout Complaint:\na person comes"),
    (("fee", "return_item", "echo"), "about Fee / Echo:\nFree.\n\nabout Return:\nGo to My orders."),
    (
        ("complaint", "unwritten", "fee"),
        "about Fee:\nFree.\n\nabout Complaint:\na person comes\n\nthe person also has Unwritten",
    ),
    (("fee", "unwritten"), "about Fee:\nFree.\n\nno answer about Unwritten"),
    (("greeting", "fee"), "Free."),
    (("greeting", "fee", "postage"), "about Fee:\nFree.\n\nabout Postage:\n5."),
]


@pytest.mark.parametrize(("names", "text"), TABLE)
def test_all_intents_are_answered_in_the_order_said_with_people_last(names: tuple[str, ...], text: str) -> None:
    assert answered(*((name, 0.9) for name in names)).text == text


def test_the_answers_become_one_reply_with_all_that_belongs_to_them() -> None:
    decision = answered(("return_item", 0.9), ("refund_status", 0.8))
    assert (decision.kind, decision.intent, decision.answered) == (
        "article",
        "return_item",
        ("return_item", "refund_status"),
    )
    assert [citation.url for citation in decision.citations] == ["/help/w/en/return/"]
    assert decision.quick_replies == ("Postage?",)
    assert decision.certainty == 0.8
    assert decision.reason == "several intents, each certain enough"
    assert decision.state.previous_intents == ("refund_status", "return_item")
    assert (decision.state.turns, decision.state.previous_message) == (1, "a and b")
    assert decision.to_json()["answered"] == ["return_item", "refund_status"]


def test_a_person_is_asked_for_after_the_answers() -> None:
    decision = answered(("complaint", 0.9), ("refund_status", 0.9))
    assert (decision.kind, decision.handoff_reason) == ("handoff", "intent")
    assert decision.answered == ("refund_status", "complaint")
    assert decision.state.last_bot_act == "handoff"


def test_no_more_than_three_are_answered_and_the_others_are_offered() -> None:
    names = ("return_item", "fee", "postage", "refund_status")
    decision = answered(*((name, 0.9) for name in names))
    assert decision.answered == names[:ANSWERED_AT_MOST]
    assert decision.quick_replies == ("Refund", "Postage?")
    tapped = decided(parse(("complaint", 0.9), text="Refund"), state=decision.state)
    assert (tapped.intent, tapped.certainty) == ("refund_status", 1.0)


def test_what_is_offered_beside_an_answer_needs_no_yes_and_no() -> None:
    names = ("return_item", "fee", "postage", "refund_status")
    state = answered(*((name, 0.9) for name in names)).state
    assert decided(parse(("deny", 0.9), text="no"), state=state).text == "All right."
    assert decided(parse(("affirm", 0.9), text="ok"), state=state).text == "Good."
    asked = replace(state, last_bot_act="confirm")
    assert decided(parse(("deny", 0.9), text="no"), state=asked).kind == "rephrase"
    assert decided(parse(("affirm", 0.9), text="ok"), state=asked).intent == "refund_status"


def test_a_person_who_takes_over_has_what_is_left_and_nothing_is_to_be_tapped() -> None:
    names = ("return_item", "fee", "postage", "refund_status", "complaint")
    people = answered(*((name, 0.9) for name in names))
    assert people.answered == ("return_item", "fee", "complaint")
    assert (people.kind, people.quick_replies, people.state.offered) == ("handoff", (), ())
    assert people.text.endswith("a person comes\n\nthe person also has Postage / Refund")
    assert "the person also has" not in answered(("fee", 0.9), ("complaint", 0.9)).text


def test_a_person_is_offered_however_many_other_taps_there_are() -> None:
    many = replace(CATALOGUE.intents["return_item"], quick_replies=("1", "2", "3", "4", "5"))
    spans = (("return_item", 0.9), ("unwritten", 0.9))
    catalogue = replace(COURTEOUS, intents={**COURTEOUS.intents, "return_item": many})
    assert answered(*spans, catalogue=catalogue).quick_replies == ("1", "2", "3", "person")
    without = answered(("return_item", 0.9), ("fee", 0.9), catalogue=catalogue)
    assert without.quick_replies == ("1", "2", "3", "4")


WHOLE = (("refund_status", 0.9), ("complaint", 0.05))
"""What a message as a whole may be that is certain of the refund alone."""
HANDED_OVER = [
    ("surely asked", ("complaint", 0.9), WHOLE, True, {}, True),
    ("not surely", ("complaint", 0.89), WHOLE, True, {}, False),
    ("the whole has all but ruled it out", ("complaint", 0.9), (("refund_status", 1.0),), True, {}, True),
    (
        "the whole allows it, the part is unsure",
        ("complaint", 0.8),
        (("refund_status", 0.7), WHOLE[1]),
        True,
        {},
        False,
    ),
    ("the whole is not certain", ("complaint", 0.7), (("refund_status", 0.5), WHOLE[1]), True, {}, True),
    ("two lead together", ("complaint", 0.7), (("refund_status", 0.65), ("fee", 0.6)), True, {}, True),
    ("the whole asks for a person itself", ("complaint", 0.7), (("complaint", 0.9),), True, {}, True),
    ("the whole is out of scope", ("complaint", 0.7), WHOLE, False, {}, True),
    ("the whole's intent is gone", ("complaint", 0.7), (("deleted_since", 0.9),), True, {}, True),
    ("a promise asks for more, and gets it", ("complaint", 0.97), WHOLE, True, {"confidence": 0.95}, True),
    ("a promise asks for more", ("complaint", 0.93), WHOLE, True, {"confidence": 0.95}, False),
]


@pytest.mark.parametrize(
    ("part", "whole", "in_scope", "bounds", "handed_over"),
    [row[1:] for row in HANDED_OVER],
    ids=[row[0] for row in HANDED_OVER],
)
@pytest.mark.parametrize("first", [True, False], ids=["said first", "said last"])
def test_a_part_brings_a_person_if_it_surely_asks_or_the_whole_is_not_certain_of_something_else(
    part, whole, in_scope, bounds, handed_over, first
) -> None:
    parts = (part, ("refund_status", 0.97)) if first else (("refund_status", 0.97), part)
    said = replace(
        saying(*parts), intents=tuple(IntentScore(name, sure) for name, sure in whole), in_scope=in_scope
    )
    decision = answered_as(said, thresholds=replace(THRESHOLDS, **bounds))
    assert (decision.kind == "handoff") == handed_over
    assert decision.text.startswith("about Refund:\nSoon.") == handed_over


def test_parts_that_need_no_person_are_answered_whatever_the_whole_is_certain_of() -> None:
    both = saying(("fee", 0.7), ("return_item", 0.7))
    assert answered_as(replace(both, intents=(IntentScore("fee", 0.95),))).answered == ("fee", "return_item")


def test_the_customer_gets_the_answer_and_then_the_person_with_nothing_to_tap() -> None:
    certain = tuple(IntentScore(name, sure) for name, sure in (("return_item", 0.9), ("complaint", 0.05)))
    said = replace(saying(("complaint", 0.95), ("return_item", 0.9)), intents=certain)
    decision = answered_as(said)
    assert decision.text == "about Return:\nGo to My orders.\n\nabout Complaint:\na person comes"
    assert (decision.answered, decision.quick_replies) == (("return_item", "complaint"), ())
    assert (decision.handoff_reason, decision.state.offered) == ("intent", ())
    unsure = answered_as(replace(said, several=(IntentSpan("complaint", 0.8, 0, 1), said.several[1])))
    assert (unsure.text, unsure.answered) == ("Go to My orders.", ())
    assert (unsure.kind, unsure.quick_replies) == ("article", ("Postage?",))


def test_one_who_is_surely_asked_for_comes_though_another_part_is_unsure_of_a_person() -> None:
    people = replace(CATALOGUE.intents["complaint"], name="person", title="Person")
    catalogue = replace(COURTEOUS, intents={**COURTEOUS.intents, "person": people})
    spans = (("person", 0.95), ("complaint", 0.7), ("refund_status", 0.9))
    said = replace(saying(*spans), intents=(IntentScore("refund_status", 0.9),))
    assert answered_as(said, catalogue=catalogue).answered == ("refund_status", "person", "complaint")
    unsure = replace(said, several=tuple(replace(span, confidence=0.8) for span in said.several))
    assert (answered_as(unsure, catalogue=catalogue).kind, answered_as(unsure, catalogue=catalogue).answered) == (
        "reply",
        (),
    )


def test_labels_of_a_model_of_several_intents_bring_a_person_in_the_same_way() -> None:
    labels = (IntentSpan("refund_status", 0.97), IntentSpan("complaint", 0.95))
    said = replace(saying(), several=labels, intents=(IntentScore("refund_status", 0.97), IntentScore("fee", 0.1)))
    assert answered_as(said).kind == "handoff"
    unsure = replace(said, several=(labels[0], replace(labels[1], confidence=0.7)))
    assert answered_as(unsure).kind == "reply"


@pytest.mark.parametrize("name", ["greeting", "affirm", "deny"])
def test_beside_a_courtesy_the_other_intent_alone_is_answered_and_noted(name: str) -> None:
    assert answered((name, 0.9), ("fee", 0.9)).answered == ("fee",)


OFFERED = DialogueState(offered=("return_item",), last_bot_act="confirm", rephrasings=1)


def test_a_no_that_goes_on_is_answered_by_what_it_asks() -> None:
    no = replace(saying(("deny", 0.9), ("fee", 0.9)), intents=(IntentScore("deny", 0.9),))
    assert (answered_as(no, OFFERED).kind, answered_as(no, OFFERED).text) == ("reply", "Free.")
    assert answered_as(replace(no, several=()), OFFERED).kind == "handoff"


def test_a_yes_that_goes_on_is_both() -> None:
    yes = replace(saying(("fee", 0.9), ("affirm", 0.8)), intents=(IntentScore("affirm", 0.9),))
    assert answered_as(yes, OFFERED).answered == ("return_item", "fee")
    assert answered_as(yes, replace(OFFERED, offered=("fee",))).answered == ("fee",)
    assert answered_as(yes, replace(OFFERED, offered=("fee", "return_item"))).answered == ("fee",)
    assert answered_as(replace(yes, several=()), OFFERED).intent == "return_item"


def test_labels_without_a_place_do_not_lift_a_message_into_scope() -> None:
    labels = (IntentSpan("fee", 0.9), IntentSpan("return_item", 0.9))
    whole = replace(saying(), several=labels)
    assert answered_as(whole).answered == ("fee", "return_item")
    assert answered_as(replace(whole, in_scope=False)).answered == ()


@pytest.mark.parametrize(
    ("spans", "thresholds"),
    [
        ((("return_item", 0.9), ("refund_status", 0.59)), THRESHOLDS),
        ((("return_item", 0.9), ("deleted_since", 0.9)), THRESHOLDS),
        ((("return_item", 0.9), ("refund_status", 0.9)), replace(THRESHOLDS, confidence=1.1)),
        ((("greeting", 0.9), ("affirm", 0.9)), THRESHOLDS),
        ((), THRESHOLDS),
    ],
    ids=["one is not certain", "one is gone", "a promise forbids it", "courtesies alone", "nothing found"],
)
def test_without_several_certain_intents_the_whole_message_is_decided(spans, thresholds) -> None:
    decision = answered(*spans, thresholds=thresholds)
    assert decision.answered == ()
    assert decision.kind == "confirm"


def test_what_is_understood_in_clauses_is_answered_though_the_whole_is_out_of_scope() -> None:
    whole = saying(("return_item", 0.9), ("refund_status", 0.9))
    assert decided(replace(whole, in_scope=False)).answered == ("return_item", "refund_status")
    assert decided(replace(whole, in_scope=False, several=())).kind == "rephrase"


def test_a_tap_on_an_offer_comes_before_everything() -> None:
    whole = replace(saying(("return_item", 0.9), ("refund_status", 0.9)), text="Refund")
    decision = decided(whole, hit("return", 0.9), state=DialogueState(offered=("refund_status",)))
    assert (decision.intent, decision.answered) == ("refund_status", ())


def test_variants_of_a_reply_take_turns_as_ever() -> None:
    spans = (("refund_status", 0.9), ("return_item", 0.9))
    assert "In days." in answered(*spans, state=DialogueState(turns=1)).text


def certainly(whole: str, *spans: tuple[str, float]) -> Parse:
    """A message that says these intents and is certain of one as a whole."""
    return replace(saying(*spans), intents=(IntentScore(whole, 0.9), IntentScore("fee", 0.05)))


def test_who_accepts_the_person_that_was_offered_gets_one_however_unsure_the_yes_is() -> None:
    said = certainly("refund_status", ("affirm", 0.85), ("refund_status", 0.9))
    offered = DialogueState(last_bot_act="confirm", offered=("complaint",))
    assert answered_as(said, offered).kind == "handoff"
    assert set(answered_as(said, offered).answered) == {"complaint", "refund_status"}
    assert answered_as(said).kind == "reply"


@pytest.mark.parametrize("courtesy", ["greeting", "affirm"])
def test_a_courtesy_is_nothing_else_that_a_message_could_be_about(courtesy: str) -> None:
    assert answered_as(certainly(courtesy, (courtesy, 0.9), ("complaint", 0.85))).kind == "handoff"
    assert answered_as(certainly("fee", (courtesy, 0.9), ("complaint", 0.85))).kind == "reply"


def test_what_is_sure_is_answered_beside_a_person_who_was_hardly_asked_for() -> None:
    parts = (("refund_status", 0.95), ("return_item", 0.95))
    said = certainly("refund_status", *parts, ("complaint", 0.8))
    assert answered_as(said).answered == ("refund_status", "return_item")
    assert answered_as(said).kind != "handoff"
    assert answered_as(certainly("refund_status", *parts, ("complaint", 0.95))).kind == "handoff"

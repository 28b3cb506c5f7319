"""Messages that say several intents, as tables: what was found -> what is answered, in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.dialogue.decision import Decision
from chat.dialogue.policy import decide
from chat.dialogue.several import ANSWERED_AT_MOST
from chat.dialogue.state import DialogueState
from nlu.types import IntentSpan, Parse, Thresholds
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
    *spans: tuple[str, float], state: DialogueState | None = None, thresholds: Thresholds = THRESHOLDS
) -> Decision:
    return decide(
        parse=saying(*spans),
        hits=[],
        state=state or DialogueState(),
        catalogue=COURTEOUS,
        thresholds=thresholds,
        limits=LIMITS,
        phrases=PHRASES,
    )


TABLE = [
    (("return_item", "refund_status"), "about Return:\nGo to My orders.\n\nabout Refund:\nSoon."),
    (("refund_status", "return_item"), "about Refund:\nSoon.\n\nabout Return:\nGo to My orders."),
    (("complaint", "refund_status"), "about Refund:\nSoon.\n\nabout Complaint:\na person comes"),
    (("fee", "return_item", "echo"), "about Fee / Echo:\nFree.\n\nabout Return:\nGo to My orders."),
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
    people = answered(*((name, 0.9) for name in (*names, "complaint")))
    assert people.answered == ("return_item", "fee", "complaint")
    assert people.kind == "handoff"


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

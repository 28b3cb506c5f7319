"""The dialogue policy as tables: what was understood and found -> what is decided."""

from __future__ import annotations

import pytest

from chat.dialogue.decision import ArticleEntry, Catalogue, IntentEntry, Limits, Phrases
from chat.dialogue.policy import decide
from chat.dialogue.state import DialogueState
from nlu.types import IntentScore, Parse, PassageHit, Thresholds

PHRASES = Phrases(
    confirm="which?",
    offer="close",
    rephrase="say it differently",
    handoff="a person comes",
    handoff_failure="a person helps",
    no_reply="no answer about {title}",
    talk_to_person="person",
    none_of_these="none",
    about="about {title}:",
    left_to_person="the person also has {titles}",
)
CATALOGUE = Catalogue(
    intents={
        "return_item": IntentEntry(
            "return_item", "Return", "article", ("Go to My orders.",), ("Postage?",), "return"
        ),
        "refund_status": IntentEntry("refund_status", "Refund", "reply", ("Soon.", "In days."), (), "refund"),
        "complaint": IntentEntry("complaint", "Complaint", "handoff", (), (), ""),
        "unwritten": IntentEntry("unwritten", "Unwritten", "reply", (), (), ""),
        "affirm": IntentEntry("affirm", "Yes", "reply", ("Good.",), (), ""),
        "deny": IntentEntry("deny", "No", "reply", ("All right.",), (), ""),
    },
    articles={
        "return": ArticleEntry("return", "Returning", "/help/w/en/return/", "Within 7 days.", "return_item"),
        "refund": ArticleEntry("refund", "Refunds", "/help/w/en/refund/", "In 3 days.", "refund_status"),
        "pickup": ArticleEntry("pickup", "Pickup points", "/help/w/en/pickup/", "Collect it.", ""),
    },
)
LIMITS = Limits(confirmations=1, rephrasings=1)
THRESHOLDS = Thresholds(confidence=0.6, confirm=0.25, margin=0.1, scope=0.3)


def parse(*scores: tuple[str, float], text: str = "hello", in_scope: bool = True, stage: str = "model") -> Parse:
    return Parse(
        text=text,
        locale="en",
        intents=tuple(IntentScore(name, confidence) for name, confidence in scores),
        entities=(),
        in_scope=in_scope,
        scope_score=0.9 if in_scope else 0.1,
        scope_threshold=0.3,
        matched_by=stage,  # type: ignore[arg-type]
        model_version="v1",
        milliseconds=1.0,
    )


def hit(slug: str, relevance: float) -> PassageHit:
    return PassageHit(1, 1, slug, slug, "text", "en", relevance * 10, relevance)


def decided(given: Parse, *hits: PassageHit, state: DialogueState | None = None):
    return decide(
        parse=given,
        hits=hits,
        state=state or DialogueState(),
        catalogue=CATALOGUE,
        thresholds=THRESHOLDS,
        limits=LIMITS,
        phrases=PHRASES,
    )


def test_certain_intent_with_article_is_answered_with_its_citation():
    decision = decided(parse(("return_item", 0.95), ("refund_status", 0.02)), hit("return", 0.8))
    assert (decision.kind, decision.text) == ("article", "Go to My orders.")
    assert [citation.url for citation in decision.citations] == ["/help/w/en/return/"]
    assert decision.quick_replies == ("Postage?",)
    assert decision.state.previous_intents == ("return_item",)
    assert decision.log_intent < 0 and decision.log_reply < 0


def test_written_reply_needs_no_citation_and_varies_with_the_turns():
    first = decided(parse(("refund_status", 0.97)), hit("refund", 0.9))
    second = decided(parse(("refund_status", 0.97)), hit("refund", 0.9), state=DialogueState(turns=1))
    assert (first.kind, first.text, first.citations) == ("reply", "Soon.", ())
    assert second.text == "In days."


def test_intent_for_people_hands_off_and_says_so():
    decision = decided(parse(("complaint", 0.97)))
    assert (decision.kind, decision.handoff_reason, decision.text) == ("handoff", "intent", "a person comes")


def test_intent_without_reply_says_that_nothing_is_written():
    decision = decided(parse(("unwritten", 0.97)))
    assert (decision.kind, decision.text) == ("reply", "no answer about Unwritten")
    assert decision.quick_replies == ("person",)


def test_uncertain_intents_are_offered_once_then_rephrase_then_a_person():
    unsure = parse(("refund_status", 0.45), ("return_item", 0.44))
    first = decided(unsure)
    assert first.kind == "confirm"
    assert first.quick_replies == ("Refund", "Return", "none", "person")
    assert first.state.offered == ("refund_status", "return_item")
    second = decided(unsure, state=first.state)
    assert second.kind == "rephrase"
    third = decided(unsure, state=second.state)
    assert (third.kind, third.handoff_reason) == ("handoff", "fallback")


def test_picking_an_offer_by_its_title_acts_on_it():
    state = DialogueState(offered=("refund_status", "return_item"), confirmations=1)
    decision = decided(parse(("refund_status", 0.2), text=" return "), state=state)
    assert (decision.kind, decision.intent) == ("article", "return_item")
    assert decision.state.confirmations == 0
    without_offer = decided(parse(("refund_status", 0.2), text=" return "))
    assert without_offer.intent != "return_item"


def test_yes_accepts_the_only_offer_but_not_one_of_two():
    yes = parse(("affirm", 0.95), text="yes")
    assert decided(yes, state=DialogueState(offered=("return_item",))).intent == "return_item"
    assert decided(yes, state=DialogueState(offered=("return_item", "refund_status"))).intent == "affirm"


def test_own_buttons_work_whatever_the_model_makes_of_them():
    misread = ("return_item", 0.99)
    person = decided(parse(misread, text="person"))
    assert (person.kind, person.handoff_reason) == ("handoff", "visitor")
    offered = DialogueState(offered=("return_item", "refund_status"), confirmations=1)
    assert decided(parse(misread, text="none"), state=offered).kind == "rephrase"
    assert decided(parse(misread, text="none")).intent == "return_item"


def test_declining_the_offers_asks_to_rephrase():
    decision = decided(
        parse(("deny", 0.9), text="no"), state=DialogueState(offered=("return_item",), confirmations=1)
    )
    assert decision.kind == "rephrase"


@pytest.mark.parametrize("relevance", [0.0, 0.2])
def test_out_of_scope_is_not_answered_however_sure_the_intent(relevance: float):
    decision = decided(parse(("return_item", 0.99), in_scope=False), hit("return", relevance))
    assert (decision.kind, decision.citations) == ("rephrase", ())


def test_article_that_clearly_answers_is_quoted_even_without_the_model():
    decision = decided(parse(in_scope=False, stage="none"), hit("pickup", 0.9))
    assert (decision.kind, decision.text) == ("article", "Collect it.")
    assert decision.citations[0].title == "Pickup points"


def test_near_articles_are_offered_not_claimed():
    decision = decided(parse(("return_item", 0.1), ("refund_status", 0.1)), hit("pickup", 0.35))
    assert decision.kind == "offer"
    assert [citation.title for citation in decision.citations] == ["Pickup points"]


def test_search_that_points_elsewhere_takes_certainty_away():
    agreeing = decided(parse(("return_item", 0.6), ("refund_status", 0.3)), hit("return", 0.8))
    disagreeing = decided(parse(("return_item", 0.6), ("refund_status", 0.3)), hit("refund", 0.8))
    assert agreeing.kind == "article"
    assert disagreeing.kind == "confirm" or disagreeing.intent == "refund_status"


def test_exact_utterance_is_acted_on_whatever_search_says():
    decision = decided(parse(("return_item", 1.0), stage="exact"), hit("refund", 0.9))
    assert decision.intent == "return_item"


def test_exact_example_of_out_of_scope_is_left_alone():
    decision = decided(parse(("return_item", 0.2), stage="exact", in_scope=False))
    assert decision.kind == "rephrase"


def test_state_survives_storage():
    state = DialogueState(("a", "b"), "reply", "text", ("c",), 1, 2, 3)
    assert DialogueState.from_json(state.to_json()) == state
    assert DialogueState.from_json({}) == DialogueState()

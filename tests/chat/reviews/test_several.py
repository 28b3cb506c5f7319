"""Messages of several intents in the review queue: confirmed, corrected part by part, or as one."""

from __future__ import annotations

import pytest

from chat.actions.review_filing import file_turns
from chat.actions.reviews import confirm_parts, correct_turn, undo_review
from chat.errors import AlreadyReviewed, InvalidInput
from chat.explanations import explain_turn
from chat.models import Review, Turn
from chat.review_need import taken_for, uncertainty_of
from nlu.models import Article, EntityType, Utterance
from nlu.types import EntitySpan, IntentSpan

TEXT = "where is my red coat and refund me"
PARTS = (IntentSpan("track", 0.9, 0, 20), IntentSpan("refund", 0.8, 25, 34))
UNCLEAR = (("refund", 0.5), ("track", 0.45))
RED = EntitySpan(12, 15, "colour", "red", "red", 1.0, "list")


@pytest.fixture
def turn(desk) -> Turn:
    return desk.ask(TEXT, intents=UNCLEAR, several=PARTS, entities=(RED,))


def test_the_parts_are_explained_with_their_words_and_entities(turn):
    explained = explain_turn(turn)
    assert [
        ("".join(piece.text for piece in part.segments), part.intent.name if part.intent else "", part.number)
        for part in explained.parts
    ] == [("where is my red coat", "track", 1), (" and ", "", 0), ("refund me", "refund", 2)]
    [marked] = [piece for piece in explained.parts[0].segments if piece.entity is not None]
    assert (marked.text, marked.entity.type) == ("red", "colour")
    assert explained.part(2) == PARTS[1]
    assert explained.part(3) is None


def test_parts_that_were_certain_are_no_doubt_and_the_same_message_as_one_is(desk, turn):
    assert uncertainty_of(explain_turn(turn)).doubt == ""
    assert uncertainty_of(explain_turn(desk.ask("other words", intents=UNCLEAR))).doubt != ""


def test_one_part_is_corrected_by_its_own_words(desk, supervisor, turn):
    EntityType.objects.create(workspace=desk.workspace, name="colour")
    marks = ((12, 15, "colour"),)
    review = correct_turn(turn=turn, intent=desk.intents["pay"], part=1, entities=marks, actor=supervisor)
    utterance = Utterance.objects.get(pk=review.utterance_id)
    assert (utterance.text, utterance.intent.name) == ("where is my red coat", "pay")
    assert [(mark.start, mark.end) for mark in utterance.annotations.all()] == [(12, 15)]
    assert (review.understood, review.answer_name, review.was_right) == ("track", "pay", False)
    assert not Utterance.objects.filter(text=TEXT).exists()
    undone = undo_review(review=review, actor=supervisor)
    assert (undone.understood, Utterance.objects.filter(pk=utterance.pk).exists()) == ("refund", False)


def test_a_part_that_was_right_is_right_and_the_whole_as_one_never_is(desk, supervisor, turn):
    part = correct_turn(turn=turn, intent=desk.intents["refund"], part=2, with_case=False, actor=supervisor)
    assert part.was_right
    assert part.utterance_id is None
    undo_review(review=part, actor=supervisor)
    whole = correct_turn(turn=turn, intent=desk.intents["refund"], with_case=False, actor=supervisor)
    assert not whole.was_right
    assert Utterance.objects.get(pk=whole.utterance_id).text == TEXT


def test_a_part_is_right_only_if_the_reply_used_the_parts(desk, supervisor):
    turn = desk.ask(TEXT, intents=UNCLEAR, several=PARTS, answered=())
    review = correct_turn(turn=turn, intent=desk.intents["refund"], part=2, with_case=False, actor=supervisor)
    assert not review.was_right
    assert Utterance.objects.get(pk=review.utterance_id).text == "refund me"


@pytest.mark.parametrize("second", ["pay", "refund"])
def test_a_second_part_waits_until_the_first_is_taken_back(desk, supervisor, turn, second):
    first = correct_turn(turn=turn, intent=desk.intents["pay"], part=1, actor=supervisor)
    assert correct_turn(turn=turn, intent=desk.intents["pay"], part=1, actor=supervisor).pk == first.pk
    for part in (2, 0):
        with pytest.raises(AlreadyReviewed):
            correct_turn(turn=turn, intent=desk.intents[second], part=part, actor=supervisor)
    undo_review(review=first, actor=supervisor)
    again = correct_turn(turn=turn, intent=desk.intents["pay"], part=2, actor=supervisor)
    assert Utterance.objects.get(pk=again.utterance_id).text == "refund me"


def test_what_stood_beside_a_courtesy_is_what_was_acted_on(desk, supervisor):
    hello = (IntentSpan("greeting", 0.9, 0, 5), IntentSpan("track", 0.8, 7, 21))
    greeted = {"intents": (("greeting", 0.5), ("track", 0.45)), "several": hello}
    turn = desk.ask("hello, where is my hat", **greeted, answered=("track",))
    explained = explain_turn(turn)
    assert (taken_for(explained), uncertainty_of(explained).doubt) == ("track", "")
    review = correct_turn(turn=turn, intent=desk.intents["track"], with_case=False, actor=supervisor)
    assert (review.was_right, review.utterance_id) == (True, None)
    whole = explain_turn(desk.ask("hello, where is my red hat", **greeted, answered=()))
    assert (taken_for(whole), uncertainty_of(whole).doubt) == ("greeting", "lead")


def test_a_case_keeps_the_context_that_the_message_was_read_in(desk, supervisor, turn):
    read_in = {"previous_intents": ["refund", "track"], "last_bot_act": "reply", "previous_message": "a and b"}
    later = desk.ask("and now", conversation=turn.conversation)
    later.decision |= {"context": read_in}
    later.save()
    review = correct_turn(turn=later, intent=desk.intents["pay"], actor=supervisor)
    assert review.case.context == read_in
    undo_review(review=review, actor=supervisor)
    del later.decision["context"]
    later.save()
    review = correct_turn(turn=later, intent=desk.intents["pay"], actor=supervisor)
    assert review.case.context["previous_message"] == TEXT


def test_confirmed_parts_may_draft_an_article(desk, supervisor, turn):
    with pytest.raises(InvalidInput):
        confirm_parts(turn=turn, with_article=True, actor=supervisor)
    desk.agent_answers(turn, "It is on its way, and here is the money.")
    review = confirm_parts(turn=turn, with_article=True, actor=supervisor)
    assert (review.article.status, review.article.intent) == ("draft", None)
    undo_review(review=review, actor=supervisor)
    assert not Article.objects.exists()


def test_a_message_of_one_intent_is_right_as_ever(desk, supervisor):
    turn = desk.ask(TEXT)
    review = correct_turn(turn=turn, intent=desk.intents["refund"], with_case=False, actor=supervisor)
    assert (review.was_right, review.utterance_id) == (True, None)


@pytest.mark.parametrize("part", [3, -1])
def test_a_part_that_is_not_there_is_refused(desk, supervisor, turn, part):
    with pytest.raises(InvalidInput):
        correct_turn(turn=turn, intent=desk.intents["pay"], part=part, actor=supervisor)
    with pytest.raises(InvalidInput):
        correct_turn(turn=desk.ask("one thing"), intent=desk.intents["pay"], part=1, actor=supervisor)
    assert not Utterance.objects.exists()


def test_all_parts_are_confirmed_at_once_and_teach_nothing(desk, supervisor, turn):
    review = confirm_parts(turn=turn, actor=supervisor)
    assert (review.answer_name, review.was_right, review.answer) == ("track + refund", True, None)
    assert confirm_parts(turn=turn, actor=supervisor).pk == review.pk
    with pytest.raises(AlreadyReviewed):
        confirm_parts(turn=turn, actor=desk.person("zoe"))
    undo_review(review=review, actor=supervisor)
    assert not Utterance.objects.exists()
    assert Review.objects.get().status == "open"


def test_there_are_no_parts_to_confirm_in_a_message_of_one_intent(desk, supervisor):
    with pytest.raises(InvalidInput):
        confirm_parts(turn=desk.ask(TEXT), actor=supervisor)


def test_it_is_filed_under_its_most_probable_intent(desk, turn):
    file_turns(workspace=desk.workspace)
    assert Review.objects.get().understood == "refund"

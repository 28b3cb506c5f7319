"""One correction: what it adds, that it can be taken back in one step, and what happens when two people do it."""

from __future__ import annotations

import pytest

from chat.actions.review_filing import file_turns
from chat.actions.review_undo import undo_newest
from chat.actions.reviews import correct_turn, hold_reviews, skip_review, undo_review
from chat.errors import AlreadyReviewed, ChangedSince, InvalidInput, NotFound
from chat.models import Review, Turn
from nlu.actions.articles import publish_article, update_article
from nlu.actions.entities import create_entity_type
from nlu.actions.evaluation_cases import add_case, edit_case
from nlu.actions.intents import delete_intent
from nlu.actions.utterance_edits import (
    add_texts,
    annotate_utterance,
    delete_utterances,
    edit_utterance,
    move_utterances,
)
from nlu.actions.workspaces import create_workspace
from nlu.errors import InvalidData
from nlu.export import dataset_health, training_data
from nlu.models import Article, AuditEntry, EvaluationCase, Intent, Utterance
from nlu.types import EntitySpan

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


def state(desk) -> tuple[list, list, list]:
    """Everything that a correction may touch."""
    utterances = [
        (
            row.pk,
            row.text,
            row.intent_id,
            row.source,
            list(row.annotations.order_by("start").values_list("start", "end", "entity_type__name")),
        )
        for row in Utterance.objects.filter(workspace=desk.workspace).order_by("pk")
    ]
    cases = list(
        EvaluationCase.objects.filter(workspace=desk.workspace)
        .order_by("pk")
        .values_list("pk", "text", "intent_id", "entities", "source")
    )
    articles = list(Article.objects.filter(workspace=desk.workspace).values_list("pk", "title", "body", "status"))
    return utterances, cases, articles


def test_one_correction_teaches_keeps_a_case_and_drafts_an_article(desk, supervisor):
    turn = desk.ask("The lantern came broken, call me at 13800138000", kind="rephrase", in_scope=False)
    desk.agent_answers(turn, "We send a new one.", "Call +86 13912345678 if it takes long.")
    review = correct_turn(turn=turn, intent=desk.intents["refund"], with_article=True, actor=supervisor)

    utterance = Utterance.objects.get()
    assert utterance.text == turn.parse["text"]
    assert "13800138000" not in utterance.text
    assert (utterance.intent, utterance.source, utterance.locale) == (desk.intents["refund"], "correction", "en")
    case = EvaluationCase.objects.get()
    assert (case.text, case.intent, case.source) == (utterance.text, desk.intents["refund"], "correction")
    assert case.created_by == supervisor
    article = Article.objects.get()
    assert (article.status, article.intent, article.locale) == ("draft", desk.intents["refund"], "en")
    assert article.title == article.questions == utterance.text
    assert article.body.startswith("We send a new one.\n\nCall ")
    assert "13912345678" not in article.body

    review.refresh_from_db()
    assert (review.status, review.was_right, review.answer) == ("answered", False, desk.intents["refund"])
    assert (review.utterance, review.case, review.article) == (utterance, case, article)
    assert (review.answered_by, review.turn, review.understood) == (supervisor, turn, "")
    entry = AuditEntry.objects.get(action="turn.corrected")
    assert entry.summary == "out of scope -> refund"
    assert not AuditEntry.objects.filter(summary__contains="lantern").exclude(action="article.created").exists()


def test_a_correction_teaches_although_it_is_a_case(desk, supervisor):
    for name, texts in {"track": ["where is it", "has it left"], "pay": ["pay by card", "how to pay"]}.items():
        add_texts(workspace=desk.workspace, intent=desk.intents[name], texts=texts, locale="en", actor=None)
    add_case(workspace=desk.workspace, text="HOW to pay", intent=desk.intents["pay"], actor=None)
    correct_turn(turn=desk.ask("my parcel vanished"), intent=desk.intents["track"], actor=supervisor)
    data = training_data(desk.workspace)
    assert "my parcel vanished" in [example.text for example in data.examples]
    assert "how to pay" not in [example.text for example in data.examples]
    assert data.left_out == 1
    assert dataset_health(desk.workspace).left_out == 1


def test_a_text_of_the_frozen_set_is_corrected_there_and_kept_out(desk, supervisor):
    case = add_case(workspace=desk.workspace, text="my parcel vanished", intent=None, actor=None)
    before = state(desk)
    turn = desk.ask("My parcel vanished")
    review = correct_turn(turn=turn, intent=desk.intents["track"], actor=supervisor)
    case.refresh_from_db()
    assert (case.intent, case.source) == (desk.intents["track"], "staff")
    assert review.effects["taught"]["kept_out"] is True
    assert training_data(desk.workspace).left_out == 1
    undo_review(review=review, actor=supervisor)
    assert state(desk) == before


def test_the_case_has_the_dialogue_before_it(desk, supervisor):
    first = desk.ask("where is my parcel", intents=(("track", 0.9), ("pay", 0.1)))
    turn = desk.ask("and the other one", conversation=first.conversation)
    correct_turn(turn=turn, intent=desk.intents["track"], actor=supervisor)
    case = EvaluationCase.objects.get()
    assert case.context == {
        "previous_intents": ["track"],
        "last_bot_act": "reply",
        "previous_message": "where is my parcel",
    }


@pytest.mark.parametrize("with_article", [True, False])
@pytest.mark.parametrize("with_case", [True, False])
@pytest.mark.parametrize("known", ["new", "elsewhere", "out of scope"])
def test_undo_restores_everything_exactly(desk, supervisor, known, with_case, with_article):
    place = create_entity_type(workspace=desk.workspace, name="place", actor=None)
    text = "bring it to Oslo"
    if known != "new":
        intent = desk.intents["pay"] if known == "elsewhere" else None
        add_texts(workspace=desk.workspace, intent=intent, texts=[text], locale="en", actor=None)
        annotate_utterance(utterance=Utterance.objects.get(), start=0, end=5, entity_type=place, actor=None)
    turn = desk.ask(text, intents=(("refund", 0.5), ("track", 0.45)))
    desk.agent_answers(turn, "Gladly.")
    before = state(desk)
    review = correct_turn(
        turn=turn,
        intent=desk.intents["track"],
        entities=((12, 16, "place"),),
        with_case=with_case,
        with_article=with_article,
        actor=supervisor,
    )
    after = state(desk)
    assert after != before
    assert after[0][0][2:] == (
        desk.intents["track"].pk,
        "correction" if known == "new" else "staff",
        [(12, 16, "place")],
    )
    assert [case[3] for case in after[1]] == ([[[12, 16, "place"]]] if with_case else [])
    undone = undo_review(review=review, actor=supervisor)
    assert state(desk) == before
    assert (undone.status, undone.answer, undone.was_right, undone.effects) == ("open", None, None, {})
    assert undo_review(review=review, actor=supervisor).status == "open"
    again = correct_turn(turn=turn, intent=desk.intents["track"], with_case=with_case, actor=supervisor)
    assert again.status == "answered"


def test_undo_is_refused_when_somebody_changed_what_it_made(desk, supervisor):
    def corrected(text: str) -> Review:
        turn = desk.ask(text)
        desk.agent_answers(turn, "Yes.")
        return correct_turn(turn=turn, intent=desk.intents["track"], with_article=True, actor=supervisor)

    moved, case, gone, draft, published, deleted = (corrected(f"message {n}") for n in range(6))
    move_utterances(workspace=desk.workspace, ids=[moved.utterance_id], intent=desk.intents["pay"], actor=None)
    EvaluationCase.objects.filter(pk=case.case_id).update(intent=None)
    before = state(desk)
    for review in (moved, case):
        with pytest.raises(ChangedSince):
            undo_review(review=review, actor=supervisor)
        review.refresh_from_db()
        assert review.status == "answered"
    assert state(desk) == before
    # What was made and is gone is taken back already, and an article that somebody worked on is theirs.
    delete_utterances(workspace=desk.workspace, ids=[gone.utterance_id], actor=None)
    update_article(
        article=draft.article,
        title="Better",
        body="Better.",
        questions="",
        slug=draft.article.slug,
        intent=None,
        actor=None,
    )
    publish_article(article=published.article, actor=None)
    Article.objects.filter(pk=deleted.article_id).delete()
    for review, stays in ((gone, False), (draft, True), (published, True), (deleted, False)):
        undone = undo_review(review=review, actor=supervisor)
        assert undone.status == "open"
        assert (undone.article_id is not None) == stays
        assert not Utterance.objects.filter(pk=review.utterance_id).exists()
    assert {row.status for row in Article.objects.all()} >= {"draft", "published"}


def test_a_taught_message_has_the_language_of_its_script(desk, supervisor):
    correct_turn(turn=desk.ask("where did it go", locale=""), intent=desk.intents["track"], actor=supervisor)
    assert {row.locale for row in Utterance.objects.all()} == {"en"}


def test_a_message_that_grows_when_folded_is_refused_in_words(desk, supervisor):
    turn = desk.ask("㎏" * 1200)
    with pytest.raises(InvalidData):
        correct_turn(turn=turn, intent=desk.intents["track"], actor=supervisor)
    assert not Utterance.objects.exists()


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("row", "change"),
    [
        ("utterance", {"text": "the parcel has vanished"}),
        ("utterance", {"text": "My parcel vanished"}),
        ("utterance", {"locale": "zh-hans"}),
        ("case", {"text": "the parcel has vanished"}),
        ("case", {"locale": "zh-hans"}),
        ("case", {"note": "heard at the counter"}),
        ("utterance", {}),
        ("case", {}),
    ],
)
def test_undo_is_refused_when_somebody_reworded_what_it_made_or_moved(desk, supervisor, known, row, change):
    text, intent = "my parcel vanished", desk.intents["track"]
    if known:
        add_texts(workspace=desk.workspace, intent=desk.intents["pay"], texts=[text], locale="en", actor=None)
        add_case(workspace=desk.workspace, text=text, intent=desk.intents["pay"], locale="en", actor=None)
    review = correct_turn(turn=desk.ask(text), intent=intent, actor=supervisor)
    # What older reviews have kept says nothing of the wording.
    old = Review.objects.get()
    for kept in (
        old.effects["taught"][name][when] for name in ("utterance", "case") for when in ("before", "after")
    ):
        if kept is not None:
            assert kept.pop("wording")
    if row == "utterance":
        edit_utterance(utterance=review.utterance, **({"text": text, "locale": "en"} | change), actor=None)
    else:
        fields = {"text": text, "locale": "en", "note": ""} | change
        edit_case(case=review.case, intent=intent, entities=None, **fields, actor=None)
    before = state(desk)
    if change:
        with pytest.raises(ChangedSince):
            undo_review(review=review, actor=supervisor)
        assert state(desk) == before
        Review.objects.filter(pk=old.pk).update(effects=old.effects)
    assert undo_review(review=review, actor=supervisor).status == "open"
    assert state(desk) != before


def test_undo_of_a_move_is_refused_when_the_intent_is_gone(desk, supervisor):
    add_texts(workspace=desk.workspace, intent=desk.intents["pay"], texts=["hm"], locale="en", actor=None)
    review = correct_turn(turn=desk.ask("hm"), intent=desk.intents["track"], actor=supervisor)
    delete_intent(intent=desk.intents["pay"], actor=None)
    with pytest.raises(ChangedSince):
        undo_review(review=review, actor=supervisor)


def test_the_same_answer_again_changes_nothing(desk, supervisor):
    turn = desk.ask("my parcel vanished")
    first = correct_turn(turn=turn, intent=desk.intents["track"], actor=supervisor)
    before, entries = state(desk), AuditEntry.objects.count()
    second = correct_turn(turn=turn, intent=desk.intents["track"], actor=supervisor)
    assert (second.pk, second.answered_at) == (first.pk, first.answered_at)
    assert (state(desk), AuditEntry.objects.count()) == (before, entries)


def test_the_second_of_two_people_is_told_who_was_first(desk, supervisor):
    turn = desk.ask("my parcel vanished")
    same_words = desk.ask("My parcel VANISHED")
    correct_turn(turn=turn, intent=desk.intents["track"], actor=supervisor)
    before = state(desk)
    other = desk.person("other")
    for later in (turn, same_words):
        with pytest.raises(AlreadyReviewed, match=r"Chen Jie.*track"):
            correct_turn(turn=later, intent=desk.intents["pay"], actor=other)
    with pytest.raises(AlreadyReviewed):
        correct_turn(turn=turn, intent=desk.intents["track"], actor=other)
    with pytest.raises(AlreadyReviewed):
        correct_turn(turn=turn, intent=None, actor=supervisor)
    with pytest.raises(AlreadyReviewed):
        skip_review(review=Review.objects.get(), actor=other)
    assert state(desk) == before
    undo_review(review=Review.objects.get(), actor=other)
    assert correct_turn(turn=turn, intent=None, actor=other).answered_by == other


def test_late_answers_are_refused(desk, supervisor):
    turn = desk.ask("my parcel vanished")
    file_turns(workspace=desk.workspace)
    review = Review.objects.get()
    turn.conversation.delete()
    with pytest.raises(NotFound):
        correct_turn(turn=turn, intent=None, actor=supervisor)
    review.delete()
    with pytest.raises(NotFound):
        skip_review(review=review, actor=supervisor)
    assert Utterance.objects.count() == 0


def test_what_cannot_be_taught_is_refused_and_changes_nothing(desk, supervisor):
    turn = desk.ask("my parcel vanished")
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    foreign = Intent.objects.create(workspace=other, name="foreign")
    with pytest.raises(InvalidInput):
        correct_turn(turn=turn, intent=foreign, actor=supervisor)
    with pytest.raises(InvalidInput):  # nobody answered
        correct_turn(turn=turn, intent=desk.intents["track"], with_article=True, actor=supervisor)
    with pytest.raises(InvalidData):
        correct_turn(turn=turn, intent=None, entities=((0, 2, "nothing_like_it"),), actor=supervisor)
    Turn.objects.filter(pk=turn.pk).update(parse={**turn.parse, "text": "x" * 2001})
    with pytest.raises(InvalidData):
        correct_turn(turn=turn, intent=None, actor=supervisor)
    Turn.objects.filter(pk=turn.pk).update(parse={})
    with pytest.raises(InvalidInput):
        correct_turn(turn=turn, intent=None, actor=supervisor)
    assert state(desk) == ([], [], [])
    assert not Review.objects.filter(status="answered").exists()


def test_confirming_what_was_certain_teaches_nothing_and_counts_as_right(desk, supervisor):
    refund = desk.intents["refund"]
    certain = correct_turn(turn=desk.ask("refund me"), intent=refund, with_case=False, actor=supervisor)
    assert (certain.was_right, certain.utterance, certain.case) == (True, None, None)
    unsure = correct_turn(
        turn=desk.ask("money", intents=(("refund", 0.4), ("pay", 0.35))),
        intent=desk.intents["refund"],
        with_case=False,
        actor=supervisor,
    )
    assert (unsure.was_right, unsure.case) == (True, None)
    assert unsure.utterance.text == "money"
    outside = correct_turn(
        turn=desk.ask("what is love", in_scope=False, scope_score=0.0),
        intent=None,
        with_case=False,
        actor=supervisor,
    )
    assert (outside.was_right, outside.utterance) == (True, None)
    assert AuditEntry.objects.filter(action="turn.confirmed").count() == 3
    undo_review(review=certain, actor=supervisor)
    undo_review(review=unsure, actor=supervisor)
    assert Utterance.objects.count() == 0


def test_what_was_right_is_kept_as_a_case_when_asked_for(desk, supervisor):
    before = state(desk)
    review = correct_turn(turn=desk.ask("refund me"), intent=desk.intents["refund"], actor=supervisor)
    assert review.was_right
    assert (review.case.text, review.case.source) == ("refund me", "correction")
    undo_review(review=review, actor=supervisor)
    assert state(desk) == before


def test_a_full_evaluation_set_does_not_stop_teaching(desk, supervisor, monkeypatch):
    monkeypatch.setattr("nlu.actions.evaluation_cases.MOST_CASES", 1)
    first = correct_turn(turn=desk.ask("my money"), intent=desk.intents["refund"], actor=supervisor)
    assert not first.effects["taught"]["set_full"]
    before = state(desk)
    second = correct_turn(turn=desk.ask("where is it"), intent=desk.intents["refund"], actor=supervisor)
    assert (second.utterance.text, second.case) == ("where is it", None)
    assert second.effects["taught"]["set_full"]
    undo_review(review=second, actor=supervisor)
    assert state(desk) == before


def test_marks_of_the_assistant_are_taught_when_given(desk, supervisor):
    create_entity_type(workspace=desk.workspace, name="place", actor=None)
    span = EntitySpan(12, 16, "place", "Oslo", "Oslo", 0.9, "model")
    turn = desk.ask("bring it to Oslo", entities=(span,))
    correct_turn(turn=turn, intent=desk.intents["track"], entities=((12, 16, "place"),), actor=supervisor)
    [mark] = Utterance.objects.get().annotations.all()
    assert (mark.start, mark.end, mark.entity_type.name) == (12, 16, "place")
    assert EvaluationCase.objects.get().entities == [[12, 16, "place"]]


def test_skipping_and_the_order_of_undo(desk, supervisor):
    first = correct_turn(turn=desk.ask("one"), intent=None, actor=supervisor)
    desk.ask("two")
    file_turns(workspace=desk.workspace)
    second = skip_review(review=Review.objects.get(status="open"), actor=supervisor)
    assert desk.queue() == []
    other = desk.person("other")
    assert undo_newest(workspace=desk.workspace, actor=other).review is None
    assert undo_newest(workspace=desk.workspace, actor=supervisor).review == second
    assert undo_newest(workspace=desk.workspace, actor=supervisor).review == first
    assert undo_newest(workspace=desk.workspace, actor=supervisor).review is None
    assert sorted(desk.queue()) == ["one", "two"]


def test_held_rows_stay_with_whoever_has_them(desk, supervisor):
    desk.ask("one")
    file_turns(workspace=desk.workspace)
    row = Review.objects.get()
    hold_reviews(workspace=desk.workspace, ids=[row.pk], actor=supervisor)
    hold_reviews(workspace=desk.workspace, ids=[row.pk], actor=desk.person("other"))
    row.refresh_from_db()
    assert row.held_by == supervisor

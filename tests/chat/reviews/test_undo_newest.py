"""Taking back one's last answer when somebody has changed it since."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chat.actions import review_undo
from chat.actions.review_undo import undo_newest
from chat.actions.reviews import correct_turn, undo_review
from chat.errors import AnotherAnswer
from chat.models import Review
from nlu.actions.utterance_edits import move_utterances
from nlu.models import AuditEntry, Utterance

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


def answered(desk, person, *texts: str) -> list[Review]:
    return [correct_turn(turn=desk.ask(text), intent=desk.intents["pay"], actor=person) for text in texts]


def change(desk, *rows: Review) -> None:
    """What a colleague does to what the answers taught."""
    ids = [row.utterance_id for row in rows]
    move_utterances(workspace=desk.workspace, ids=ids, intent=desk.intents["track"], actor=None)


def test_changed_answers_are_passed_over_and_named(desk, supervisor) -> None:
    one, two, three, four = answered(desk, supervisor, "one", "two", "three", "four")
    change(desk, two, four)
    undone = undo_newest(workspace=desk.workspace, actor=supervisor)
    assert (undone.review, [passed.review for passed in undone.passed]) == (three, [four])
    undone = undo_newest(workspace=desk.workspace, actor=supervisor)
    assert (undone.review, [passed.review for passed in undone.passed]) == (one, [four, two])
    undone = undo_newest(workspace=desk.workspace, actor=supervisor)
    assert (undone.review, [passed.review for passed in undone.passed]) == (None, [four, two])
    assert all(passed.reason for passed in undone.passed)
    # What was passed over is as the colleague left it.
    assert {row.text: row.intent for row in Utterance.objects.all()} == dict.fromkeys(
        ("two", "four"), desk.intents["track"]
    )
    assert set(Review.objects.filter(status="answered")) == {two, four}
    assert AuditEntry.objects.filter(action="turn.correction_undone").count() == 2


def test_what_was_changed_and_changed_back_is_taken_back(desk, supervisor) -> None:
    (one,) = answered(desk, supervisor, "one")
    change(desk, one)
    assert undo_newest(workspace=desk.workspace, actor=supervisor).review is None
    move_utterances(workspace=desk.workspace, ids=[one.utterance_id], intent=desk.intents["pay"], actor=None)
    assert undo_newest(workspace=desk.workspace, actor=supervisor).review == one


def test_answers_of_others_are_never_taken_back_instead(desk, supervisor) -> None:
    answered(desk, desk.person("other"), "theirs")
    (mine,) = answered(desk, supervisor, "mine")
    change(desk, mine)
    undone = undo_newest(workspace=desk.workspace, actor=supervisor)
    assert (undone.review, len(undone.passed)) == (None, 1)
    assert Review.objects.filter(status="answered").count() == 2


def test_it_does_not_go_on_for_ever(desk, supervisor, monkeypatch) -> None:
    monkeypatch.setattr(review_undo, "MOST_TRIED", 2)
    _one, two, three = answered(desk, supervisor, "one", "two", "three")
    change(desk, two, three)
    undone = undo_newest(workspace=desk.workspace, actor=supervisor)
    assert (undone.review, len(undone.passed), undone.more) == (None, 2, True)


def test_whoever_has_no_older_answers_is_not_told_of_any(desk, supervisor, monkeypatch) -> None:
    monkeypatch.setattr(review_undo, "MOST_TRIED", 2)
    assert not undo_newest(workspace=desk.workspace, actor=supervisor).more
    change(desk, *answered(desk, supervisor, "one", "two"))
    undone = undo_newest(workspace=desk.workspace, actor=supervisor)
    assert (undone.review, len(undone.passed), undone.more) == (None, 2, False)


def test_instead_of_a_changed_answer_none_of_another_day_is_taken_back(desk, supervisor) -> None:
    old, new = answered(desk, supervisor, "old", "new")
    Review.objects.filter(pk=old.pk).update(answered_at=new.answered_at - timedelta(days=1))
    change(desk, new)
    undone = undo_newest(workspace=desk.workspace, actor=supervisor)
    assert (undone.review, [passed.review for passed in undone.passed], undone.more) == (None, [new], True)
    # Changed back, both are taken back one after the other: the last is the last, however old.
    move_utterances(workspace=desk.workspace, ids=[new.utterance_id], intent=desk.intents["pay"], actor=None)
    for row in (new, old):
        undone = undo_newest(workspace=desk.workspace, actor=supervisor)
        assert (undone.review, undone.passed, undone.more) == (row, (), False)


def test_an_answer_that_was_given_anew_is_not_what_was_read(desk, supervisor) -> None:
    (read,) = answered(desk, supervisor, "one")
    undo_review(review=read, actor=supervisor)
    with pytest.raises(AnotherAnswer):
        undo_review(review=read, actor=supervisor, as_read=True)
    other = desk.person("other")
    correct_turn(turn=read.turn, intent=desk.intents["track"], actor=other)
    with pytest.raises(AnotherAnswer):
        undo_review(review=read, actor=supervisor, as_read=True)
    now = Review.objects.get()
    assert (now.answer, now.answered_by) == (desk.intents["track"], other)
    assert undo_review(review=now, actor=supervisor, as_read=True).status == "open"


def test_a_colleague_who_answers_between_reading_and_taking_back_keeps_the_answer(
    desk, supervisor, monkeypatch
) -> None:
    one, two = answered(desk, supervisor, "one", "two")
    other = desk.person("other")

    def beaten(*, review: Review, **how: object) -> Review:
        if review == two:
            undo_review(review=two, actor=other)
            correct_turn(turn=two.turn, intent=desk.intents["track"], actor=other)
        return undo_review(review=review, **how)

    monkeypatch.setattr(review_undo, "undo_review", beaten)
    undone = undo_newest(workspace=desk.workspace, actor=supervisor)
    assert (undone.review, undone.passed) == (one, ())
    assert Review.objects.get(pk=two.pk).answered_by == other

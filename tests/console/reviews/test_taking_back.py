"""Taking answers of the review queue back."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from chat.models import Review
from nlu.actions.utterance_edits import move_utterances
from nlu.models import EvaluationCase, Utterance
from tests.console.reviews.queue import answer, shown

HTMX = {"HX-Request": "true"}
UNSURE = (("refund", 0.46), ("track", 0.44))


def test_skip_and_taking_back(desk, chief):
    for text in ("one", "two"):
        desk.ask(text, intents=UNSURE)
    shown(chief)
    answer(chief, "one", do="skip")
    answer(chief, "two", intent=desk.intents["pay"].pk)
    assert shown(chief) == []
    assert shown(chief, state="skipped") == ["one"]
    assert shown(chief, state="answered") == ["two"]
    undo = reverse("console:review_undo_last")
    assert chief.post(undo, headers=HTMX).headers["HX-Refresh"] == "true"
    assert "“two”: Taken back." in chief.get(reverse("console:reviews")).content.decode()
    assert shown(chief) == ["two"]
    assert Utterance.objects.count() == EvaluationCase.objects.count() == 0
    chief.post(undo)
    assert sorted(shown(chief)) == ["one", "two"]
    assert "There is nothing of yours to take back." in chief.post(undo, follow=True).content.decode()


def test_taking_back_on_the_page_brings_the_card_again(desk, chief):
    desk.ask("one", intents=UNSURE)
    shown(chief)
    answer(chief, "one", intent=desk.intents["pay"].pk)
    row = Review.objects.get()
    page = chief.post(reverse("console:review_undo_last"), {"shown": row.pk}, headers=HTMX).content.decode()
    assert 'class="review open"' in page
    assert "Taken back." in page
    assert "“one”: Taken back." not in page


def test_older_answers_that_are_not_tried_are_spoken_of(desk, chief):
    for text in ("old", "new"):
        desk.ask(text, intents=UNSURE)
    shown(chief)
    for text in ("old", "new"):
        answer(chief, text, intent=desk.intents["pay"].pk)
    old, new = Review.objects.order_by("pk")
    Review.objects.filter(pk=old.pk).update(answered_at=new.answered_at - timedelta(days=9))
    move_utterances(workspace=desk.workspace, ids=[new.utterance_id], intent=None, actor=None)
    undo = reverse("console:review_undo_last")
    for asked in ({}, {"shown": [old.pk, new.pk]}):
        page = chief.post(undo, asked, follow=True, headers=HTMX if asked else {}).content.decode()
        assert "look under “reviewed” or “skipped” for older ones" in page
        assert "There is nothing of yours" not in page
    assert sorted(shown(chief, state="answered")) == ["new", "old"]


def test_what_somebody_changed_is_not_taken_back(desk, chief):
    desk.ask("one", intents=UNSURE)
    shown(chief)
    answer(chief, "one", intent=desk.intents["pay"].pk)
    row = Review.objects.get()
    move_utterances(workspace=desk.workspace, ids=[row.utterance_id], intent=None, actor=None)
    page = chief.post(reverse("console:review_undo", args=[row.pk]), headers=HTMX).content.decode()
    assert "The utterance has been changed since" in page
    assert 'role="alert"' in page
    assert Review.objects.get().status == "answered"
    assert "changed since" in chief.post(reverse("console:review_undo_last"), follow=True).content.decode()


def test_my_last_goes_on_to_the_newest_that_can_be_taken_back(desk, chief):
    for text in ("one", "two", "three"):
        desk.ask(text, intents=UNSURE)
    shown(chief)
    for text in ("one", "two", "three"):
        answer(chief, text, intent=desk.intents["pay"].pk)
    rows = {row.turn.parse["text"]: row for row in Review.objects.select_related("turn")}
    for text in ("two", "three"):
        move_utterances(workspace=desk.workspace, ids=[rows[text].utterance_id], intent=None, actor=None)

    asked = {"shown": [row.pk for row in rows.values()]}
    page = chief.post(reverse("console:review_undo_last"), asked, headers=HTMX).content.decode()
    assert f'id="review-{rows["one"].pk}" data-review data-open' in page
    assert "Taken back." in page
    for text in ("two", "three"):
        assert f"Passed over “{text}”: The utterance has been changed since" in page
    assert shown(chief) == ["one"]

    # Nothing is left that can be taken back: the newest says why where it stands, the other beside it.
    page = chief.post(reverse("console:review_undo_last"), asked, headers=HTMX).content.decode()
    card = page[page.index(f'id="review-{rows["three"].pk}"') :]
    assert "The utterance has been changed since" in card
    assert "Passed over “two”" in page
    assert "Passed over “three”" not in page
    plain = chief.post(reverse("console:review_undo_last"), follow=True).content.decode()
    assert "Passed over “two”" in plain
    assert "Passed over “three”" in plain
    assert "None of your answers can be taken back: they were changed since." in plain
    assert "There is nothing of yours to take back." not in plain
    assert shown(chief, state="answered") == ["three", "two"]

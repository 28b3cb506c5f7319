"""The review queue's page: what it lists, answering with and without scripts, two reviewers, export."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chat.actions.reviews import correct_turn
from chat.models import Review, Site
from nlu.actions.articles import update_article
from nlu.actions.entities import create_entity_type
from nlu.actions.intents import delete_intent
from nlu.actions.workspaces import create_workspace
from nlu.models import Article, AuditEntry, EvaluationCase, Utterance
from nlu.types import EntitySpan
from tests.console.reviews.conftest import signed_in
from tests.console.reviews.queue import QUEUE, answer, shown

HTMX = {"HX-Request": "true"}
UNSURE = (("refund", 0.46), ("track", 0.44))


def test_the_page_teaches_when_there_is_nothing(desk, chief):
    page = chief.get(reverse(QUEUE)).content.decode()
    assert "No message yet" in page
    assert "known after the first answer" in page


def test_it_lists_by_need_with_the_dialogue_before(desk, chief):
    first = desk.ask("where is my parcel", intents=(("track", 0.95), ("pay", 0.01)))
    desk.ask("and the money?", conversation=first.conversation, intents=UNSURE)
    assert shown(chief) == ["and the money?", "where is my parcel"]
    page = chief.get(reverse(QUEUE)).content.decode()
    card = page[page.index('class="review open"') : page.index("where is my parcel</p>")]
    assert re.search(r"Customer</span> where is my parcel", card)
    assert "two intents close together" in card
    assert re.search(r'data-choice="1".*?refund.*?46', card, re.DOTALL)
    assert re.search(r'data-choice="2".*?track.*?44', card, re.DOTALL)
    assert f"{reverse('console:transcript', args=[first.conversation.uuid])}?turn=" in card
    assert "Open in try-it" not in card  # a supervisor does not teach


def test_an_operator_gets_links_to_what_they_may_open(desk):
    desk.ask("and the money?", intents=UNSURE)
    client = signed_in(desk.person("op", "operator"))
    assert "Open in try-it" in client.get(reverse(QUEUE)).content.decode()
    assert (
        "/console/intents/" in answer(client, "and the money?", intent=desk.intents["track"].pk).content.decode()
    )


def test_answering_without_scripts_leads_back_to_the_queue(desk, chief, supervisor):
    desk.ask("and the money?", intents=UNSURE)
    shown(chief)
    response = answer(chief, "and the money?", intent=desk.intents["pay"].pk)
    assert response.redirect_chain[-1][0] == reverse(QUEUE)
    assert (
        "Corrected: pay. It teaches from the next training on. It is kept as a case." in response.content.decode()
    )
    row = Review.objects.get()
    assert (row.answer, row.was_right, row.answered_by) == (desk.intents["pay"], False, supervisor)
    assert (Utterance.objects.get().intent, EvaluationCase.objects.get().intent) == (row.answer, row.answer)


def test_a_fragment_brings_the_card_the_progress_and_the_words_for_screen_readers(desk, chief):
    for text in ("one", "two", "three"):
        desk.ask(text, intents=UNSURE)
    shown(chief)
    page = answer(chief, "two", headers=HTMX, do="outside").content.decode()
    assert 'class="review answered"' in page
    assert "1 of 3" in page
    assert re.search(r'id="review-said"[^>]*>Corrected: Out of scope', page)
    assert "Take back" in page
    assert Utterance.objects.get().intent is None


def test_what_the_assistant_got_right_becomes_no_case(desk, chief):
    desk.ask("and the money?", intents=UNSURE)
    shown(chief)
    answer(chief, "and the money?", intent=desk.intents["refund"].pk)
    assert EvaluationCase.objects.count() == 0
    assert Utterance.objects.count() == 1
    page = chief.get(reverse(QUEUE)).content.decode()
    assert "100" in page[page.index("The assistant was right") :][:300]


def test_marks_and_article_only_when_ticked(desk, chief):
    create_entity_type(workspace=desk.workspace, name="place", actor=None)
    for text in ("bring it to Oslo", "send it to Oslo"):
        turn = desk.ask(
            text, intents=UNSURE, entities=(EntitySpan(11, 15, "place", "Oslo", "Oslo", 0.9, "model"),)
        )
        desk.agent_answers(turn, "Gladly.")
    shown(chief)
    answer(chief, "bring it to Oslo", intent=desk.intents["track"].pk)
    assert Utterance.objects.get().annotations.count() == 0
    assert Article.objects.count() == 0
    answer(chief, "send it to Oslo", intent=desk.intents["track"].pk, marks="on", article="on")
    assert Utterance.objects.get(text="send it to Oslo").annotations.count() == 1
    assert Article.objects.get().body == "Gladly."


@pytest.mark.parametrize(
    "data", [{}, {"intent": "nonsense"}, {"intent": "999999"}, {"intent": "9" * 40}, {"do": "nothing"}]
)
def test_nonsense_changes_nothing(desk, chief, data):
    desk.ask("and the money?", intents=UNSURE)
    shown(chief)
    assert answer(chief, "and the money?", headers=HTMX, **data).status_code == 404
    assert Review.objects.get().status == "open"


def test_two_reviewers_see_different_messages_and_the_second_is_told(desk, chief, supervisor):
    for number in range(22):
        desk.ask(f"message {number}", intents=UNSURE)
    mine = shown(chief)
    assert len(mine) == 20
    other = signed_in(desk.person("other"))
    theirs = shown(other)
    assert len(theirs) == 2
    assert not set(mine) & set(theirs)
    assert "20 more are on a colleague" in other.get(reverse(QUEUE)).content.decode()
    # Both have the same message all the same: a page that was open for long.
    turn = Review.objects.select_related("turn").get(turn__parse__text=mine[0]).turn
    correct_turn(turn=turn, intent=desk.intents["pay"], actor=supervisor)
    page = answer(other, mine[0], headers=HTMX, intent=desk.intents["track"].pk).content.decode()
    assert "Chen Jie has answered this message already: pay" in page
    assert Review.objects.get(turn=turn).answer == desk.intents["pay"]
    # The next answer brings the news to whoever still sees it.
    row = Review.objects.get(turn=turn)
    page = answer(other, theirs[0], headers=HTMX, do="outside", shown=[row.pk]).content.decode()
    assert f'id="review-{row.pk}"' in page
    assert 'hx-swap-oob="true"' in page
    Review.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    assert len(shown(other)) == 20


def test_filters(desk, chief):
    second = Site.objects.create(workspace=desk.workspace, key="two", name="Second", locale="en")
    desk.ask("close", intents=UNSURE)
    desk.ask("sure", intents=(("track", 0.99), ("pay", 0.0)), conversation=desk.conversation(site=second))
    desk.ask("很奇怪", locale="zh-hans", in_scope=False, scope_score=0.0, kind="rephrase")
    assert len(shown(chief)) == 3
    assert shown(chief, reason="lead") == ["close"]
    assert shown(chief, intent="track") == ["sure"]
    assert shown(chief, intent="outside") == ["很奇怪"]
    assert shown(chief, intent="gone") == []
    assert shown(chief, site=second.pk) == ["sure"]
    assert shown(chief, locale="zh-hans") == ["很奇怪"]
    today = timezone.localdate()
    assert len(shown(chief, **{"from": today, "to": today})) == 3
    assert shown(chief, to=today - timedelta(days=1)) == []
    response = chief.get(reverse(QUEUE), {"from": today, "to": today - timedelta(days=1)})
    assert "The first day is after the last one." in response.content.decode()
    for nonsense in ({"site": "x"}, {"reason": "\x00"}, {"from": "2026-99-99"}, {"page": "x"}, {"state": "'"}):
        assert chief.get(reverse(QUEUE), nonsense).status_code == 200
    answer(chief, "close", intent=desk.intents["pay"].pk)
    answer(chief, "sure", intent=desk.intents["track"].pk)
    assert shown(chief, state="answered", verdict="wrong") == ["close"]
    assert shown(chief, state="answered", verdict="right") == ["sure"]


def test_pages(desk, chief):
    for number in range(25):
        desk.ask(f"message {number}", intents=UNSURE)
    first, second = shown(chief), shown(chief, page=2)
    assert (len(first), len(second)) == (20, 5)
    assert not set(first) & set(second)


def test_export_is_masked_safe_and_noted(desk, chief, supervisor):
    desk.ask("=call 13800138000", intents=UNSURE)
    desk.ask("sure", intents=(("track", 0.99), ("pay", 0.0)))
    shown(chief)
    answer(chief, "sure", intent=desk.intents["pay"].pk)
    response = chief.get(reverse("console:reviews_export"))
    [row] = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
    assert row["text"].startswith("'=call ")
    assert "13800138000" not in row["text"]
    assert (row["understood"], row["doubt"], row["status"]) == ("refund", "lead", "open")
    response = chief.get(reverse("console:reviews_export"), {"state": "answered"})
    [row] = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
    assert (row["answer"], row["right"], row["reviewed_by"]) == ("pay", "no", "chief")
    assert AuditEntry.objects.filter(action="reviews.exported", actor=supervisor).count() == 2


def test_messages_of_another_workspace_are_not_there(desk, chief):
    turn = desk.ask("one", intents=UNSURE)
    shown(chief)
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    chief.post(reverse("console:workspace_choose"), {"workspace": other.pk})
    row = Review.objects.get()
    assert shown(chief) == []
    assert chief.post(reverse("console:review_answer", args=[row.pk]), {"do": "skip"}).status_code == 404
    assert chief.post(reverse("console:review_undo", args=[row.pk])).status_code == 404
    assert chief.get(reverse("console:review_turn", args=[turn.pk])).status_code == 404
    transcript = chief.get(reverse("console:transcript", args=[turn.conversation.uuid])).content.decode()
    assert "one" in transcript
    assert "Correct…" not in transcript


def test_agents_do_not_review(desk):
    turn = desk.ask("one", intents=UNSURE)
    desk.agent_answers(turn, "Yes.")
    agent = signed_in(desk.person("anna", "agent"))
    assert agent.get(reverse(QUEUE)).status_code == 403
    assert agent.post(reverse("console:review_undo_last")).status_code == 403


# --- From the transcript ---


def test_a_turn_is_corrected_from_its_transcript_and_shows_what_came_of_it(desk, chief):
    turn = desk.ask("one", intents=UNSURE)
    desk.agent_answers(turn, "Yes.")
    url = reverse("console:review_turn", args=[turn.pk])
    transcript = reverse("console:transcript", args=[turn.conversation.uuid])
    assert url in chief.get(transcript).content.decode()
    page = chief.get(url, headers=HTMX).content.decode()
    assert "Draft an article" in page
    assert "<html" not in page
    data = {"intent": desk.intents["pay"].pk, "case": "on", "article": "on"}
    response = chief.post(url, data, headers={**HTMX, "HX-Current-URL": f"http://testserver{transcript}"})
    assert response.headers["HX-Refresh"] == "true"
    response = chief.post(url, data, headers={**HTMX, "HX-Current-URL": f"http://testserver{url}?next=/"})
    assert response.headers["HX-Redirect"] == f"{transcript}?turn={turn.pk}#turn-{turn.pk}"
    page = chief.get(transcript).content.decode()
    row = Review.objects.get()
    assert "Chen Jie" in page
    assert "instead of refund" in page
    assert reverse("console:evaluation_case", args=[row.case_id]) in page
    assert "article draft" in page
    undone = chief.post(reverse("console:review_undo", args=[row.pk]), {"next": transcript})
    assert undone.headers["Location"] == transcript
    assert "Correct…" in chief.get(transcript).content.decode()
    assert Utterance.objects.count() == EvaluationCase.objects.count() == Article.objects.count() == 0


def test_correcting_twice_says_who_was_first(desk, chief, supervisor):
    turn = desk.ask("one", intents=UNSURE)
    correct_turn(turn=turn, intent=desk.intents["pay"], actor=supervisor)
    other = signed_in(desk.person("other"))
    response = other.post(reverse("console:review_turn", args=[turn.pk]), {"intent": "outside"})
    assert response.status_code == 422
    assert "Chen Jie has answered this message already" in response.content.decode()
    assert chief.post(reverse("console:review_turn", args=[turn.pk]), {"intent": "x"}).status_code == 422


def test_only_our_own_pages_are_gone_back_to(desk, chief):
    turn = desk.ask("one", intents=UNSURE)
    for evil in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"):
        page = chief.get(reverse("console:review_turn", args=[turn.pk]), {"next": evil}).content.decode()
        form = page[page.index('class="said') - 900 : page.index('class="said')]
        assert f'name="next" value="{reverse("console:transcript", args=[turn.conversation.uuid])}' in form
    response = chief.post(reverse("console:review_undo_last"), {"next": "https://evil.example/"})
    assert response.headers["Location"] == reverse(QUEUE)


def test_a_deleted_intent_keeps_the_verdict_readable(desk, chief, supervisor):
    turn = desk.ask("one", intents=UNSURE)
    row = correct_turn(turn=turn, intent=desk.intents["pay"], with_article=False, actor=supervisor)
    delete_intent(intent=desk.intents["pay"], actor=None)
    assert "pay" in chief.get(reverse(QUEUE), {"state": "answered"}).content.decode()
    page = chief.post(reverse("console:review_undo", args=[row.pk]), headers=HTMX).content.decode()
    assert "Taken back." in page
    assert Review.objects.get(pk=row.pk).status == "open"


def test_an_erased_conversation_is_said_so(desk, chief, supervisor):
    turn = desk.ask("one", intents=UNSURE)
    other = desk.ask("two", intents=UNSURE)
    shown(chief)
    row = Review.objects.get(turn=other)
    correct_turn(turn=turn, intent=desk.intents["pay"], actor=supervisor)
    turn.conversation.delete()
    other.conversation.delete()
    assert (
        "This conversation has been erased." in chief.get(reverse(QUEUE), {"state": "answered"}).content.decode()
    )
    response = chief.post(reverse("console:review_answer", args=[row.pk]), {"do": "outside"}, follow=True)
    assert response.status_code in {200, 404}
    assert Review.objects.filter(status="answered").count() == 1


def test_a_draft_that_somebody_works_on_stays(desk, chief):
    turn = desk.ask("one", intents=UNSURE)
    desk.agent_answers(turn, "Yes.")
    shown(chief)
    answer(chief, "one", intent=desk.intents["pay"].pk, article="on")
    article = Article.objects.get()
    update_article(
        article=article, title="Mine", body="Mine.", questions="", slug=article.slug, intent=None, actor=None
    )
    assert (
        "the article stays, somebody has worked on it"
        in chief.post(reverse("console:review_undo_last"), follow=True).content.decode()
    )
    assert Article.objects.get().title == "Mine"

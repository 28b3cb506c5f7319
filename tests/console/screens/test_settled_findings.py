"""Answers to findings of data health: who settled what, taking it back, and what is asked again."""

from __future__ import annotations

import html
import re

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from nlu.actions.utterance_edits import add_texts
from nlu.models import SettledFinding, Utterance
from tests.console.screens.conftest import signed_in
from tests.console.screens.findings import page, rows_of, settled_by, text
from tests.console.screens.shop import Shop, make_person, make_shop

HTMX = {"HX-Request": "true"}


def test_both_sides_of_a_conflict_are_right(
    teach: Client, operator: User, shop: Shop, conflict: Utterance
) -> None:
    assert "Both are right" in page(teach, "conflicts")
    assert "state=settled" not in page(teach, "conflicts")
    shown = settled_by(teach, shop)
    assert "Settled: it is not shown again as long as the words and the intents stay the same." in shown
    assert "Nothing is left to look at; the rest is settled." in shown
    assert rows_of(teach, "conflicts") == []
    assert "conflict" not in text(teach.get(reverse("console:data_health_counts"), headers=HTMX))

    listed = page(teach, "conflicts", state="settled")
    assert conflict.text in listed
    assert "Take back" in listed
    assert "Both are right" not in listed
    (row,) = rows_of(teach, "conflicts", state="settled")
    assert row[:6] == ["same", "where is my parcel", "track", conflict.text, "refund", operator.username]
    at = SettledFinding.objects.get().settled_at
    assert row[6] == timezone.localtime(at).isoformat(timespec="seconds")
    assert "Nothing fits" in page(teach, "conflicts", state="settled", locale="zh-hans")
    for part in ("doubts", "marks"):
        assert "Nothing is settled here." in page(teach, part, state="settled")

    answer = SettledFinding.objects.get()
    fix = reverse("console:data_health_fix") + "?part=conflicts&state=settled"
    again = teach.post(fix, {"do": "reopen", "answer": answer.pk, "at": "0"}, headers=HTMX)
    assert "Taken back: the finding is shown again." in text(again)
    assert "autofocus" in text(again)
    assert "Both are right" in page(teach, "conflicts")
    assert "taken that back already" in text(teach.post(fix, {"do": "reopen", "answer": answer.pk}, follow=True))


def test_an_answer_to_a_finding_is_undone_where_it_was_given(
    teach: Client, shop: Shop, conflict: Utterance
) -> None:
    key = settled_by(teach, shop).split('action="/console/undo/')[1].split("/")[0]
    undone = teach.post(reverse("console:undo", args=[key]), follow=True)
    assert undone.redirect_chain == [(reverse("console:data_health") + "?part=conflicts", 302)]
    assert "Taken back: the finding is shown again." in text(undone)
    assert "Both are right" in text(undone)
    assert not SettledFinding.objects.exists()


def test_whoever_comes_second_cannot_undo_the_answer_of_the_first(
    teach: Client, operator: User, shop: Shop, conflict: Utterance
) -> None:
    key = page(teach, "conflicts").split('name="finding" value="')[1].split('"')[0]
    fix = reverse("console:data_health_fix") + "?part=conflicts"
    first = signed_in(make_person("operator", username="first"))
    assert "/console/undo/" in text(first.post(fix, {"do": "settle", "finding": key}, follow=True))
    second = text(teach.post(fix, {"do": "settle", "finding": key}, follow=True))
    assert "first has settled this already." in second
    assert "/console/undo/" not in second
    # Whoever presses twice may still undo.
    assert "/console/undo/" in text(first.post(fix, {"do": "settle", "finding": key}, follow=True))
    User.objects.filter(username="first").delete()
    assert "Somebody has settled this already." in text(
        teach.post(fix, {"do": "settle", "finding": key}, follow=True)
    )


def test_a_settled_finding_leaves_the_page_without_looking_for_all_of_them_again(
    teach: Client, shop: Shop, conflict: Utterance
) -> None:
    key = page(teach, "conflicts").split('name="finding" value="')[1].split('"')[0]
    fix = reverse("console:data_health_fix") + "?part=conflicts"
    posted = {"do": "settle", "finding": key, "at": "0"}
    with CaptureQueriesContext(connection) as queries:
        answer = text(teach.post(fix, posted, headers=HTMX))
    assert "the rest is settled" in answer
    read = [one["sql"] for one in queries if 'FROM "nlu_utterance"' in one["sql"]]
    assert len(read) == 1


def test_under_a_filter_the_focus_stays_and_the_filter_too(teach: Client, shop: Shop, conflict: Utterance) -> None:
    others = ["cancel my parcel", "cancel my parcel, please"]
    for intent, said in ((shop.track, others[0]), (None, others[1])):
        add_texts(workspace=shop.workspace, intent=intent, texts=[said], locale="en", actor=None)
    narrowed = {"intent": shop.refund.pk, "locale": "en"}
    shown = page(teach, "conflicts", **narrowed)
    key = shown.split('name="finding" value="')[1].split('"')[0]
    fix = reverse("console:data_health_fix") + f"?part=conflicts&intent={shop.refund.pk}&locale=en"
    assert "Nothing fits" not in shown
    answer = text(teach.post(fix, {"do": "settle", "finding": key, "at": "0"}, headers=HTMX))
    assert '<p tabindex="-1" autofocus>Nothing fits' in answer
    for state in ("", "&amp;state=settled"):
        assert f'?part=conflicts{state}&amp;intent={shop.refund.pk}&amp;locale=en"' in answer
    assert "autofocus" not in page(teach, "conflicts", **narrowed)


def test_every_answer_is_called_by_what_it_answers(teach: Client, shop: Shop, conflict: Utterance) -> None:
    more = "where is my parcel, thanks"
    add_texts(workspace=shop.workspace, intent=None, texts=[more], locale="en", actor=None)
    for state in ("", "settled"):
        shown = page(teach, "conflicts", state=state)
        names = re.findall(r'(?s)value="(?:settle|reopen)">.*?visually-hidden">(.*?)</span>', shown)
        assert sorted(html.unescape(name).strip() for name in names) == sorted(
            f"“{one}” ({intent}), “{other}” ({other_intent})"
            for one, intent, other, other_intent in (
                ("where is my parcel", "track", conflict.text, "refund"),
                ("where is my parcel", "track", more, "Out of scope"),
                (conflict.text, "refund", more, "Out of scope"),
            )
        )
        for key in re.findall(r'name="finding" value="(.*?)"', shown):
            teach.post(reverse("console:data_health_fix"), {"do": "settle", "finding": key})


def test_a_finding_that_changed_meanwhile_is_not_answered(teach: Client, shop: Shop, conflict: Utterance) -> None:
    key = page(teach, "conflicts").split('name="finding" value="')[1].split('"')[0]
    conflict.delete()
    fix = reverse("console:data_health_fix")
    shown = text(teach.post(fix, {"do": "settle", "finding": key}, follow=True))
    assert "This finding is gone: an utterance was changed meanwhile." in shown
    assert not SettledFinding.objects.exists()


def test_answers_of_another_workspace_are_out_of_reach(teach: Client, shop: Shop, conflict: Utterance) -> None:
    settled_by(teach, shop)
    answer = SettledFinding.objects.get()
    other = make_shop("other").workspace
    SettledFinding.objects.filter(pk=answer.pk).update(workspace=other)
    teach.post(reverse("console:data_health_fix"), {"do": "reopen", "answer": answer.pk})
    assert SettledFinding.objects.filter(pk=answer.pk).exists()


def test_only_those_who_teach_answer_findings(teach: Client, shop: Shop, conflict: Utterance) -> None:
    key = page(teach, "conflicts").split('name="finding" value="')[1].split('"')[0]
    agent = signed_in(make_person("agent"))
    assert agent.post(reverse("console:data_health_fix"), {"do": "settle", "finding": key}).status_code == 403
    assert not SettledFinding.objects.exists()

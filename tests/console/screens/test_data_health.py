"""The data health page: what each part shows, its filters and files, and the repairs beside the findings."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from nlu.actions.articles import create_article, publish_article
from nlu.actions.entities import add_value
from nlu.actions.utterance_edits import add_texts, annotate_utterance
from nlu.models import AuditEntry, EntityAnnotation, SettledFinding, Utterance
from nlu.pipeline.exact_matcher import text_key
from tests.console.screens.findings import page, rows_of, settled_by, text, utterance
from tests.console.screens.shop import Shop, make_shop

HTMX = {"HX-Request": "true"}


def test_a_conflict_shows_both_sides_with_links_to_the_place(
    teach: Client, shop: Shop, conflict: Utterance
) -> None:
    shown = page(teach, "conflicts")
    assert "says the same" in shown
    for intent, words in ((shop.track, "where is my parcel"), (shop.refund, conflict.text)):
        assert f"{reverse('console:intent', args=[intent.pk])}?q={quote(words)}" in shown
    assert rows_of(teach, "conflicts") == [["same", "where is my parcel", "track", conflict.text, "refund"]]
    assert "Move to track" in shown
    assert "Move to refund" in shown


def test_a_conflict_is_repaired_by_moving_and_the_move_taken_back(
    teach: Client, shop: Shop, conflict: Utterance
) -> None:
    fix = reverse("console:data_health_fix") + "?part=conflicts"
    response = teach.post(fix, {"do": "move", "row": conflict.pk, "target": shop.track.pk}, follow=True)
    assert response.redirect_chain == [(reverse("console:data_health") + "?part=conflicts", 302)]
    assert "1 utterance moved to “track”." in text(response)
    assert "No two utterances contradict each other." in text(response)
    conflict.refresh_from_db()
    assert conflict.intent == shop.track
    assert AuditEntry.objects.filter(action="utterances.moved").count() == 1
    key = text(response).split('action="/console/undo/')[1].split("/")[0]
    back = teach.post(reverse("console:undo", args=[key]), follow=True)
    assert back.redirect_chain == [(reverse("console:data_health") + "?part=conflicts", 302)]
    assert "says the same" in text(back)
    conflict.refresh_from_db()
    assert conflict.intent == shop.refund


def test_a_repair_in_place_answers_with_the_list_and_keeps_the_filters(
    teach: Client, shop: Shop, conflict: Utterance
) -> None:
    fix = reverse("console:data_health_fix") + f"?part=conflicts&intent={shop.refund.pk}"
    response = teach.post(fix, {"do": "delete", "row": conflict.pk, "at": "0"}, headers=HTMX)
    assert text(response).lstrip().startswith('<section id="findings"')
    assert "1 utterance deleted." in text(response)
    assert "autofocus" in text(response)
    assert not Utterance.objects.filter(pk=conflict.pk).exists()


def test_what_an_article_says_leads_to_the_article_and_cannot_be_moved(teach: Client, shop: Shop) -> None:
    article = create_article(
        workspace=shop.workspace,
        locale="en",
        title="Refunds",
        body="Soon.",
        questions="Where is my parcel?\n\nmoney back",
        intent=shop.refund,
        actor=None,
    )
    assert rows_of(teach, "conflicts") == []
    publish_article(article=article, actor=None)
    shown = page(teach, "conflicts")
    assert f'href="{reverse("console:article", args=[article.pk])}"' in shown
    assert "Move to refund" in shown
    assert "Move to track" not in shown
    assert rows_of(teach, "conflicts") == [
        ["same", "where is my parcel", "track", "Where is my parcel?", "refund"],
    ]
    assert rows_of(teach, "repetitions") == []


def test_moving_to_out_of_scope(teach: Client, shop: Shop, conflict: Utterance) -> None:
    fix = reverse("console:data_health_fix")
    teach.post(fix, {"do": "move", "row": conflict.pk, "target": "outside"})
    conflict.refresh_from_db()
    assert conflict.intent is None
    assert "Move to out of scope" in page(teach, "conflicts")


@pytest.mark.parametrize(
    "posted",
    [
        {"do": "explode", "row": "1"},
        {"row": "1"},
        {"do": "move", "row": "1", "target": "999999"},
        {"do": "move", "row": "1", "target": ""},
        {"do": "mark", "row": "999999", "type": "city"},
        {"do": "mark", "row": "²", "type": "city"},
    ],
)
def test_a_repair_that_makes_no_sense_changes_nothing(
    teach: Client, shop: Shop, conflict: Utterance, posted: dict[str, str]
) -> None:
    before = list(Utterance.objects.order_by("pk").values_list("pk", "intent"))
    assert teach.post(reverse("console:data_health_fix"), posted).status_code == 404
    assert list(Utterance.objects.order_by("pk").values_list("pk", "intent")) == before


@pytest.mark.parametrize("do", ["move", "delete", "mark"])
def test_utterances_of_another_workspace_are_out_of_reach(teach: Client, shop: Shop, do: str) -> None:
    other = make_shop("other").utterance
    posted = {
        "do": do,
        "row": other.pk,
        "target": "outside",
        "start": 11,
        "end": 15,
        "words": "Oslo",
        "type": "city",
    }
    response = teach.post(reverse("console:data_health_fix"), posted)
    assert response.status_code == (404 if do == "mark" else 302)
    intent = other.intent
    other.refresh_from_db()
    assert other.intent == intent
    assert not EntityAnnotation.objects.filter(utterance=other).exists()
    assert teach.post(reverse("console:data_health_fix"), posted | {"row": shop.utterance.pk}).status_code == 302
    changed = Utterance.objects.filter(pk=shop.utterance.pk).first()
    marked = EntityAnnotation.objects.filter(utterance=shop.utterance).exists()
    assert {"move": changed and changed.intent is None, "delete": changed is None, "mark": marked}[do]


def test_nothing_ticked_is_said(teach: Client, shop: Shop) -> None:
    response = teach.post(reverse("console:data_health_fix"), {"do": "delete"}, follow=True)
    assert "Tick the utterances first." in text(response)


def test_filters_by_intent_and_language(teach: Client, shop: Shop, conflict: Utterance) -> None:
    add_texts(
        workspace=shop.workspace, intent=None, texts=["怎么退款呢", "刷卡行吗"], locale="zh-hans", actor=None
    )
    add_texts(workspace=shop.workspace, intent=shop.refund, texts=["怎么退款"], locale="zh-hans", actor=None)
    assert len(rows_of(teach, "conflicts")) == 2
    assert len(rows_of(teach, "conflicts", intent=shop.track.pk)) == 1
    assert len(rows_of(teach, "conflicts", intent=shop.refund.pk)) == 2
    assert len(rows_of(teach, "conflicts", intent="outside")) == 1
    assert len(rows_of(teach, "conflicts", locale="zh-hans")) == 1
    assert len(rows_of(teach, "conflicts", intent=shop.track.pk, locale="zh-hans")) == 0
    assert "Nothing fits." in page(teach, "conflicts", intent=shop.track.pk, locale="zh-hans")
    assert len(rows_of(teach, "conflicts", intent="²", locale="xx", page="x")) == 2
    assert "says the same" in page(teach, "nonsense", page="99999999999")


def test_repetitions_are_deleted_in_bulk(teach: Client, shop: Shop) -> None:
    add_texts(
        workspace=shop.workspace,
        intent=shop.track,
        texts=["please where is my parcel", "where is my parcel???", "hey, my parcel: where is"],
        locale="en",
        actor=None,
    )
    shown = page(teach, "repetitions")
    assert "stays" in shown
    assert rows_of(teach, "repetitions")[0] == ["track", "where is my parcel", "please where is my parcel"]
    ids = [utterance(shop, words).pk for words in ("please where is my parcel", "where is my parcel???")]
    assert all(f'value="{pk}" form="repetitions-form"' in shown for pk in ids)
    response = teach.post(reverse("console:data_health_fix"), {"do": "delete", "row": ids}, follow=True)
    assert "2 utterances deleted." in text(response)
    assert len(rows_of(teach, "repetitions")) == 1


def test_balance_leads_to_the_intent(teach: Client, shop: Shop) -> None:
    shown = page(teach, "balance")
    assert f'href="{reverse("console:intent", args=[shop.refund.pk])}"' in shown
    assert "too little" in shown
    assert ["thin", "refund", "", "2", "10"] in rows_of(teach, "balance")
    assert ["outside", "", "", "0", "50"] in rows_of(teach, "balance")


@pytest.fixture
def unmarked(shop: Shop) -> Utterance:
    """Oslo is a city in two utterances of `track`, and nothing in this one."""
    words = ["Oslo is where I live", "not Oslo again"]
    add_texts(workspace=shop.workspace, intent=shop.track, texts=words, locale="en", actor=None)
    for one, start in ((shop.utterance, 11), (utterance(shop, "Oslo is where I live"), 0)):
        annotate_utterance(utterance=one, start=start, end=start + 4, entity_type=shop.city, actor=None)
    return utterance(shop, "not Oslo again")


def test_words_that_are_not_marked_everywhere_are_marked_here(
    teach: Client, shop: Shop, unmarked: Utterance
) -> None:
    shown = page(teach, "marks")
    assert "not marked everywhere" in shown
    assert "city × 2" in shown
    assert "Mark as city" in shown
    assert rows_of(teach, "marks") == [["unmarked", "Oslo", "city", "", unmarked.text, "track"]]
    posted = {"do": "mark", "row": unmarked.pk, "start": 4, "end": 8, "words": "Oslo", "type": "city"}
    response = teach.post(reverse("console:data_health_fix") + "?part=marks", posted, follow=True)
    assert "“Oslo” is marked as city." in text(response)
    assert EntityAnnotation.objects.get(utterance=unmarked).entity_type == shop.city
    assert "Nothing is marked in two ways." in text(response)


@pytest.mark.parametrize("span", [("0", "4"), ("4", "400"), ("8", "4"), ("", ""), ("-1", "x")])
def test_a_mark_for_words_that_are_no_longer_there_is_refused(
    teach: Client, shop: Shop, unmarked: Utterance, span: tuple[str, str]
) -> None:
    posted = {"do": "mark", "row": unmarked.pk, "start": span[0], "end": span[1], "words": "Oslo", "type": "city"}
    response = teach.post(reverse("console:data_health_fix"), posted, follow=True)
    assert "changed meanwhile" in text(response)
    assert not EntityAnnotation.objects.filter(utterance=unmarked).exists()


def test_values_that_are_listed_twice_lead_to_their_type(teach: Client, shop: Shop) -> None:
    add_value(entity_type=shop.city, value="Kristiania", synonyms=["christiania"], actor=None)
    shown = page(teach, "marks")
    assert "stands for two values" in shown
    assert f"{reverse('console:entity_type', args=[shop.city.pk])}?q=" in shown
    assert len(rows_of(teach, "marks")) == 2


def test_doubted_labels_are_moved_to_what_the_model_said(
    teach: Client, shop: Shop, settings, tmp_path: Path
) -> None:
    settings.MODEL_DIR = tmp_path
    assert "The next one does." in page(teach, "doubts")
    folder = tmp_path / shop.version.folder
    folder.mkdir(parents=True)
    answers = [[text_key("money back"), "refund", "track", "track", 0.93, True]]
    (folder / "held_out.json").write_text(json.dumps(answers), encoding="utf-8")
    shown = page(teach, "doubts")
    assert "training v1 doubted" in shown
    assert "93\u00a0%" in shown
    assert rows_of(teach, "doubts") == [["money back", "refund", "track", "0.93"]]
    assert "Keep in refund" in shown
    assert "a training is certain of yet another intent" in settled_by(teach, shop, "doubts")
    assert rows_of(teach, "doubts") == []
    assert rows_of(teach, "doubts", state="settled")[0][:4] == ["money back", "refund", "track", "0.93"]
    answer = SettledFinding.objects.get()
    teach.post(reverse("console:data_health_fix"), {"do": "reopen", "answer": answer.pk})
    doubted = utterance(shop, "money back")
    teach.post(reverse("console:data_health_fix"), {"do": "move", "row": doubted.pk, "target": shop.track.pk})
    assert "was certain of no other intent" in page(teach, "doubts")


def test_the_training_page_asks_for_the_counts(teach: Client, shop: Shop, conflict: Utterance) -> None:
    address = reverse("console:data_health_counts")
    assert f'hx-get="{address}"' in text(teach.get(reverse("console:training")))
    counts = text(teach.get(address, headers=HTMX))
    assert "conflict: the same words teach different intents" in counts
    assert f'href="{reverse("console:data_health")}?part=conflicts"' in counts
    assert teach.get(address).status_code == 302


def test_a_workspace_without_utterances_is_told_what_the_page_is_for(teach: Client, shop: Shop) -> None:
    Utterance.objects.all().delete()
    assert "Nothing to look at yet" in page(teach, "conflicts")


def test_texts_are_escaped_and_cells_are_no_formulas(teach: Client, shop: Shop) -> None:
    bad = ['=1+1 <script>alert("x")</script>', 'please =1+1 <script>alert("x")</script>']
    add_texts(workspace=shop.workspace, intent=shop.track, texts=bad[:1], locale="en", actor=None)
    add_texts(workspace=shop.workspace, intent=shop.refund, texts=bad[1:], locale="en", actor=None)
    assert "<script>alert" not in page(teach, "conflicts")
    assert rows_of(teach, "conflicts")[0][1].startswith("'=1+1")


def test_many_findings_come_in_pages(teach: Client, shop: Shop) -> None:
    words = [f"sentence {chr(0x4E00 + number)} about lanterns" for number in range(25)]
    add_texts(workspace=shop.workspace, intent=shop.track, texts=words, locale="en", actor=None)
    add_texts(
        workspace=shop.workspace, intent=shop.refund, texts=[f"{one}!" for one in words], locale="en", actor=None
    )
    assert page(teach, "conflicts").count('class="finding"') == 20
    assert page(teach, "conflicts", page=2).count('class="finding"') == 5

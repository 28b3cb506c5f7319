"""Utterances: adding, correcting, marking, bulk steps and taking them back, files."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from console.forms.uploads import CaseUploadForm, UploadForm
from nlu.models import AuditEntry, EntityAnnotation, Utterance
from tests.console.screens.shop import Shop, make_shop

HTMX = {"HX-Request": "true"}


def text(response) -> str:
    return response.content.decode()


def add(client: Client, shop: Shop, lines: str, **more: str):
    form = {"intent": shop.track.pk, "text": lines, "locale": ""} | more
    return client.post(reverse("console:utterance_add"), form, headers=HTMX)


def test_pasted_lines_become_one_utterance_each(teach: Client, shop: Shop) -> None:
    lines = "\n".join(f"parcel question number {number}" for number in range(20)) + "\n\n"
    response = add(teach, shop, lines)
    assert "20 utterances added." in text(response)
    assert 'id="add-report" role="status" hx-swap-oob="true"' in text(response)
    assert Utterance.objects.filter(intent=shop.track).count() == 23
    assert AuditEntry.objects.filter(action="utterances.added", summary="20 to track").count() == 1


def test_duplicates_are_reported_with_the_intent_that_has_them(teach: Client, shop: Shop) -> None:
    response = add(teach, shop, "ＭＯＮＥＹ  back\nbrand new words")
    assert "1 utterance added. 1 was there already." in text(response)
    assert reverse("console:intent", args=[shop.refund.pk]) in text(response)
    assert Utterance.objects.filter(normalized="money back").count() == 1


def test_the_language_is_found_by_script_or_chosen(teach: Client, shop: Shop) -> None:
    add(teach, shop, "我的包裹呢\nwhere now")
    add(teach, shop, "ok", locale="zh-hans")
    found = dict(Utterance.objects.filter(intent=shop.track).values_list("text", "locale"))
    assert found["我的包裹呢"] == "zh-hans"
    assert found["where now"] == "en"
    assert found["ok"] == "zh-hans"


@pytest.mark.parametrize(
    ("locale", "language", "refusal"),
    [
        ("", "en", ""),
        ("zh-hans", "en", ""),
        ("tlh", "en", "There is no such language."),
        ("tlh", "zh-hans", "没有这种语言。"),
        ("x" * 200, "en", "There is no such language."),
    ],
)
def test_only_languages_of_the_installation(
    teach: Client, shop: Shop, locale: str, language: str, refusal: str
) -> None:
    headers = {**HTMX, "accept-language": language}
    new = {"intent": shop.track.pk, "text": "ok", "locale": locale}
    added = teach.post(reverse("console:utterance_add"), new, headers=headers)
    edit = reverse("console:utterance", args=[shop.utterance.pk])
    edited = teach.post(edit, {"text": "has it gone", "locale": locale}, headers=headers)
    shop.utterance.refresh_from_db()
    assert refusal in text(added)
    assert refusal in text(edited)
    assert Utterance.objects.filter(text="ok").exists() is not bool(refusal)
    assert (shop.utterance.text == "has it gone") is not bool(refusal)


def test_utterances_are_masked_before_they_are_stored(teach: Client, shop: Shop) -> None:
    add(teach, shop, "call me at 13800138000")
    assert not Utterance.objects.filter(text__contains="13800138000").exists()
    assert Utterance.objects.filter(text__contains="#1]").exists()


def test_empty_and_too_long_texts_are_refused_with_the_report(teach: Client, shop: Shop) -> None:
    for lines in (" \n ", "x" * 2001, "a\x00b"):
        response = add(teach, shop, lines)
        assert response.status_code == 422
        assert response["HX-Retarget"] == "#add-report"
    assert Utterance.objects.filter(intent=shop.track).count() == 3


def test_without_scripts_the_form_leads_back_to_the_page(teach: Client, shop: Shop) -> None:
    form = {"intent": shop.track.pk, "text": "plain browsers too"}
    response = teach.post(reverse("console:utterance_add"), form, follow=True)
    assert "1 utterance added." in text(response)
    assert "plain browsers too" in text(response)


def test_an_example_of_out_of_scope_belongs_to_no_intent(teach: Client, shop: Shop) -> None:
    add(teach, shop, "write me a poem", intent="")
    assert Utterance.objects.get(text="write me a poem").intent is None
    assert "write me a poem" in text(teach.get(reverse("console:intent_outside")))


def test_the_list_is_searched_as_the_pipeline_compares_texts(teach: Client, shop: Shop) -> None:
    url = reverse("console:intent", args=[shop.track.pk])
    found = text(teach.get(url, {"q": "ＰＡＲＣＥＬ"}, headers=HTMX | {"HX-Target": "utterances"}))
    assert "where is my parcel" in found
    assert "has it left yet" not in found
    assert "<html" not in found
    assert "No utterance fits" in text(teach.get(url, {"locale": "zh-hans"}))


def test_editing_keeps_marks_outside_the_change(teach: Client, shop: Shop) -> None:
    annotate = reverse("console:utterance_annotate", args=[shop.utterance.pk])
    teach.post(annotate, {"start": "11", "end": "15", "type": "city"}, headers=HTMX)
    url = reverse("console:utterance", args=[shop.utterance.pk])
    response = teach.post(url, {"text": "ship it 🙂 to Oslo please", "locale": "en"}, headers=HTMX)
    span = EntityAnnotation.objects.get(utterance=shop.utterance)
    shop.utterance.refresh_from_db()
    assert shop.utterance.text[span.start : span.end] == "Oslo"
    assert "editing" not in text(response)
    teach.post(url, {"text": "ship it 🙂 to Bergen please", "locale": "en"}, headers=HTMX)
    assert not EntityAnnotation.objects.filter(utterance=shop.utterance).exists()


def test_a_wording_that_another_utterance_has_is_refused_with_a_link(teach: Client, shop: Shop) -> None:
    url = reverse("console:utterance", args=[shop.utterance.pk])
    response = teach.post(url, {"text": "Money BACK", "locale": "en"}, headers=HTMX)
    assert "Another utterance says the same" in text(response)
    assert reverse("console:intent", args=[shop.refund.pk]) in text(response)
    assert 'value="Money BACK"' in text(response)
    shop.utterance.refresh_from_db()
    assert shop.utterance.text == "send it to Oslo please"


def test_marks_count_code_points_and_give_way_to_newer_ones(teach: Client, shop: Shop) -> None:
    add(teach, shop, "😀 寄到北京要几天")
    row = Utterance.objects.get(text__contains="北京")
    url = reverse("console:utterance_annotate", args=[row.pk])
    response = teach.post(url, {"start": "4", "end": "6", "type": "city"}, headers=HTMX)
    span = row.annotations.get()
    assert row.text[span.start : span.end] == "北京"
    assert '<span class="span-type">city</span>' in text(response)
    teach.post(url, {"start": "2", "end": "5", "type": "city"}, headers=HTMX)
    assert [(one.start, one.end) for one in row.annotations.all()] == [(2, 5)]
    assert AuditEntry.objects.filter(action="utterance.annotated", object_id=str(row.pk)).count() == 2


def test_impossible_marks_are_refused(teach: Client, shop: Shop) -> None:
    url = reverse("console:utterance_annotate", args=[shop.utterance.pk])
    for start, end in (("5", "5"), ("9", "999"), ("-1", "3"), ("x", "y"), ("4", "5")):
        teach.post(url, {"start": start, "end": end, "type": "city"}, headers=HTMX)
    assert not EntityAnnotation.objects.exists()
    assert teach.post(url, {"start": "0", "end": "4", "type": "nothing"}).status_code == 404


def test_a_mark_is_taken_off(teach: Client, shop: Shop) -> None:
    teach.post(
        reverse("console:utterance_annotate", args=[shop.utterance.pk]),
        {"start": "11", "end": "15", "type": "city"},
    )
    span = EntityAnnotation.objects.get()
    teach.post(reverse("console:utterance_unannotate", args=[span.pk]), headers=HTMX)
    assert not EntityAnnotation.objects.exists()


def undo_url(page: str) -> str:
    return page.split('action="/console/undo/')[1].split('"')[0]


def test_a_bulk_deletion_can_be_taken_back_once(teach: Client, shop: Shop) -> None:
    teach.post(
        reverse("console:utterance_annotate", args=[shop.utterance.pk]),
        {"start": "11", "end": "15", "type": "city"},
    )
    ids = list(Utterance.objects.filter(intent=shop.track).values_list("pk", flat=True))
    form = {"source": shop.track.pk, "row": ids, "do": "delete"}
    page = text(teach.post(reverse("console:utterance_bulk"), form, headers=HTMX))
    assert "3 utterances deleted." in page
    assert Utterance.objects.filter(intent=shop.track).count() == 0
    back = f"/console/undo/{undo_url(page)}"
    assert "3 utterances are back." in text(teach.post(back, follow=True))
    assert Utterance.objects.filter(intent=shop.track).count() == 3
    span = EntityAnnotation.objects.get()
    assert span.utterance.text[span.start : span.end] == "Oslo"
    assert "cannot be taken back any more" in text(teach.post(back, follow=True))
    actions = AuditEntry.objects.values_list("action", flat=True)
    assert {"utterances.deleted", "utterances.restored"} <= set(actions)


def test_a_bulk_move_can_be_taken_back(teach: Client, shop: Shop) -> None:
    ids = list(Utterance.objects.filter(intent=shop.track).values_list("pk", flat=True))
    form = {"source": shop.track.pk, "row": ids, "do": "move", "target": shop.refund.pk}
    page = text(teach.post(reverse("console:utterance_bulk"), form, headers=HTMX))
    assert Utterance.objects.filter(intent=shop.refund).count() == 5
    teach.post(f"/console/undo/{undo_url(page)}")
    assert set(Utterance.objects.filter(intent=shop.track).values_list("pk", flat=True)) == set(ids)
    form["target"] = "outside"
    teach.post(reverse("console:utterance_bulk"), form, headers=HTMX)
    assert Utterance.objects.filter(workspace=shop.workspace, intent=None).count() == 3


def test_a_move_without_a_target_moves_nothing(teach: Client, shop: Shop) -> None:
    form = {"source": shop.track.pk, "row": [shop.utterance.pk], "do": "move", "target": ""}
    assert "Choose the intent" in text(teach.post(reverse("console:utterance_bulk"), form, headers=HTMX))
    assert Utterance.objects.filter(intent=shop.track).count() == 3


def test_rows_of_another_workspace_are_left_alone(teach: Client, shop: Shop) -> None:
    other = make_shop("other")
    form = {"source": shop.track.pk, "row": [other.utterance.pk, "nonsense"], "do": "delete"}
    teach.post(reverse("console:utterance_bulk"), form, headers=HTMX)
    assert Utterance.objects.filter(pk=other.utterance.pk).exists()


def test_a_file_is_imported_and_its_bad_lines_are_named(teach: Client, shop: Shop) -> None:
    lines = '{"text": "parcel lost", "intent": "lost"}\n{"text": ""}\nnonsense\n{"text": "money back"}\n'
    file = SimpleUploadedFile("some.jsonl", lines.encode())
    page = text(teach.post(reverse("console:intent_import"), {"file": file}))
    assert Utterance.objects.get(text="parcel lost").intent.name == "lost"
    assert re.findall(r'<td class="number">(\d+)</td><td>([^<]+)</td>', page) == [
        ("2", "“text” must be a text that is not empty."),
        ("3", "This is not JSON."),
    ]
    assert AuditEntry.objects.filter(action="utterances.imported").count() == 1


@pytest.mark.parametrize(("page", "form"), [("intent_import", UploadForm), ("evaluation_import", CaseUploadForm)])
def test_a_file_that_is_too_large_is_refused(
    teach: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch, page: str, form: type[UploadForm]
) -> None:
    monkeypatch.setattr(form, "most_megabytes", 0)
    file = SimpleUploadedFile("some.csv", b"text,intent\nwhere is it,track\n")
    assert "larger than 0 MB" in text(teach.post(reverse(f"console:{page}"), {"file": file}))
    assert not Utterance.objects.filter(text="where is it").exists()


def test_a_csv_file_is_imported(teach: Client, shop: Shop) -> None:
    file = SimpleUploadedFile("some.csv", "\ufefftext,intent\n包裹丢了,lost\n".encode())
    teach.post(reverse("console:intent_import"), {"file": file})
    assert Utterance.objects.get(text="包裹丢了").intent.name == "lost"


def test_a_file_that_is_not_text_is_refused(teach: Client, shop: Shop) -> None:
    file = SimpleUploadedFile("some.csv", b"\xff\xfe\x00text")
    assert "not UTF-8" in text(teach.post(reverse("console:intent_import"), {"file": file}))
    assert "errorlist" in text(teach.post(reverse("console:intent_import"), {"sent": "1"}))

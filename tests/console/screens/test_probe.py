"""Trying out the assistant: what a turn worker answers, and what happens without one."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from chat.actions.probes import ProbeResult
from chat.errors import NoTurnWorker
from console.views import probe
from nlu.actions.corrections import take_back_correction, teach_correction
from tests.console.screens.shop import Shop

URL = "/console/try/"
ANSWER = ProbeResult(
    parse={
        "text": "is my parcel in Oslo",
        "locale": "en",
        "intents": [{"name": "track", "confidence": 0.93}, {"name": "refund", "confidence": 0.05}],
        "entities": [
            {
                "start": 16,
                "end": 20,
                "type": "city",
                "text": "Oslo",
                "value": "Oslo",
                "confidence": 1.0,
                "source": "list",
            }
        ],
        "in_scope": True,
        "scope_score": 0.8,
        "scope_threshold": 0.3,
        "matched_by": "model",
        "model_version": "v1",
        "milliseconds": 1.2,
    },
    passages=[],
    decision={
        "kind": "reply",
        "text": "Open My orders.",
        "quick_replies": ["Refund"],
        "reason": "the intent is certain enough",
        "thresholds": {"confidence": 0.6},
    },
    model_version_id=None,
    milliseconds=2.5,
)


def test_without_a_worker_the_panel_says_so(teach: Client, shop: Shop) -> None:
    headers = {"HX-Request": "true", "HX-Target": "probe-result"}
    page = teach.post(URL, {"text": "hello"}, headers=headers).content.decode()
    assert "The assistant is not running" in page
    assert "<html" not in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_result_explains_itself(teach: Client, shop: Shop, monkeypatch, method: str) -> None:
    asked = {}

    def answer(*, workspace, text, locale):
        asked.update(workspace=workspace, text=text, locale=locale)
        return ANSWER

    monkeypatch.setattr(probe, "ask_probe", answer)
    response = getattr(teach, method)(URL, {"text": " is my parcel in Oslo ", "locale": "en"})
    page = response.content.decode()
    assert asked == {"workspace": shop.workspace, "text": "is my parcel in Oslo", "locale": "en"}
    assert "93" in page
    assert '<span>Oslo</span><span class="span-type">city</span>' in page
    assert "Open My orders." in page
    assert "the intent is certain enough" in page
    assert "2.5" in page
    assert f'<option value="{shop.track.pk}" selected>track</option>' in page


SEVERAL = [
    {"name": "track", "confidence": 0.91, "start": 0, "end": 13},
    {"name": "refund", "confidence": 0.88, "start": 18, "end": 27},
]


@pytest.mark.parametrize("several", [SEVERAL, []], ids=["two", "one"])
def test_the_parts_of_a_message_are_shown_with_their_intents(
    teach: Client, shop: Shop, monkeypatch, several: list[dict[str, object]]
) -> None:
    text = "where is Oslo and refund it"
    entity = {**ANSWER.parse["entities"][0], "start": 9, "end": 13}
    answer = replace(ANSWER, parse={**ANSWER.parse, "text": text, "several": several, "entities": [entity]})
    monkeypatch.setattr(probe, "ask_probe", lambda **_: answer)
    page = teach.post(URL, {"text": text, "locale": "en"}).content.decode()
    assert ("The message says 2 intents" in page) is bool(several)
    assert ('<span class="number">91' in page) is bool(several)
    assert page.count('<span class="message-part"') == len(several)
    assert ('<option value="refund it">' in page) is bool(several)
    assert ('type="hidden" name="text"' in page) is not bool(several)
    assert ('<option value="" selected>Choose…</option>' in page) is bool(several)
    assert (f'<option value="{shop.track.pk}" selected>' in page) is not bool(several)
    assert '<span>Oslo</span><span class="span-type">city</span>' in page
    bare = re.sub(
        r'<span class="(?:part-number|span-type)"[^>]*>[^<]*</span>|<[^>]*>', "", page[page.index("said marked") :]
    )
    assert text in bare


def test_an_unknown_language_falls_back_to_the_workspace_s(teach: Client, shop: Shop, monkeypatch) -> None:
    def refuse(*, workspace, text, locale):
        raise NoTurnWorker(f"asked in {locale}")

    monkeypatch.setattr(probe, "ask_probe", refuse)
    assert "asked in en" in teach.post(URL, {"text": "x", "locale": "tlh"}).content.decode()


def test_teaching_from_the_result_adds_the_text(teach: Client, shop: Shop) -> None:
    form = {"text": "quite new words", "intent": shop.refund.pk}
    url = reverse("console:probe_teach")
    for _repeated in range(2):
        page = teach.post(url, form, headers={"HX-Request": "true"}).content.decode()
        assert "Taught as “refund”" in page
    assert shop.refund.utterances.get(text="quite new words").source == "correction"
    assert shop.refund.evaluation_cases.get(text="quite new words").source == "correction"
    response = teach.post(url, {"text": "QUITE new words", "intent": "outside"}, follow=True)
    assert "was taught as" in response.content.decode()
    assert "has been corrected too" in response.content.decode()
    assert not shop.refund.utterances.filter(text="quite new words").exists()
    assert shop.workspace.evaluation_cases.get(text="quite new words").intent is None


def test_what_cannot_be_taught_is_said(teach: Client, shop: Shop) -> None:
    url = reverse("console:probe_teach")
    page = teach.post(url, {"text": " ", "intent": "outside"}, headers={"HX-Request": "true"}).content.decode()
    assert "An utterance cannot be empty." in page
    page = teach.post(
        url, {"text": shop.case.text, "intent": "outside"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "stays out of training" in page
    assert teach.post(url, {"text": "x", "intent": "999999"}).status_code == 404
    page = teach.post(url, {"text": "x", "intent": ""}, headers={"HX-Request": "true"}).content.decode()
    assert "Choose at least one intent." in page
    assert not shop.workspace.utterances.filter(text="x").exists()


def undo_url(page: str) -> str:
    """Where the notice's button leads."""
    found = re.search(r'action="(/console/undo/[^"]+)"', page)
    assert found is not None
    return found[1]


def test_teaching_from_the_result_can_be_taken_back(teach: Client, shop: Shop) -> None:
    form = {"text": "quite new words", "intent": shop.refund.pk}
    url = reverse("console:probe_teach")
    teach.post(url, form, follow=True)
    page = teach.post(url, form | {"intent": shop.track.pk}, headers={"HX-Request": "true"}).content.decode()
    back = teach.post(undo_url(page), follow=True)
    assert "Taken back" in back.content.decode()
    assert back.redirect_chain[-1][0] == URL
    assert shop.refund.utterances.filter(text="quite new words").exists()
    assert shop.refund.evaluation_cases.filter(text="quite new words").exists()
    assert "cannot be taken back any more" in teach.post(undo_url(page), follow=True).content.decode()


def test_what_a_colleague_taught_as_well_is_not_taken_back(teach: Client, shop: Shop) -> None:
    form = {"text": "quite new words", "intent": shop.refund.pk}
    page = teach.post(reverse("console:probe_teach"), form, headers={"HX-Request": "true"}).content.decode()
    again = teach_correction(workspace=shop.workspace, text="quite new words", intent=shop.refund, actor=None)
    assert "has taught the same since" in teach.post(undo_url(page), follow=True).content.decode()
    assert shop.refund.utterances.filter(text="quite new words").exists()
    take_back_correction(workspace=shop.workspace, taught=again, actor=None)
    assert shop.refund.utterances.filter(text="quite new words").exists()  # it was there before the second one


def test_a_full_evaluation_set_is_said(teach: Client, shop: Shop, monkeypatch) -> None:
    monkeypatch.setattr("nlu.actions.evaluation_cases.MOST_CASES", 0)
    form = {"text": "quite new words", "intent": shop.refund.pk}
    page = teach.post(reverse("console:probe_teach"), form, headers={"HX-Request": "true"}).content.decode()
    assert "no case is kept" in page
    assert "kept as a case" not in page


def test_what_somebody_changed_since_is_not_taken_back(teach: Client, shop: Shop) -> None:
    form = {"text": "quite new words", "intent": shop.refund.pk}
    page = teach.post(reverse("console:probe_teach"), form, headers={"HX-Request": "true"}).content.decode()
    shop.refund.utterances.filter(text="quite new words").update(intent=shop.track)
    assert "has been changed since" in teach.post(undo_url(page), follow=True).content.decode()
    assert shop.track.utterances.filter(text="quite new words").exists()

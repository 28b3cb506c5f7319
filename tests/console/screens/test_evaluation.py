"""The evaluation set's screens, and the gate's report on a version's page."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.evaluation_lists import ENOUGH_CASES
from console.forms.evaluation_cases import marks_text, spans_of_marks
from console.gate_words import check_row
from nlu.actions.evaluation_cases import add_case
from nlu.actions.utterance_edits import add_texts
from nlu.gate_report import CHECKS, GateCheck, GateReport, IntentRecall
from nlu.models import AuditEntry, EvaluationCase, Job, ModelVersion
from nlu.pipeline.exact_matcher import text_key
from nlu.training import gate_evidence
from tests.console.screens.conftest import signed_in
from tests.console.screens.shop import Shop, make_person

HTMX = {"HX-Request": "true"}
SET = "console:evaluation"


def text(response) -> str:
    return response.content.decode()


def test_the_empty_set_teaches_what_to_do(teach: Client, shop: Shop) -> None:
    shop.case.delete()
    page = text(teach.get(reverse(SET)))
    assert "No case yet" in page
    assert "Write down five messages" in page


def test_a_case_is_added_with_marks_and_the_intent_is_kept_for_the_next(teach: Client, shop: Shop) -> None:
    fields = {"text": "  bring it to Oslo ", "intent": shop.track.pk, "marks": "city: Oslo", "note": "was wrong"}
    response = teach.post(reverse(SET), fields)
    assert response["Location"] == f"{reverse(SET)}?last={shop.track.pk}"
    case = EvaluationCase.objects.get(text="bring it to Oslo")
    assert (case.entities, case.note, case.created_by.get_username()) == (
        [[12, 16, "city"]],
        "was wrong",
        "operator",
    )
    page = text(teach.get(response["Location"]))
    assert f'<option value="{shop.track.pk}" selected>' in page
    assert '<span class="span-type">city</span>' in page


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": "is my PARCEL here", "intent": "outside"}, "has this text already"),
        ({"text": "new", "intent": ""}, "required"),
        ({"text": "new", "intent": "99999"}, "valid choice"),
        ({"text": "new", "intent": "outside", "marks": "city: Rome"}, "is not type: words"),
        ({"text": "to Rome", "intent": "outside", "marks": "planet: Rome"}, "no entity type"),
    ],
)
def test_what_cannot_be_added_is_explained(teach: Client, shop: Shop, fields: dict, message: str) -> None:
    response = teach.post(reverse(SET), fields)
    assert response.status_code == 422
    assert message in text(response)
    assert EvaluationCase.objects.count() == 1


def test_editing_in_the_dialog(teach: Client, shop: Shop) -> None:
    url = reverse("console:evaluation_case", args=[shop.case.pk])
    assert 'value="is my parcel here"' in text(teach.get(url, headers=HTMX))
    assert teach.post(url, {"text": "is it here", "intent": "outside", "locale": "en"}).status_code == 302
    shop.case.refresh_from_db()
    assert (shop.case.text, shop.case.intent) == ("is it here", None)


def test_deleting_asks_first(teach: Client, shop: Shop) -> None:
    url = reverse("console:evaluation_delete")
    assert "Tick the cases" in text(teach.post(url, follow=True))
    assert "Delete 1 case?" in text(teach.post(url, {"row": shop.case.pk}))
    assert EvaluationCase.objects.count() == 1
    assert "1 case is deleted" in text(teach.post(url, {"row": shop.case.pk, "sure": "1"}, follow=True))
    assert not EvaluationCase.objects.exists()


def test_leaks_and_contradictions_are_flagged_and_found(teach: Client, shop: Shop) -> None:
    add_case(workspace=shop.workspace, text="money back", intent=shop.refund, actor=None)
    add_case(workspace=shop.workspace, text="refund me", intent=shop.track, actor=None)
    page = text(teach.get(reverse(SET), {"only": "leaked"}))
    assert "also an utterance, left out of training" in page
    assert "contradicts an utterance of" in page
    assert "is my parcel here" not in page
    assert "left out of training" in text(teach.get(reverse("console:training")))


def test_filters(teach: Client, shop: Shop) -> None:
    add_case(workspace=shop.workspace, text="the weather", intent=None, source="correction", actor=None)
    for query, found, missing in (
        ({"intent": "outside"}, "the weather", "is my parcel here"),
        ({"intent": shop.track.pk}, "is my parcel here", "the weather"),
        ({"source": "correction"}, "the weather", "is my parcel here"),
        ({"q": "PARCEL"}, "is my parcel here", "the weather"),
    ):
        page = text(teach.get(reverse(SET), query))
        assert found in page
        assert missing not in page
    assert teach.get(reverse(SET), {"intent": "9" * 30, "version": "x", "page": "7"}).status_code == 200


def test_files_go_in_and_come_out(teach: Client, shop: Shop) -> None:
    content = (
        b'{"text": "to Oslo", "intent": "track", "entities": [[3, 7, "city"]]}\n'
        b'{"text": "x", "intent": "nobody"}\n{"text": "IS my parcel here"}\n'
    )
    url = reverse("console:evaluation_import")
    page = text(teach.post(url, {"file": SimpleUploadedFile("cases.jsonl", content)}))
    assert "There is no intent “nobody”" in page
    assert "Line 3" in page
    lines = b"".join(teach.get(reverse("console:evaluation_export", args=["jsonl"])).streaming_content).decode()
    assert '"entities": [[3, 7, "city"]]' in lines
    table = b"".join(teach.get(reverse("console:evaluation_export", args=["csv"])).streaming_content).decode()
    assert "is my parcel here,track,en,staff," in table
    assert teach.get(reverse("console:evaluation_export", args=["exe"])).status_code == 404
    assert "not UTF-8" in text(teach.post(url, {"file": SimpleUploadedFile("cases.csv", b"\xff\xfe\x00")}))


def test_supervisors_keep_the_set_but_do_not_see_links_to_teaching(shop: Shop) -> None:
    client = signed_in(make_person("supervisor"))
    page = text(client.get(reverse(SET)))
    assert "is my parcel here" in page
    assert reverse("console:intent", args=[shop.track.pk]) not in page


def test_marks_are_words_of_the_message_in_their_order() -> None:
    spans = spans_of_marks("😀 from Oslo to Oslo", "city: Oslo\ncity： Oslo\n\n")
    assert spans == ((7, 11, "city"), (15, 19, "city"))
    case = EvaluationCase(text="😀 from Oslo to Oslo", entities=[list(span) for span in spans])
    assert marks_text(case) == "city: Oslo\ncity: Oslo"
    for bad in ("city: Oslo\ncity: Oslo\ncity: Oslo", "city Oslo", ": Oslo", "city:"):
        with pytest.raises(ValueError):
            spans_of_marks("😀 from Oslo to Oslo", bad)


def test_the_screen_names_the_gate_s_own_limit() -> None:
    assert gate_evidence.ENOUGH_CASES == ENOUGH_CASES


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("reason", ["as_good", "better", "worse", "collapsed", "lost", "no_cases"])
def test_every_check_and_reason_has_words(name, reason) -> None:
    row = check_row(GateCheck(name, passed=reason in ("as_good", "better", "no_cases"), reason=reason, count=3))
    assert row.title and row.verdict
    if reason != "lost" or name in ("known", "entities"):
        assert row.reason


@pytest.fixture
def candidate(settings, tmp_path: Path, shop: Shop) -> ModelVersion:
    """A second version that the gate refuses; the first one is active."""
    settings.MODEL_DIR = tmp_path
    manifest = b'{"format": 1}'
    for number in (1, 2):
        (tmp_path / "shop" / str(number)).mkdir(parents=True)
        (tmp_path / "shop" / str(number) / "manifest.json").write_bytes(manifest)
    digest = hashlib.sha256(manifest).hexdigest()
    ModelVersion.objects.filter(pk=shop.version.pk).update(
        status="active", activated_at=timezone.now(), manifest_hash=digest
    )
    report = GateReport(
        basis="both",
        checks=(
            GateCheck("latency", passed=True, reason="as_good", active=1.0, candidate=1.3, bound=2.0),
            GateCheck("accuracy", passed=False, reason="worse", active=0.9, candidate=0.7, bound=0.86, count=60),
        ),
        intents=(IntentRecall("track", 1.0, 0.2, 5, fell=True),),
        active_number=1,
        cases=20,
        held_out=40,
        leaked=1,
        worse=(shop.case.pk,),
    )
    return ModelVersion.objects.create(
        workspace=shop.workspace,
        number=2,
        folder="shop/2",
        manifest_hash=digest,
        dataset_fingerprint="2",
        gate=report.to_json(),
        gated_at=timezone.now(),
    )


def test_the_report_says_what_was_compared_and_why_it_refuses(teach: Client, candidate: ModelVersion) -> None:
    page = text(teach.get(reverse("console:training_version", args=[2])))
    assert "gate refuses" in page
    assert (
        "Compared with v1 on 20 cases of the evaluation set and 40 utterances that both trainings held out."
        in page
    )
    assert "1 case was left out" in page
    assert "Worse by more than chance explains." in page
    assert "86.0" in page and "1.3\u00a0ms" in page
    assert f'href="{reverse(SET)}?version=2&amp;change=worse"' in page
    worse = text(teach.get(reverse(SET), {"version": 2}))
    assert "is my parcel here" in worse
    assert "What v2 gets wrong" in worse
    assert "Nothing fits" in text(teach.get(reverse(SET), {"version": 2, "change": "better"}))
    assert "gate refuses" in text(teach.get(reverse("console:training")))


def test_only_a_reason_goes_past_the_gate_and_it_stays_visible(teach: Client, candidate: ModelVersion) -> None:
    url = reverse("console:training_activate", args=[2])
    dialog = text(teach.get(url, headers=HTMX))
    assert "The gate refuses this version: it is worse than v1." in dialog
    assert "fewer right answers" in dialog
    assert "takes a reason" in text(teach.post(url, {"reason": "I like it"}, follow=True))
    assert "at least 10 characters" in text(teach.post(url, {"override": "short"}, follow=True))
    candidate.refresh_from_db()
    assert candidate.status == "candidate"
    teach.post(url, {"override": "New shop opens today."})
    candidate.refresh_from_db()
    assert candidate.status == "active"
    page = text(teach.get(reverse("console:training_version", args=[2])))
    assert "Activated against the gate by operator:" in page
    assert "New shop opens today." in page
    assert "against the gate" in text(teach.get(reverse("console:training")))
    assert AuditEntry.objects.get(action="model_version.activated_against_gate").reason == "New shop opens today."
    back = text(teach.post(reverse("console:training_activate", args=[1]), follow=True))
    assert "v1 is active" in back


def test_comparing_again_is_a_job_that_the_panel_watches(teach: Client, candidate: ModelVersion) -> None:
    url = reverse("console:training_gate", args=[2])
    panel = teach.post(url, headers=HTMX)
    assert panel.status_code == 200
    assert 'hx-trigger="every 2s"' in text(panel)
    assert Job.objects.get(task="nlu.run_gate").arguments == {"version": candidate.pk}
    assert teach.get(url, headers=HTMX).status_code == 200
    Job.objects.update(status="done")
    done = teach.get(url, headers=HTMX)
    assert done.status_code == 286
    assert "Compare again" in text(done)
    assert teach.get(url).status_code == 302
    assert "nothing to be compared with" in text(
        teach.post(reverse("console:training_gate", args=[1]), follow=True)
    )


def test_a_version_that_was_never_compared_says_so(teach: Client, candidate: ModelVersion) -> None:
    ModelVersion.objects.filter(pk=candidate.pk).update(gate=None)
    assert "has not been compared with the active one" in text(
        teach.get(reverse("console:training_version", args=[2]))
    )
    assert "Compare it first" in text(teach.get(reverse("console:training_activate", args=[2])))


def test_held_out_utterances_that_got_worse_are_named(teach: Client, shop: Shop, candidate: ModelVersion) -> None:
    add_texts(workspace=shop.workspace, intent=shop.track, texts=["lost on the way"], locale="en", actor=None)
    report = GateReport(
        basis="held_out",
        checks=(GateCheck("accuracy", passed=True, reason="as_good", active=1.0, candidate=0.9, count=9),),
        active_number=1,
        held_out=9,
        worse_keys=(text_key("lost on the way"),),
    )
    ModelVersion.objects.filter(pk=candidate.pk).update(gate=report.to_json())
    page = text(teach.get(reverse("console:training_version", args=[2])))
    assert "lost on the way" in page


def test_a_supervisor_reads_the_report_and_changes_nothing(shop: Shop, candidate: ModelVersion) -> None:
    add_texts(workspace=shop.workspace, intent=shop.track, texts=["lost on the way"], locale="en", actor=None)
    report = GateReport.from_json(candidate.gate)
    candidate.gate = replace(report, worse_keys=(text_key("lost on the way"),)).to_json()
    candidate.save(update_fields=["gate"])
    client = signed_in(make_person("supervisor"))
    page = text(client.get(reverse("console:training_version", args=[2])))
    assert "gate refuses" in page
    assert "lost on the way" in page
    closed = [
        reverse("console:training"),
        reverse("console:training_activate", args=[2]),
        reverse("console:training_retire", args=[2]),
        reverse("console:intent", args=[shop.track.pk]),
    ]
    assert [url for url in closed if f'"{url}"' in page or f'"{url}?' in page] == []
    assert "Compare again" not in page
    assert client.post(reverse("console:training_gate", args=[2]), headers=HTMX).status_code == 403
    assert not Job.objects.filter(task="nlu.run_gate").exists()

"""Large imports in the console: from the file to the report, on the pages that show them."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nlu.actions import import_runs
from nlu.actions.import_runs import cancel_import, run_import
from nlu.actions.utterances import CHUNK
from nlu.models import AuditEntry, ImportRun, Utterance
from tests.console.screens.shop import Shop, make_shop
from tests.nlu.actions.import_scene import agent

HTMX = {"HX-Request": "true"}
HEAD = '{"text": "money back", "intent": "lost"}\nnonsense\n{"text": ""}\n'


def text(response) -> str:
    return b"".join(response).decode() if response.streaming else response.content.decode()


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, in which half a chunk is a large file."""
    settings.MODEL_DIR = tmp_path
    monkeypatch.setattr(import_runs, "SMALL", CHUNK // 2)


def load(client: Client, data: str | bytes, name: str = "some.jsonl"):
    file = SimpleUploadedFile(name, data.encode() if isinstance(data, str) else data)
    return client.post(reverse("console:intent_import"), {"file": file})


def lines(count: int) -> str:
    return "".join(json.dumps({"text": f"text {n}", "intent": "numbers"}) + "\n" for n in range(count))


def test_a_large_file_is_watched_and_reported(teach: Client, shop: Shop) -> None:
    response = load(teach, HEAD + lines(CHUNK + 5))
    run = ImportRun.objects.get(status="queued")
    page = reverse("console:intent_import_run", args=[run.pk])
    assert response["Location"] == page
    assert run.requested_by.get_username() == "operator"
    assert not Utterance.objects.filter(text="text 0").exists()
    shown = text(teach.get(page))
    assert "waiting for the worker" in shown
    assert "The background worker is not running" in shown
    assert not run_import(run.pk, seconds=0)
    progress = reverse("console:intent_import_progress", args=[run.pk])
    for shown in (text(teach.get(page)), text(teach.get(progress, headers=HTMX))):
        assert f'hx-get="{progress}"' in shown
        assert "You can close this page" in shown.split('id="import-run"')[1]
        assert f"{CHUNK} of {CHUNK + 6}" in shown
        assert f"Added</dt><dd>{CHUNK - 1}</dd>" in shown
        assert f'value="{CHUNK / (CHUNK + 6):.3f}"' in shown
    for name in ("intents", "intent_import", "training"):
        assert f"“some.jsonl” is being imported: {CHUNK} of {CHUNK + 6}." in text(
            teach.get(reverse(f"console:{name}"))
        )
    while not run_import(run.pk, seconds=0):
        pass
    response = teach.get(progress, headers=HTMX)
    assert response.status_code == 286
    for shown in (text(response), text(teach.get(page))):
        assert "hx-get" not in shown.split('id="import-run"')[1]
        assert "You can close this page" not in shown
        assert "The whole file was looked at." in shown
        assert f"Added</dt><dd>{CHUNK + 5}</dd>" in shown
        assert "There already</dt><dd>1</dd>" in shown
        assert "Line 1: “money back” (refund)" in shown
        assert '<td class="number">2</td><td>This is not JSON.</td>' in shown
    table = list(csv.reader(io.StringIO(text(teach.get(reverse("console:intent_import_refused", args=[run.pk]))))))
    assert [row[0] for row in table[1:]] == ["2", "3"]
    assert table[1][2] == "This is not JSON."
    for name in ("intents", "training"):
        assert "is being imported" not in text(teach.get(reverse(f"console:{name}")))
    assert "some.jsonl</a>" in text(teach.get(reverse("console:intent_import")))
    assert teach.get(progress)["Location"] == page
    assert AuditEntry.objects.get(action="utterances.imported").actor == run.requested_by


def test_it_can_be_cancelled_and_is_told(teach: Client, shop: Shop) -> None:
    load(teach, lines(2 * CHUNK))
    run = ImportRun.objects.in_work().get()
    run_import(run.pk, seconds=0)
    cancel = reverse("console:intent_import_cancel", args=[run.pk])
    page = text(teach.post(cancel, follow=True))
    assert "The import is stopped." in page
    assert "importing the file again adds the rest" in page
    assert f"Added</dt><dd>{CHUNK}</dd>" in page
    assert Utterance.objects.filter(text__startswith="text ").count() == CHUNK
    assert "has ended already" in text(teach.post(cancel, follow=True))
    assert AuditEntry.objects.get(action="import.cancelled").actor.get_username() == "operator"


@pytest.mark.parametrize("count", [1, CHUNK])
def test_no_other_file_is_taken_while_one_is_imported(teach: Client, shop: Shop, count: int) -> None:
    load(teach, lines(CHUNK))
    response = load(teach, HEAD + lines(count))
    assert "Another file is being imported." in text(response)
    assert ImportRun.objects.in_work().count() == 1
    cancel_import(run=ImportRun.objects.in_work().get(), actor=None)
    assert "Another file" not in text(load(teach, HEAD + lines(count)))


def test_one_that_no_worker_comes_to_is_no_reason_to_wait(teach: Client, shop: Shop) -> None:
    load(teach, lines(CHUNK))
    late = ImportRun.objects.in_work().get()
    ImportRun.objects.filter(pk=late.pk).update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert "Another file" not in text(load(teach, HEAD))
    late.refresh_from_db()
    assert late.status == "failed"
    page = text(teach.get(reverse("console:intent_import_run", args=[late.pk])))
    assert "had waited for the background worker" in page


def test_one_that_goes_on_elsewhere_is_nobodys_business_here(teach: Client, shop: Shop) -> None:
    other = make_shop("other")
    run = ImportRun.objects.create(workspace=other.workspace, name="theirs.csv", total=9)
    assert "theirs.csv" not in text(teach.get(reverse("console:intents")))
    assert "theirs.csv" not in text(teach.get(reverse("console:intent_import")))
    assert teach.post(reverse("console:intent_import_cancel", args=[run.pk])).status_code == 404
    run.refresh_from_db()
    assert run.is_open
    assert load(teach, lines(CHUNK)).status_code == 302


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("nlu.yml", "nlu: &a [*a]\n" + lines(CHUNK), "an anchor or an alias"),
        ("some.zip", lines(CHUNK), "no ZIP archive"),
    ],
)
def test_a_hostile_file_leaves_nothing(
    teach: Client, shop: Shop, settings, name: str, data: str, words: str
) -> None:
    assert words in text(load(teach, data, name))
    assert not ImportRun.objects.in_work().exists()
    assert list(settings.MODEL_DIR.iterdir()) == []


def test_what_a_file_says_is_shown_and_never_obeyed(teach: Client, shop: Shop) -> None:
    bad = "nlu:\n- intent: '<script>alert(1)</script>'\n  examples: |\n    - one\n- intent: '???<b>'\n"
    bad += "  examples: |\n    - two\n- intent: good\n  examples: |\n" + "".join(
        f"    - n {n}\n" for n in range(CHUNK)
    )
    load(teach, bad, '<img src=x>".yml')
    run = ImportRun.objects.in_work().get()
    while not run_import(run.pk, seconds=0):
        pass
    page = text(teach.get(reverse("console:intent_import_run", args=[run.pk])))
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_failure_says_why_and_what_stays(teach: Client, shop: Shop, settings) -> None:
    load(teach, lines(2 * CHUNK))
    run = ImportRun.objects.in_work().get()
    run_import(run.pk, seconds=0)
    (settings.MODEL_DIR / ImportRun.objects.get(pk=run.pk).waiting).unlink()
    run_import(run.pk, seconds=0)
    page = text(teach.get(reverse("console:intent_import_run", args=[run.pk])))
    assert "What was left of the file is gone" in page
    assert "What was stored until then stays." in page
    assert f"Added</dt><dd>{CHUNK}</dd>" in page


def test_the_time_that_is_left_is_told(teach: Client, shop: Shop) -> None:
    run = ImportRun.objects.create(
        workspace=shop.workspace,
        name="some.csv",
        status="running",
        total=1000,
        done=250,
        started_at=timezone.now() - timedelta(seconds=30),
        report=shop.import_run.report,
    )
    assert "1 min 30 s" in text(teach.get(reverse("console:intent_import_run", args=[run.pk])))


@pytest.mark.parametrize("count", [2, CHUNK])
def test_a_name_that_no_page_can_have_is_shown_with_a_sign_in_its_place(
    teach: Client, shop: Shop, count: int
) -> None:
    data = agent(*(f"text {n}" for n in range(count)), name="a\ud800c")
    response = load(teach, data, "agent.zip")
    for run in ImportRun.objects.in_work():
        while not run_import(run.pk, seconds=0):
            pass
        response = teach.get(reverse("console:intent_import_run", args=[run.pk]))
    assert '<span class="mono">a\N{REPLACEMENT CHARACTER}c</span> → <span class="mono">a_c</span>' in text(
        response
    )

"""Training: starting, watching, cancelling; versions: figures, activation, roll-back."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nlu.models import AuditEntry, Job, ModelVersion, TrainingRun
from tests.console.screens.shop import Shop

HTMX = {"HX-Request": "true"}


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def folder(settings, tmp_path: Path, shop: Shop) -> Path:
    """The version's folder as training leaves it, so far as activation looks at it."""
    settings.MODEL_DIR = tmp_path
    path = tmp_path / shop.version.folder
    path.mkdir(parents=True)
    manifest = b'{"format": 1}'
    (path / "manifest.json").write_bytes(manifest)
    (path / "MODEL_CARD.md").write_text("# A card\n\n<script>alert(1)</script>", encoding="utf-8")
    shop.version.manifest_hash = hashlib.sha256(manifest).hexdigest()
    shop.version.save()
    return path


def test_a_training_is_requested_and_its_job_queued(teach: Client, shop: Shop) -> None:
    teach.post(reverse("console:training_start"))
    run = TrainingRun.objects.get(status="queued")
    assert run.requested_by.get_username() == "operator"
    assert Job.objects.filter(task="nlu.run_training", arguments={"run": run.pk}).count() == 1
    page = text(teach.get(reverse("console:training")))
    assert f'hx-get="{reverse("console:training_progress", args=[run.pk])}"' in page
    assert "waiting for the worker" in page
    assert '<button id="training-cancel"' in page
    assert "going on already" in text(teach.post(reverse("console:training_start"), follow=True))
    assert TrainingRun.objects.filter(status="queued").count() == 1


def test_too_little_data_is_explained(teach: Client, shop: Shop) -> None:
    shop.refund.delete()
    response = teach.post(reverse("console:training_start"), follow=True)
    assert "at least two intents" in text(response)
    assert not TrainingRun.objects.filter(status="queued").exists()


def test_progress_comes_from_the_row_so_a_reload_loses_nothing(teach: Client, shop: Shop) -> None:
    run = TrainingRun.objects.create(
        workspace=shop.workspace,
        status="running",
        step="validation 1/4",
        epoch=7,
        epochs=40,
        loss=0.4321,
        accuracy=0.875,
        seconds_left=95,
        started_at=timezone.now(),
        curve=[{"epoch": 1, "loss": 2.0, "accuracy": None}, {"epoch": 2, "loss": 1.0, "accuracy": 0.5}],
    )
    for page in (
        text(teach.get(reverse("console:training"))),
        text(teach.get(reverse("console:training_progress", args=[run.pk]), headers=HTMX)),
    ):
        assert "7 of 40" in page
        assert "0.432" in page
        assert "87.5" in page
        assert "1 min 35 s" in page
        assert 'points="0.0,0.0 560.0,70.0"' in page
        assert 'hx-trigger="every 1s"' in page


def test_the_panel_stops_asking_when_the_run_has_ended(teach: Client, shop: Shop) -> None:
    shop.run.error = "no data"
    shop.run.status = "failed"
    shop.run.save()
    response = teach.get(reverse("console:training_progress", args=[shop.run.pk]), headers=HTMX)
    assert response.status_code == 286
    assert "every 1s" not in text(response)
    assert "no data" in text(response)
    assert 'id="training-lists"' in text(response)


def test_a_run_is_cancelled(teach: Client, shop: Shop) -> None:
    teach.post(reverse("console:training_start"))
    run = TrainingRun.objects.get(status="queued")
    url = reverse("console:training_cancel", args=[run.pk])
    teach.post(url)
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert AuditEntry.objects.filter(action="training.cancelled").count() == 1
    assert "has ended already" in text(teach.post(url, follow=True))


def test_a_version_shows_its_figures_confusions_and_card(teach: Client, shop: Shop, folder: Path) -> None:
    page = text(teach.get(reverse("console:training_version", args=[1])))
    assert "90.0" in page
    assert "80.0" in page
    assert "taken for" in page
    assert f'href="{reverse("console:intent", args=[shop.refund.pk])}"' in page
    assert "A card" in page
    assert "<script>alert" not in page
    rows = b"".join(teach.get(reverse("console:training_version", args=[1]), {"format": "csv"}).streaming_content)
    assert b"track,0.5,1.0,0.67,3" in rows


def test_a_version_without_figures_still_has_a_page(teach: Client, shop: Shop) -> None:
    shop.version.metrics = {"intent_accuracy": None, "out_of_scope": None, "per_intent": None, "confusion": "x"}
    shop.version.save()
    page = text(teach.get(reverse("console:training_version", args=[1])))
    assert "without figures for single intents" in page
    assert "has no card" in page


def test_activation_asks_and_then_changes_the_active_version(teach: Client, shop: Shop, folder: Path) -> None:
    url = reverse("console:training_activate", args=[1])
    assert "Activate v1?" in text(teach.get(url, headers=HTMX))
    response = teach.post(url, {"reason": "better on refunds"}, follow=True)
    assert "v1 is active" in text(response)
    shop.version.refresh_from_db()
    assert shop.version.status == "active"
    assert AuditEntry.objects.get(action="model_version.activated").reason == "better on refunds"


def test_a_retired_version_can_be_rolled_back_to(teach: Client, shop: Shop, folder: Path) -> None:
    shop.version.status = "retired"
    shop.version.activated_at = timezone.now()
    shop.version.save()
    newer = ModelVersion.objects.create(
        workspace=shop.workspace,
        number=2,
        status="active",
        folder="shop/2",
        manifest_hash="0",
        dataset_fingerprint="1",
        metrics={"intent_accuracy": 0.95},
    )
    page = text(teach.get(reverse("console:training_activate", args=[1])))
    assert "Roll back to v1?" in page
    assert "−5.0" in page
    teach.post(reverse("console:training_activate", args=[1]))
    newer.refresh_from_db()
    shop.version.refresh_from_db()
    assert (newer.status, shop.version.status) == ("retired", "active")
    assert AuditEntry.objects.filter(action="model_version.rolled_back").count() == 1


def test_a_damaged_version_is_not_activated(teach: Client, shop: Shop, folder: Path) -> None:
    (folder / "manifest.json").write_text("changed", encoding="utf-8")
    response = teach.post(reverse("console:training_activate", args=[1]), follow=True)
    assert "damaged or missing" in text(response)
    shop.version.refresh_from_db()
    assert shop.version.status == "candidate"


def test_a_candidate_is_put_aside_but_never_the_active_version(teach: Client, shop: Shop, folder: Path) -> None:
    url = reverse("console:training_retire", args=[1])
    teach.post(url)
    shop.version.refresh_from_db()
    assert shop.version.status == "retired"
    teach.post(reverse("console:training_activate", args=[1]))
    assert "Only a candidate" in text(teach.post(url, follow=True))
    shop.version.refresh_from_db()
    assert shop.version.status == "active"


def test_how_a_training_is_done_is_chosen_explained_and_remembered(teach: Client, shop: Shop) -> None:
    page = text(teach.get(reverse("console:training")))
    for words in (
        "Fast",
        "Balanced",
        "Best",
        "no encoder to compare with yet",
        "estimates from earlier trainings",
    ):
        assert words in page
    assert 'value="fast" checked' in page
    teach.post(reverse("console:training_start"), {"effort": "best", "minutes": "42"})
    run = TrainingRun.objects.get(status="queued")
    assert (run.effort, run.minutes) == ("best", 42)
    page = text(teach.get(reverse("console:training")))
    assert 'value="best" checked' in page
    assert 'value="42"' in page
    assert "shop, best" not in page
    assert AuditEntry.objects.get(action="training.requested").summary.endswith("best")


@pytest.mark.parametrize(
    "sent",
    [
        {"effort": "slow", "minutes": "30"},
        {"effort": "best", "minutes": "0"},
        {"effort": "best", "minutes": "many"},
        {"effort": "named", "minutes": "30"},
    ],
)
def test_a_start_that_cannot_be_followed_is_explained_on_the_page(teach: Client, shop: Shop, sent) -> None:
    response = teach.post(reverse("console:training_start"), sent)
    assert response.status_code == 422
    assert "errorlist" in text(response)
    assert not TrainingRun.objects.filter(status="queued").exists()


def test_the_estimate_follows_the_minutes(teach: Client, shop: Shop) -> None:
    url = reverse("console:training_estimate")
    page = text(teach.get(url, {"effort": "best", "minutes": "5"}, headers=HTMX))
    assert 'id="effort-time-best" hx-swap-oob="true"' in page
    assert teach.get(url, {"effort": "best", "minutes": "x"}, headers=HTMX).status_code == 200
    assert teach.get(url).status_code == 302


def test_what_was_compared_is_told_with_its_reason(teach: Client, shop: Shop, folder: Path) -> None:
    choice = [
        {"encoder": "ngram", "accuracy": 0.8, "seconds": 20.0, "outcome": "not better"},
        {"encoder": "<b>Our chats</b>", "accuracy": 0.86, "seconds": 31.0, "outcome": "chosen"},
        {"encoder": "minilm", "accuracy": None, "seconds": 900.0, "outcome": "no time"},
    ]
    shop.run.choice, shop.run.effort = choice, "best"
    shop.run.save()
    shop.version.metrics |= {"encoder": "<b>Our chats</b>", "effort": "best", "choice": choice}
    shop.version.save()
    for page in (
        text(teach.get(reverse("console:training"))),
        text(teach.get(reverse("console:training_version", args=[1]))),
    ):
        assert "not enough time" in page
        assert "about 15 min" in page
        assert "MiniLM (English)" in page
        assert "86.0\u00a0% of the held-out utterances right; of the others, n-grams came closest: 80.0" in page
        assert "the better one then" not in page
        assert "<b>Our" not in page
    choice[0]["outcome"], choice[1]["outcome"], choice[1]["accuracy"] = "chosen", "not better", 0.805
    shop.version.metrics |= {"encoder": "ngram", "choice": choice}
    shop.version.save()
    assert "not enough more for what it costs" in text(teach.get(reverse("console:training_version", args=[1])))


def test_figures_of_those_beaten_earlier_stand_beside_what_beat_them(teach: Client, shop: Shop) -> None:
    shop.run.effort = "best"
    shop.run.choice = [
        {"encoder": "ngram", "accuracy": 0.9, "seconds": 20.0, "outcome": "chosen"},
        # Compared on many utterances; the last left but few, on which everything is harder.
        {"encoder": "chats", "accuracy": 0.93, "seconds": 31.0, "outcome": "not better"}
        | {"against": 0.95, "beaten_by": "ngram"},
        {"encoder": "minilm", "accuracy": 0.8, "seconds": 90.0, "outcome": "not better"}
        | {"against": 0.9, "beaten_by": "ngram"},
    ]
    shop.run.save()
    page = text(teach.get(reverse("console:training")))
    assert "95.0\u00a0% of the held-out utterances right; of the others, chats came closest: 93.0" in page
    assert page.count("the better one then: ") == 1
    assert "the better one then: 95.0" in page

    # One that was beaten by another than the chosen one is no rival of the chosen one.
    shop.run.choice[1] |= {"against": 0.99, "accuracy": 0.985, "beaten_by": "other"}
    shop.run.save()
    page = text(teach.get(reverse("console:training")))
    assert (
        "90.0\u00a0% of the held-out utterances right; of the others, MiniLM (English) came closest: 80.0" in page
    )


def test_a_run_says_which_encoder_it_is_at(teach: Client, shop: Shop) -> None:
    TrainingRun.objects.create(
        workspace=shop.workspace, status="running", effort="best", trying="minilm", tried=2, candidates=3
    )
    assert "MiniLM (English), 2 of 3" in text(teach.get(reverse("console:training")))


def test_a_version_whose_encoder_is_gone_is_not_activated(teach: Client, shop: Shop, folder: Path) -> None:
    manifest = json.dumps({"checksums": {"encoder.json": hashlib.sha256(b"{}").hexdigest()}}).encode()
    (folder / "manifest.json").write_bytes(manifest)
    shop.version.manifest_hash = hashlib.sha256(manifest).hexdigest()
    shop.version.save()
    url = reverse("console:training_activate", args=[1])
    assert "damaged or missing" in text(teach.post(url, follow=True))
    (folder / "encoder.json").write_text("{}")
    assert "v1 is active" in text(teach.post(url, follow=True))

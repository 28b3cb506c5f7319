"""The page of sentence encoders: asking for one, watching, cancelling, deleting, choosing it for a training."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nlu.actions.utterance_edits import add_texts
from nlu.models import AuditEntry, Job, ModelVersion, TrainedEncoder, TrainingRun
from nlu.training_plans import own_key
from tests.console.screens.shop import Shop
from tests.nlu.actions.encoder_scene import make_ready

HTMX = {"HX-Request": "true"}


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def rich(shop: Shop, settings, tmp_path) -> Shop:
    """Enough utterances to learn from."""
    settings.MODEL_DIR = tmp_path
    for intent, words in ((shop.track, ("parcel", "box")), (shop.refund, ("money", "cash"))):
        texts = [f"what about my {word} number {number}" for word in words for number in range(15)]
        add_texts(workspace=shop.workspace, intent=intent, texts=texts, locale="en", actor=None)
    return shop


def ask(client: Client, **changes: object):
    sent = {"name": "Our questions", "sources": ["utterances"], "minutes": "20"} | changes
    return client.post(reverse("console:training_encoder_start"), sent)


def test_an_encoder_is_asked_for_watched_and_cancelled(teach: Client, rich: Shop) -> None:
    page = text(teach.get(reverse("console:training_encoders")))
    assert "65 texts of 2 meanings" in page
    assert "nothing yet" in page
    assert ask(teach).status_code == 302
    encoder = TrainedEncoder.objects.get(status="queued")
    assert (encoder.name, encoder.sources, encoder.minutes) == ("Our questions", ["utterances"], 20)
    assert encoder.created_by.get_username() == "operator"
    assert Job.objects.filter(task="nlu.train_encoder", arguments={"encoder": encoder.pk}).count() == 1
    assert AuditEntry.objects.get(action="encoder.requested").summary == "Our questions"
    encoder.status, encoder.share_done, encoder.seconds_left = "running", 0.25, 95
    encoder.started_at = timezone.now()
    encoder.save()
    url = reverse("console:training_encoder_progress", args=[encoder.pk])
    for page in (
        text(teach.get(reverse("console:training_encoders"))),
        text(teach.get(url, headers=HTMX)),
    ):
        assert 'value="0.250"' in page
        assert "1 min 35 s" in page
        assert f'hx-get="{url}"' in page
        assert '<button id="encoder-cancel"' in page
    assert "going on already" in text(teach.post(reverse("console:training_start"), follow=True))
    assert "disabled" in text(teach.get(reverse("console:training_encoders")))
    cancel = reverse("console:training_encoder_cancel", args=[encoder.pk])
    assert "stops at its next step" in text(teach.post(cancel, follow=True))
    encoder.status = "cancelled"
    encoder.save()
    response = teach.get(url, headers=HTMX)
    assert response.status_code == 286
    assert 'id="encoder-list"' in text(response)
    assert "has ended already" in text(teach.post(cancel, follow=True))
    assert teach.get(url).status_code == 302


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "required"),
        ({"name": "ngram"}, "stands for something else"),
        ({"sources": []}, "at least one source"),
        ({"sources": ["file"]}, "Choose the file"),
        ({"minutes": "500"}, "less than or equal to 120"),
        ({"sources": ["chat"]}, "0 pairs of questions with the same meaning; 50 are needed"),
        ({"file": SimpleUploadedFile("pairs.csv", b"a,b\n1,2\n")}, "Line 1: the first line must name the columns"),
        (
            {"file": SimpleUploadedFile("pairs.jsonl", b'{"q1": "a", "q2": "b"}\n{\n')},
            "Line 2: this is no JSON object",
        ),
        (
            {"file": SimpleUploadedFile("pairs.jsonl", b'{"q1": "a", "q2": "\\ud800"}\n')},
            "Line 1: there are characters in it that cannot be stored",
        ),
        ({"file": SimpleUploadedFile("pairs.csv", b"q1,q2\na,b\x00\n")}, "Line 2: there are characters in it"),
        ({"file": SimpleUploadedFile("pairs.jsonl", b"\xff\xfe")}, "not UTF-8"),
        ({"file": SimpleUploadedFile("pairs.jsonl", b"\n\n")}, "no pairs in this file"),
    ],
)
def test_what_stands_in_the_way_is_told_at_the_form(
    teach: Client, rich: Shop, settings, changes, words: str
) -> None:
    response = ask(teach, **changes)
    assert response.status_code == 422
    assert words in text(response)
    assert not TrainedEncoder.objects.in_work().exists()
    assert not list(settings.MODEL_DIR.rglob("*pairs-*"))


def test_a_file_is_a_source_of_its_own(teach: Client, rich: Shop, settings) -> None:
    lines = "".join(f"my parcel {number},the box {number},1\n" for number in range(120))
    file = SimpleUploadedFile("pairs.csv", f"q1,q2,label\n{lines}".encode())
    assert ask(teach, sources=[], file=file).status_code == 302
    encoder = TrainedEncoder.objects.get(status="queued")
    assert encoder.sources == ["file"]
    assert (settings.MODEL_DIR / encoder.pairs_file).is_file()


def test_an_encoder_is_listed_with_its_figures_and_offered_by_name(teach: Client, rich: Shop) -> None:
    encoder = make_ready(rich.workspace, name="<i>Ours</i>")
    page = text(teach.get(reverse("console:training_encoders")))
    for words in (
        "91.0\u00a0%",
        "70.0\u00a0%",
        "321",
        "1.2\u00a0MB",
        "English",
        "&lt;i&gt;Ours&lt;/i&gt;",
        "abababab",
    ):
        assert words in page, words
    assert "lies closer than one of two meanings in 91.0\u00a0% of all comparisons" in page
    page = text(teach.get(reverse("console:training")))
    assert "n-grams, &lt;i&gt;Ours&lt;/i&gt;" in page
    assert f'<option value="{own_key(encoder.pk)}"' in page
    sent = {"effort": "named", "minutes": "30", "encoder": own_key(encoder.pk)}
    teach.post(reverse("console:training_start"), sent)
    assert TrainingRun.objects.get(status="queued").encoder == own_key(encoder.pk)


def test_deleting_asks_and_is_refused_while_a_version_needs_it(teach: Client, rich: Shop) -> None:
    encoder = make_ready(rich.workspace)
    ModelVersion.objects.filter(pk=rich.version.pk).update(sentence_encoder=encoder)
    url = reverse("console:training_encoder_delete", args=[encoder.pk])
    assert "Delete “Ours”?" in text(teach.get(url, headers=HTMX))
    assert "v1 was made with it" in text(teach.post(url, follow=True))
    ModelVersion.objects.filter(pk=rich.version.pk).update(status="retired")
    assert "“Ours” is deleted" in text(teach.post(url, follow=True))
    assert not TrainedEncoder.objects.filter(pk=encoder.pk).exists()
    assert AuditEntry.objects.filter(action="encoder.deleted").count() == 1


def test_an_encoder_in_work_is_not_deleted(teach: Client, rich: Shop) -> None:
    ask(teach)
    encoder = TrainedEncoder.objects.get(status="queued")
    url = reverse("console:training_encoder_delete", args=[encoder.pk])
    assert "A training is going on" in text(teach.post(url, follow=True))
    assert TrainedEncoder.objects.filter(pk=encoder.pk).exists()


def test_a_page_without_an_encoder_says_what_to_do(teach: Client, shop: Shop) -> None:
    shop.encoder.delete()
    assert "No encoder yet" in text(teach.get(reverse("console:training_encoders")))

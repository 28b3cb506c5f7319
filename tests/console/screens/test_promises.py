"""The promise of a version: the slider's preview, saving, what lies behind the numbers, the empty states."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nlu.actions.promises import save_promise, state_of
from nlu.actions.utterance_edits import add_texts
from nlu.inference import read_promise, version_dir
from nlu.models import AuditEntry, ModelVersion, Workspace
from tests.console.screens.conftest import signed_in
from tests.console.screens.shop import Shop, make_person
from tests.nlu.held_out_scene import answer, of_texts, stranger, write_version_folder

HTMX = {"HX-Request": "true"}
TEXTS = [f"where is parcel {number}" for number in range(100)]


def text(response) -> str:
    return response.content.decode()


def url(name: str) -> str:
    return reverse(f"console:{name}", args=[1])


@pytest.fixture
def version(settings, tmp_path: Path, shop: Shop) -> ModelVersion:
    """100 utterances that it gets right, surest first, 60 wrong ones below them, and a stranger."""
    settings.MODEL_DIR = tmp_path
    add_texts(workspace=shop.workspace, intent=shop.track, texts=TEXTS, locale="en", actor=None)
    rows = of_texts(TEXTS, "track", [0.99 - number / 1000 for number in range(100)])
    rows += [answer(0.85 - number / 1000, right=False, key=number) for number in range(60)]
    shop.version.manifest_hash = write_version_folder(version_dir(shop.version), [*rows, stranger(0.8, key=999)])
    shop.version.status = "active"
    shop.version.activated_at = timezone.now()
    shop.version.save()
    return shop.version


def test_the_page_shows_a_proposal_beside_what_is_in_force(teach: Client, version: ModelVersion) -> None:
    page = text(teach.get(url("training_version")))
    assert 'type="range"' in page
    assert 'name="percent" min="0.5" max="20" step="0.5" value="5"' in page
    assert "of 161 held-out utterances it answers" in page
    assert "from training" in page
    assert "<polyline" in page
    assert "What changes sides" in page
    assert "1 of the held-out utterances is out of scope." in page
    assert "Promise this…" in page


def test_the_preview_is_counted_by_the_server(teach: Client, version: ModelVersion) -> None:
    page = text(teach.get(url("training_promise"), {"percent": "10"}, headers=HTMX))
    assert "<html" not in page
    assert (
        "At most 10.0\u00a0% wrong: of 161 held-out utterances it answers 105 on its own, 5 of them wrongly"
        in page
    )
    assert f'{url("training_held_out")}?percent=10&amp;show=alone">65' in page
    more = text(teach.get(url("training_promise"), {"percent": "20"}, headers=HTMX))
    assert "it answers 116 on its own, 16 of them wrongly" in more
    assert teach.get(url("training_promise"), {"percent": "10"}).url.endswith("?percent=10#promise")


def test_what_cannot_be_shown_is_said_with_what_it_takes(teach: Client, version: ModelVersion) -> None:
    page = text(teach.get(url("training_promise"), {"percent": "1"}, headers=HTMX))
    assert "cannot show that at most 1.0\u00a0% would be wrong" in page
    assert "at least 252 among the surest" in page
    assert "?percent=2.5#promise" in page


@pytest.mark.parametrize("percent", ["", "0", "21", "x", "nan", "\x00", "9" * 50])
def test_nonsense_is_refused_where_it_was_typed(teach: Client, version: ModelVersion, percent: str) -> None:
    response = teach.get(url("training_promise"), {"percent": percent}, headers=HTMX)
    assert response.status_code == 422
    assert "Choose a number from 0.5 to 20." in text(response)
    assert teach.get(url("training_version"), {"percent": percent}).status_code == 200
    assert "Choose a number" in text(teach.post(url("training_promise_save"), {"percent": percent}, follow=True))
    version.refresh_from_db()
    assert version.promise is None


def test_saving_shows_what_changes_and_keeps_it(teach: Client, version: ModelVersion, shop: Shop) -> None:
    dialog = text(teach.get(url("training_promise_save"), {"percent": "10"}, headers=HTMX))
    assert "Promise at most 10.0\u00a0% wrong?" in dialog
    assert "Turn workers use it from the next message on." in dialog
    assert f'name="seen" value="{state_of(version)}"' in dialog
    page = text(
        teach.post(url("training_promise_save"), {"percent": "10", "seen": state_of(version)}, follow=True)
    )
    assert "of what v1 answers on its own, at most 10\u00a0% is wrong" in page
    assert "promised: 10.0" in page
    assert "this is promised" in page
    assert 'value="10"' in page
    assert "from the promise" in page
    version.refresh_from_db()
    assert read_promise(version).shown
    assert version.promised_by.get_username() == "operator"
    shop.workspace.refresh_from_db()
    assert shop.workspace.promised_error == 10


def test_somebody_else_s_change_is_not_overwritten(teach: Client, version: ModelVersion) -> None:
    seen = state_of(version)
    save_promise(version=version, percent=15, actor=None)
    page = text(teach.post(url("training_promise_save"), {"percent": "10", "seen": seen}, follow=True))
    assert "Somebody else changed the promise" in page
    version.refresh_from_db()
    assert read_promise(version).percent == 15


def test_a_promise_is_taken_back(teach: Client, version: ModelVersion) -> None:
    version = save_promise(version=version, percent=15, actor=None)
    assert "Take the promise back?" in text(
        teach.get(url("training_promise_save"), {"withdraw": ""}, headers=HTMX)
    )
    page = text(
        teach.post(url("training_promise_save"), {"withdraw": "1", "seen": state_of(version)}, follow=True)
    )
    assert "The promise is taken back." in page
    version.refresh_from_db()
    assert version.promise is None
    assert AuditEntry.objects.filter(action="model_version.promise_withdrawn").count() == 1
    assert "nothing to promise" in text(teach.get(url("training_promise_save"), {"withdraw": ""}, follow=True))


def test_the_numbers_lead_to_the_utterances(teach: Client, version: ModelVersion, shop: Shop) -> None:
    page = text(teach.get(url("training_held_out"), {"percent": "10", "show": "alone"}))
    assert "where is parcel 0<" in page
    assert "1–50 of 105" in page
    assert f'href="{reverse("console:intent", args=[shop.track.pk])}?q=where%20is%20parcel%200"' in page
    wrong = text(teach.get(url("training_held_out"), {"percent": "10", "show": "wrong"}))
    assert "wrong: it is track" in wrong
    assert "changed or deleted since" in wrong
    moved = text(teach.get(url("training_held_out"), {"percent": "10", "show": "moved"}))
    assert "answers" in moved
    assert "1–50 of 56" in moved
    rows = b"".join(
        teach.get(url("training_held_out"), {"percent": "10", "show": "alone", "format": "csv"}).streaming_content
    ).decode()
    assert rows.splitlines()[1] == "where is parcel 0,track,track,0.99,alone,alone"
    assert len(rows.splitlines()) == 106
    assert "No held-out utterance is among these." in text(teach.get(url("training_held_out"), {"show": "left"}))
    assert "All" in text(teach.get(url("training_held_out"), {"percent": "x", "show": "nonsense", "page": "x"}))


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (None, "was trained before its training kept"),
        ("[]", "answers with several intents at once"),
        ('[[1, "a", "a", "a", 0.9, true]]', "was trained before its training kept"),
    ],
)
def test_a_version_without_answers_teaches_what_to_do(teach: Client, version, answers, words: str) -> None:
    version.manifest_hash = write_version_folder(version_dir(version).with_name("2"), answers)
    version.folder = "shop/2"
    version.save()
    page = text(teach.get(url("training_version")))
    assert words in page
    assert 'type="range"' not in page
    assert reverse("console:training") in page
    assert "no held-out utterances" in text(teach.get(url("training_held_out"), follow=True))
    page = text(teach.post(url("training_promise_save"), {"percent": "10"}, follow=True))
    assert "Train again." in page


def test_a_damaged_version_promises_nothing(teach: Client, version: ModelVersion) -> None:
    (version_dir(version) / "held_out.json").write_text("[]", encoding="utf-8")
    assert "damaged or missing" in text(teach.get(url("training_version")))
    page = text(teach.post(url("training_promise_save"), {"percent": "10"}, follow=True))
    assert "Nothing was changed." in page


def test_a_supervisor_looks_but_does_not_promise(version: ModelVersion) -> None:
    client = signed_in(make_person("supervisor"))
    page = text(client.get(url("training_version")))
    assert 'type="range"' in page
    assert "Promise this…" not in page
    assert client.post(url("training_promise_save"), {"percent": "10"}).status_code == 403
    assert "where is parcel" in text(client.get(url("training_held_out")))
    version.refresh_from_db()
    assert version.promise is None


def test_versions_of_other_workspaces_stay_theirs(teach: Client, version: ModelVersion, shop: Shop) -> None:
    other = Workspace.objects.create(slug="other", name="Other")
    ModelVersion.objects.create(
        workspace=other, number=7, folder="x/7", manifest_hash="0", dataset_fingerprint="0", status="active"
    )
    for name in ("training_promise", "training_promise_save", "training_held_out"):
        assert teach.get(reverse(f"console:{name}", args=[7])).status_code == 404
    assert teach.post(reverse("console:training_promise_save", args=[7]), {"percent": "10"}).status_code == 404
    assert teach.get(url("training_promise"), {"percent": "10"}, headers=HTMX).status_code == 200


def test_the_training_page_leads_to_the_slider(teach: Client, version: ModelVersion) -> None:
    assert "Choose how often it may be wrong" in text(teach.get(reverse("console:training")))
    save_promise(version=version, percent=10, actor=None)
    page = text(teach.get(reverse("console:training")))
    assert f'{url("training_version")}#promise">at most 10.0\u00a0% wrong</a>' in page


def test_activation_says_what_is_promised(teach: Client, version: ModelVersion) -> None:
    save_promise(version=version, percent=1, actor=None)
    ModelVersion.objects.filter(pk=version.pk).update(status="retired")
    page = text(teach.get(url("training_activate"), headers=HTMX))
    assert "Promised: at most 1.0\u00a0%" in page
    assert "cannot show that promise" in page

"""Training data in files: what the pages load, say, and hand out."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from nlu.actions.entities import update_entity_type
from nlu.actions.utterance_edits import add_texts
from nlu.models import EntityType, Intent, Utterance
from tests.console.screens.shop import Shop, make_shop
from tests.nlu.formats.agents import hotel, packed

RASA = """version: "3.1"
nlu:
- intent: faq/opening hours
  examples: |
    - are you open on [sunday](day)
    not an example
- lookup: day
  examples: |
    - sunday
    - monday
"""


def text(response) -> str:
    return response.content.decode()


def load(client: Client, name: str, data: bytes | str, **fields: str):
    file = SimpleUploadedFile(name, data.encode() if isinstance(data, str) else data)
    return client.post(reverse("console:intent_import"), {"file": file, **fields})


def test_a_file_of_rasa_is_loaded_and_reported(teach: Client, shop: Shop) -> None:
    page = text(load(teach, "nlu.yml", RASA))
    utterance = Utterance.objects.get(text="are you open on sunday")
    assert utterance.intent.name == "faq_opening_hours"
    assert [value.value for value in EntityType.objects.get(name="day").values.all()] == ["monday", "sunday"]
    assert re.search(r"Words of lists, patterns</dt><dd>2</dd>", page)
    assert re.search(r'<td class="number">6</td><td>An example must begin with “-”\.</td>', page)
    assert 'faq/opening hours</span> → <span class="mono">faq_opening_hours' in page


def test_an_agent_is_loaded_and_its_places_are_files(teach: Client, shop: Shop) -> None:
    files = hotel() | {"intents/book_room_usersays_de.json": [{"data": []}]}
    page = text(load(teach, "agent.zip", packed(files)))
    assert "Added</dt><dd>6</dd>" in page
    assert "intents/book_room_usersays_de.json</span></td>" in page
    assert "@sys.given-name has no counterpart here; the words stay, the mark does not (1)" in page
    again = text(load(teach, "agent.zip", packed(files)))
    assert "There already</dt><dd>6</dd>" in again
    assert "intents/book_room_usersays_en.json</span> Line 1: “a double room" in again


def test_the_form_can_be_chosen(teach: Client, shop: Shop) -> None:
    assert "Added</dt><dd>1</dd>" in text(load(teach, "data.csv", RASA, file_format="rasa"))
    assert "no ZIP archive" in text(load(teach, "nlu.yml", RASA, file_format="dialogflow"))
    assert "errorlist" in text(load(teach, "nlu.yml", RASA, file_format="exe"))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("nlu.yml", "nlu: &a [*a]", "an anchor or an alias"),
        ("nlu.yml", "nlu: !!python/object/apply:os.system [ls]", "a tag (!)"),
        ("nlu.yml", b"nlu: \xff", "not UTF-8"),
        ("nlu.yml", "nlu: [", "is not YAML"),
        ("agent.zip", packed({"../agent.json": {}}), "leads out of it"),
        ("agent.zip", b"PK\x03\x04", "no ZIP archive"),
        ("agent.zip", packed({"agent.json": {}, "intents/x.json": b"0" * 7_000_000}), "too large unpacked"),
    ],
)
def test_a_hostile_file_is_refused_at_its_field(
    teach: Client, shop: Shop, name: str, data: bytes | str, words: str
) -> None:
    before = Utterance.objects.count()
    response = load(teach, name, data)
    assert response.status_code == 200
    assert words in text(response)
    assert 'aria-invalid="true"' in text(response)
    assert Utterance.objects.count() == before


@pytest.mark.parametrize(
    ("name", "data"), [("nlu.yml", RASA), ("agent.zip", packed(hotel())), ("some.csv", "text,intent\na,b\n")]
)
def test_a_large_file_waits_on_the_disk_and_is_loaded_from_there(
    teach: Client, shop: Shop, settings, name: str, data: bytes | str
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1
    before = Utterance.objects.count()
    assert load(teach, name, data).status_code == 200
    assert Utterance.objects.count() > before


def test_every_form_can_be_taken_along_and_read_again(teach: Client, shop: Shop) -> None:
    url = reverse("console:utterance_annotate", args=[shop.utterance.pk])
    teach.post(url, {"start": "11", "end": "15", "type": "city"})
    contents = {}
    for ending, kind in (("jsonl", "x-ndjson"), ("csv", "csv"), ("yml", "yaml"), ("zip", "zip")):
        response = teach.get(reverse("console:intents_export", args=[ending]))
        contents[ending] = b"".join(response.streaming_content)
        assert kind in response["Content-Type"]
        assert response["Content-Disposition"] == f'attachment; filename="utterances.{ending}"'
    assert "send it to [Oslo](city) please" in contents["yml"].decode()
    with zipfile.ZipFile(io.BytesIO(contents["zip"])) as agent:
        phrases = json.loads(agent.read("intents/track_usersays_en.json"))
        definition = json.loads(agent.read("intents/track.json"))
    assert {"text": "Oslo", "userDefined": True, "alias": "city", "meta": "@city"} in phrases[1]["data"]
    (parameter,) = definition["responses"][0]["parameters"]
    assert (parameter["name"], parameter["dataType"], parameter["value"]) == ("city", "@city", "$city")
    total = Utterance.objects.count()
    for ending, data in contents.items():
        page = text(load(teach, f"some.{ending}", data))
        assert f"There already</dt><dd>{total}</dd>" in page
        assert "Refused</dt><dd>0</dd>" in page


def test_one_intent_can_be_taken_along(teach: Client, shop: Shop) -> None:
    for ending in ("jsonl", "csv", "yml"):
        response = teach.get(reverse("console:intents_export", args=[ending]), {"intent": shop.refund.pk})
        content = b"".join(response.streaming_content)
        assert b"money back" in content
        assert b"parcel" not in content
    page = text(teach.get(reverse("console:intents_export_page"), {"intent": shop.refund.pk}))
    assert "2 utterances of “refund”" in page
    assert f"export.yml?intent={shop.refund.pk}" in page


def test_the_page_says_what_each_form_cannot_carry(teach: Client, shop: Shop) -> None:
    page = text(teach.get(reverse("console:intents_export_page")))
    assert page.count("carries everything of this data") == 2
    assert page.count(f'<a href="{reverse("console:entity_type", args=[shop.city.pk])}">city</a>') == 2
    texts = ["press [this](now) please"]
    add_texts(workspace=shop.workspace, intent=shop.track, texts=texts, locale="en", actor=None)
    Utterance.objects.filter(text="has it left yet").update(locale="")
    update_entity_type(entity_type=shop.city, name="city", title="", pattern="[A-Z]{3}", actor=None)
    page = text(teach.get(reverse("console:intents_export_page")))
    assert "1 utterance is left out: its brackets would be read as a mark." in page
    assert f"{reverse('console:intent', args=[shop.track.pk])}?q=press%20%5Bthis%5D" in page
    assert "1 utterance without a language gets that of the workspace." in page
    assert "carries everything of this data" not in page


def test_nobody_takes_along_what_belongs_to_another_workspace(teach: Client, shop: Shop) -> None:
    other = make_shop("other")
    Intent.objects.filter(pk=other.track.pk).update(name="of_the_others")
    assert teach.get(reverse("console:intents_export_page"), {"intent": other.track.pk}).status_code == 404
    assert teach.get(reverse("console:intents_export_page"), {"intent": "nonsense"}).status_code == 404
    for ending in ("jsonl", "yml", "zip"):
        response = teach.get(reverse("console:intents_export", args=[ending]), {"intent": other.track.pk})
        content = b"".join(response.streaming_content)
        assert b"parcel" not in content
        assert b"of_the_others" not in content
    assert teach.get(reverse("console:intents_export", args=["dialogflow"])).status_code == 404


def test_a_workspace_without_data_is_told_what_to_do(teach: Client, shop: Shop) -> None:
    assert "Nothing to take along yet" not in text(teach.get(reverse("console:intents_export_page")))
    Utterance.objects.all().delete()
    EntityType.objects.all().delete()
    assert "Nothing to take along yet" in text(teach.get(reverse("console:intents_export_page")))

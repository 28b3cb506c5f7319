"""Training data that leaves in a file and comes back into an empty workspace, in each form."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from nlu.actions.entities import add_value, create_entity_type
from nlu.actions.importing import import_utterances
from nlu.actions.training_files import import_training_file
from nlu.actions.workspaces import create_workspace
from nlu.export import training_data
from nlu.models import Utterance, Workspace
from nlu.training_exports import dialogflow_file, losses_of, text_lines

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]

# (text, intent, language, marked words with their types); the marks are looked up from the left.
UTTERANCES = [
    ("寄到北京要几天", "delivery_time", "zh-hans", [("北京", "city")]),
    (
        "从帝都寄到上海，今天能到吗",
        "delivery_time",
        "zh-hans",
        [("帝都", "city"), ("上海", "city"), ("今天", "date")],
    ),
    ("send it to Oslo please", "delivery_time", "en", [("Oslo", "city")]),
    ("from Oslo to Tigerstaden, is that far", "delivery_time", "en", [("Oslo", "city"), ("Tigerstaden", "city")]),
    ("where is LM20260101123456?", "track_shipment", "en", [("LM20260101123456", "parcel_no")]),
    (r"the path C:\new\table \n is wrong", "track_shipment", "en", [(r"C:\new", "path")]),
    ("it says \"not found\" - 'why'", "track_shipment", "en", [('"not found"', "message")]),
    ("I pressed [OK] and nothing {came} (really)", "complaint", "en", [("OK", "button")]),
    ("[OK] does nothing", "complaint", "en", [("[OK]", "button")]),
    ("first line\nsecond line, Oslo", "complaint", "en", [("Oslo", "city")]),
    ("- a dash and # a hash: yes", "complaint", "en", []),
    ("=1+1 is what your page shows", "complaint", "en", []),
    ("'=1+1 with a quote", "complaint", "en", []),
    ("yes", "affirm", "en", []),
    ("好的，没问题😀", "affirm", "zh-hans", [("没问题😀", "mood")]),
    ("what will the weather be, in Oslo", "", "en", [("Oslo", "city")]),
    ("讲个笑话", "", "zh-hans", []),
]


def marked(text: str, marks: list[tuple[str, str]]) -> list[list[object]]:
    spans: list[list[object]] = []
    position = 0
    for words, kind in marks:
        start = text.index(words, position)
        position = start + len(words)
        spans.append([start, position, kind])
    return spans


def workspace_named(slug: str) -> Workspace:
    return create_workspace(slug=slug, name="Lantern", default_locale="en", actor=None)


@pytest.fixture
def shop() -> Workspace:
    workspace = workspace_named("shop")
    city = create_entity_type(workspace=workspace, name="city", actor=None)
    add_value(entity_type=city, value="Oslo", synonyms=["Christiania", "Tigerstaden"], actor=None)
    add_value(entity_type=city, value="北京", synonyms=["帝都"], actor=None)
    add_value(entity_type=city, value="上海", synonyms=[], actor=None)
    band = create_entity_type(workspace=workspace, name="band", actor=None)
    add_value(entity_type=band, value="Oslo", synonyms=["the Oslo band"], actor=None)
    create_entity_type(workspace=workspace, name="parcel_no", pattern=r"LM[0-9]{14}\b", actor=None)
    lines = [
        json.dumps({"text": text, "intent": intent, "locale": locale, "entities": marked(text, marks)})
        for text, intent, locale, marks in UTTERANCES
    ]
    report = import_utterances(workspace=workspace, lines=lines, file_format="jsonl", actor=None)
    assert report.added == len(UTTERANCES)
    return workspace


def exported(workspace: Workspace, file_format: str) -> bytes:
    if file_format == "dialogflow":
        with dialogflow_file(workspace) as file:
            return file.read()
    return "".join(text_lines(workspace, file_format)).encode()  # type: ignore[arg-type]


def imported(data: bytes, slug: str, *, file_format: str = "auto") -> Workspace:
    fresh = workspace_named(slug)
    report = import_training_file(
        workspace=fresh,
        file=io.BytesIO(data),
        name="some",
        file_format=file_format,
        actor=None,  # type: ignore[arg-type]
    )
    assert report.errors == ()
    assert report.renamed == ()
    return fresh


@pytest.mark.parametrize("file_format", ["rasa", "dialogflow"])
def test_everything_comes_back(shop: Workspace, file_format: str) -> None:
    back = imported(exported(shop, file_format), "back")
    assert training_data(back) == training_data(shop)
    assert training_data(back).catalogue.lists[1].type == "city"
    assert training_data(back).catalogue.patterns[0].pattern == r"LM[0-9]{14}\b"
    assert exported(back, file_format) == exported(shop, file_format)


def test_json_lines_carry_texts_and_marks(shop: Workspace) -> None:
    back = training_data(imported(exported(shop, "jsonl"), "back"))
    before = training_data(shop)
    assert (back.examples, back.out_of_scope) == (before.examples, before.out_of_scope)
    assert losses_of(shop)["jsonl"].types == ("band", "city", "parcel_no")


def test_csv_carries_texts_and_intents(shop: Workspace) -> None:
    data = exported(shop, "csv")
    assert b"'=1+1 is what" in data
    back = training_data(imported(data, "back", file_format="csv"))
    before = training_data(shop)
    for part in ("examples", "out_of_scope"):
        assert [(one.text, one.intent, one.locale) for one in getattr(back, part)] == [
            (one.text, one.intent, one.locale) for one in getattr(before, part)
        ]
    assert not any(one.entities for one in back.examples)
    assert losses_of(shop)["csv"].without_marks == sum(bool(row[3]) for row in UTTERANCES)


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "rasa", "dialogflow"])
def test_importing_an_export_into_its_own_workspace_changes_nothing(shop: Workspace, file_format: str) -> None:
    before = training_data(shop)
    report = import_training_file(
        workspace=shop,
        file=io.BytesIO(exported(shop, file_format)),
        name=f"some.{'csv' if file_format == 'csv' else 'txt'}",
        file_format="auto",
        actor=None,
    )
    assert (report.added, report.values, report.patterns, report.rejected) == (0, 0, 0, 0)
    assert len(report.duplicates) == len(UTTERANCES)
    assert training_data(shop) == before


def test_masked_values_keep_their_marks(shop: Workspace) -> None:
    text = "call [mobile number#1] now"
    line = json.dumps({"text": text, "intent": "call", "entities": [[5, 22, "phone"]]})
    import_utterances(workspace=shop, lines=[line], file_format="jsonl", actor=None)
    for file_format in ("rasa", "dialogflow"):
        back = imported(exported(shop, file_format), f"back-{file_format}")
        (mark,) = Utterance.objects.get(workspace=back, text=text).annotations.all()
        assert (mark.start, mark.end) == (5, 22)
    assert losses_of(shop)["rasa"].without_marks == 3


def test_what_a_form_cannot_carry_is_counted(shop: Workspace) -> None:
    before = losses_of(shop)
    assert before["rasa"].left_out == 0
    assert before["dialogflow"].nothing
    lines = [json.dumps({"text": "[this](that) looks like a mark", "intent": "odd"})]
    import_utterances(workspace=shop, lines=lines, file_format="jsonl", actor=None)
    parcel = shop.entity_types.get(name="parcel_no")
    add_value(entity_type=parcel, value="LM00000000000000", synonyms=["Christiania"], actor=None)
    after = losses_of(shop)
    assert after["rasa"].left_out == 1
    assert after["rasa"].first_left_out[0].text == "[this](that) looks like a mark"
    assert after["rasa"].types == ("parcel_no",)
    assert after["dialogflow"].types == ("parcel_no",)
    assert after["dialogflow"].without_locale == 1
    back = training_data(imported(exported(shop, "rasa"), "back"))
    assert len(back.examples) == len(training_data(shop).examples) - 1


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "rasa"])
def test_the_command_writes_to_its_output(
    shop: Workspace, capsys: pytest.CaptureFixture[str], file_format: str
) -> None:
    call_command("export_utterances", workspace="shop", format=file_format)
    assert capsys.readouterr().out.encode() == exported(shop, file_format)


def test_the_command_writes_an_agent_that_the_other_command_reads(
    shop: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "agent.zip"
    file.write_bytes(b"from before")
    with pytest.raises(CommandError, match="--output"):
        call_command("export_utterances", workspace="shop", format="dialogflow")
    call_command("export_utterances", workspace="shop", format="dialogflow", output=file)
    workspace_named("fresh")
    call_command("import_utterances", str(file), workspace="fresh")
    assert json.loads(capsys.readouterr().out)["added"] == len(UTTERANCES)
    assert training_data(Workspace.objects.get(slug="fresh")) == training_data(shop)
    assert [path.name for path in tmp_path.iterdir()] == ["agent.zip"]


def test_the_command_refuses_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no workspace"):
        call_command("export_utterances", workspace="nowhere")
    workspace_named("empty")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_utterances", workspace="empty", output=tmp_path / "missing" / "file.jsonl")

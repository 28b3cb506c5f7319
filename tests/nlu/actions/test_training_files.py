"""Loading whole files: what is made of the types, names and patterns of other products."""

from __future__ import annotations

import io
import json
from io import StringIO
from pathlib import Path
from typing import get_args

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from nlu.actions import importing, training_files, value_imports
from nlu.actions.entities import add_value, create_entity_type
from nlu.actions.import_reports import ImportReport
from nlu.actions.import_words import FILE_WORDS, NOTE_WORDS, PROBLEM_WORDS, file_words, note_words, problem_words
from nlu.actions.intents import create_intent
from nlu.actions.training_files import import_training_file
from nlu.actions.workspaces import create_workspace
from nlu.errors import InvalidData, UnreadableFile
from nlu.formats.records import Note, NoteCode, Problem, ProblemCode
from nlu.models import AuditEntry, EntityType, EntityValue, Intent, Utterance, Workspace
from tests.nlu.formats.agents import entity, hotel, intent, packed, phrase

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


@pytest.fixture
def workspace() -> Workspace:
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


@pytest.fixture(autouse=True)
def english() -> None:
    translation.activate("en")


def load(
    workspace: Workspace, data: bytes | str, *, name: str = "nlu.yml", file_format: str = "auto"
) -> ImportReport:
    content = data.encode() if isinstance(data, str) else data
    return import_training_file(
        workspace=workspace,
        file=io.BytesIO(content),
        name=name,
        file_format=file_format,  # type: ignore[arg-type]
        actor=None,
    )


SHOP = """version: "3.1"
nlu:
- intent: faq/ask opening-hours
  examples: |
    - when do you open
- intent: buy
  examples: |
    - a [red](shoe colour) shoe, call 13800138000
    - 要一双[红](shoe colour)鞋
- intent: out_of_scope
  examples: |
    - sing a song
- lookup: shoe colour
  examples: |
    - red
    - blue
- synonym: red
  examples: |
    - crimson
- regex: parcel
  examples: |
    - LM[0-9]{14}
    - SF[0-9]{12}
- regex: future
  examples: |
    - (?=look)ahead
"""


def test_a_file_of_rasa_fills_a_workspace(workspace: Workspace) -> None:
    report = load(workspace, SHOP)
    assert (report.added, report.values, report.patterns, report.rejected) == (4, 3, 1, 1)
    assert report.renamed == (("faq/ask opening-hours", "faq_ask_opening-hours"), ("shoe colour", "shoe_colour"))
    assert {one.text: (one.intent.name if one.intent else "", one.locale) for one in Utterance.objects.all()} == {
        "when do you open": ("faq_ask_opening-hours", "en"),
        "a red shoe, call [mobile number#1]": ("buy", "en"),
        "要一双红鞋": ("buy", "zh-hans"),
        "sing a song": ("", "en"),
    }
    (error,) = report.errors
    assert error.line == 26
    assert "RE2" in error.message
    assert EntityType.objects.get(name="parcel").pattern == "(?:LM[0-9]{14})|(?:SF[0-9]{12})"
    assert [one.text for one in EntityValue.objects.get(value="red").synonyms.all()] == ["crimson"]
    assert AuditEntry.objects.filter(action="utterances.imported").count() == 1
    assert AuditEntry.objects.filter(action="entity_values.imported").count() == 1


def test_an_agent_of_dialogflow_fills_a_workspace(workspace: Workspace) -> None:
    report = load(workspace, packed(hotel()), name="agent.zip")
    assert (report.added, report.values, report.patterns, report.errors) == (6, 5, 1, ())
    assert report.renamed == (("room.booking - yes", "room_booking_-_yes"),)
    assert [(one.text, one.count) for one in report.remarks] == [
        ("@sys.given-name has no counterpart here; the words stay, the mark does not", 1)
    ]
    double = EntityValue.objects.get(value="double")
    assert sorted(one.text for one in double.synonyms.all()) == ["room for two", "twin", "双人间"]
    assert Utterance.objects.get(intent=None).text == "tell me a joke"


@pytest.mark.parametrize(("data", "name"), [(SHOP, "nlu.yml"), (packed(hotel()), "agent.zip")])
def test_loading_twice_adds_nothing(workspace: Workspace, data: bytes | str, name: str) -> None:
    first = load(workspace, data, name=name)
    second = load(workspace, data, name=name)
    assert (second.added, second.values, second.patterns) == (0, 0, 0)
    assert len(second.duplicates) == first.added
    assert second.errors == first.errors


def test_duplicates_are_named_by_their_place_in_the_file(workspace: Workspace) -> None:
    load(workspace, SHOP)
    again = load(workspace, SHOP).duplicates
    assert [(one.place, one.intent) for one in again] == [
        (5, "faq_ask_opening-hours"),
        (8, "buy"),
        (9, "buy"),
        (12, ""),
    ]
    load(workspace, packed(hotel()))
    (one, *_rest) = load(workspace, packed(hotel())).duplicates
    assert (one.file, one.place) == ("intents/Default Fallback Intent_usersays_en.json", 1)


def test_names_that_the_workspace_has_stay_and_different_names_stay_different(workspace: Workspace) -> None:
    Intent.objects.create(workspace=workspace, name="card lost?")
    text = "nlu:\n" + "".join(
        f"- intent: {name}\n  examples: |\n    - text of {number}\n"
        for number, name in enumerate(["a/b", "a_b", "a b", "card lost?", "'???'"])
    )
    report = load(workspace, text)
    names = dict(Utterance.objects.values_list("text", "intent__name"))
    assert names == {"text of 0": "a_b_2", "text of 1": "a_b", "text of 2": "a_b_3", "text of 3": "card lost?"}
    assert [(one.line, one.message) for one in report.errors] == [(16, "The name “???” has no letter or digit.")]


def test_what_the_workspace_has_is_added_to_and_never_overwritten(workspace: Workspace) -> None:
    colour = create_entity_type(workspace=workspace, name="shoe_colour", actor=None)
    add_value(entity_type=colour, value="scarlet", synonyms=["crimson"], actor=None)
    create_entity_type(workspace=workspace, name="parcel", pattern="[0-9]{8}", actor=None)
    report = load(workspace, SHOP.replace("shoe colour", "shoe_colour"))
    told = "\n".join(one.message for one in report.errors)
    assert "“crimson” is a word for “scarlet” already; a word names one value." in told
    assert "“parcel” has another pattern already, which stays." in told
    assert report.rejected == 3
    assert EntityType.objects.get(name="parcel").pattern == "[0-9]{8}"
    assert {one.value for one in colour.values.all()} == {"scarlet", "red", "blue"}
    assert [one.text for one in colour.values.get(value="scarlet").synonyms.all()] == ["crimson"]


def test_very_many_values_are_kept_up_to_the_most_and_the_rest_is_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value_imports, "MOST_VALUES", 150)
    words = "".join(f"    - word {number}\n" for number in range(160))
    report = load(workspace, f"nlu:\n- lookup: thing\n  examples: |\n{words}    - {'x' * 121}\n")
    assert (report.values, report.rejected) == (150, 11)
    assert report.errors[0].line == 154
    assert "at most 150 values" in report.errors[0].message
    assert "at most 120 characters" in report.errors[-1].message


@pytest.mark.parametrize("file_format", ["rasa", "jsonl"])
def test_very_many_types_and_intents_are_refused_line_by_line(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, file_format: str
) -> None:
    for module in (importing, training_files):
        monkeypatch.setattr(module, "MOST_TYPES", 3)
        monkeypatch.setattr(module, "MOST_INTENTS", 3)
    if file_format == "rasa":
        lines = "".join(f"- intent: i{n}\n  examples: |\n    - word [x](t{n}) {n}\n" for n in range(5))
        report = load(workspace, "nlu:\n" + lines)
    else:
        lines = "".join(
            json.dumps({"text": f"word x {n}", "intent": f"i{n}", "entities": [[5, 6, f"t{n}"]]}) + "\n"
            for n in range(5)
        )
        report = load(workspace, lines, name="some.jsonl")
    assert (report.added, report.rejected) == (3, 2)
    assert "more than 3 different names" in report.errors[0].message
    assert (workspace.intents.count(), workspace.entity_types.count()) == (3, 3)


def test_phrases_and_entries_beyond_the_most_are_left_out_with_a_word(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_files, "MOST_LINES", 2)
    report = load(workspace, SHOP)
    assert (report.added, report.rejected) == (2, 1)
    assert "the rest was left out" in report.errors[0].message
    monkeypatch.setattr(training_files, "MOST_LINES", 1000)
    monkeypatch.setattr(training_files, "MOST_ENTRIES", 2)
    report = load(workspace, SHOP)
    assert (report.added, report.patterns) == (2, 1)
    assert "the rest was left out" in report.errors[-1].message


@pytest.mark.parametrize(
    ("data", "file_format"),
    [
        (b"nlu: &a [*a]\n", "rasa"),
        (b"nlu: \xff\n", "rasa"),
        (b"text,intent\n\xff,a\n", "csv"),
        (b'{"text": "\xff"}\n', "jsonl"),
        (b"nlu: []\n", "dialogflow"),
        (packed({"agent.json": {}, "../x": b""}), "dialogflow"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(workspace: Workspace, data: bytes, file_format: str) -> None:
    with pytest.raises(InvalidData):
        load(workspace, data, file_format=file_format)
    assert not Utterance.objects.exists()
    assert not AuditEntry.objects.filter(action="utterances.imported").exists()
    assert load(workspace, b"nlu: [{intent: a, examples: [{text: b}]}]", file_format="rasa").added == 1


@pytest.mark.parametrize(
    ("name", "data", "added"),
    [
        ("nlu.yml", SHOP, 4),
        ("nlu.txt", SHOP, 4),
        ("nlu", "# ours\n" + SHOP, 4),
        ("agent.csv", packed(hotel()), 6),
        ("some.csv", "text,intent\na,b\n", 1),
        ("some.txt", "\ufeffintent,text\nb,a\n", 1),
        ("some.txt", '{"text": "a", "intent": "b"}\n', 1),
        ("some.txt", '\ufeff{"text": "a", "intent": "b"}\n', 1),
        ("some.txt", "nothing that anybody knows\n", 0),
    ],
)
def test_the_form_is_recognised_by_name_and_content(
    workspace: Workspace, name: str, data: bytes | str, added: int
) -> None:
    assert load(workspace, data, name=name).added == added


def test_cells_of_a_spreadsheet_come_back_as_they_were(workspace: Workspace) -> None:
    load(workspace, "text,intent\n'=1+1,a\n''=2,a\n'quoted' words,a\n-3,a\n\"two\nlines\",a\n", name="some.csv")
    assert set(Utterance.objects.values_list("text", flat=True)) == {
        "=1+1",
        "'=2",
        "'quoted' words",
        "-3",
        "two\nlines",
    }


def test_marks_at_the_edges_stay_within_the_text(workspace: Workspace) -> None:
    line = json.dumps({"text": "  to Oslo  ", "intent": "i", "entities": [[0, 2, "blank"], [5, 11, "city"]]})
    load(workspace, line, name="some.jsonl")
    (mark,) = Utterance.objects.get().annotations.select_related("entity_type")
    assert (mark.entity_type.name, mark.start, mark.end) == ("city", 3, 7)


def test_the_reserved_name_means_out_of_scope_in_every_form(workspace: Workspace) -> None:
    load(workspace, '{"text": "a joke", "intent": "out_of_scope"}\n', name="some.jsonl")
    load(workspace, "text,intent\na song,out_of_scope\n", name="some.csv")
    assert set(Utterance.objects.filter(intent=None).values_list("text", flat=True)) == {"a joke", "a song"}
    assert not Intent.objects.exists()


def test_every_problem_has_words_in_both_languages() -> None:
    assert PROBLEM_WORDS.keys() == set(get_args(ProblemCode))
    assert NOTE_WORDS.keys() == set(get_args(NoteCode))
    for language in ("en", "zh-hans"):
        with translation.override(language):
            told = [problem_words(Problem(1, code, "x")) for code in get_args(ProblemCode)]
            told += [note_words(Note(code, "x")) for code in get_args(NoteCode)]
            told += [file_words(UnreadableFile(code, line=1, detail="x")) for code in FILE_WORDS]
            assert "%" not in "".join(told)


def test_problems_are_told_in_the_readers_language(workspace: Workspace) -> None:
    with translation.override("zh-hans"):
        (error,) = load(workspace, "nlu:\n- intent: a\n  examples: |\n    words\n").errors
        assert error.message == "例句必须以“-”开头。"
        with pytest.raises(InvalidData, match="第 1 行"):
            load(workspace, "nlu: *a")


def test_the_command_takes_a_form_and_tells_what_it_renamed(workspace: Workspace, tmp_path: Path, capsys) -> None:
    file = tmp_path / "data"
    file.write_text(SHOP)
    told = StringIO()
    call_command("import_utterances", str(file), workspace="shop", format="rasa", stderr=told)
    assert json.loads(capsys.readouterr().out) == {
        "workspace": "shop",
        "added": 4,
        "duplicates": 0,
        "rejected": 1,
        "values": 3,
        "patterns": 1,
        "renamed": 2,
    }
    assert "shoe colour is called shoe_colour here" in told.getvalue()
    assert "line 26: " in told.getvalue()
    with pytest.raises(CommandError, match="no ZIP"):
        call_command("import_utterances", str(file), workspace="shop", format="dialogflow")


def test_characters_that_no_database_stores_are_refused_everywhere(workspace: Workspace) -> None:
    files = {
        "agent.json": {"language": "en"},
        "entities/thing.json": entity("thing\x00"),
        "entities/thing_entries_en.json": [
            {"value": "a\x00", "synonyms": []},
            {"value": "b", "synonyms": ["c\ud800"]},
        ],
        "entities/number.json": entity("number_x", isRegexp=True),
        "entities/number_entries_en.json": [{"value": "d\x00", "synonyms": []}],
        "intents/say.json": intent("say\ud800it"),
        "intents/say_usersays_en.json": [phrase("bad \x00"), phrase("bad \ud800"), phrase("good")],
    }
    report = load(workspace, packed(files))
    assert (report.added, report.values, report.patterns, report.rejected) == (1, 1, 0, 5)
    assert Utterance.objects.get().intent.name == "say_it"  # type: ignore[union-attr]
    assert EntityType.objects.get(values__value="b").name == "thing"


def test_an_intent_that_is_too_long_is_cut_and_told(workspace: Workspace) -> None:
    create_intent(workspace=workspace, name="x", actor=None)
    files = hotel() | {
        "intents/long.json": intent("i" * 130),
        "intents/long_usersays_en.json": [phrase("a long story")],
    }
    report = load(workspace, packed(files))
    assert ("i" * 130, "i" * 120) in report.renamed
    assert Utterance.objects.get(text="a long story").intent.name == "i" * 120  # type: ignore[union-attr]

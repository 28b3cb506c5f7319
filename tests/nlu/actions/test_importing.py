"""Loading training data: what is added, what is refused, what a second run does."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from nlu.actions.importing import WORDS, import_utterances
from nlu.actions.workspaces import create_workspace
from nlu.models import AuditEntry, EntityAnnotation, Utterance, Workspace
from nlu.training.dataset import PROBLEMS

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return create_workspace(slug="bank", name="Bank", default_locale="en", actor=None)


def load(workspace: Workspace, *lines: str, file_format: str = "jsonl"):
    return import_utterances(workspace=workspace, lines=lines, file_format=file_format, actor=None)  # type: ignore[arg-type]


def line(**fields: object) -> str:
    return json.dumps(fields, ensure_ascii=False)


def test_utterances_intents_and_spans_are_added(workspace):
    report = load(
        workspace,
        line(text="  a red shoe ", intent="buy", entities=[[4, 7, "colour"]]),
        line(text="weather?"),
        "",
    )
    assert (report.added, report.duplicates, report.errors) == (2, (), ())
    row = Utterance.objects.get(intent__name="buy")
    span = EntityAnnotation.objects.get(utterance=row)
    assert row.text[span.start : span.end] == "red"
    assert Utterance.objects.get(intent=None).text == "weather?"
    assert AuditEntry.objects.filter(action="utterances.imported").count() == 1


def test_loading_twice_adds_nothing_and_names_the_intent(workspace):
    lines = [line(text="Where is my card?", intent="card"), line(text="lost card", intent="lost")]
    load(workspace, *lines)
    report = load(workspace, *lines, line(text="ＷＨＥＲＥ is  my CARD?", intent="other"))
    assert report.added == 0
    assert [(one.place, one.intent) for one in report.duplicates] == [(1, "card"), (2, "lost"), (3, "card")]


def test_texts_are_masked_and_their_spans_move(workspace):
    spans = [[5, 16, "number"], [27, 30, "colour"]]
    load(workspace, line(text="call 13800138000 about the red one", intent="call", entities=spans))
    row = Utterance.objects.get()
    assert "13800138000" not in row.text
    (mark,) = row.annotations.select_related("entity_type")
    assert (row.text[mark.start : mark.end], mark.entity_type.name) == ("red", "colour")


def test_more_than_one_transaction(workspace):
    report = load(
        workspace, *(line(text=f"text number {number}", intent=f"i{number % 7}") for number in range(450))
    )
    assert report.added == 450
    assert workspace.intents.count() == 7


@pytest.mark.parametrize(
    "bad",
    [
        "not json",
        "[1]",
        "{}",
        line(text=""),
        line(text=7),
        line(text="x" * 2001),
        line(text="a\x00b"),
        '{"text": "\\ud800"}',
        line(text="a", intent=["b"]),
        line(text="a", intent="i" * 121),
        line(text="abc", intent="i", entities=[[0, 9, "t"]]),
        line(text="abc", intent="i", entities=[[2, 1, "t"]]),
        line(text="abc", intent="i", entities=[[0, 2, "t"], [1, 3, "u"]]),
        line(text="abc", intents=["a", "b"]),
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_named_and_the_others_are_kept(workspace, bad):
    report = load(workspace, line(text="good", intent="i"), bad, line(text="good too", intent="i"))
    assert report.added == 2
    assert report.rejected == 1
    assert report.errors[0].line == 2


def test_csv_with_and_without_its_header(workspace):
    good = load(workspace, "\ufefftext,intent,locale\n", '"one, two",buy,en\n', file_format="csv")
    assert good.added == 1
    bad = load(workspace, "one,two\n", "a,b\n", file_format="csv")
    assert (bad.added, bad.errors[0].line) == (0, 1)


def test_command_creates_the_workspace_and_prints_json(tmp_path, capsys):
    file = tmp_path / "data.jsonl"
    file.write_text(line(text="hello", intent="greet") + "\n", encoding="utf-8")
    call_command("import_utterances", str(file), workspace="fresh")
    assert json.loads(capsys.readouterr().out) == {
        "workspace": "fresh",
        "added": 1,
        "duplicates": 0,
        "rejected": 0,
        "values": 0,
        "patterns": 0,
        "renamed": 0,
    }


@pytest.mark.parametrize("content", [b"", b"nothing\n", b"\xff\xfe\x00"])
def test_command_refuses_a_file_without_anything_usable(tmp_path, content):
    file = tmp_path / "data.jsonl"
    file.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("import_utterances", str(file), workspace="fresh")


def test_every_problem_has_words_for_people():
    assert WORDS.keys() == PROBLEMS.keys()


def test_problems_are_told_in_the_readers_language(workspace):
    with translation.override("zh-hans"):
        report = load(workspace, "{", line(text=3))
    assert [one.message for one in report.errors] == ["这不是 JSON。", "“text” 必须是非空文本。"]


def test_the_command_tells_the_line_once_and_in_english(workspace, tmp_path):
    file = tmp_path / "some.jsonl"
    file.write_text(line(text="good", intent="i") + "\n{\n")
    told = StringIO()
    call_command("import_utterances", str(file), workspace=workspace.slug, stderr=told)
    assert told.getvalue().splitlines()[-1] == "line 2: This is not JSON."

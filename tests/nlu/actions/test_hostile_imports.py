"""Files that somebody made to do harm, or that have what nobody thought of: small things stay small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import translation

from nlu.actions import import_files
from nlu.actions.import_reports import LONGEST_WORDS
from nlu.actions.masking import create_rule
from nlu.actions.utterance_edits import add_texts
from nlu.actions.workspaces import create_workspace
from nlu.errors import InvalidData
from nlu.models import EntityValue, ImportRun, Utterance, Workspace
from tests.nlu.actions.import_scene import agent, files, finish, lines, read, request

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


@pytest.fixture
def workspace(settings, tmp_path: Path) -> Workspace:
    translation.activate("en")
    settings.MODEL_DIR = tmp_path
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


def test_a_file_name_of_an_archive_is_kept_once_and_bounded(workspace: Workspace, settings) -> None:
    with pytest.raises(InvalidData, match="longer than 300 characters"):
        read(workspace, agent("one", stem="n" * 60_000), "agent.zip")
    stem = "n" * 250
    texts = [f"text number {n}" for n in range(60)]
    run = request(workspace, agent(*texts, *([{"data": 5}] * 10), stem=stem), "agent.zip")
    (file,) = files(settings)
    assert file.read_text().count(stem) == 1
    assert run.report["errors"][0][0::2] == [61, f"intents/{stem}_usersays_en.json"]
    finish(run)
    assert (run.added, run.rejected) == (60, 10)


def test_what_a_report_quotes_is_bounded(workspace: Workspace) -> None:
    long = "w" * 1900
    data = 'version: "3.1"\nnlu:\n- intent: "???"\n  examples: |\n    - one\n'
    data += f'- intent: "{long}"\n  examples: |\n    - two\n- synonym: red\n  examples: |\n    - {long}\n'
    run = request(workspace, data, "nlu.yml")
    quoted = [
        one for row in (*run.report["errors"], *run.report["renamed"]) for one in row if isinstance(one, str)
    ]
    assert len(run.report["errors"]) == 2
    assert max(map(len, quoted)) == LONGEST_WORDS
    finish(run)
    run = request(workspace, json.dumps({"text": long}) + "\n" + json.dumps({"text": long}) + "\n")
    finish(run)
    assert [len(one[1]) for one in run.report["duplicates"]] == [LONGEST_WORDS]


def test_what_waits_is_bounded(workspace: Workspace, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_files, "MOST_BYTES", 10_000)
    with pytest.raises(InvalidData, match="Split the file up"):
        request(workspace, lines(1000))
    assert (files(settings), ImportRun.objects.count()) == ([], 0)


@pytest.mark.parametrize("odd", ["\x00", "\ud800"])
def test_characters_that_cannot_be_stored_are_refused_by_line(workspace: Workspace, odd: str) -> None:
    values = [
        {"value": "red", "synonyms": ["red", f"r{odd}"]},
        {"value": f"b{odd}", "synonyms": []},
        {"value": "green", "synonyms": []},
    ]
    run = request(workspace, agent("where is it", f"where{odd}", name=f"a{odd}c", values=values), "agent.zip")
    assert "\\u0000" not in json.dumps(run.report)
    assert "\\ud800" not in json.dumps(run.report)
    assert [one[0] for one in run.report["errors"]] == [2, 1, 2]
    assert run.report["renamed"] == [["a\N{REPLACEMENT CHARACTER}c", "a_c"]]
    finish(run)
    assert (run.status, run.added, run.rejected) == ("done", 1, 3)
    assert sorted(EntityValue.objects.values_list("value", flat=True)) == ["green", "red"]
    assert Utterance.objects.get().text == "where is it"


def test_a_pattern_with_characters_that_cannot_be_stored_is_refused(workspace: Workspace) -> None:
    patterns = [{"value": one, "synonyms": []} for one in ("LM\ud800", "SF\x00", "[0-9]{4}")]
    run = request(workspace, agent("one", values=patterns, isRegexp=True), "agent.zip")
    finish(run)
    assert (run.rejected, workspace.entity_types.get().pattern) == (2, "[0-9]{4}")


def test_a_text_that_masks_or_folding_make_too_long_is_refused_by_line(workspace: Workspace) -> None:
    create_rule(
        workspace=workspace, name="n", recognizer="pattern", label="a long label", pattern="[0-9]", actor=None
    )
    texts = ["fits", "1 2 3 4 " * 100, "\N{SQUARE CORPORATION}" * 600, "fits too"]
    data = "".join(json.dumps({"text": text, "intent": "a"}) + "\n" for text in texts)
    run = request(workspace, data)
    finish(run)
    assert (run.status, run.done, run.added, run.rejected) == ("done", 4, 2, 2)
    assert [one[0] for one in run.report["errors"]] == [2, 3]
    assert "With what is masked" in run.report["errors"][0][1]
    with pytest.raises(InvalidData):
        add_texts(workspace=workspace, intent=None, texts=[texts[1]], locale="en", actor=None)

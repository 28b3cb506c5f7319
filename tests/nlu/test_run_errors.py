"""Why a training failed: codes that survive the row, old rows, and how each way of failing ends."""

from __future__ import annotations

import errno

import pytest
from django.utils import translation

from console.run_error_words import WORDS, run_error_text
from nlu.actions import training
from nlu.actions.direct_training import train_now
from nlu.actions.importing import import_utterances
from nlu.actions.jobs import WITHOUT_A_WORD
from nlu.actions.workspaces import create_workspace
from nlu.errors import CorruptArtifact, InvalidData, NotJudged, TooFewPairs, TrainingRefused
from nlu.models import EntityType, EvaluationCase, TrainingRun, Utterance, Workspace
from nlu.run_errors import SENTENCES, RunError

LINES = [f'{{"text": "{word} number {n}", "intent": "{word}"}}' for word in ("refund", "track") for n in "abcd"]


@pytest.fixture
def workspace(db, settings, tmp_path) -> Workspace:
    settings.MODEL_DIR = tmp_path / "models"
    made = create_workspace(slug="small", name="Small", default_locale="en", actor=None)
    import_utterances(workspace=made, lines=LINES, file_format="jsonl", actor=None)
    return made


def failed(run: TrainingRun) -> RunError:
    run.refresh_from_db()
    assert run.status == "failed"
    return RunError.from_text(run.error)


def test_every_code_has_words_in_both_languages() -> None:
    assert WORDS.keys() == SENTENCES.keys()
    for code in SENTENCES.keys() - {"other"}:
        text = RunError(code, "model.bin").to_text()
        with translation.override("en"):
            english = run_error_text(text)
        with translation.override("zh-hans"):
            chinese = run_error_text(text)
        assert english != chinese, code
        assert ("model.bin" in chinese) is ("{detail}" in SENTENCES[code]), code


@pytest.mark.parametrize(
    "text", ["no data", "", "{", "[]", "null", '{"code": "gone", "detail": "x"}', '{"code": "files"}', "[" * 9000]
)
def test_a_row_from_before_the_codes_is_shown_as_it_is(text: str) -> None:
    assert RunError.from_text(text) == RunError("other", text)
    assert run_error_text(text) == text
    assert RunError.from_text(text).sentence == text


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TrainingRefused("x"), RunError("too_little")),
        (CorruptArtifact("v3: not JSON"), RunError("bad_model", "v3: not JSON")),
        (NotJudged("7 of 15", 7, 15), RunError("not_judged", "7/15")),
        (TooFewPairs("in the reader's words", 4, 50), RunError("too_few_pairs", "4/50")),
        (InvalidData("pattern of city"), RunError("bad_data", "pattern of city")),
        (OSError(errno.ENOSPC, "No space left", "/secret/path"), RunError("disk_full")),
        (
            PermissionError(errno.EACCES, "Permission denied", "/secret/path"),
            RunError("files", "Permission denied"),
        ),
        (ValueError("call 13800138000"), RunError("unexpected", "ValueError")),
        (UnicodeDecodeError("utf-8", b"secret", 0, 1, "bad"), RunError("unexpected", "UnicodeDecodeError")),
    ],
)
def test_what_an_exception_becomes(error: Exception, expected: RunError) -> None:
    assert RunError.of(error) == expected
    assert RunError.from_text(expected.to_text()) == expected


def test_a_pattern_that_cannot_be_used_ends_a_training_with_its_code(workspace: Workspace) -> None:
    run = training.request_training(workspace=workspace, actor=None)
    EntityType.objects.create(workspace=workspace, name="bad", pattern="(")
    assert training.run_training(run.pk) is None
    error = failed(run)
    assert error.code == "bad_data"
    assert "bad" in error.detail


def test_data_that_went_away_ends_a_training_with_its_code(workspace: Workspace) -> None:
    run = training.request_training(workspace=workspace, actor=None)
    Utterance.objects.filter(intent__name="track").delete()
    assert not EvaluationCase.objects.exists()
    assert training.run_training(run.pk) is None
    assert failed(run) == RunError("too_little")


def test_a_command_says_the_reason_in_english(workspace: Workspace) -> None:
    EntityType.objects.create(workspace=workspace, name="bad", pattern="(")
    with (
        translation.override("zh-hans"),
        pytest.raises(TrainingRefused, match=r"^The training data cannot be used"),
    ):
        train_now(workspace_slug="small")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (WITHOUT_A_WORD, RunError("worker_died")),
        ("MemoryError in x.py:1", RunError("gave_up", "MemoryError in x.py:1")),
    ],
)
def test_a_run_whose_job_was_given_up(workspace: Workspace, said: str, expected: RunError) -> None:
    run = training.request_training(workspace=workspace, actor=None)
    training.abandon_run(run_id=run.pk, error=said)
    assert failed(run) == expected

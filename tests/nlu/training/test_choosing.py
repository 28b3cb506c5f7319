"""Comparing encoders, with answers that are given: what is kept on the disk, and what is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from nlu.errors import OutOfTime
from nlu.held_out import FILE, HeldOutAnswer, write_answers
from nlu.pipeline.artifacts import read_folder, write_folder
from nlu.pipeline.sentence_encoder import SentenceEncoder
from nlu.training.automatic import train_best
from nlu.training.dataset import Dataset
from nlu.training.trainer import TrainingResult, train
from tests.nlu.pipeline.corpus import QUICK, shop_examples
from tests.nlu.pipeline.tiny import write_transformer

KEYS = range(200)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    """A trained model, whose answers are replaced by given ones."""
    folder = tmp_path_factory.mktemp("choosing") / "model"
    return train(Dataset.of(shop_examples()), output_dir=folder, config=QUICK)


class Played:
    """Trainings that only write what was held out and which of it was right; they see what lies beside them."""

    def __init__(self, model: TrainingResult, answers: Iterable[Mapping[int, bool] | None]) -> None:
        self.model, self.answers = model, iter(answers)
        self.beside: list[list[str]] = []

    def train(self, _encoder: SentenceEncoder | None, folder: Path) -> TrainingResult:
        self.beside.append(sorted(path.name for path in folder.parent.iterdir() if path.is_dir()))
        answers = next(self.answers)
        if answers is None:
            raise OutOfTime("too slow")
        rows = [
            HeldOutAnswer(key, "refund", "refund", "refund" if right else "invoice", 0.9, True)
            for key, right in answers.items()
        ]
        content = read_folder(self.model.folder)
        documents = {**content.documents, FILE: write_answers(rows)}
        write_folder(folder, manifest=content.manifest, documents=documents, tensors=content.tensors)
        return replace(self.model, folder=folder)


def right_on(count: int, keys: Iterable[int] = KEYS) -> dict[int, bool]:
    return {key: key < count for key in keys}


@pytest.mark.parametrize(
    ("answers", "beside", "outcomes"),
    [
        # The best so far stays, whichever it is, until it is beaten.
        (
            [right_on(100), right_on(140), right_on(120), right_on(180)],
            [[], ["1"], ["2"], ["2"]],
            ["not better", "not better", "not better", "chosen"],
        ),
        (
            [right_on(180), right_on(140), None, right_on(120)],
            [[], ["1"], ["1"], ["1"]],
            ["chosen", "not better", "no time", "not better"],
        ),
    ],
)
def test_only_the_best_so_far_is_kept(
    model: TrainingResult,
    tmp_path: Path,
    answers: list[dict[int, bool] | None],
    beside: list[list[str]],
    outcomes: list[str],
) -> None:
    played = Played(model, answers)
    write_transformer(tmp_path / "tiny")
    names = ("ngram", *(str(tmp_path / "tiny"),) * 3)
    _result, told = train_best(
        names,
        Dataset.of(shop_examples()),
        played.train,
        output_dir=tmp_path / "made" / "best",
        budget_seconds=3600,
    )
    assert [one.outcome for one in told] == outcomes
    assert played.beside == beside
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["best"]


def test_a_beaten_model_does_not_come_back(model: TrainingResult, tmp_path: Path) -> None:
    # On all texts the second is worse; on the few that the third was held out from it would have been the best.
    few = range(100, 150)
    first = right_on(100) | dict.fromkeys(range(150, 200), True)
    second = dict.fromkeys(KEYS, False) | dict.fromkeys(few, True)
    played = Played(model, [first, second, dict.fromkeys(few, False)])
    write_transformer(tmp_path / "tiny")
    result, told = train_best(
        ("ngram", *(str(tmp_path / "tiny"),) * 2),
        Dataset.of(shop_examples()),
        played.train,
        output_dir=tmp_path / "made" / "best",
        budget_seconds=3600,
    )
    assert [one.outcome for one in told] == ["chosen", "not better", "not better"]
    # What it was beaten by stays as it was, too; only the one that is left is judged by the few.
    assert [one.accuracy for one in told] == [0.0, 0.25, 0.0]
    assert [(one.against, one.beaten_by) for one in told] == [(None, ""), (0.75, "ngram"), (0.0, "ngram")]
    card = read_folder(result.folder).documents["MODEL_CARD.md"]
    assert "not better (`ngram` then: 75.0%)" in card
    assert read_folder(result.folder).documents[FILE]


def test_nothing_is_left_of_a_comparison_that_fails(model: TrainingResult, tmp_path: Path) -> None:
    played = Played(model, [None])
    with pytest.raises(OutOfTime):
        train_best(
            ("ngram",),
            Dataset.of(shop_examples()),
            played.train,
            output_dir=tmp_path / "best",
            budget_seconds=3600,
        )
    assert list(tmp_path.iterdir()) == []

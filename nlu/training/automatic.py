"""Which encoder serves this data best: candidates are trained within a time budget, held-out examples decide."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from nlu.errors import CorruptArtifact, IncompatibleArtifact, InvalidData, NotJudged, OutOfTime
from nlu.held_out import by_key, read_answers
from nlu.pipeline.artifacts import read_folder, write_folder
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.sentence_encoder import SentenceEncoder
from nlu.pipeline.threads import one_thread
from nlu.training.dataset import Dataset
from nlu.training.encoder_choice import find_encoder
from nlu.training.schedule import one_fold_share
from nlu.training.trainer import TrainingResult
from nlu.types import OUT_OF_SCOPE
from nlu.workshop import workshop

AUTO = "auto"
WORTH = 0.005
"""Share of held-out examples that a dearer encoder must get right beyond a cheaper one to be chosen."""
SAMPLE = 64
# A fit with vectors beside the n-grams against one without, measured on sets of 400 to 15,000 examples.
DEARER_FIT = 1.7

Train = Callable[[SentenceEncoder | None, Path], TrainingResult]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What became of one encoder.

    accuracy: of held-out examples, None if it was not measured; seconds: spent or, if not tried, estimated;
    against, beaten_by: what the better one got right of the same examples when this one was beaten, and its name;
    None and "" otherwise. A later encoder may leave fewer examples to compare on; these figures stay as they were.
    outcome: chosen, not better, no time, not available (not there), damaged (there, but not as it was written), or
    not judged (it has learned from nearly everything that it could be judged by).
    """

    encoder: str
    accuracy: float | None
    seconds: float
    outcome: str
    against: float | None = None
    beaten_by: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The `number`-th of `total` encoders is about to be tried.

    deadline: monotonic seconds when its training should stop with OutOfTime, None for never.
    """

    encoder: str
    number: int
    total: int
    deadline: float | None


class Watcher:
    """What a comparison tells while it goes on; told nothing, it does nothing."""

    def begun(self, attempt: Attempt) -> None:
        """An encoder is about to be tried."""

    def ended(self, tried: Sequence[Candidate]) -> None:
        """What is known by now of all that were tried or passed over."""


def candidates_of(name: str) -> tuple[str, ...]:
    """The encoders that `auto` or `auto:FOLDER[,FOLDER…]` tries, cheapest first. InvalidData for an empty name."""
    more = name.removeprefix(AUTO).removeprefix(":")
    folders = tuple(more.split(",")) if more else ()
    if any(not folder.strip() for folder in folders):
        raise InvalidData("encoder: a folder must stand between the commas")
    return ("ngram", *folders, "minilm")


def train_named(
    name: str,
    dataset: Dataset,
    train: Train,
    *,
    output_dir: Path,
    budget_seconds: float,
    watcher: Watcher | None = None,
) -> TrainingResult:
    """Train with the encoder of that name (`find_encoder`), or with the best of `auto`'s."""
    if name == AUTO or name.startswith(f"{AUTO}:"):
        names = candidates_of(name)
        best, _tried = train_best(
            names, dataset, train, output_dir=output_dir, budget_seconds=budget_seconds, watcher=watcher
        )
        return best
    return train(find_encoder(name), output_dir)


def train_best(
    names: Sequence[str],
    dataset: Dataset,
    train: Train,
    *,
    output_dir: Path,
    budget_seconds: float,
    sources: Mapping[str, str] | None = None,
    worth: float = WORTH,
    watcher: Watcher | None = None,
) -> tuple[TrainingResult, tuple[Candidate, ...]]:
    """Train with each encoder while the budget lasts and keep the best in `output_dir`.

    The first is always trained. Of the others, one that is not installed or would not be done in time is left out;
    one that gains less than `worth` over a cheaper one, or no more than chance would give it, is not chosen,
    because every message would pay for it. All are compared on the examples that each of them was held out from.
    A model is deleted as soon as it is beaten: it does not come back when a later one leaves fewer examples to
    compare on. What was tried is noted in the manifest (`choice`) and in the model card. `sources` says what to
    give `find_encoder` for a name that does not say it itself; such an encoder is passed over if it is gone or
    damaged.
    Raises what `train` raises, but OutOfTime and NotJudged only for the first.
    """
    comparison = _Comparison(dataset, train, sources or {}, worth, time.monotonic(), budget_seconds)
    watcher = watcher or Watcher()
    with workshop(output_dir) as folder:
        for number, name in enumerate(names, start=1):
            watcher.begun(Attempt(name, number, len(names), comparison.deadline))
            comparison.attempt(name, folder / str(number))
            watcher.ended(comparison.tried)
        if comparison.best is None:
            raise InvalidData("encoder: nothing to choose from")
        return _kept(comparison.best.result, comparison.tried, output_dir), tuple(comparison.tried)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A model that was trained: its place among the candidates, and what it got right of what was held out."""

    place: int
    result: TrainingResult
    right: dict[int, bool]

    @classmethod
    def of(cls, place: int, result: TrainingResult) -> _Measured:
        answers = by_key(read_answers(result.folder))
        known = {key: one.intent == one.gold for key, one in answers.items() if one.gold != OUT_OF_SCOPE}
        return cls(place, result, known)

    def accuracy(self, shared: Sequence[int]) -> float:
        """Of the shared examples; of its own where nothing is shared (messages with several intents)."""
        if not shared:
            return self.result.bounds.held_out_accuracy
        return sum(self.right[key] for key in shared) / len(shared)

    def beats(self, other: _Measured, shared: Sequence[int], worth: float) -> bool:
        """Whether it is ahead by `worth`, and by a standard error: a few utterances prove nothing."""
        lead = self.accuracy(shared) - other.accuracy(shared)
        split = sum(self.right[key] != other.right[key] for key in shared)
        return lead >= max(worth, math.sqrt(split) / max(1, len(shared)))


@dataclass(slots=True)
class _Comparison:
    dataset: Dataset
    train: Train
    sources: Mapping[str, str]
    worth: float
    begun: float
    budget_seconds: float
    tried: list[Candidate] = field(default_factory=list)
    measured: list[_Measured] = field(default_factory=list)
    best: _Measured | None = None

    @property
    def deadline(self) -> float | None:
        """When time is up; never for the first, without which there would be nothing."""
        return self.begun + self.budget_seconds if self.measured else None

    def attempt(self, name: str, folder: Path) -> None:
        """Try one encoder and note what became of it."""
        try:
            encoder = find_encoder(self.sources.get(name, name))
        except (InvalidData, CorruptArtifact, IncompatibleArtifact) as error:
            if name != "minilm" and name not in self.sources:
                raise
            outcome = "not available" if isinstance(error, InvalidData) else "damaged"
            self.tried.append(Candidate(name, None, 0.0, outcome))
            return
        if encoder is not None and self.deadline is not None:
            first = self.measured[0].result.seconds
            share = one_fold_share(len(self.dataset), PipelineConfig()) if encoder.reserves else 1.0
            needed = first * DEARER_FIT * share + _encoding_seconds(encoder, self.dataset)
            if time.monotonic() + needed > self.deadline:
                self.tried.append(Candidate(name, None, round(needed, 1), "no time"))
                return
        begun = time.monotonic()
        try:
            result = self.train(encoder, folder)
        except (OutOfTime, NotJudged) as error:
            if not self.measured:
                raise
            outcome = "no time" if isinstance(error, OutOfTime) else "not judged"
            self.tried.append(Candidate(name, None, round(time.monotonic() - begun, 1), outcome))
            return
        self.tried.append(Candidate(name, 0.0, round(result.seconds, 1), ""))
        self._settle(_Measured.of(len(self.tried) - 1, result))

    def _settle(self, latest: _Measured) -> None:
        """Compare it with the best so far by the examples that all were held out from; delete the beaten one."""
        self.measured.append(latest)
        shared = sorted(set.intersection(*(set(one.right) for one in self.measured)))
        before = self.best
        self.best = latest if before is None or latest.beats(before, shared, self.worth) else before
        ahead = round(self.best.accuracy(shared), 4)
        chosen = replace(self.tried[self.best.place], accuracy=ahead, outcome="chosen")
        self.tried[self.best.place] = chosen
        beaten = before if self.best is latest else latest
        if beaten is not None:
            self.tried[beaten.place] = replace(
                self.tried[beaten.place],
                accuracy=round(beaten.accuracy(shared), 4),
                outcome="not better",
                against=ahead,
                beaten_by=chosen.encoder,
            )
            # One that cannot be deleted now goes with the workshop, and is no reason to fail.
            shutil.rmtree(beaten.result.folder, ignore_errors=True)


def _encoding_seconds(encoder: SentenceEncoder, dataset: Dataset) -> float:
    sample = [example.text for example in dataset.examples[:: max(1, len(dataset) // SAMPLE)]][:SAMPLE]
    begun = time.monotonic()
    with one_thread():
        encoder.encode(sample)
    return (time.monotonic() - begun) / max(1, len(sample)) * len(dataset)


def _kept(result: TrainingResult, tried: Sequence[Candidate], output_dir: Path) -> TrainingResult:
    """The best version under its final name, with the choice noted in it."""
    content = read_folder(result.folder)
    choice: list[dict[str, Any]] = [asdict(candidate) for candidate in tried]
    lines = [
        f"- `{one.encoder}`: "
        + (f"{one.accuracy:.1%} of the held-out examples, {one.seconds} s, " if one.accuracy is not None else "")
        + one.outcome
        + (f" (`{one.beaten_by}` then: {one.against:.1%})" if one.against is not None else "")
        for one in tried
    ]
    card = content.documents["MODEL_CARD.md"] + "\n".join(["## Why this encoder", "", *lines, ""])
    write_folder(
        output_dir,
        manifest={**content.manifest, "choice": choice},
        documents={**content.documents, "MODEL_CARD.md": card},
        tensors=content.tensors,
    )
    shutil.rmtree(result.folder)
    size = sum(file.stat().st_size for file in output_dir.iterdir())
    return TrainingResult(
        output_dir, result.version, result.evaluation, result.bounds, result.seconds, size_bytes=size
    )

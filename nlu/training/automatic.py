"""Which encoder serves this data best: candidates are trained within a time budget, held-out examples decide."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nlu.errors import InvalidData
from nlu.pipeline.artifacts import read_folder, write_folder
from nlu.pipeline.sentence_encoder import SentenceEncoder
from nlu.pipeline.threads import one_thread
from nlu.training.dataset import Dataset
from nlu.training.encoder_choice import find_encoder
from nlu.training.trainer import TrainingResult

AUTO = "auto"
WORTH = 0.005
"""Share of held-out examples that a dearer encoder must get right beyond a cheaper one to be chosen."""
SAMPLE = 64
# A fit with vectors beside the n-grams against one without, measured on sets of 400 to 15,000 examples.
DEARER_FIT = 1.4

Train = Callable[[SentenceEncoder | None, Path], TrainingResult]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What became of one encoder.

    accuracy: of held-out examples, None if it was not tried; seconds: spent or, if not tried, estimated; outcome:
    chosen, not better, no time, or not available.
    """

    encoder: str
    accuracy: float | None
    seconds: float
    outcome: str


def candidates_of(name: str) -> tuple[str, ...]:
    """The encoders that `auto` or `auto:FOLDER[,FOLDER…]` tries, cheapest first. InvalidData for an empty name."""
    more = name.removeprefix(AUTO).removeprefix(":")
    folders = tuple(more.split(",")) if more else ()
    if any(not folder.strip() for folder in folders):
        raise InvalidData("encoder: a folder must stand between the commas")
    return ("ngram", *folders, "minilm")


def train_named(
    name: str, dataset: Dataset, train: Train, *, output_dir: Path, budget_seconds: float
) -> TrainingResult:
    """Train with the encoder of that name (`find_encoder`), or with the best of `auto`'s."""
    if name == AUTO or name.startswith(f"{AUTO}:"):
        names = candidates_of(name)
        return train_best(names, dataset, train, output_dir=output_dir, budget_seconds=budget_seconds)[0]
    return train(find_encoder(name), output_dir)


def train_best(
    names: Sequence[str], dataset: Dataset, train: Train, *, output_dir: Path, budget_seconds: float
) -> tuple[TrainingResult, tuple[Candidate, ...]]:
    """Train with each encoder while the budget lasts and keep the best in `output_dir`.

    The first is always trained. Of the others, one that is not installed or would not be done in time is left out;
    one that gains less than `WORTH` over a cheaper one is not chosen, because every message would pay for it. What
    was tried is noted in the manifest (`choice`) and in the model card. Raises what `train` raises.
    """
    begun = time.monotonic()
    tried: list[Candidate] = []
    best: TrainingResult | None = None
    first_seconds = 0.0
    output_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output_dir.name}.", dir=output_dir.parent) as workshop:
        for number, name in enumerate(names):
            try:
                encoder = find_encoder(name)
            except InvalidData:
                if name != "minilm":
                    raise
                tried.append(Candidate(name, None, 0.0, "not available"))
                continue
            if encoder is not None and best is not None:
                needed = first_seconds * DEARER_FIT + _encoding_seconds(encoder, dataset)
                if time.monotonic() - begun + needed > budget_seconds:
                    tried.append(Candidate(name, None, round(needed, 1), "no time"))
                    continue
            result = train(encoder, Path(workshop) / str(number))
            accuracy = result.bounds.held_out_accuracy
            better = best is None or accuracy >= best.bounds.held_out_accuracy + WORTH
            tried.append(Candidate(name, round(accuracy, 4), round(result.seconds, 1), "not better"))
            first_seconds = first_seconds or result.seconds
            if better:
                best, chosen = result, len(tried) - 1
        if best is None:
            raise InvalidData("encoder: nothing to choose from")
        tried[chosen] = Candidate(tried[chosen].encoder, tried[chosen].accuracy, tried[chosen].seconds, "chosen")
        return _kept(best, tried, output_dir), tuple(tried)


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

"""Whether proposals help: the same training with and without them, measured on texts that neither saw."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlu.generation.proposals import ignore_progress, never_cancel
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset, intents_of
from nlu.training.paired import Disagreement
from nlu.training.trainer import train
from nlu.types import Example, TrainingProgress

BATCH = 64


@dataclass(frozen=True, slots=True)
class Effect:
    """Accuracy in 0-1 on `n` held-out texts. won, lost: texts that only the second, only the first got right;
    probability: of so many losses or more by chance, if the proposals change nothing (McNemar, one-sided)."""

    n: int
    without: float
    with_proposals: float
    won: int
    lost: int
    probability: float

    def to_json(self) -> dict[str, Any]:
        """The numbers by name, rounded to four digits."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def measure_effect(
    dataset: Dataset,
    proposals: Sequence[Example],
    held_out: Dataset,
    *,
    config: PipelineConfig | None = None,
    seed: int = 0,
    progress: Callable[[TrainingProgress], None] = ignore_progress,
    should_cancel: Callable[[], bool] = never_cancel,
) -> Effect:
    """Train twice with the same seed. Thresholds, temperatures and the heads' shares come from the real examples
    alone (`train`'s `generated`). Raises what `train` raises."""
    right = []
    for generated in ((), tuple(proposals)):
        with tempfile.TemporaryDirectory(prefix="xiaoer-effect-") as place:
            result = train(
                dataset,
                output_dir=Path(place) / "model",
                config=config,
                generated=generated,
                progress=progress,
                should_cancel=should_cancel,
                seed=seed,
            )
            right.append(_right(NluPipeline.load(result.folder), held_out))
    pair = Disagreement.between(right[0], right[1])
    return Effect(
        len(right[0]), float(right[0].mean()), float(right[1].mean()), pair.won, pair.lost, pair.probability
    )


def _right(pipeline: NluPipeline, held_out: Dataset) -> Any:
    rows = [example for example in held_out.examples if intents_of(example)]
    said: list[bool] = []
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        for example, parse in zip(batch, pipeline.parse_many([one.text for one in batch]), strict=True):
            said.append(parse.top is not None and parse.top.name in intents_of(example))
    return np.array(said, dtype=np.bool_)

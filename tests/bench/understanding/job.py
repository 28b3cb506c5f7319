"""One measurement under way: its data, its encoder, and models that are trained once for all parts."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nlu.errors import NluError
from nlu.pipeline.encoder_folder import write_encoder
from nlu.pipeline.pipeline import NluPipeline
from nlu.pipeline.sentence_encoder import SentenceEncoder
from nlu.training.dataset import Dataset
from nlu.training.encoder_choice import find_encoder
from nlu.training.encoder_fit import EncoderConfig, fit_encoder
from nlu.training.masked import default_mask
from nlu.training.question_pairs import load_pairs
from nlu.training.trainer import train
from nlu.types import Example, Parse, TrainingProgress
from tests.bench.understanding.sets import PublicSets

BATCH = 64
SAID_EVERY = 15.0
PAIRS = (
    "zh_question_pairs/atec_train.jsonl.gz",
    "zh_question_pairs/bq_valid.jsonl.gz",
    "zh_question_pairs/lcqmc_valid.jsonl.gz",
)


class NotMeasured(Exception):
    """Why a measurement cannot be taken here; one sentence for the page."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model and what it took, in seconds of the clock and of one core (encoder's reading included)."""

    pipeline: NluPipeline
    folder: Path
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Job:
    """variant: `ngram`, `minilm` or `pairs` (an encoder trained here); workshop: folder of what is trained."""

    sets: PublicSets
    workshop: Path
    variant: str
    seed: int

    @cached_property
    def encoder(self) -> SentenceEncoder | None:
        """The encoder beside the n-grams; NotMeasured if it is not installed."""
        if self.variant == "pairs":
            return find_encoder(str(self.pairs_encoder()))
        try:
            return find_encoder(self.variant)
        except NluError as error:
            raise NotMeasured(str(error)) from error

    def pairs_encoder(self) -> Path:
        """The folder of the encoder of question pairs, trained if there is none yet."""
        folder = self.workshop / "pairs"
        if not folder.is_dir():
            if missing := self.sets.missing(PAIRS):
                raise NotMeasured(f"not in the data folder: {', '.join(missing)}")
            pairs = load_pairs([self.sets.folder / name for name in PAIRS], default_mask())
            result = fit_encoder(
                pairs, config=EncoderConfig(), seed=0, progress=Teller("pairs"), should_cancel=lambda: False
            )
            measured = {
                "pairs": float(result.pairs),
                "auroc": result.auroc or 0.0,
                "before": result.before or 0.0,
                "seconds": result.seconds,
            }
            write_encoder(folder, result.encoder, manifest={"measured": measured}, card="")
            (self.workshop / "pairs.json").write_text(json.dumps(measured), encoding="utf-8")
        return folder

    def train(
        self,
        name: str,
        dataset: Dataset,
        *,
        validation: Dataset | None = None,
        out_of_scope: Sequence[Example] = (),
    ) -> Trained:
        """The model of that name, seed and encoder: from the workshop, or trained now with the defaults."""
        folder = self.workshop / f"{name}-{self.variant}-{self.seed}"
        cost = folder.with_suffix(".json")
        if not cost.is_file():
            encoder = self.encoder
            begun, used = time.perf_counter(), time.process_time()
            train(
                dataset,
                output_dir=folder,
                validation=validation,
                out_of_scope=tuple(out_of_scope),
                encoder=encoder,
                progress=Teller(folder.name),
                seed=self.seed,
            )
            taken = {"seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - used}
            cost.write_text(json.dumps(taken), encoding="utf-8")
        return Trained(NluPipeline.load(folder), folder, **json.loads(cost.read_text(encoding="utf-8")))


def parse_all(pipeline: NluPipeline, examples: Sequence[Example]) -> list[Parse]:
    """Every example in its context, in batches."""
    parses: list[Parse] = []
    for start in range(0, len(examples), BATCH):
        batch = examples[start : start + BATCH]
        parses += pipeline.parse_many([one.text for one in batch], [one.context for one in batch])
    return parses


class Teller:
    """Tells on stderr how far a training is, every quarter of a minute."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._said = time.monotonic()

    def __call__(self, progress: TrainingProgress) -> None:
        now = time.monotonic()
        if now - self._said >= SAID_EVERY:
            self._said = now
            print(
                f"    {self._name}: {progress.stage}, epoch {progress.epoch} of {progress.epochs}, "
                f"about {progress.seconds_left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )


def load_average() -> float:
    """How many processes wanted a core in the last minute."""
    return os.getloadavg()[0]

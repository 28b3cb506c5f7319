"""The product's own parser, taught from annotated dialogues: what a message is about and the values in it."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from nlu.dialogue_tracking.types import AnnotatedDialogue
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.entity_resolver import EntityCatalogue, EntityList, ListValue
from nlu.pipeline.normalizer import canonical
from nlu.pipeline.pipeline import NluPipeline
from nlu.recognizers.entities import KINDS
from nlu.training.dataset import Dataset
from nlu.training.trainer import train
from nlu.types import Example, Parse, TrainingProgress

BATCH = 64
LISTED_FROM = 2
"""A value said so often is listed; what was said once the tagger learns from, but no list holds it."""
COMPOUND = ("datetime", "interval")
"""Built-in entities that are made of others: forms have slots for their parts."""
CONFIG = PipelineConfig(
    members=1, embedding_size=128, hidden_size=256, epochs=6, least_steps=200, cross_validate_below=0
)
"""Less than the product's own sizes: what counts here are the values, of which many messages tell."""


def train_understanding(
    dialogues: Sequence[AnnotatedDialogue],
    types: Mapping[str, str],
    *,
    seed: int,
    progress: Callable[[TrainingProgress], None],
) -> NluPipeline:
    """A pipeline whose intents are the forms and whose entities are the marked values, of these types."""
    examples = [
        Example(turn.text, turn.active[0], tuple((start, end, types[name]) for start, end, name in turn.entities))
        for dialogue in dialogues
        for turn in dialogue.turns
        if turn.active and turn.text.strip()
    ]
    with tempfile.TemporaryDirectory() as folder:
        train(
            Dataset.of(dict.fromkeys(examples)),
            output_dir=Path(folder) / "model",
            config=CONFIG,
            catalogue=_catalogue(examples),
            progress=progress,
            seed=seed,
        )
        return NluPipeline.load(Path(folder) / "model")


def parse_messages(pipeline: NluPipeline, texts: Sequence[str]) -> list[Parse]:
    """The parses of many texts, each text read once."""
    distinct = sorted(set(texts), key=len)
    parses: dict[str, Parse] = {}
    for start in range(0, len(distinct), BATCH):
        batch = distinct[start : start + BATCH]
        parses.update(zip(batch, pipeline.parse_many(batch), strict=True))
    return [parses[text] for text in texts]


def _catalogue(examples: Sequence[Example]) -> EntityCatalogue:
    said: dict[str, Counter[str]] = {}
    for example in examples:
        for start, end, kind in example.entities:
            said.setdefault(kind, Counter())[canonical(example.text[start:end])] += 1
    return EntityCatalogue(
        lists=tuple(
            EntityList(kind, tuple(ListValue(v) for v, n in sorted(values.items()) if v and n >= LISTED_FROM))
            for kind, values in sorted(said.items())
        ),
        builtins=tuple(kind for kind in KINDS if kind not in COMPOUND),
    )

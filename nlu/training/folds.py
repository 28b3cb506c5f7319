"""Which examples of a data set are held out, fit by fit."""

from __future__ import annotations

from nlu.errors import NotJudged
from nlu.pipeline.config import PipelineConfig
from nlu.training.dataset import Dataset, intents_of, stratified_folds
from nlu.training.meanings import RESERVED_OF, is_reserved

FEWEST_JUDGED = 15
"""Utterances with an intent that an encoder must not have learned from, for a model with it to be judged."""


def folds_of(
    dataset: Dataset, config: PipelineConfig, *, seed: int, crossed: bool, reserves: bool, apart: bool
) -> list[list[int]]:
    """Rows to hold out: every part of a small data set in turn, one of a large; reserved ones all at once.

    A fit on the rest has seen no reserved text: one tells about all of them.
    """
    if reserves:
        judged = sum(bool(intents_of(one)) and is_reserved(one.text) for one in dataset.examples)
        if judged < FEWEST_JUDGED:
            message = f"{judged} utterances were kept from the encoder, at least {FEWEST_JUDGED} are needed"
            raise NotJudged(message, judged, FEWEST_JUDGED)
    if crossed and not reserves:
        return stratified_folds(dataset.examples, config.folds, seed=seed)
    if not (apart or reserves):
        count = max(2, round(1 / config.held_out_share))
        return stratified_folds(dataset.examples, count, seed=seed)[:1]
    reserved = [row for row, example in enumerate(dataset.examples) if is_reserved(example.text)]
    if crossed:
        return [reserved]
    count = max(1, round(1 / (config.held_out_share * RESERVED_OF)))
    fold = stratified_folds([dataset.examples[row] for row in reserved], count, seed=seed)[0]
    return [[reserved[place] for place in fold]]

"""How many steps and fits a training takes; plain arithmetic, so that screens can estimate without an engine."""

from __future__ import annotations

import math

from nlu.pipeline.config import PipelineConfig

GROWS_FROM = 4500
"""Examples from which on batches are larger than `PipelineConfig.batch_size`."""
FEWEST_MESSAGES = 20
"""Unlabelled messages from which on learning from them is tried."""


def batch_size(count: int, config: PipelineConfig) -> int:
    """Larger batches for more data, as its square root, and at least eight steps an epoch for little data."""
    grown = int(config.batch_size * math.sqrt(count / GROWS_FROM))
    return max(4, min(max(config.batch_size, grown), count // 8))


def schedule_length(count: int, config: PipelineConfig) -> int:
    """Epochs of the whole schedule: `config.epochs`, or as many as `config.least_steps` steps need."""
    steps = max(1, math.ceil(count / batch_size(count, config)))
    return max(config.epochs, math.ceil(config.least_steps / steps))


def planned_epochs(count: int, config: PipelineConfig, *, one_fold: bool = False, besides: int = 0) -> int:
    """Epochs of all fits of a training on `count` examples together.

    one_fold: one fit judges, on other examples or on reserved ones, however little data there is.
    besides: how many names of intents and generated examples teach, too.
    """
    fits = config.folds + 1 if crosses(count, config) and not one_fold else 2
    return schedule_length(count + besides, config) * fits


def one_fold_share(count: int, config: PipelineConfig) -> float:
    """What a training that one fold judges takes of one on as many examples that is held out in the usual way."""
    return planned_epochs(count, config, one_fold=True) / planned_epochs(count, config)


def crosses(count: int, config: PipelineConfig) -> bool:
    """Whether so little data is held out by cross-validation."""
    return count < config.cross_validate_below

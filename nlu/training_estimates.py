"""How long a training will take, from how much data there is and how long earlier ones took on this machine."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

from nlu.export import DatasetHealth
from nlu.models import TrainingRun, Workspace
from nlu.models.training import RunStatus
from nlu.pipeline.config import PipelineConfig
from nlu.training.schedule import batch_size, crosses, one_fold_share, planned_epochs
from nlu.training_plans import COMPARING, NGRAM, EncoderOption, TrainingPlan, candidates_of

DEFAULT: Final = PipelineConfig()
READ_RUNS: Final = 12
# Where no earlier training tells: seconds for an example in an epoch, how many examples a step costs beside its
# own, what an encoder beside the n-grams costs more, and what a transformer takes to read a text. Between a core
# of one's own (3e-4, by training texts of BANKING77) and a busy machine.
SECONDS_OF_EXAMPLE: Final = 5e-4
EXAMPLES_OF_STEP: Final = 20
DEARER_FIT: Final = 1.7
SECONDS_OF_TEXT: Final = 0.012
SHARE_OF_REST: Final = 0.15
"""Comparing with the active version and writing, beside the training itself, if no earlier run says better."""


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """Seconds, and whether earlier trainings of the workspace said so (else only the amount of data did).

    `tries` are the encoders in the order that they are tried, those that would not fit into the time included.
    """

    seconds: float
    is_measured: bool
    tries: tuple[EncoderOption, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds for a unit of work (`work_of`) by encoder's name, and the share of a run that is not training."""

    by_name: Mapping[str, float]
    rest: float

    def seconds(self, option: EncoderOption, count: int) -> float:
        """What training with the encoder on `count` utterances should take."""
        work = work_of(count)
        if option.name in self.by_name:
            return self.by_name[option.name] * work
        plain = self.by_name.get(NGRAM, SECONDS_OF_EXAMPLE) * work
        if option.key == NGRAM:
            return plain
        share = one_fold_share(count, DEFAULT) if option.own_id is not None else 1.0
        return plain * DEARER_FIT * share + (SECONDS_OF_TEXT * count if option.is_transformer else 0.0)


def work_of(count: int, config: PipelineConfig = DEFAULT) -> float:
    """Examples times epochs of all fits of a training, as `train` plans them, and what their steps cost beside."""
    examples = max(2, count)
    share = config.folds / (config.folds + 1) if crosses(count, config) else 1 - config.held_out_share / 2
    steps = math.ceil(examples / batch_size(examples, config))
    return (examples + EXAMPLES_OF_STEP * steps) * planned_epochs(examples, config) * share


def pace_of(workspace: Workspace) -> Pace:
    """From the newest finished runs of the workspace."""
    runs = TrainingRun.objects.filter(workspace=workspace, status=RunStatus.DONE, version__isnull=False)
    seconds: dict[str, list[float]] = {}
    rests: list[float] = []
    for run in runs.select_related("version").defer("curve").order_by("-id")[:READ_RUNS]:
        spent = _spent(run.version.metrics)
        work = _work_done(run.version.metrics)
        for name, one in spent.items() if work else ():
            seconds.setdefault(name, []).append(one / work)
        total = sum(spent.values())
        if run.started_at and run.finished_at and total > 0:
            rests.append(max(0.0, (run.finished_at - run.started_at).total_seconds() / total - 1))
    by_name = {name: median(values) for name, values in seconds.items()}
    return Pace(by_name, median(rests) if rests else SHARE_OF_REST)


def _work_done(metrics: Mapping[str, Any]) -> float:
    """What the version's training amounted to; 0 for versions that do not say on how much they were trained."""
    examples, epochs = metrics.get("examples"), metrics.get("epochs")
    if not isinstance(examples, int) or not isinstance(epochs, int):
        return 0.0
    return work_of(examples, replace(DEFAULT, epochs=epochs))


def _spent(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Seconds that each encoder's training took, by its name."""
    choice = metrics.get("choice")
    rows = [row for row in choice if isinstance(row, dict)] if isinstance(choice, list) else []
    spent = {str(row.get("encoder")): row.get("seconds") for row in rows if row.get("accuracy") is not None}
    if not spent:
        spent = {str(metrics.get("encoder", NGRAM)): metrics.get("seconds")}
    return {name: float(one) for name, one in spent.items() if isinstance(one, int | float) and one > 0}


def estimate_training(workspace: Workspace, plan: TrainingPlan, health: DatasetHealth) -> TrainingEstimate:
    """What a training of that plan would take now. Comparing ends with its minutes, the first training never."""
    return estimate_with(pace_of(workspace), candidates_of(workspace, plan), plan, health)


def estimate_with(
    pace: Pace, tries: tuple[EncoderOption, ...], plan: TrainingPlan, health: DatasetHealth
) -> TrainingEstimate:
    """The same where pace and candidates are known already."""
    count = health.utterances + health.out_of_scope
    each = [pace.seconds(option, count) for option in tries]
    total = sum(each)
    if plan.effort in COMPARING and each:
        total = max(each[0], min(total, plan.minutes * 60.0))
    return TrainingEstimate(total * (1 + pace.rest), NGRAM in pace.by_name, tries)

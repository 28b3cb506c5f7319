"""The part of a training run that fits: with the encoder that was asked for, or with each until time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from nlu.actions.unlabelled_messages import unlabelled_messages
from nlu.errors import OutOfTime
from nlu.export import TrainingData
from nlu.models import TrainingRun
from nlu.models.training import Effort
from nlu.pipeline.config import PipelineConfig
from nlu.training.schedule import FEWEST_MESSAGES
from nlu.training_plans import COMPARING, NGRAM, WORTH, EncoderOption, candidates_of, find_option, plan_of_run

if TYPE_CHECKING:
    from nlu.pipeline.sentence_encoder import SentenceEncoder
    from nlu.training.automatic import Attempt, Candidate
    from nlu.training.trainer import TrainingResult
    from nlu.types import TrainingProgress

CURVE_POINTS = 400
QUICK_EPOCHS = 11
"""Passes of a quick training: half the time, about a point of accuracy less."""
Watch = Callable[["TrainingProgress"], None]


def train_into(
    run: TrainingRun, data: TrainingData, folder: Path, watch: Watch | None, *, quick: bool
) -> TrainingResult:
    """Train on the data as the run's row says, report each step to it, stop when a person asked for it."""
    from nlu.training.automatic import Watcher, train_best, train_named
    from nlu.training.dataset import Dataset
    from nlu.training.trainer import train

    deadline: list[float | None] = [None]

    class RowWatcher(Watcher):
        def begun(self, attempt: Attempt) -> None:
            deadline[0] = attempt.deadline
            begin_attempt(run, attempt)

        def ended(self, tried: Sequence[Candidate]) -> None:
            run.choice = [asdict(one) for one in tried]
            run.save(update_fields=["choice"])

    def report(progress: TrainingProgress) -> None:
        save_progress(run, progress)
        if watch is not None:
            watch(progress)

    def should_cancel() -> bool:
        if deadline[0] is not None and time.monotonic() > deadline[0]:
            raise OutOfTime("the time for comparing encoders is over")
        return TrainingRun.objects.filter(pk=run.pk, cancel_requested=True).exists()

    messages = messages_of(run)
    run.generated, run.unlabelled = len(data.generated), len(messages)
    run.save(update_fields=["generated", "unlabelled"])
    plan = plan_of_run(run)
    options = candidates_of(run.workspace, plan)
    dataset = Dataset.of((*data.examples, *data.out_of_scope), data.titles, data.withheld)

    def train_with(sentences: SentenceEncoder | None, place: Path) -> TrainingResult:
        return train(
            dataset,
            catalogue=data.catalogue,
            generated=data.generated,
            unlabelled=messages,
            encoder=sentences,
            output_dir=place,
            config=PipelineConfig(epochs=QUICK_EPOCHS) if quick else PipelineConfig(),
            progress=report,
            should_cancel=should_cancel,
            seed=run.seed,
            apart=any(option.own_id is not None for option in options),
        )

    if plan.effort in COMPARING:
        return train_best(
            [option.name for option in options],
            dataset,
            train_with,
            output_dir=folder,
            budget_seconds=run.minutes * 60,
            sources={option.name: option.source for option in options if option.name != option.source},
            worth=WORTH[plan.effort],
            watcher=RowWatcher(),
        )[0]
    return train_named(
        source_of(run),
        dataset,
        train_with,
        output_dir=folder,
        budget_seconds=run.minutes * 60,
        watcher=RowWatcher(),
    )


def messages_of(run: TrainingRun) -> tuple[str, ...]:
    """The unlabelled messages that the run learns from; none if it is not to, or if they are too few."""
    if not run.learns_unlabelled:
        return ()
    messages = unlabelled_messages(run.workspace)
    return messages if len(messages) >= FEWEST_MESSAGES else ()


def option_of(run: TrainingRun) -> EncoderOption | None:
    """The encoder that a person named for the run; None if a command named one that is no row's."""
    return find_option(run.workspace, run.encoder) if run.effort == Effort.NAMED else None


def source_of(run: TrainingRun) -> str:
    """What to give the engine: an encoder that has been deleted since cannot be loaded, and the run says so."""
    if run.effort != Effort.NAMED:
        return NGRAM
    option = option_of(run)
    return option.source if option is not None else run.encoder


def encoder_name(run: TrainingRun) -> str:
    """What people call the encoder of a run that compares none."""
    if run.effort != Effort.NAMED:
        return NGRAM
    option = option_of(run)
    return option.name if option is not None else run.encoder


def begin_attempt(run: TrainingRun, attempt: Attempt) -> None:
    """Note which encoder is next; the curve is that one's."""
    run.trying = attempt.encoder
    run.tried = attempt.number
    run.candidates = attempt.total
    run.curve = []
    run.save(update_fields=["trying", "tried", "candidates", "curve"])


def save_progress(run: TrainingRun, progress: TrainingProgress) -> None:
    """Write the step to the row in one short statement; screens poll it."""
    run.step = progress.stage
    run.epoch = progress.epoch
    run.epochs = progress.epochs
    run.loss = progress.loss
    run.accuracy = progress.validation_accuracy
    run.seconds_left = progress.seconds_left
    run.heartbeat_at = timezone.now()
    if len(run.curve) < CURVE_POINTS:
        point = {"epoch": progress.epoch, "loss": progress.loss, "accuracy": progress.validation_accuracy}
        run.curve = [*run.curve, point]
    run.save(
        update_fields=["step", "epoch", "epochs", "loss", "accuracy", "seconds_left", "heartbeat_at", "curve"]
    )

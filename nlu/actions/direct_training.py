"""Training in this process, without a job: commands and the first start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from nlu.actions import encoders, generation_results, generation_runs
from nlu.actions.audit import Actor
from nlu.actions.gate import read_report
from nlu.actions.heavy_runs import refuse_beside_heavy
from nlu.actions.jobs import OPEN
from nlu.actions.run_fitting import Watch
from nlu.actions.training import TASK, activate_version, finish_run, run_training
from nlu.errors import InvalidData, TrainingRefused
from nlu.export import dataset_health
from nlu.inference import active_version, version_dir
from nlu.models import GenerationRun, Job, TrainedEncoder, TrainingRun, Workspace
from nlu.models.encoders import EncoderStatus
from nlu.models.proposals import GenerationStatus
from nlu.models.training import Effort, RunStatus
from nlu.run_errors import RunError
from nlu.training_plans import NGRAM

DEAD_AFTER = timedelta(minutes=2)
AUTO_MINUTES = 30.0
LONGEST_ENCODER = 1000


def give_up_dead_runs(workspace: Workspace) -> None:
    """End runs of commands that were killed: no job will take them up again and they show no sign of life."""
    silent_since = timezone.now() - DEAD_AFTER
    jobs = Job.objects.filter(task=TASK, status__in=OPEN).values_list("arguments__run", flat=True)
    dead = TrainingRun.objects.filter(workspace=workspace, status=RunStatus.RUNNING, heartbeat_at__lt=silent_since)
    for run in dead.exclude(pk__in=list(jobs)):
        finish_run(run, RunStatus.FAILED, error=RunError("command_ended").to_text())


def give_up_dead_encoders(workspace: Workspace) -> None:
    """The same of encoders: one whose worker died and whose job is over would stand in the way for ever."""
    silent_since = timezone.now() - DEAD_AFTER
    jobs = Job.objects.filter(task=encoders.TASK, status__in=OPEN).values_list("arguments__encoder", flat=True)
    rows = TrainedEncoder.objects.filter(workspace=workspace, status=EncoderStatus.RUNNING)
    for row in rows.filter(heartbeat_at__lt=silent_since).exclude(pk__in=list(jobs)):
        encoders.end(row, EncoderStatus.FAILED, error=RunError("worker_died").to_text())


def give_up_dead_generations(workspace: Workspace) -> None:
    """The same of runs that propose utterances."""
    silent_since = timezone.now() - DEAD_AFTER
    jobs = Job.objects.filter(task=generation_runs.TASK, status__in=OPEN)
    rows = GenerationRun.objects.filter(workspace=workspace, status=GenerationStatus.RUNNING)
    dead = rows.filter(heartbeat_at__lt=silent_since).exclude(
        pk__in=list(jobs.values_list("arguments__generation", flat=True))
    )
    for row in dead:
        generation_results.drop(row, GenerationStatus.FAILED, error=RunError("worker_died").to_text())


def open_run(
    *,
    workspace: Workspace,
    actor: Actor,
    seed: int = 0,
    encoder: str = NGRAM,
    minutes: float = AUTO_MINUTES,
) -> TrainingRun:
    """A run without a job of its own: whoever opens it does it (`run_training`). TrainingRefused, InvalidData."""
    health = dataset_health(workspace)
    if not health.can_train:
        raise TrainingRefused("Training needs at least two intents with at least two utterances each")
    if len(encoder) > LONGEST_ENCODER:
        raise InvalidData(f"the encoder's name is longer than {LONGEST_ENCODER} characters")
    give_up_dead_runs(workspace)
    give_up_dead_encoders(workspace)
    give_up_dead_generations(workspace)
    try:
        with transaction.atomic():
            refuse_beside_heavy(workspace)
            return TrainingRun.objects.create(
                workspace=workspace,
                seed=seed,
                effort=Effort.FAST if encoder == NGRAM else Effort.NAMED,
                encoder=encoder,
                minutes=minutes,
                utterances=health.utterances,
                requested_by_id=actor.pk if actor is not None else None,
            )
    except IntegrityError:
        raise TrainingRefused("Another training of this workspace is going on") from None


def train_now(
    *,
    workspace_slug: str,
    seed: int = 0,
    activate: bool | None = False,
    quick: bool = False,
    encoder: str = NGRAM,
    minutes: float = AUTO_MINUTES,
    progress: Watch | None = None,
) -> dict[str, Any]:
    """Train in this process, without a job (commands, the first start); the result's version, metrics and gate.

    encoder: as `nlu.training.automatic.train_named` understands it; minutes: what `auto` may take.
    activate: put the version into service; None: only if the workspace has none in service yet.
    `quick` halves the time for about a point of accuracy: what the first start needs is a model soon.

    TrainingRefused as `request_training`, or with the run's error if it fails; GateRefused if `activate` is asked
    for a model that is worse than the active one, which then stays.
    """
    workspace = Workspace.objects.filter(slug=workspace_slug).first()
    if workspace is None:
        raise TrainingRefused(f"There is no workspace {workspace_slug}")
    run = open_run(workspace=workspace, seed=seed, encoder=encoder, minutes=minutes, actor=None)
    try:
        version = run_training(run.pk, watch=progress, quick=quick)
    except Exception as error:
        # No job takes the run up again: left open, it would stand in the way of the next one.
        run.refresh_from_db()
        if run.is_open:
            finish_run(run, RunStatus.FAILED, error=RunError.of(error).to_text())
        raise
    if version is None:
        run.refresh_from_db()
        raise TrainingRefused(
            RunError.from_text(run.error).sentence if run.error else "The training was cancelled"
        )
    if activate is None:
        activate = active_version(workspace.pk) is None
    if activate:
        activate_version(version=version, actor=None, reason="first training")
    report = read_report(version)
    return {
        "version": version.number,
        "folder": str(version_dir(version)),
        "active": activate,
        "metrics": version.metrics,
        "gate": {"passed": report.passed, "failed": list(report.failed)} if report is not None else None,
    }

"""Celery's way in: a task has a job's id, and everything else is in the row.

Tasks never retry and never publish by themselves: with a broker in memory both are silently lost. A failure
updates the row, and the dispatcher sends it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from celery import shared_task
from django.dispatch import receiver

from nlu.actions import encoders, gate, generation_runs, import_runs, training, vault
from nlu.job_runner import JobContinues, run_job_in_worker
from nlu.models import Job
from nlu.signals import job_given_up

TRAINING_SECONDS: Final = 4 * 3600
GATE_SECONDS: Final = 1800
ENCODER_SECONDS: Final = 3 * 3600
GENERATION_SECONDS: Final = 3 * 3600


@shared_task(
    name=training.TASK,
    soft_time_limit=TRAINING_SECONDS,
    time_limit=TRAINING_SECONDS + 60,
    max_retries=0,
    ignore_result=True,
)
def run_training(job_id: int) -> None:
    """Do the training run that the job names."""
    run_job_in_worker(job_id, train)


def train(arguments: Mapping[str, Any]) -> None:
    """Arguments: `run`, the run's id."""
    training.run_training(arguments["run"])


@shared_task(
    name=gate.TASK,
    soft_time_limit=GATE_SECONDS,
    time_limit=GATE_SECONDS + 60,
    max_retries=0,
    ignore_result=True,
)
def run_gate(job_id: int) -> None:
    """Do the comparison that the job names."""
    run_job_in_worker(job_id, compare)


def compare(arguments: Mapping[str, Any]) -> None:
    """Arguments: `version`, the candidate's id."""
    gate.run_gate(arguments["version"])


@shared_task(
    name=encoders.TASK,
    soft_time_limit=ENCODER_SECONDS,
    time_limit=ENCODER_SECONDS + 60,
    max_retries=0,
    ignore_result=True,
)
def train_encoder(job_id: int) -> None:
    """Train the sentence encoder that the job names."""
    run_job_in_worker(job_id, learn)


def learn(arguments: Mapping[str, Any]) -> None:
    """Arguments: `encoder`, the row's id."""
    encoders.train_encoder(arguments["encoder"])


@shared_task(
    name=generation_runs.TASK,
    soft_time_limit=GENERATION_SECONDS,
    time_limit=GENERATION_SECONDS + 60,
    max_retries=0,
    ignore_result=True,
)
def generate_utterances(job_id: int) -> None:
    """Propose the utterances that the job names."""
    run_job_in_worker(job_id, propose)


def propose(arguments: Mapping[str, Any]) -> None:
    """Arguments: `generation`, the run's id."""
    generation_runs.run_generation(arguments["generation"])


@shared_task(name=import_runs.TASK, max_retries=0, ignore_result=True)
def import_utterances(job_id: int) -> None:
    """Store a piece of the import that the job names."""
    run_job_in_worker(job_id, store)


def store(arguments: Mapping[str, Any]) -> None:
    """Arguments: `import`, the run's id. JobContinues while something of it is left."""
    if not import_runs.run_import(arguments["import"]):
        raise JobContinues


@shared_task(name=import_runs.SWEEP_TASK, max_retries=0, ignore_result=True)
def sweep_imports(job_id: int) -> None:
    """Delete the files of imports that nobody has come to in a day."""
    run_job_in_worker(job_id, lambda _arguments: import_runs.sweep_imports())


@receiver(job_given_up, sender=Job, dispatch_uid="nlu.tasks.end_training_run")
def end_training_run(sender: type[Job], job: Job, **_: object) -> None:
    """A run whose job failed for good must not look as if it were still going on."""
    if job.task == training.TASK:
        training.abandon_run(run_id=job.arguments["run"], error=job.last_error)
    if job.task == encoders.TASK:
        encoders.abandon_encoder(encoder_id=job.arguments["encoder"], error=job.last_error)
    if job.task == generation_runs.TASK:
        generation_runs.abandon_generation(run_id=job.arguments["generation"], error=job.last_error)
    if job.task == import_runs.TASK:
        import_runs.abandon_import(run_id=job.arguments["import"], error=job.last_error)


@shared_task(name=vault.FORGET_TASK, max_retries=0, ignore_result=True)
def forget_old_values(job_id: int) -> None:
    """Delete what the vault has kept for too long."""
    run_job_in_worker(job_id, forget)


def forget(_arguments: Mapping[str, Any]) -> None:
    """No arguments."""
    vault.forget_old_values()

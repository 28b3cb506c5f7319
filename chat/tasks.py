"""Celery's way in: a task has a job's id, and everything else is in the row (as `nlu.tasks`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from celery import shared_task
from django.dispatch import receiver

from chat.actions import (
    behaviour,
    flow_trials,
    pack_installations,
    profile_entries,
    rehearsals,
    review_contests,
    review_filing,
)
from nlu.job_runner import JobContinues, run_job_in_worker
from nlu.models import Job
from nlu.signals import job_given_up

FILING_SECONDS: Final = 900
INSTALLATION_SECONDS: Final = 4 * 3600


@shared_task(
    name=review_filing.TASK,
    soft_time_limit=FILING_SECONDS,
    time_limit=FILING_SECONDS + 60,
    max_retries=0,
    ignore_result=True,
)
def file_reviews(job_id: int) -> None:
    """Do the filing that the job names."""
    run_job_in_worker(job_id, file_workspace)


def file_workspace(arguments: Mapping[str, Any]) -> None:
    """Arguments: `workspace`, the workspace's id."""
    review_filing.file_everything(workspace_id=arguments["workspace"])
    review_contests.file_all_disagreements(workspace_id=arguments["workspace"])


@shared_task(
    name=pack_installations.TASK,
    soft_time_limit=INSTALLATION_SECONDS,
    time_limit=INSTALLATION_SECONDS + 60,
    max_retries=0,
    ignore_result=True,
)
def install_pack(job_id: int) -> None:
    """Do the installation that the job names."""
    run_job_in_worker(job_id, install)


def install(arguments: Mapping[str, Any]) -> None:
    """Arguments: `installation`, the row's id."""
    pack_installations.run_installation(arguments["installation"])


@receiver(job_given_up, sender=Job, dispatch_uid="chat.tasks.end_installation")
def end_installation(sender: type[Job], job: Job, **_: object) -> None:
    """An installation whose job failed for good must not look as if it were still going on."""
    if job.task == pack_installations.TASK:
        pack_installations.abandon_installation(
            installation_id=job.arguments["installation"], error=job.last_error
        )


@shared_task(name=rehearsals.TASK, max_retries=0, ignore_result=True)
def rehearse_conversations(job_id: int) -> None:
    """Have recorded conversations of the run that the job names."""
    run_job_in_worker(job_id, rehearse)


def rehearse(arguments: Mapping[str, Any]) -> None:
    """Arguments: `run`, the run's id. JobContinues while something of it is left."""
    if not rehearsals.run_rehearsal(arguments["run"]):
        raise JobContinues


@shared_task(name=flow_trials.FORGET_TASK, max_retries=0, ignore_result=True)
def forget_trials(job_id: int) -> None:
    """Delete talks in which staff tried flows out, a day after their last message."""
    run_job_in_worker(job_id, lambda _arguments: flow_trials.forget_stale_trials())


@receiver(job_given_up, sender=Job, dispatch_uid="chat.tasks.end_rehearsal")
def end_rehearsal(sender: type[Job], job: Job, **_: object) -> None:
    """A run whose job failed for good must not look as if it were still going on."""
    if job.task == rehearsals.TASK:
        rehearsals.abandon_rehearsal(run_id=job.arguments["run"], error=job.last_error)


@shared_task(name=profile_entries.SWEEP_TASK, max_retries=0, ignore_result=True)
def sweep_profiles(job_id: int) -> None:
    """Delete what is known of customers and kept no longer."""
    run_job_in_worker(job_id, sweep)


def sweep(_arguments: Mapping[str, Any]) -> None:
    """No arguments."""
    profile_entries.sweep_profiles()


@shared_task(name=behaviour.FORGET_TASK, max_retries=0, ignore_result=True)
def forget_behaviour(job_id: int) -> None:
    """Delete the behaviour events whose time is over."""
    run_job_in_worker(job_id, forget)


def forget(arguments: Mapping[str, Any]) -> None:
    """No arguments."""
    behaviour.forget_expired()

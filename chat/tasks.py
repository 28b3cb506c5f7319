"""Celery's way in: a task has a job's id, and everything else is in the row (as `nlu.tasks`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from celery import shared_task

from chat.actions import behaviour, review_contests, review_filing
from nlu.job_runner import run_job_in_worker

FILING_SECONDS: Final = 900


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


@shared_task(name=behaviour.FORGET_TASK, max_retries=0, ignore_result=True)
def forget_behaviour(job_id: int) -> None:
    """Delete the behaviour events whose time is over."""
    run_job_in_worker(job_id, forget)


def forget(arguments: Mapping[str, Any]) -> None:
    """No arguments."""
    behaviour.forget_expired()

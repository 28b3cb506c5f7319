"""Work that must happen later: written with its cause, claimed under a lease, run at least once.

The row is the truth. A broker only carries the row's id and may lose it: what did not finish when its lease ends
is sent again. `attempts` counts the starts and is the fencing token of a run: whoever lost the lease can neither
prolong, finish nor fail the job any more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from nlu.models import Job
from nlu.models.jobs import JobStatus
from nlu.signals import job_given_up

logger = logging.getLogger(__name__)

JobArguments = Mapping[str, int | str | bool | None]

LEASE: Final = timedelta(seconds=30)
"""How long a sent or running job belongs to whoever has it; a running one prolongs it every few seconds."""
FIRST_DELAY: Final = timedelta(seconds=2)
LONGEST_DELAY: Final = timedelta(minutes=10)
SLOTS: Final[Mapping[str, str]] = {
    "nlu.run_training": "training",
    "nlu.train_encoder": "training",
    "nlu.generate_utterances": "training",
    "chat.install_pack": "training",  # it ends with the first training
    "nlu.run_gate": "gate",
    "nlu.import_utterances": "import",
    "chat.rehearse": "gate",
}
"""Of the tasks of a slot only one runs at a time, so that a process of the worker stays free for the rest."""
ERROR_LENGTH: Final = 500
WITHOUT_A_WORD: Final = "The process that ran it ended without a word"
OPEN: Final = (JobStatus.QUEUED, JobStatus.SENT, JobStatus.RUNNING)
WITH_SOMEBODY: Final = (JobStatus.SENT, JobStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that whoever claimed it must send to the broker."""

    job_id: int
    task: str


def enqueue(
    *,
    task: str,
    arguments: JobArguments,
    unique_key: str = "",
    run_after: datetime | None = None,
    max_attempts: int = 5,
) -> Job:
    """Write a job in the caller's transaction; it exists exactly if the transaction commits.

    With a `unique_key`, an open job of that key is returned instead of making a second one.
    """
    if unique_key:
        found = Job.objects.filter(unique_key=unique_key, status__in=OPEN).first()
        if found is not None:
            return found
    return Job.objects.create(
        task=task,
        arguments=dict(arguments),
        unique_key=unique_key,
        run_after=run_after or timezone.now(),
        max_attempts=max_attempts,
    )


def due(now: datetime) -> Q:
    """Rows that somebody should take: waiting long enough, or left by someone whose lease ended."""
    return Q(status=JobStatus.QUEUED, run_after__lte=now) | Q(status__in=WITH_SOMEBODY, lease_until__lte=now)


def claim_due(*, limit: int = 20) -> list[ClaimedJob]:
    """Take the jobs that are due and lease them; the caller sends each to the broker.

    Two dispatchers never get the same row (SKIP LOCKED on PostgreSQL, one writer on SQLite). A job that was
    started as often as allowed and still did not finish is failed here and not returned.
    """
    now = timezone.now()
    if not Job.objects.filter(due(now)).exists():
        return []  # without the write lock that a claim takes on SQLite
    claimed: list[ClaimedJob] = []
    given_up: list[Job] = []
    with transaction.atomic():
        working = Job.objects.filter(task__in=SLOTS, status__in=WITH_SOMEBODY, lease_until__gt=now)
        busy = {SLOTS[task] for task in working.values_list("task", flat=True)}
        rows = Job.objects.select_for_update(skip_locked=True).filter(due(now)).order_by("run_after", "id")
        for job in rows[:limit]:
            if job.attempts >= job.max_attempts:
                give_up(job, job.last_error or WITHOUT_A_WORD)
                given_up.append(job)
                continue
            if job.task in SLOTS:
                if SLOTS[job.task] in busy:
                    continue
                busy.add(SLOTS[job.task])
            job.status = JobStatus.SENT
            job.lease_until = now + LEASE
            job.save(update_fields=["status", "lease_until"])
            claimed.append(ClaimedJob(job_id=job.pk, task=job.task))
    for job in given_up:
        job_given_up.send(sender=Job, job=job)
    return claimed


def give_up(job: Job, error: str) -> None:
    """Fail a locked job for good. The caller sends `job_given_up` after its transaction."""
    job.status = JobStatus.FAILED
    job.last_error = error[:ERROR_LENGTH]
    job.finished_at = timezone.now()
    job.lease_until = None
    job.save(update_fields=["status", "last_error", "finished_at", "lease_until"])
    logger.error("job %s (%s) failed for good after %s attempts", job.pk, job.task, job.attempts)


@transaction.atomic
def unsend(*, job_id: int) -> bool:
    """Put back a job that could not be handed to the broker. False if somebody has already started it."""
    return bool(
        Job.objects.filter(pk=job_id, status=JobStatus.SENT).update(
            status=JobStatus.QUEUED, lease_until=None, run_after=timezone.now() + FIRST_DELAY
        )
    )


@transaction.atomic
def start(*, job_id: int) -> Job | None:
    """Begin a run: sent -> running. None for a second delivery, or for a job that is no longer to be run."""
    started = Job.objects.filter(pk=job_id, status=JobStatus.SENT).update(
        status=JobStatus.RUNNING, attempts=F("attempts") + 1, lease_until=timezone.now() + LEASE
    )
    return Job.objects.get(pk=job_id) if started else None


@transaction.atomic
def prolong(*, job_id: int, attempt: int) -> bool:
    """Renew the lease of a run. False: the run has lost the job and must stop without writing anything."""
    return bool(
        Job.objects.filter(pk=job_id, status=JobStatus.RUNNING, attempts=attempt).update(
            lease_until=timezone.now() + LEASE
        )
    )


@transaction.atomic
def finish(*, job_id: int, attempt: int) -> bool:
    """The run did its work. False if it had lost the job."""
    return bool(
        Job.objects.filter(pk=job_id, status=JobStatus.RUNNING, attempts=attempt).update(
            status=JobStatus.DONE, lease_until=None, finished_at=timezone.now(), last_error=""
        )
    )


@transaction.atomic
def release(*, job_id: int, attempt: int) -> bool:
    """The run was interrupted through no fault of the job (a shutdown, a database that went away), or has done a
    part of its work: it is due again, after those that have waited for longer.

    The run does not count against the job's limit. False if the run had lost the job.
    """
    return bool(
        Job.objects.filter(pk=job_id, status=JobStatus.RUNNING, attempts=attempt).update(
            status=JobStatus.QUEUED,
            lease_until=None,
            run_after=timezone.now(),
            max_attempts=F("max_attempts") + 1,
        )
    )


def fail(*, job_id: int, attempt: int, error: str, again: bool = True) -> bool:
    """The run failed: try again later (2, 4, 8 … seconds, at most 10 minutes), or give up.

    `error` must not quote a customer's words. False if the run had lost the job.
    """
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id, status=JobStatus.RUNNING, attempts=attempt).first()
        if job is None:
            return False
        gone = not again or job.attempts >= job.max_attempts
        if gone:
            give_up(job, error)
        else:
            job.status = JobStatus.QUEUED
            job.lease_until = None
            job.last_error = error[:ERROR_LENGTH]
            job.run_after = timezone.now() + delay_after(job.attempts)
            job.save(update_fields=["status", "lease_until", "last_error", "run_after"])
    if gone:
        job_given_up.send(sender=Job, job=job)
    return True


def delay_after(attempts: int) -> timedelta:
    """How long to wait after so many starts."""
    doubled: timedelta = FIRST_DELAY * 2 ** max(attempts - 1, 0)
    return min(doubled, LONGEST_DELAY)


@transaction.atomic
def requeue_sent() -> int:
    """Make every sent job due at once: for a broker that lives in this process and has just been born empty."""
    return Job.objects.filter(status=JobStatus.SENT).update(
        status=JobStatus.QUEUED, lease_until=None, run_after=timezone.now()
    )


@transaction.atomic
def cancel_waiting(*, unique_key: str) -> bool:
    """Cancel the open job of a key unless a run has started. False if there is none to cancel."""
    return bool(
        Job.objects.filter(unique_key=unique_key, status__in=(JobStatus.QUEUED, JobStatus.SENT)).update(
            status=JobStatus.CANCELLED, lease_until=None, finished_at=timezone.now()
        )
    )

"""Runs one job inside a Celery process: starts it, keeps its lease alive, and writes down how it ended."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from nlu.actions import jobs
from nlu.errors import NluError

logger = logging.getLogger(__name__)

PROLONG_SECONDS: Final = 5.0
RELEASE_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
EXIT_LEASE_LOST: Final = 75
"""The exit status of a process that found its job given to somebody else, or its parent gone."""

Body = Callable[[Mapping[str, Any]], None]


class JobInterrupted(BaseException):
    """This process was told to stop. Not an Exception, so that no task's own handler swallows it."""


class JobContinues(Exception):
    """A body has done a part of its work: it is called again, once other jobs had their turn."""


def run_job_in_worker(job_id: int, body: Body) -> None:
    """`run_job` for a Celery task: a SIGTERM that came during the body ends this process once the job is released.

    Celery would take the interruption for a failed task and keep the process, which its parent then waits for.
    """
    try:
        run_job(job_id, body)
    except JobInterrupted:
        connections.close_all()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)


def run_job(job_id: int, body: Body, *, on_lost: Callable[[], None] | None = None) -> bool:
    """Do the job if it is to be done: True if this call ran `body` to its end.

    A second delivery of the id is a no-op. An error in `body` is written to the row and not raised: the dispatcher
    sends the job again after a delay, except after an error that this floor raises on purpose (NluError), which
    would only repeat. `on_lost` is called, from another thread, when the lease could not be kept; by default it
    ends the process at once, so that a job never runs twice at a time.
    """
    close_old_connections()
    job = jobs.start(job_id=job_id)
    if job is None:
        return False
    lease = LeaseKeeper(job_id=job.pk, attempt=job.attempts, on_lost=on_lost or end_process)
    try:
        with stopping_raises_interrupted(), lease:
            body(job.arguments)
    except JobInterrupted:
        jobs.release(job_id=job.pk, attempt=job.attempts)
        raise
    except JobContinues:
        jobs.release(job_id=job.pk, attempt=job.attempts)
        return False
    except NluError as error:
        jobs.fail(job_id=job.pk, attempt=job.attempts, error=describe(error), again=False)
        return False
    except (OperationalError, InterfaceError) as error:
        logger.warning("job %s (%s) lost the database: %s", job.pk, job.task, type(error).__name__)
        release_when_possible(job_id=job.pk, attempt=job.attempts)
        return False
    except Exception as error:  # noqa: BLE001 - whatever a task raises ends in the job's row
        logger.warning("job %s (%s) failed: %s", job.pk, job.task, describe(error))
        close_old_connections()
        jobs.fail(job_id=job.pk, attempt=job.attempts, error=describe(error))
        return False
    return jobs.finish(job_id=job.pk, attempt=job.attempts)


def release_when_possible(*, job_id: int, attempt: int) -> None:
    """Give a job back although the database was away a moment ago; if it stays away, the lease ends by itself."""
    for pause in RELEASE_PAUSES:
        connections.close_all()
        try:
            jobs.release(job_id=job_id, attempt=attempt)
        except DatabaseError:
            time.sleep(pause)
        else:
            return


class LeaseKeeper:
    """Prolongs a job's lease from a thread of its own while the body works, be it in Python or in C."""

    def __init__(self, *, job_id: int, attempt: int, on_lost: Callable[[], None]) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self.on_lost = on_lost
        self.done = threading.Event()
        self.parent = os.getppid()
        self.thread = threading.Thread(target=self.keep, name=f"lease-of-job-{job_id}", daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def keep(self) -> None:
        """Prolong every few seconds; give the process up when the row, or the parent process, is gone."""
        failures = 0
        most_failures = int(jobs.LEASE.total_seconds() / PROLONG_SECONDS) - 2
        try:
            while not self.done.wait(PROLONG_SECONDS):
                try:
                    kept = jobs.prolong(job_id=self.job_id, attempt=self.attempt)
                    failures = 0
                except DatabaseError:
                    # A busy or restarting database: the lease outlives some missed renewals, not all of them.
                    connections.close_all()
                    failures += 1
                    kept = failures < most_failures
                if not kept or os.getppid() != self.parent:
                    if not self.done.is_set():
                        logger.error("job %s was lost to another run; stopping this one", self.job_id)
                        self.on_lost()
                    return
        finally:
            connections.close_all()


def end_process() -> None:
    """End without any further write: another process owns the work now."""
    os._exit(EXIT_LEASE_LOST)


@contextmanager
def stopping_raises_interrupted() -> Iterator[None]:
    """While a body runs in the main thread, SIGTERM raises JobInterrupted there."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise JobInterrupted

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def describe(error: Exception) -> str:
    """The error for people: our own messages whole, of others the class and the place.

    A foreign message may quote a row's text, and a customer's words belong in no log and no job.
    """
    if isinstance(error, NluError):
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(str(settings.BASE_DIR))] or frames
    if not ours:
        return type(error).__name__
    return f"{type(error).__name__} in {Path(ours[-1].filename).name}:{ours[-1].lineno}"

"""The dispatcher: a thread of the worker process that hands due jobs to Celery."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from typing import Final

from celery import Celery
from django.db import DatabaseError, connections
from kombu.exceptions import OperationalError as BrokerError

from chat.actions.workers import beat, say_goodbye
from chat.models.workers import WorkerRole
from nlu.actions import jobs

logger = logging.getLogger(__name__)

TICK_SECONDS: Final = 0.5
BEAT_SECONDS: Final = 3.0
LONGEST_PAUSE: Final = 5.0


class Dispatcher:
    """Claims due jobs and sends their ids to Celery by the task's name, twice a second.

    It shares its process with Celery's prefork pool. No fork may happen while this thread is inside the database
    or the broker, or the child would inherit their locks as taken for ever: `gate` keeps the two apart, and the
    database connection is closed before the gate opens.
    """

    def __init__(self, app: Celery) -> None:
        self.app = app
        self.name = f"dispatcher@{socket.gethostname()}:{os.getpid()}"
        self.stopping = threading.Event()
        self.gate = threading.Lock()
        self.beaten_at = 0.0
        self.thread = threading.Thread(target=self.work, name="dispatcher", daemon=True)
        os.register_at_fork(
            before=self.gate.acquire,
            after_in_parent=self.gate.release,
            after_in_child=self.gate.release,
        )

    def start(self) -> None:
        """Begin in a thread of its own."""
        self.thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Hand out nothing more, and take the sign of life away."""
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join(timeout)

    def work(self) -> None:
        """The loop. A database or a broker that is away for a while only delays it."""
        pause = TICK_SECONDS
        while not self.stopping.wait(pause):
            try:
                self.tick()
                pause = TICK_SECONDS
            except DatabaseError as error:
                pause = min(pause * 2, LONGEST_PAUSE)
                logger.warning("the dispatcher cannot reach the database: %s", type(error).__name__)
        with self.gate:
            try:
                say_goodbye(name=self.name)
            except DatabaseError:
                logger.warning("the dispatcher could not sign off")
            finally:
                connections.close_all()

    def tick(self) -> None:
        """One round: a sign of life every few seconds, then everything that is due."""
        with self.gate:
            try:
                if time.monotonic() - self.beaten_at >= BEAT_SECONDS:
                    beat(name=self.name, role=WorkerRole.DISPATCHER)
                    self.beaten_at = time.monotonic()
                for claimed in jobs.claim_due():
                    self.send(claimed)
            finally:
                connections.close_all()

    def send(self, claimed: jobs.ClaimedJob) -> None:
        """Publish one id; a job that the broker does not take goes back to the queue."""
        try:
            self.app.send_task(claimed.task, args=[claimed.job_id], retry=False, ignore_result=True)
        except (BrokerError, OSError) as error:
            logger.warning("job %s could not be sent: %s", claimed.job_id, type(error).__name__)
            jobs.unsend(job_id=claimed.job_id)

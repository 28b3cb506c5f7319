"""The worker process: the dispatcher and Celery's prefork pool.

The parent stays free of torch, so that a child starts small; the whole process has a low CPU priority, so that a
training never slows a chat.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType
from typing import Final

from celery.worker import state
from django.conf import settings
from django.db import DatabaseError, connections

from console.celery import app
from console.processes.dispatcher import Dispatcher
from console.processes.parent import watch_parent
from nlu.actions import jobs
from nlu.actions.import_runs import sweep_imports

logger = logging.getLogger(__name__)

NICENESS: Final = 10
CHILDREN: Final = 2
QUEUES: Final = ("default", "training")
EXIT_ORDERLY: Final = 0


def run_worker() -> None:
    """Serve until SIGTERM or SIGINT, then stop at once: what runs releases its job and is run again later."""
    os.nice(NICENESS)
    if not settings.REDIS_URL:
        jobs.requeue_sent()  # the broker lives in this process and is empty
    try:
        sweep_imports()  # what was left behind while no worker ran
    except DatabaseError:
        logger.exception("imports that were left behind cannot be swept")
    connections.close_all()
    dispatcher = Dispatcher(app)

    def ready(consumer: object) -> None:
        dispatcher.start()
        logger.info("worker ready")

    def stop(number: int, frame: FrameType | None) -> None:
        dispatcher.stopping.set()
        vars(state)["should_terminate"] = EXIT_ORDERLY  # Celery ends its children and then itself

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    watch_parent()
    worker = app.WorkController(
        pool="prefork",
        concurrency=CHILDREN,
        queues=list(QUEUES),
        ready_callback=ready,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel="WARNING",
    )
    worker.start()
    dispatcher.stop()
    logger.info("worker stopped")
    sys.exit(0)

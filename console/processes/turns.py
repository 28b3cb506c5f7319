"""A turn worker alone, for installations where web processes do not answer by themselves."""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType
from typing import Final

from chat.live.turn_worker import TurnWorker, prepare_models
from console.processes.parent import watch_parent

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.1
"""No hint crosses processes, so the table is looked at often; an empty look costs one indexed query."""
JOIN_SECONDS: Final = 10.0


def run_turns() -> None:
    """Answer until SIGTERM or SIGINT; the batch in hand is finished first."""
    told_to_stop = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        told_to_stop.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    watch_parent()
    worker = TurnWorker(prepare=prepare_models, poll_seconds=POLL_SECONDS)
    worker.start()
    while worker.thread.is_alive() and not told_to_stop.wait(1.0):
        continue
    if not told_to_stop.is_set():
        raise RuntimeError("The turn worker ended by itself; its log says why")
    worker.stop(JOIN_SECONDS)
    logger.info("turn worker stopped")

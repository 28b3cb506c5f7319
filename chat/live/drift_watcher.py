"""The turn worker's other companion: every now and then it counts the new messages of every workspace."""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.db import connections

from chat.actions.drift import BATCH, look_everywhere
from chat.faults import place_of

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 15.0


class DriftWatcher:
    """Runs from `start` to `stop`, in a thread of its own: no reply waits for it."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, name="drift-watcher")

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def ask_to_stop(self) -> None:
        """End after the look in hand."""
        self.stopping.set()

    def stop(self) -> None:
        """The same, and wait."""
        self.ask_to_stop()
        if self.thread.is_alive():
            self.thread.join()

    def run(self) -> None:
        """The loop; more at once while there is much to count. Whatever goes wrong stays in this thread."""
        try:
            pause = LOOK_SECONDS
            while not self.stopping.wait(pause):
                try:
                    pause = 0.5 if look_everywhere() >= BATCH else LOOK_SECONDS
                except Exception as error:  # noqa: BLE001 - a watch must never take the process along
                    logger.warning("the drift watch tries again after %s", place_of(error))
                    pause = LOOK_SECONDS
                finally:
                    connections.close_all()
        finally:
            connections.close_all()

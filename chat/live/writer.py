"""Group commit: one thread stores everything that waits in one transaction, and acknowledges after the commit.

A commit costs a disk flush however many messages it holds, so under load the batches grow and the cost for each
message falls. With the connection of its own the thread never waits for anybody else's slow query.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import InterfaceError, OperationalError, connection, transaction

from chat.actions.storing import NewMessage, Stored, store_messages
from chat.errors import Busy, ChatError, InvalidInput
from chat.metrics import ACKNOWLEDGE_SECONDS, WRITER_BATCH, WRITER_QUEUE

logger = logging.getLogger(__name__)

BATCH: Final = 500
MOST_WAITING: Final = 5_000
LOG_PAGES: Final = 8_000
"""Pages of 4 KiB in SQLite's log after which the writer checkpoints by itself; others do after 1,000."""

Outcome = Stored | ChatError


@dataclass(frozen=True, slots=True)
class _Item:
    """A message to come: `prepare` masks the text, in the writer's thread."""

    prepare: Callable[[], NewMessage]
    future: asyncio.Future[Outcome]
    loop: asyncio.AbstractEventLoop
    since: float


class Writer:
    """The only thread of the process that stores what arrives on sockets. It starts with the first message."""

    def __init__(self, *, batch: int = BATCH, most_waiting: int = MOST_WAITING) -> None:
        self._batch = batch
        self._most_waiting = most_waiting
        self._condition = threading.Condition()
        self._waiting: deque[_Item] = deque()
        self._storing = False
        self._stopping = False
        self._thread: threading.Thread | None = None

    def submit(self, prepare: Callable[[], NewMessage]) -> asyncio.Future[Outcome]:
        """Queue a message from a coroutine; the future gets its outcome after the commit.

        Busy if too much waits already or the writer is stopping: the client sends again under the same id.
        """
        loop = asyncio.get_running_loop()
        item = _Item(prepare, loop.create_future(), loop, time.monotonic())
        with self._condition:
            if self._stopping or len(self._waiting) >= self._most_waiting:
                raise Busy("Too much waits to be stored")
            self._waiting.append(item)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="chat-writer", daemon=True)
                self._thread.start()
            self._condition.notify()
        return item.future

    def count_waiting(self) -> int:
        """How many messages wait."""
        with self._condition:
            return len(self._waiting)

    def stop(self, seconds: float = 5.0) -> bool:
        """Store what waits, for at most that long, and end the thread. False if it did not finish."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
            thread = self._thread
        if thread is None:
            return True
        thread.join(seconds)
        return not thread.is_alive()

    def _run(self) -> None:
        try:
            while batch := self._take():
                self._store(batch)
        finally:
            connection.close()

    def _take(self) -> list[_Item]:
        """The next batch, waiting for it; empty when it is time to end."""
        with self._condition:
            while not self._waiting and not self._stopping:
                self._condition.wait()
            batch = [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]
            WRITER_QUEUE.set(len(self._waiting))
            return batch

    def _store(self, batch: list[_Item]) -> None:
        outcomes = self._outcomes(batch)
        now = time.monotonic()
        WRITER_BATCH.observe(len(batch))
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Outcome], Outcome]]] = {}
        for item, outcome in zip(batch, outcomes, strict=True):
            ACKNOWLEDGE_SECONDS.observe(now - item.since)
            by_loop.setdefault(item.loop, []).append((item.future, outcome))
        for loop, settled in by_loop.items():
            try:
                loop.call_soon_threadsafe(_settle, settled)
            except RuntimeError:  # the loop is gone, and with it whoever waited
                continue

    def _outcomes(self, batch: list[_Item]) -> list[Outcome]:
        """One outcome for each item, whatever happens."""
        try:
            return self._attempt(batch)
        except (OperationalError, InterfaceError) as error:
            logger.warning("storing again after %s", type(error).__name__)
            connection.close()
        except Exception as error:  # noqa: BLE001 - a poisoned message must not fail its batch
            logger.warning("storing one by one after %s", type(error).__name__)
            return [self._single(item) for item in batch]
        try:
            return self._attempt(batch)
        except (OperationalError, InterfaceError) as error:
            # Perhaps it was committed all the same; the same client_id finds out.
            logger.error("%d messages were not stored: %s", len(batch), type(error).__name__)
            connection.close()
            return [Busy("The database is away") for _ in batch]
        except Exception as error:  # noqa: BLE001 - as above
            logger.warning("storing one by one after %s", type(error).__name__)
            return [self._single(item) for item in batch]

    def _single(self, item: _Item) -> Outcome:
        """The outcome of one item alone; its own error stays its own."""
        try:
            return self._attempt([item])[0]
        except (OperationalError, InterfaceError) as error:
            logger.error("a message was not stored: %s", type(error).__name__)
            connection.close()
            return Busy("The database is away")
        except Exception as error:  # noqa: BLE001 - reported to whoever sent it, without the text
            logger.error("a message cannot be stored: %s", type(error).__name__)
            return InvalidInput("The message cannot be stored")

    @staticmethod
    def _attempt(batch: Sequence[_Item]) -> list[Outcome]:
        """Mask, store and commit; the hints go out as the commit ends."""
        if connection.connection is None:
            leave_checkpoints_to_others()
        with transaction.atomic():
            return store_messages([item.prepare() for item in batch])


def leave_checkpoints_to_others() -> None:
    """On SQLite whoever commits into a long log copies it into the database file, which takes many flushes.

    The writer's commits are what people wait for, so it does that only if nobody else has for long.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES:d}")


def _settle(settled: list[tuple[asyncio.Future[Outcome], Outcome]]) -> None:
    for future, outcome in settled:
        if not future.done():
            future.set_result(outcome)

"""Threads for database work of sockets, away from the thread that all of Channels' database work shares.

A slow query in the shared thread would stop every socket of the process. Each thread here keeps its connection, as
opening one costs more than most reads; a broken connection is replaced and the work tried once more.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

OLDEST_CONNECTION: Final = 300.0
"""Seconds after which a connection is replaced, so that a moved database is found again."""
_BARRIER_SECONDS: Final = 5.0


class DatabaseThreads:
    """A few named threads, each with a database connection of its own."""

    def __init__(self, name: str, count: int) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)
        self._local = threading.local()
        self._closed = False

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result, computed in one of the threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, partial(self._call, partial(function, *args, **kwargs)))

    def close(self) -> None:
        """Wait for the work in hand, close every thread's connection and end the threads. Once is enough."""
        if self._closed:
            return
        self._closed = True
        barrier = threading.Barrier(self._count)
        for _ in range(self._count):
            # The barrier makes the pool give each task a thread of its own.
            self._pool.submit(_close_connection, barrier)
        self._pool.shutdown(wait=True)

    def _call(self, work: Callable[[], T]) -> T:
        now = time.monotonic()
        opened: float | None = getattr(self._local, "opened", None)
        if opened is None or now - opened > OLDEST_CONNECTION:
            connection.close()
            self._local.opened = now
        try:
            return work()
        except (OperationalError, InterfaceError):
            connection.close()
            self._local.opened = now
            return work()


def _close_connection(barrier: threading.Barrier) -> None:
    try:
        barrier.wait(_BARRIER_SECONDS)
    except threading.BrokenBarrierError:
        return
    finally:
        connection.close()

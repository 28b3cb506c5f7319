"""Once a second, for all sockets together: heartbeats, slow readers, withdrawn rights, rows of other processes.

One task and one query for thousands of sockets, instead of a timer and a query for each.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from chat.faults import place_of
from chat.limits import HEARTBEAT_SECONDS
from chat.live.database import DatabaseThreads
from chat.live.reading import read_pulses, read_valid_visitors
from chat.live.sockets import LiveSocket, Sockets
from chat.live.staff import read_valid_sessions
from chat.live.tail import Tail

logger = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
CHECK_SECONDS: Final = 3.0
_CHUNK: Final = 500


class Caretaker:
    """Runs in the server's loop while there are sockets."""

    def __init__(self, sockets: Sockets, threads: DatabaseThreads) -> None:
        self._sockets = sockets
        self._threads = threads
        self._task: asyncio.Task[None] | None = None
        self._checked_at = float("-inf")
        self._tail = None if settings.REDIS_URL else Tail()

    async def start(self) -> None:
        """Begin, if it does not run in this loop already.

        Returns when rows of other processes are being watched.
        """
        loop = asyncio.get_running_loop()
        if self._task is not None and not self._task.done() and self._task.get_loop() is loop:
            return
        self._task = loop.create_task(self._run())
        if self._tail is not None:
            await self._threads.run(self._tail.start)

    async def stop(self) -> None:
        """End the task."""
        task, self._task = self._task, None
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def check_soon(self) -> None:
        """Look at everybody's rights at the next tick."""
        self._checked_at = float("-inf")

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            for step in (self._look_at_table, self._close_late, self._close_withdrawn, self._beat):
                await self._try(step)

    async def _try(self, step: Callable[[], Awaitable[None]]) -> None:
        """One step must not end the others: the database may be away for a while."""
        try:
            await step()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("the sockets' caretaker cannot read: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - reported here, and the next tick tries again
            logger.error("the sockets' caretaker failed: %s", place_of(error))

    async def _look_at_table(self) -> None:
        if self._tail is not None:
            await self._threads.run(self._tail.look)

    async def _close_late(self) -> None:
        """Close readers that do not report what they have read."""
        now = asyncio.get_running_loop().time()
        for socket in self._sockets.all():
            if any(follower.is_late(now) for follower in socket.followers):
                await socket.shut(1013)

    async def _close_withdrawn(self) -> None:
        """Close sockets whose visitor was revoked or has another token, whose site was switched off, or whose user
        lost the right."""
        now = asyncio.get_running_loop().time()
        if now - self._checked_at < CHECK_SECONDS:
            return
        self._checked_at = now
        sockets = self._sockets.all()
        for chunk in _chunks([socket for socket in sockets if socket.visitor_id is not None]):
            ids = [socket.visitor_id for socket in chunk if socket.visitor_id is not None]
            valid = await self._threads.run(read_valid_visitors, ids)
            for socket in chunk:
                visitor = valid.get(socket.visitor_id or 0)
                if visitor is None or visitor.token_hash != socket.token_hash:
                    await socket.shut(4401)
                elif not visitor.site_enabled:
                    # As at the handshake: the token stays good for the day on which the site is switched on again.
                    await socket.shut(4403)
        staff = [socket for socket in sockets if socket.staff is not None]
        if staff:
            sessions = [socket.staff for socket in staff if socket.staff is not None]
            standing = await self._threads.run(read_valid_sessions, sessions)
            for socket in staff:
                if socket.staff not in standing:
                    await socket.shut(4403)

    async def _beat(self) -> None:
        """Send due heartbeats; who turns out to be behind reads the database."""
        now = asyncio.get_running_loop().time()
        due = [socket for socket in self._sockets.all() if socket.heartbeat_at <= now]
        for chunk in _chunks(due):
            followers = [follower for socket in chunk for follower in socket.followers]
            pulses = await self._threads.run(read_pulses, [one.conversation_id for one in followers])
            for follower in followers:
                pulse = pulses.get(follower.conversation_id)
                if pulse is None:
                    continue
                moved = pulse.sequence > follower.scanned or pulse.status != follower.status
                # A place in the queue changes without anything happening in the conversation itself.
                if moved or pulse.status == "waiting":
                    follower.wake()
            for socket in chunk:
                socket.heartbeat_at = now + HEARTBEAT_SECONDS
                await socket.beat()


def _chunks(sockets: Sequence[LiveSocket]) -> Iterator[Sequence[LiveSocket]]:
    for start in range(0, len(sockets), _CHUNK):
        yield sockets[start : start + _CHUNK]

"""The live machinery of this process, made when the first socket needs it and ended once."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Final

from chat.live.caretaker import Caretaker
from chat.live.database import DatabaseThreads
from chat.live.inbox import InboxReader
from chat.live.sockets import Sockets
from chat.live.writer import Writer

logger = logging.getLogger(__name__)

READERS: Final = 4
ACTORS: Final = 2
RESTARTING: Final = 1012


class LiveServices:
    """What the sockets of one process share.

    `readers` are for queries, `actors` for acts of staff and visitors that write by themselves: a write may wait
    for SQLite's lock, and no read shall wait with it.
    """

    def __init__(self) -> None:
        self.writer = Writer()
        self.readers = DatabaseThreads("chat-read", READERS)
        self.actors = DatabaseThreads("chat-act", ACTORS)
        self.sockets = Sockets()
        self.inbox = InboxReader(self.readers)
        self.caretaker = Caretaker(self.sockets, self.readers)

    async def stop(self, seconds: float) -> bool:
        """Refuse and close sockets, store what waits for at most `seconds`, end the threads.

        Whether all is stored.
        """
        self.sockets.refusing = True
        await self.caretaker.stop()
        await self.sockets.close_all(RESTARTING)
        loop = asyncio.get_running_loop()
        stored = await loop.run_in_executor(None, self.writer.stop, seconds)
        if not stored:
            logger.error("%d messages were not stored in time", self.writer.count_waiting())
        await loop.run_in_executor(None, self.readers.close)
        await loop.run_in_executor(None, self.actors.close)
        return stored


_lock = threading.Lock()
_services: LiveServices | None = None


def live_services() -> LiveServices:
    """The process's live machinery. After `shut_down_sockets` it refuses everything."""
    global _services
    with _lock:
        if _services is None:
            _services = LiveServices()
        return _services


async def shut_down_sockets(seconds: float = 5.0) -> bool:
    """Close every socket with 1012, store what was received, end the threads. Call in the server's loop, once.

    False if something could not be stored in `seconds`; its sender was never told that it was, and sends it again.
    """
    return await live_services().stop(seconds)


async def restart_services(seconds: float = 5.0) -> None:
    """End the machinery, if there is one, and let the next socket make a new one. For tests, which start many."""
    global _services
    with _lock:
        ended, _services = _services, None
    if ended is not None:
        await ended.stop(seconds)

"""One read for all desks: lines of the inbox that many sockets ask for at the same moment."""

from __future__ import annotations

import asyncio
from typing import Final

from chat.live.database import DatabaseThreads
from chat.live.reading import InboxLine, read_inbox_lines

GATHER_SECONDS: Final = 0.05


class InboxReader:
    """Collects questions for a twentieth of a second and answers them with two queries."""

    def __init__(self, threads: DatabaseThreads) -> None:
        self._threads = threads
        self._asked: dict[str, asyncio.Future[InboxLine | None]] = {}

    def ask(self, conversation: str) -> asyncio.Future[InboxLine | None]:
        """The line of a conversation as of a moment later; None if it is gone.

        Who asks again before the read has begun gets the same future. Await it under `asyncio.shield`: it is
        shared.
        """
        loop = asyncio.get_running_loop()
        future = self._asked.get(conversation)
        if future is None or future.get_loop() is not loop:
            future = loop.create_future()
            if not self._asked:
                loop.call_later(GATHER_SECONDS, self._begin)
            self._asked[conversation] = future
        return future

    def _begin(self) -> None:
        asked, self._asked = self._asked, {}
        task = asyncio.get_running_loop().create_task(self._answer(asked))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _answer(self, asked: dict[str, asyncio.Future[InboxLine | None]]) -> None:
        try:
            lines = await self._threads.run(read_inbox_lines, list(asked))
        except BaseException as error:
            for future in asked.values():
                if not future.done():
                    future.set_exception(error)
                    # Whoever asked may have gone; then nobody looks at the error.
                    future.exception()
            raise
        for conversation, future in asked.items():
            if not future.done():
                future.set_result(lines.get(conversation))

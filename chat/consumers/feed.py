"""One conversation on one socket: what was sent, what is missing, what the reader has reported.

A hint that brings exactly the next message is sent at once. Everything else (a gap, a hint without a message, a
replay) is read from the database by a task of the feed's own, in pages, so that frames stay in order and a slow
database or reader never stops the socket's other frames.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from django.db import DatabaseError, InterfaceError

from chat.errors import NotFound
from chat.events import (
    ConversationHeartbeat,
    ConversationUpdated,
    Event,
    MessagePosted,
    MessagesResumed,
)
from chat.hints import MessageHint
from chat.limits import LONGEST_UNREPORTED, MOST_UNREPORTED
from chat.live.database import DatabaseThreads
from chat.live.reading import ConversationRef, ConversationState, last_visible, read_page
from chat.models.messages import MessageKind

logger = logging.getLogger(__name__)

TRIES: Final = 5
PAUSE_SECONDS: Final = 1.0
RESTARTING: Final = 1012
TOO_SLOW: Final = 1013


class Feed:
    """`cursor` is the last sequence sent that the reader may see; every one up to `scanned` was considered."""

    def __init__(
        self,
        ref: ConversationRef,
        *,
        notes: bool,
        threads: DatabaseThreads,
        send: Callable[[Event], Awaitable[None]],
        shut: Callable[[int], Awaitable[None]],
        may_read: Callable[[], Awaitable[bool]] | None = None,
        lost: Callable[[Feed], Awaitable[None]] | None = None,
    ) -> None:
        """`may_read` is asked when the conversation has changed hands: on no, the reader is told of the change and
        of nothing more, and `lost` is called."""
        self.ref = ref
        self.name = str(ref.uuid)
        self.cursor = 0
        self.scanned = 0
        self.state: ConversationState | None = None
        self._notes = notes
        self._threads = threads
        self._send = send
        self._shut = shut
        self._may_read = may_read
        self._lost = lost
        self._target = 0
        self._stale = False
        self._replay_after: int | None = None
        self._announce = False
        self._beat_due = False
        self._unreported: deque[tuple[int, float]] = deque()
        self._reported = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ended = False

    @property
    def conversation_id(self) -> int:
        """The row that it follows."""
        return self.ref.id

    @property
    def status(self) -> str:
        """The status that the reader was told last; empty before the first."""
        return self.state.status if self.state is not None else ""

    def assume(self, state: ConversationState) -> None:
        """The reader has just been told this state in another frame."""
        self.state = state

    async def offer(self, hint: MessageHint) -> None:
        """Take a hint: send its message if it is exactly the next one, else have the database read."""
        if hint.sequence <= self.scanned or self._ended:
            return
        posted = hint.posted
        if posted is None or hint.sequence != self.scanned + 1 or self._is_reading():
            self._target = max(self._target, hint.sequence)
            self._read()
            return
        self.scanned = hint.sequence
        if self._notes or posted.kind != MessageKind.NOTE:
            if len(self._unreported) >= MOST_UNREPORTED:
                await self._shut(TOO_SLOW)
                return
            await self._send_message(replace(posted, previous=self.cursor))

    def resume(self, after: int) -> None:
        """Replay what comes after a sequence, then say so.

        A second call before the end starts from its own cursor.
        """
        self._replay_after = after
        self._unreported.clear()
        self._reported.set()
        self._read()

    def wake(self) -> None:
        """Something may have happened that no hint told: read state and messages."""
        self._stale = True
        self._read()

    def report(self, sequence: int) -> None:
        """The reader has read up to there."""
        while self._unreported and self._unreported[0][0] <= sequence:
            self._unreported.popleft()
        self._reported.set()

    def is_late(self, now: float) -> bool:
        """Whether the oldest unreported message is older than a reader may take."""
        return bool(self._unreported) and now - self._unreported[0][1] > LONGEST_UNREPORTED

    async def beat(self) -> None:
        """Send the last sequence that the reader may see; a read under way does so when it is through."""
        self._beat_due = self._is_reading()
        if not self._beat_due:
            await self._send(ConversationHeartbeat(conversation=self.name, sequence=self.cursor))

    def end(self) -> None:
        """Stop reading."""
        self._ended = True
        if self._task is not None:
            self._task.cancel()

    def _is_reading(self) -> bool:
        return self._task is not None and not self._task.done()

    def _read(self) -> None:
        if not self._ended and not self._is_reading():
            self._task = asyncio.get_running_loop().create_task(self._pump())

    def _is_replay_due(self) -> bool:
        return self._replay_after is not None

    def _is_behind(self) -> bool:
        return self._stale or self._is_replay_due() or self._target > self.scanned or self._announce

    async def _pump(self) -> None:
        """Read and send until nothing is missing."""
        tries = 0
        while self._is_behind() and not self._ended:
            try:
                await self._step()
            except NotFound:
                # Erased meanwhile; the visitor's token is as dead as the conversation.
                self._ended = True
                return
            except (DatabaseError, InterfaceError) as error:
                tries += 1
                logger.warning("a replay waits for the database: %s", type(error).__name__)
                self._stale = True
                if tries == TRIES:
                    await self._shut(RESTARTING)
                    return
                await asyncio.sleep(PAUSE_SECONDS)

    async def _step(self) -> None:
        """One page."""
        if len(self._unreported) >= MOST_UNREPORTED:
            # The reader is given time; `is_late` ends it.
            self._reported.clear()
            await self._reported.wait()
        if self._replay_after is not None:
            self.cursor = self.scanned = self._replay_after
            self._replay_after = None
            self._announce = True
        self._stale = False
        # Hints taken before this read lead to readable rows or to none, so the read settles them; those that come
        # while it runs count anew, also if an earlier one named a later sequence.
        self._target = 0
        page = await self._threads.run(
            read_page, self.ref, after=self.scanned, previous=self.cursor, notes=self._notes
        )
        if self._is_replay_due():
            return  # asked to start elsewhere while this page was being read
        if not await self._still_reads(page.state):
            return
        if page.state.sequence < self.scanned:
            await self._return_to_end(page.state.sequence)
            return
        for message in page.messages:
            await self._send_message(message)
        self.scanned = max(self.scanned, page.scanned)
        if page.scanned < page.state.sequence:
            self._target = max(self._target, page.state.sequence)
            return
        if self._target > self.scanned:
            return
        if self._announce:
            self._announce = False
            await self._send(MessagesResumed(conversation=self.name, sequence=self.cursor))
        await self._tell(page.state)
        if self._beat_due:
            await self._late_beat()

    async def _still_reads(self, state: ConversationState) -> bool:
        """Whether the reader may go on; if not, the feed ends with the change of hands as its last frame."""
        if self._may_read is None or not self._is_news(state) or await self._may_read():
            return True
        self._ended = True
        await self._tell(state, sequence=self.cursor)
        if self._lost is not None:
            await self._lost(self)
        return False

    def _is_news(self, state: ConversationState) -> bool:
        return self.state is None or _hands(self.state) != _hands(state)

    async def _late_beat(self) -> None:
        """The heartbeat that waited for a read."""
        self._beat_due = False
        await self._send(ConversationHeartbeat(conversation=self.name, sequence=self.cursor))

    async def _return_to_end(self, end: int) -> None:
        """The reader's cursor lies beyond the conversation's end, as after a restored backup: the end counts."""
        self.scanned = end
        self.cursor = end if self._notes else await self._threads.run(last_visible, self.ref, upto=end)
        # Hints up to the wrong cursor were ignored meanwhile.
        self._stale = True

    async def _tell(self, state: ConversationState, *, sequence: int | None = None) -> None:
        """Say who has the conversation, if that is news to the reader; `sequence` instead of the last one."""
        is_news = self._is_news(state)
        self.state = state
        if not is_news:
            return
        if sequence is None:
            sequence = state.sequence if self._notes else self.cursor
        await self._send(
            ConversationUpdated(
                conversation=self.name,
                status=state.status,
                agent=state.agent,
                waiting_position=state.waiting_position,
                sequence=sequence,
            )
        )

    async def _send_message(self, message: MessagePosted) -> None:
        self.cursor = message.sequence
        self.scanned = max(self.scanned, message.sequence)
        self._unreported.append((message.sequence, asyncio.get_running_loop().time()))
        await self._send(message)


def _hands(state: ConversationState) -> tuple[str, str | None, int | None, int | None]:
    return state.status, state.agent, state.assignee_id, state.waiting_position

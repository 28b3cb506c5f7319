"""The in-process channel layer: no copies, no periodic sweep, and an overflow that says so.

Channels' own layers drop messages silently when a consumer is slow. Here a full mailbox is emptied and the
consumer gets one `layer.overflow` event instead: it then reads the database, which is the truth anyway. `deliver`
may be called from any thread; a mailbox belongs to the event loop that made it.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from chat.hints import Hint
from chat.metrics import HUB_OVERFLOWS

LayerEvent = Mapping[str, object]
OVERFLOW: LayerEvent = {"type": "layer.overflow"}


class ChannelGone(Exception):
    """The channel does not exist (any more)."""


class Mailbox:
    """The events that wait for one consumer. All methods run in the mailbox's own loop."""

    __slots__ = ("_capacity", "_events", "_waiter", "groups", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, capacity: int) -> None:
        self.loop = loop
        self.groups: set[str] = set()
        self._capacity = capacity
        self._events: deque[LayerEvent] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def put(self, event: LayerEvent) -> None:
        """Keep the event; when full, forget all of them and keep one overflow event."""
        if len(self._events) >= self._capacity:
            self._events.clear()
            self._events.append(OVERFLOW)
            HUB_OVERFLOWS.inc()
        else:
            self._events.append(event)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> LayerEvent:
        """The next event, waiting for it. One consumer waits at a time."""
        while not self._events:
            self._waiter = self.loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._events.popleft()


class InProcessLayer:
    """Channel layer of one process, with the interface that Channels asks for."""

    extensions = ["groups"]

    def __init__(self, capacity: int = 200, channel_capacity: Mapping[str, int] | None = None) -> None:
        self.capacity = capacity
        self.channel_capacity = dict(channel_capacity or {})
        self._lock = threading.Lock()
        self._mailboxes: dict[str, Mailbox] = {}
        self._groups: defaultdict[str, set[str]] = defaultdict(set)

    async def new_channel(self, prefix: str = "socket") -> str:
        """A channel for a consumer of this loop."""
        channel = f"{prefix}.{uuid.uuid4().hex}"
        with self._lock:
            self._mailboxes[channel] = Mailbox(asyncio.get_running_loop(), self.capacity)
        return channel

    async def send(self, channel: str, message: LayerEvent) -> None:
        """Give one channel an event; ChannelGone if there is no such channel here."""
        with self._lock:
            mailbox = self._mailboxes.get(channel)
        if mailbox is None:
            raise ChannelGone(channel)
        self._put({mailbox.loop: [(mailbox, message)]})

    async def receive(self, channel: str) -> LayerEvent:
        """The channel's next event. Cancelling it, as Channels does when a consumer ends, removes the channel."""
        with self._lock:
            mailbox = self._mailboxes.get(channel)
        if mailbox is None:
            raise ChannelGone(channel)
        try:
            return await mailbox.get()
        except (asyncio.CancelledError, GeneratorExit):
            self.remove(channel)
            raise

    async def group_add(self, group: str, channel: str) -> None:
        """Let the channel receive what the group receives."""
        with self._lock:
            mailbox = self._mailboxes.get(channel)
            if mailbox is None:
                raise ChannelGone(channel)
            mailbox.groups.add(group)
            self._groups[group].add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """Undo `group_add`; nothing happens if it was not a member."""
        with self._lock:
            mailbox = self._mailboxes.get(channel)
            if mailbox is not None:
                mailbox.groups.discard(group)
            self._leave(group, channel)

    async def group_send(self, group: str, message: LayerEvent) -> None:
        """Give every channel of the group the event."""
        self.deliver([(group, message)])

    def deliver(self, events: Iterable[tuple[str, LayerEvent]]) -> None:
        """Give groups their events, in order, from any thread; one wake-up of the loop for all of them."""
        batches: dict[asyncio.AbstractEventLoop, list[tuple[Mailbox, LayerEvent]]] = {}
        with self._lock:
            for group, event in events:
                for channel in self._groups.get(group, ()):
                    mailbox = self._mailboxes[channel]
                    batches.setdefault(mailbox.loop, []).append((mailbox, event))
        self._put(batches)

    def deliver_hints(self, hints: Iterable[Hint]) -> None:
        """Give each hint to its group, from any thread."""
        self.deliver([(hint.group, {"type": "hint", "hint": hint}) for hint in hints])

    def overflow_all(self) -> None:
        """Tell every consumer that events were lost, so that it reads what it missed. From any thread."""
        batches: dict[asyncio.AbstractEventLoop, list[tuple[Mailbox, LayerEvent]]] = {}
        with self._lock:
            for mailbox in self._mailboxes.values():
                batches.setdefault(mailbox.loop, []).append((mailbox, OVERFLOW))
        self._put(batches)

    def remove(self, channel: str) -> None:
        """Forget a channel and its memberships."""
        with self._lock:
            mailbox = self._mailboxes.pop(channel, None)
            for group in mailbox.groups if mailbox is not None else ():
                self._leave(group, channel)

    def count_channels(self) -> int:
        """How many channels there are, for tests and metrics."""
        with self._lock:
            return len(self._mailboxes)

    def count_groups(self) -> int:
        """How many groups have a member, for tests and metrics."""
        with self._lock:
            return len(self._groups)

    def _leave(self, group: str, channel: str) -> None:
        members = self._groups.get(group)
        if members is None:
            return
        members.discard(channel)
        if not members:
            del self._groups[group]

    @staticmethod
    def _put(batches: dict[asyncio.AbstractEventLoop, list[tuple[Mailbox, LayerEvent]]]) -> None:
        for loop, batch in batches.items():
            if loop.is_closed():
                continue
            try:
                loop.call_soon_threadsafe(_put_all, batch)
            except RuntimeError:  # the loop was closed this very moment; its consumers are gone
                continue


def _put_all(batch: list[tuple[Mailbox, LayerEvent]]) -> None:
    for mailbox, event in batch:
        mailbox.put(event)

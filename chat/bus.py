"""Hints between processes through Redis: one PUBLISH for each commit, one subscription for each process.

`channels_redis.pubsub` of version 4 accepts `on_disconnect` and never calls it, so it loses what is published
while it reconnects and nobody notices. Here every reconnection ends with `layer.overflow` for all sockets of the
process, which then read what they missed; while Redis is away this repeats every few seconds. A process delivers
its own hints to its own sockets directly, with or without Redis.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
import time
import uuid
from collections.abc import Callable

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from chat.hints import Hint, from_wire, to_wire
from chat.hub import InProcessLayer
from chat.metrics import BUS_FAILURES

logger = logging.getLogger(__name__)

CHANNEL = "xiaoer.hints"
AWAY_SECONDS = 3.0
"""While Redis is unreachable, sockets look into the database this often."""
_BATCH = 1_000
_WAITING = 50_000


def connect(url: str) -> redis.Redis:
    """A client that fails quickly and never retries by itself: what it would hide is what we must know."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=2,
        socket_timeout=5,
        socket_keepalive=True,
        health_check_interval=10,
        retry=Retry(NoBackoff(), 0),
    )


class Publisher:
    """Sends hints from a thread of its own, so that a slow Redis never delays a commit or an acknowledgement."""

    def __init__(self, url: str) -> None:
        self.origin = uuid.uuid4().hex
        self._url = url
        self._waiting: queue.Queue[Hint | None] = queue.Queue(maxsize=_WAITING)
        self._thread = threading.Thread(target=self._run, name="chat-publish", daemon=True)
        self._thread.start()

    def send(self, hints: list[Hint]) -> None:
        """Queue the hints; those that do not fit are dropped, as Redis must be long gone by then."""
        try:
            for hint in hints:
                self._waiting.put_nowait(hint)
        except queue.Full:
            BUS_FAILURES.inc()

    def close(self, seconds: float = 1.0) -> None:
        """Send what waits, for at most that long, and end the thread."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(seconds)

    def _run(self) -> None:
        client = connect(self._url)
        ending = False
        while not ending:
            batch = [self._waiting.get()]
            while len(batch) < _BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            ending = None in batch
            hints = [hint for hint in batch if hint is not None]
            if not hints:
                continue
            try:
                client.publish(CHANNEL, to_wire(hints, origin=self.origin))
            except redis.RedisError as error:
                BUS_FAILURES.inc()
                logger.warning("hints were not published: %s", type(error).__name__)
        client.close()


class Subscriber:
    """Receives the hints of other processes in a thread of its own.

    `on_hints` gets what the others said, `on_gap` is called whenever something may have been missed; both run in
    the subscriber's thread.
    """

    def __init__(
        self,
        url: str,
        *,
        on_hints: Callable[[list[Hint]], None],
        on_gap: Callable[[], None],
        own_origin: str = "",
    ) -> None:
        self._url = url
        self._on_hints = on_hints
        self._on_gap = on_gap
        self._own_origin = own_origin
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chat-subscribe", daemon=True)
        self._thread.start()

    def close(self, seconds: float = 2.0) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self._listen()
            except (redis.RedisError, OSError) as error:
                logger.warning("no hints from Redis: %s", type(error).__name__)
                self._on_gap()
                # A Redis that accepts and drops connections must not make every socket read without pause.
                self._stop.wait(max(0.2, AWAY_SECONDS - (time.monotonic() - began)))

    def _listen(self) -> None:
        client = connect(self._url)
        with client.pubsub(ignore_subscribe_messages=True) as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(CHANNEL)
            subscription.get_message(timeout=5)
            # Subscribed. Whatever was said before this moment, nobody here has heard.
            self._on_gap()
            while not self._stop.is_set():
                message = subscription.get_message(timeout=1)
                if message is not None and message["type"] == "message":
                    self._deliver(message["data"])

    def _deliver(self, data: bytes) -> None:
        try:
            hints = from_wire(data, own_origin=self._own_origin)
        except (ValueError, KeyError, TypeError) as error:
            logger.warning("a message on %s is not ours: %s", CHANNEL, type(error).__name__)
            return
        if hints:
            self._on_hints(hints)


_publishers: dict[int, Publisher] = {}
_starting = threading.Lock()


def publisher(url: str) -> Publisher:
    """This process's publisher; a forked child gets its own, as threads do not survive a fork."""
    found = _publishers.get(os.getpid())
    if found is not None:
        return found
    with _starting:
        if os.getpid() not in _publishers:
            _publishers.clear()
            _publishers[os.getpid()] = Publisher(url)
            atexit.register(_publishers[os.getpid()].close)
        return _publishers[os.getpid()]


class RedisLayer(InProcessLayer):
    """The channel layer of a larger installation.

    Local delivery as ever, plus the hints of the other processes.
    """

    def __init__(self, url: str, capacity: int = 200) -> None:
        super().__init__(capacity=capacity)
        self._url = url
        self._subscriber: Subscriber | None = None

    async def new_channel(self, prefix: str = "socket") -> str:
        """As in one process; the first channel begins the subscription."""
        channel = await super().new_channel(prefix)
        if self._subscriber is None:
            self._subscriber = Subscriber(
                self._url,
                on_hints=self.deliver_hints,
                on_gap=self.overflow_all,
                own_origin=publisher(self._url).origin,
            )
        return channel

    def close(self) -> None:
        """End the subscription."""
        subscriber, self._subscriber = self._subscriber, None
        if subscriber is not None:
            subscriber.close()

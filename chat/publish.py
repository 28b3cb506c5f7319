"""Saying that something was committed: the only way from actions and the live machinery to sockets.

Usable from any thread of any process. Sockets of this process hear it directly; those of other processes through
Redis if there is one, and otherwise from the web process's own look at the message table (`chat/live/tail.py`).
"""

from __future__ import annotations

import threading
from collections import deque
from functools import partial

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

from chat.bus import publisher
from chat.hints import Hint, MessageHint, TurnHint
from chat.hub import InProcessLayer
from chat.wakeup import hint_turn_worker

_REMEMBERED = 20_000


class _Published:
    """The messages whose hints this process has already given out; the tail skips them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order: deque[tuple[str, int]] = deque(maxlen=_REMEMBERED)
        self._known: set[tuple[str, int]] = set()

    def add(self, key: tuple[str, int]) -> None:
        with self._lock:
            if key in self._known:
                return
            if len(self._order) == _REMEMBERED:
                self._known.discard(self._order[0])
            self._order.append(key)
            self._known.add(key)

    def __contains__(self, key: tuple[str, int]) -> bool:
        with self._lock:
            return key in self._known


_published = _Published()


def publish_after_commit(hints: list[Hint], *, turns_waiting: bool = False) -> None:
    """Give out the hints once the current transaction is committed (at once if there is none)."""
    transaction.on_commit(partial(publish_now, hints, turns_waiting=turns_waiting))


def publish_now(hints: list[Hint], *, turns_waiting: bool = False) -> None:
    """Give out hints about what is already committed, or about nothing stored at all (typing)."""
    layer = get_channel_layer()
    if isinstance(layer, InProcessLayer):
        for hint in hints:
            if isinstance(hint, MessageHint):
                _published.add((hint.conversation, hint.sequence))
        layer.deliver_hints(hints)
    if settings.REDIS_URL:
        publisher(settings.REDIS_URL).send([*hints, TurnHint()] if turns_waiting else hints)
    if turns_waiting:
        hint_turn_worker()


def was_published_here(conversation: str, sequence: int) -> bool:
    """Whether this process has given out the hint for that message."""
    return (conversation, sequence) in _published

"""How much one socket and one address may ask for."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Final

from django.conf import settings

IN_WORK: Final = 8
"""Messages of one socket that may wait for their commit at once."""
MOST_WATCHED: Final = 50
"""Conversations that one desk socket may follow."""
MOST_BAD_FRAMES: Final = 10
MOST_REFUSALS: Final = 200
"""Frames over the rate after which the socket is closed."""
OPEN_SECONDS: Final = 5.0
"""How long a socket may stay without its opening frame."""
HEARTBEAT_SECONDS: Final = 25.0
MOST_UNREPORTED: Final = 500
"""Messages that a reader may have without saying that it has read them."""
LONGEST_UNREPORTED: Final = 30.0
"""Seconds for which a message may stay unreported."""
BURST: Final = 3


class TokenBucket:
    """Allows `rate` a second on average, and a burst of three seconds' worth."""

    __slots__ = ("_at", "_left", "_most", "_rate")

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._most = rate * BURST
        self._left = self._most
        self._at = time.monotonic()

    def take(self) -> bool:
        """Use one up, if there is one."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class AddressCounter:
    """How many sockets each address has in this process."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Count one more, unless the address has as many as it may."""
        if self._count[address] >= settings.SOCKETS_PER_ADDRESS:
            return False
        self._count[address] += 1
        return True

    def leave(self, address: str) -> None:
        """Count one less."""
        self._count[address] -= 1
        if self._count[address] <= 0:
            del self._count[address]


def client_address(peer: str, forwarded: Iterable[str]) -> str:
    """The client's address: the peer, or what the outermost trusted proxy saw.

    `forwarded` are the X-Forwarded-For headers. Each trusted proxy appends the address that it saw, so with n of
    them the n-th entry from the right is the client's; everything further left anybody could have written.
    """
    hops = [hop.strip() for header in forwarded for hop in header.split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXIES
    if trusted and len(hops) >= trusted:
        return hops[-trusted]
    return peer

"""Daphne's WebSocket protocol, able to say why it closes and to stop reading.

Autobahn lets an application close with 1000 or a private code only, although 1012 (service restart) and 1013 (try
again later) are registered for servers: with Daphne as it is, closing with them fails and the socket stays open.

Daphne puts every frame into a queue without an end, whether or not the application takes any out; while a
socket's handler waits, its client could fill the memory of the process. Here a socket whose queue is full is not
read, so that the network's own flow control reaches the client.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

MOST_QUEUED_FRAMES: Final = 64
"""Frames that may wait for the application; above it the socket is not read."""
MOST_QUEUED_BYTES: Final = 1024 * 1024
"""The same in bytes."""
LOOK_SECONDS: Final = 0.02
"""How often a socket that is not read looks whether half of its queue is gone."""


class ClosingProtocol(WebSocketProtocol):  # type: ignore[misc] # daphne is published without types
    """Sends whatever code the application closes with, and reads no further than the application follows."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.is_reading = True
        self._queued: deque[int] = deque()
        self._queued_bytes = 0
        self._look: asyncio.TimerHandle | None = None

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802 - Daphne's name
        """Close the socket; 1000 without a code."""
        self.sendCloseFrame(code=1000 if code is None else code)
        # The other side's own close frame lies behind what was not read; Autobahn drops the rest.
        self.read_again()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803, FBT001 - Autobahn's names
        """Queue a frame for the application, and stop reading when it was one too many."""
        super().onMessage(payload, isBinary)
        self._queued.append(len(payload))
        self._queued_bytes += len(payload)
        if self.is_reading and self.is_filled(MOST_QUEUED_FRAMES, MOST_QUEUED_BYTES):
            self.is_reading = False
            self.transport.pauseProducing()
            self.look_later()

    def is_filled(self, frames: int, octets: int) -> bool:
        """Whether so many frames or bytes wait for the application."""
        while len(self._queued) > self.application_queue.qsize():
            self._queued_bytes -= self._queued.popleft()
        return len(self._queued) >= frames or self._queued_bytes >= octets

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take what was read. A drained output buffer makes Twisted read again, even here."""
        super().dataReceived(data)
        if not self.is_reading:
            self.transport.pauseProducing()

    def processData(self) -> bool:  # noqa: N802 - Autobahn's name
        """Take one frame out of what was read, unless they have to wait there."""
        return (self.is_reading or self.state != self.STATE_OPEN) and bool(super().processData())

    def connectionLost(self, reason: Any) -> None:  # noqa: N802 - Twisted's name
        """The connection is gone: nothing is left to look after."""
        if self._look is not None:
            self._look.cancel()
        super().connectionLost(reason)

    def look_later(self) -> None:
        """See in a moment whether the application has caught up."""
        self._look = asyncio.get_running_loop().call_later(LOOK_SECONDS, self.look)

    def look(self) -> None:
        """Read again if half of the queue is gone."""
        if self.is_filled(MOST_QUEUED_FRAMES // 2, MOST_QUEUED_BYTES // 2):
            self.look_later()
        else:
            self.read_again()

    def read_again(self) -> None:
        """Go on: first with what was read before, which may fill the queue at once."""
        if self.is_reading:
            return
        if self._look is not None:
            self._look.cancel()
        self.is_reading = True
        self.consumeData()
        if self.is_reading:
            self.transport.resumeProducing()


def use_every_close_code() -> None:
    """Have Daphne make sockets of this kind from now on. Call before its server runs."""
    WebSocketFactory.protocol = ClosingProtocol

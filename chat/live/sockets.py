"""The open sockets of this process: who they are for, how many each address has, and closing them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from chat.limits import AddressCounter
from chat.live.staff import StaffSession


class Follower(Protocol):
    """One conversation that a socket follows."""

    @property
    def conversation_id(self) -> int:
        """The row."""

    @property
    def scanned(self) -> int:
        """Every message up to here was sent, or is not for this reader."""

    @property
    def status(self) -> str:
        """The status that the reader was told last."""

    def wake(self) -> None:
        """Read the database and send what is new."""

    def is_late(self, now: float) -> bool:
        """Whether the reader has not reported what it was sent for too long."""


class LiveSocket(Protocol):
    """What the caretaker needs of a consumer."""

    loop: asyncio.AbstractEventLoop
    heartbeat_at: float

    @property
    def visitor_id(self) -> int | None:
        """The visitor, once the session is open."""

    @property
    def token_hash(self) -> str:
        """The hash of the token that the visitor's session was opened with; empty on a desk socket."""

    @property
    def staff(self) -> StaffSession | None:
        """The staff session, on a desk socket."""

    @property
    def agent_id(self) -> int | None:
        """The agent, once the desk is open."""

    @property
    def followers(self) -> Sequence[Follower]:
        """The conversations that it follows."""

    async def shut(self, code: int) -> None:
        """Close with a code of the protocol."""

    async def beat(self) -> None:
        """Send the heartbeats of what it follows."""


class Sockets:
    """Registry of one process. All methods run in the server's loop."""

    def __init__(self) -> None:
        self.addresses = AddressCounter()
        self.refusing = False
        self._open: set[LiveSocket] = set()

    def add(self, socket: LiveSocket) -> None:
        """Count the socket in."""
        self._open.add(socket)

    def remove(self, socket: LiveSocket) -> None:
        """Forget the socket; harmless if it is not there."""
        self._open.discard(socket)

    def all(self) -> list[LiveSocket]:
        """Every open socket of the running loop."""
        loop = asyncio.get_running_loop()
        return [socket for socket in self._open if socket.loop is loop]

    def __len__(self) -> int:
        return len(self._open)

    async def close_all(self, code: int) -> None:
        """Close every socket of the running loop."""
        await asyncio.gather(*(socket.shut(code) for socket in self.all()), return_exceptions=True)

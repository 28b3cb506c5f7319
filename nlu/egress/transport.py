"""One connection to a checked address, with one deadline and one cap over everything that is read from it.

httpcore2 speaks HTTP; where it connects to, and for how long it may listen, is decided here.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore2

from nlu.egress.addresses import IpAddress
from nlu.egress.network import Connector
from nlu.errors import EgressError, EgressTimeout, EgressUnreachable, EgressUnusable

_LONGEST_WAIT_FOR_NEXT_ADDRESS = 2.0


class Deadline:
    """When all must be over."""

    def __init__(self, seconds: float) -> None:
        self._started = time.monotonic()
        self._ends = self._started + seconds

    def left(self) -> float:
        """Seconds that are left; EgressTimeout when there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise EgressTimeout("there was no whole answer in time")
        return left

    def milliseconds(self) -> int:
        """How long it has been going on."""
        return round((time.monotonic() - self._started) * 1000)


class CheckedBackend(httpcore2.NetworkBackend):
    """Connects to the given addresses, whatever name httpcore2 asks for: no name is looked up a second time."""

    def __init__(
        self,
        addresses: Sequence[IpAddress],
        *,
        connector: Connector,
        deadline: Deadline,
        connect_seconds: float,
        most_bytes: int,
    ) -> None:
        self._addresses = addresses
        self._connector = connector
        self._deadline = deadline
        self._connect_seconds = connect_seconds
        self._most_bytes = most_bytes

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """The first address that answers; EgressTimeout or EgressUnreachable("connect") if none does."""
        until = time.monotonic() + min(self._connect_seconds, self._deadline.left())
        error: EgressError = EgressTimeout("there was no connection in time")
        for number, address in enumerate(self._addresses):
            left = until - time.monotonic()
            if left <= 0:
                break
            last = number == len(self._addresses) - 1
            try:
                connected = self._connector(
                    str(address), port, left if last else min(left, _LONGEST_WAIT_FOR_NEXT_ADDRESS)
                )
            except TimeoutError:
                error = EgressTimeout("there was no connection in time")
            except OSError:
                error = EgressUnreachable("connect", "nobody listens at the address")
            else:
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return CheckedStream(connected, deadline=self._deadline, most_bytes=self._most_bytes)
        raise error


class CheckedStream(httpcore2.NetworkStream):
    """A socket whose every wait ends with the deadline, and that gives out no more than so many bytes."""

    def __init__(self, connected: socket.socket, *, deadline: Deadline, most_bytes: int) -> None:
        self._socket = connected
        self._deadline = deadline
        self._bytes_left = most_bytes

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What comes next, at most so much."""
        try:
            self._socket.settimeout(self._deadline.left())
            data = self._socket.recv(max_bytes)
        except TimeoutError:
            raise EgressTimeout("there was no whole answer in time") from None
        except OSError:
            raise EgressUnreachable("broken", "the connection ended before the answer did") from None
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise EgressUnusable("size", "the answer is too large")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of it."""
        view = memoryview(buffer)
        try:
            while view:
                self._socket.settimeout(self._deadline.left())
                view = view[self._socket.send(view) :]
        except TimeoutError:
            raise EgressTimeout("the request was not taken in time") from None
        except OSError:
            raise EgressUnreachable("broken", "the connection ended before the answer did") from None

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same with TLS, for exactly the name that the address has."""
        try:
            self._socket.settimeout(self._deadline.left())
            wrapped = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except (OSError, ValueError) as error:
            self._socket.close()
            if isinstance(error, TimeoutError):
                raise EgressTimeout("there was no secure connection in time") from None
            if isinstance(error, ssl.SSLCertVerificationError):
                raise EgressUnreachable("tls", "the certificate is not valid for the host") from None
            raise EgressUnreachable("tls", "there is no secure connection to the host") from None
        return CheckedStream(wrapped, deadline=self._deadline, most_bytes=self._bytes_left)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        """The TLS object, which httpcore2 asks for the protocol that was agreed on."""
        return self._socket if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket) else None

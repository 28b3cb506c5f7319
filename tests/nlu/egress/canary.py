"""A listener on this machine that counts who connects, and answers as it is told."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def answer(body: bytes = b"hello", *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    """A whole answer with these lines of headers."""
    lines = "".join(f"{line}\r\n" for line in (f"Content-Length: {len(body)}", *headers))
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def redirect(location: str, *, status: str = "302 Found") -> bytes:
    """An answer that leads elsewhere."""
    return answer(b"", status=status, headers=(f"Location: {location}",))


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Canary:
    """Every address of this machine, one port; `script` answers a request, or writes to the socket itself."""

    script: Callable[[Seen, socket.socket], bytes | None] = lambda _seen, _socket: PLAIN
    tls: ssl.SSLContext | None = None
    greeting: bytes = b""
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Canary:
        self._listeners = [socket.create_server(("", 0))]
        self.port = self._listeners[0].getsockname()[1]
        self._listeners.append(socket.create_server(("::", self.port), family=socket.AF_INET6))
        self._threads = [threading.Thread(target=self._accept, args=[one], daemon=True) for one in self._listeners]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in self._threads:
            thread.join(5)

    @property
    def pair(self) -> str:
        """What an administrator would allow."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/", *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        """An address of this listener."""
        return f"{scheme}://{host}:{self.port}{path}"

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connected, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[connected], daemon=True).start()

    def _serve(self, connected: socket.socket) -> None:
        try:
            if self.tls is not None:
                connected = self.tls.wrap_socket(connected, server_side=True)
            with connected:
                connected.sendall(self.greeting)
                seen = _read(connected)
                if seen is not None:
                    self.seen.append(seen)
                    reply = self.script(seen, connected)
                    if reply is not None:
                        connected.sendall(reply)
        except OSError:
            return  # the client went away, which is its right


def _read(connected: socket.socket) -> Seen | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connected.recv(65_536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connected.recv(65_536)
    return Seen(line, headers, body)

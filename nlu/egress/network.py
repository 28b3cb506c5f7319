"""The two things that are asked of the machine: the addresses of a name, and a connection to an address."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nlu.egress.addresses import IpAddress
from nlu.errors import EgressTimeout, EgressUnreachable

Resolver = Callable[[str, int], Sequence[str]]
Connector = Callable[[str, int, float], socket.socket]


def system_addresses(host: str, port: int) -> Sequence[str]:
    """What the machine's own resolver says, in its order of preference; OSError if it says nothing."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def connected_socket(address: str, port: int, seconds: float) -> socket.socket:
    """A TCP connection to the address; OSError (TimeoutError after so many seconds) if there is none."""
    return socket.create_connection((address, port), timeout=seconds)


@dataclass(frozen=True, slots=True)
class Network:
    """How names become addresses, and addresses connections."""

    resolve: Resolver = system_addresses
    connect: Connector = connected_socket


SYSTEM_NETWORK = Network()


def resolve(host: str, port: int, *, resolver: Resolver, seconds: float) -> list[IpAddress]:
    """All addresses of the name. A resolver cannot be interrupted, so it is asked from a thread that may be left.

    EgressTimeout or EgressUnreachable("name") if there are none.
    """
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolver(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="egress-resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise EgressTimeout("the name of the host was not found in time") from None
    if isinstance(answer, Exception) or not answer:
        raise EgressUnreachable("name", "the name of the host is not known")
    try:
        return [ipaddress.ip_address(text) for text in answer]
    except ValueError:
        raise EgressUnreachable("name", "the name of the host leads to no address") from None

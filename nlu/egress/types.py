"""What the guard is asked, what it allows, and what it brings back."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from nlu.egress.addresses import read_host_port
from nlu.errors import InvalidData

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
# The guard says these itself: they decide where a request ends and whom it is for.
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect"}
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]{0,8000}")


@dataclass(frozen=True, slots=True)
class EgressRequest:
    """A request to an address that somebody configured. `secrets` are headers as well, which end with the host:
    a redirect to another one is followed without them.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """InvalidData for what could smuggle another request: odd methods and names, line breaks in values."""
        if self.method not in METHODS:
            raise InvalidData(f"The method must be one of {', '.join(sorted(METHODS))}")
        if self.body is not None and self.method in {"GET", "HEAD"}:
            raise InvalidData(f"{self.method} requests have no body")
        for name, value in (*self.headers.items(), *self.secrets.items()):
            check_header(name, value)


def check_header(name: str, value: str) -> None:
    """InvalidData if a request cannot carry the header; the message names the header, never its value."""
    if not _TOKEN.fullmatch(name):
        raise InvalidData("The name of a header has letters, digits and - only")
    if name.lower() in _OWN_HEADERS:
        raise InvalidData(f"The header {name} cannot be set")
    if not _HEADER_VALUE.fullmatch(value):
        raise InvalidData(f"The value of the header {name} has characters that a header cannot carry")


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """Where requests may go: public addresses, and private ones only at the exact `host:port` pairs in `allowed`.

    `tls` are the certificates that are trusted; None: those of the machine.
    """

    allowed: frozenset[tuple[str, int]] = frozenset()
    tls: ssl.SSLContext | None = None

    @classmethod
    def allowing(cls, pairs: Iterable[str], *, tls: ssl.SSLContext | None = None) -> Self:
        """A policy with these `host:port` pairs; InvalidData names one that cannot be read."""
        return cls(frozenset(read_host_port(pair) for pair in pairs), tls)


@dataclass(frozen=True, slots=True)
class EgressLimits:
    """Caps. `seconds` is for everything together, redirects and names included; `size` is of the body, before and
    after it is unpacked.
    """

    seconds: float = 10.0
    connect_seconds: float = 5.0
    size: int = 1_000_000
    header_size: int = 32_000
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class EgressAnswer:
    """What came back. `url` is where the answer came from in the end; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str
    redirects: int
    milliseconds: int

"""The request itself: every hop is read, resolved, checked, and connected to exactly what was checked."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

import httpcore2

from nlu.egress.addresses import IpAddress, Target, read_redirect, read_target
from nlu.egress.network import SYSTEM_NETWORK, Network, resolve
from nlu.egress.ranges import kind_of, plain_address
from nlu.egress.transport import CheckedBackend, Deadline
from nlu.egress.types import EgressAnswer, EgressLimits, EgressPolicy, EgressRequest
from nlu.errors import EgressRefused, EgressUnreachable, EgressUnusable

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# Never sent on to another host, whoever set them.
_PERSONAL_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
# Addresses of one name that are tried.
_TRIED: Final = 4
_USER_AGENT: Final = "Xiaoer"


def fetch(
    request: EgressRequest,
    *,
    policy: EgressPolicy,
    limits: EgressLimits | None = None,
    network: Network = SYSTEM_NETWORK,
) -> EgressAnswer:
    """The answer, whatever its status; redirects are followed as far as they are allowed.

    EgressRefused before a connection is made, EgressTimeout, EgressUnreachable, EgressUnusable. The environment's
    proxies are not used: a proxy would resolve the name again.
    """
    limits = limits or EgressLimits()
    deadline = Deadline(limits.seconds)
    target = read_target(request.url)
    inside = True  # whether an allowed private address may be used: not on a redirect from elsewhere
    redirects = 0
    while True:
        allowed = inside and (target.host, target.port) in policy.allowed
        addresses = _checked_addresses(target, allowed=allowed, network=network, deadline=deadline)
        answer = _ask(request, target, addresses, policy=policy, limits=limits, deadline=deadline, network=network)
        location = answer.headers.get("location")
        if answer.status not in _REDIRECTS or location is None:
            return replace(answer, redirects=redirects)
        redirects += 1
        if redirects > limits.redirects:
            raise EgressRefused("redirects", "the address redirects too often")
        following = read_redirect(target, location)
        request = _redirected(request, answer.status, target, following)
        target, inside = following, allowed


def _checked_addresses(target: Target, *, allowed: bool, network: Network, deadline: Deadline) -> list[IpAddress]:
    """Where the target is, all of it fit to be connected to; EgressRefused("address") otherwise."""
    found = (
        [target.ip]
        if target.ip is not None
        else resolve(target.host, target.port, resolver=network.resolve, seconds=deadline.left())
    )
    for address in found:
        kind = kind_of(address)
        if kind == "never" or (kind == "private" and not allowed):
            raise EgressRefused("address", "the address is not public and not allowed")
    return [plain_address(address) for address in found[:_TRIED]]


def _redirected(request: EgressRequest, status: int, at: Target, to: Target) -> EgressRequest:
    """The request for the next hop: what may be repeated there, without what is not for it."""
    if at.scheme == "https" and to.scheme == "http":
        raise EgressRefused("downgrade", "the address redirects from https to http")
    if status == 303 and request.method != "HEAD":
        request = replace(request, method="GET", body=None)
    if at.same_origin(to):
        return request
    if request.method not in {"GET", "HEAD"}:
        raise EgressRefused("method", f"a redirect would repeat the {request.method} at another host")
    kept = {name: value for name, value in request.headers.items() if name.lower() not in _PERSONAL_HEADERS}
    return replace(request, headers=kept, secrets={})


def _ask(
    request: EgressRequest,
    target: Target,
    addresses: list[IpAddress],
    *,
    policy: EgressPolicy,
    limits: EgressLimits,
    deadline: Deadline,
    network: Network,
) -> EgressAnswer:
    """One request over one connection of its own."""
    # Chunks of a single byte cost five more each; nobody who sends those means well.
    most_bytes = limits.header_size + 2 * limits.size + 65_536
    backend = CheckedBackend(
        addresses,
        connector=network.connect,
        deadline=deadline,
        connect_seconds=limits.connect_seconds,
        most_bytes=most_bytes,
    )
    url = httpcore2.URL(
        scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
    )
    try:
        with (
            httpcore2.ConnectionPool(
                ssl_context=policy.tls or _trusted(), max_connections=1, http1=True, network_backend=backend
            ) as pool,
            pool.stream(
                request.method,
                url,
                headers=_headers(request, target),
                content=request.body,
                extensions={"sni_hostname": target.host},
            ) as response,
        ):
            headers = _read_headers(response.headers, limits.header_size)
            wanted = request.method != "HEAD" and not (response.status in _REDIRECTS and "location" in headers)
            body = (
                _read_body(response.iter_stream(), headers.get("content-encoding", ""), limits.size)
                if wanted
                else b""
            )
    except (httpcore2.RemoteProtocolError, httpcore2.LocalProtocolError):
        raise EgressUnusable("protocol", "the answer is not HTTP") from None
    except (httpcore2.NetworkError, httpcore2.TimeoutException):
        raise EgressUnreachable("broken", "the connection ended before the answer did") from None
    return EgressAnswer(response.status, headers, body, target.url, 0, deadline.milliseconds())


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The machine's certificates (SSL_CERT_FILE and SSL_CERT_DIR name others), read once."""
    return ssl.create_default_context()


def _headers(request: EgressRequest, target: Target) -> list[tuple[bytes, bytes]]:
    given = {**request.headers, **request.secrets}
    names = {name.lower() for name in given}
    headers = [(b"Host", target.authority.encode()), (b"Connection", b"close")]
    if "user-agent" not in names:
        headers.append((b"User-Agent", _USER_AGENT.encode()))
    if "accept-encoding" not in names:
        headers.append((b"Accept-Encoding", b"gzip"))
    headers += [(name.encode("ascii"), value.encode("ascii")) for name, value in given.items()]
    if request.body is None and request.method in {"POST", "PUT", "PATCH"}:
        headers.append((b"Content-Length", b"0"))
    return headers


def _read_headers(raw: Iterable[tuple[bytes, bytes]], most: int) -> Mapping[str, str]:
    """By name in lower case; several of one name are joined as HTTP says."""
    headers: dict[str, str] = {}
    size = 0
    for name, value in raw:
        size += len(name) + len(value) + 4
        if size > most:
            raise EgressUnusable("headers", "the headers of the answer are too large")
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _read_body(chunks: Iterable[bytes], encoding: str, most: int) -> bytes:
    """The body, unpacked, never more than `most` bytes of either form."""
    unpack = _unpacker(encoding)
    packed, parts, size = 0, [], 0
    for chunk in chunks:
        packed += len(chunk)
        if packed > most:
            raise EgressUnusable("size", "the answer is too large")
        if unpack is None:
            parts.append(chunk)
            continue
        try:
            part = unpack.decompress(chunk, most - size + 1)
        except zlib.error:
            raise EgressUnusable("encoding", "the answer cannot be unpacked") from None
        size += len(part)
        if size > most or unpack.unconsumed_tail:
            raise EgressUnusable("size", "the answer is too large")
        parts.append(part)
    if unpack is not None and packed and not unpack.eof:
        raise EgressUnusable("encoding", "the answer cannot be unpacked")
    return b"".join(parts)


def _unpacker(encoding: str) -> zlib._Decompress | None:
    """What undoes the encoding; None for none."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return None
    if name in {"gzip", "x-gzip", "deflate"}:
        return zlib.decompressobj(zlib.MAX_WBITS | 32)
    raise EgressUnusable("encoding", "the answer is packed in a way that is not known here")

"""Size, time, odd answers, and what a request may carry."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib

import pytest

from nlu.egress.fetching import fetch
from nlu.egress.network import Network
from nlu.egress.types import EgressAnswer, EgressLimits, EgressPolicy, EgressRequest
from nlu.errors import EgressTimeout, EgressUnreachable, EgressUnusable, InvalidData
from tests.nlu.egress.canary import Canary, answer
from tests.servers import free_port

SMALL = EgressLimits(seconds=5, size=1_000, header_size=2_000)


def ask(canary: Canary, *, limits: EgressLimits = SMALL, **fields: object) -> EgressAnswer:
    request = EgressRequest(canary.url(), **fields)  # type: ignore[arg-type]
    return fetch(request, policy=EgressPolicy.allowing([canary.pair]), limits=limits)


def chunked(body: bytes, *, size: int = 1) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n"


@pytest.mark.parametrize(
    "reply",
    [
        answer(b"x" * 1_000),
        chunked(b"x" * 1_000),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000,
        answer(gzip.compress(b"x" * 1_000), headers=("Content-Encoding: gzip",)),
        answer(zlib.compress(b"x" * 1_000), headers=("Content-Encoding: deflate",)),
    ],
    ids=["length", "chunked", "to the end", "gzip", "deflate"],
)
def test_an_answer_within_the_size_is_read(reply, canary: Canary):
    canary.script = lambda _seen, _socket: reply
    assert ask(canary).body == b"x" * 1_000


@pytest.mark.parametrize(
    "reply",
    [
        answer(b"x" * 1_001),
        chunked(b"x" * 1_001),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_001,
        answer(gzip.compress(b"x" * 1_001), headers=("Content-Encoding: gzip",)),
        answer(gzip.compress(b"\x00" * 900_000), headers=("Content-Encoding: gzip",)),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;" + b"e" * 90_000 + b"\r\nx\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000 + answer(b"x"),
    ],
    ids=["length", "chunked", "to the end", "gzip", "bomb", "extensions", "informational"],
)
def test_a_larger_answer_is_not_read_to_its_end(reply, canary: Canary):
    canary.script = lambda _seen, _socket: reply
    with pytest.raises(EgressUnusable):
        ask(canary)


def test_an_endless_answer_ends(canary: Canary):
    def pour(_seen, connected):
        connected.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connected.sendall(b"x" * 65_536)

    canary.script = pour
    with pytest.raises(EgressUnusable) as unusable:
        ask(canary)
    assert unusable.value.code == "size"


@pytest.mark.parametrize(
    "lines", [("X-Large: " + "x" * 3_000,), tuple(f"X-{number}: {'y' * 90}" for number in range(30))]
)
def test_headers_have_a_size(lines, canary: Canary):
    canary.script = lambda _seen, _socket: answer(b"x", headers=lines)
    with pytest.raises(EgressUnusable) as unusable:
        ask(canary)
    assert unusable.value.code == "headers"
    assert ask(canary, limits=EgressLimits(header_size=10_000)).body == b"x"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "protocol"),
        (b"\x16\x03\x01\x00\x05hello\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", "protocol"),
        (b"", "protocol"),
        (answer(b"no gzip at all", headers=("Content-Encoding: gzip",)), "encoding"),
        (answer(gzip.compress(b"hello")[:-9], headers=("Content-Encoding: gzip",)), "encoding"),
        (answer(b"x", headers=("Content-Encoding: br",)), "encoding"),
    ],
)
def test_what_is_no_answer_is_named(reply, code, canary: Canary):
    canary.script = lambda _seen, _socket: reply
    with pytest.raises(EgressUnusable) as unusable:
        ask(canary)
    assert unusable.value.code == code


def test_a_slow_answer_ends_with_the_time_however_steadily_it_drips(canary: Canary):
    gone = threading.Event()

    def drip(_seen, connected):
        connected.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not gone.wait(0.05):
            connected.sendall(b"x")

    canary.script = drip
    started = time.monotonic()
    with pytest.raises(EgressTimeout):
        ask(canary, limits=EgressLimits(seconds=0.5))
    gone.set()
    assert time.monotonic() - started < 3


def test_silence_ends_with_the_time(canary: Canary):
    gone = threading.Event()
    canary.script = lambda _seen, _socket: gone.wait(10) and None
    with pytest.raises(EgressTimeout):
        ask(canary, limits=EgressLimits(seconds=0.3))
    gone.set()


def test_a_resolver_that_does_not_answer_ends_with_the_time():
    never = threading.Event()
    network = Network(resolve=lambda _host, _port: never.wait(20) and ("127.0.0.1",))
    with pytest.raises(EgressTimeout):
        fetch(
            EgressRequest("http://slow.example/"),
            policy=EgressPolicy(),
            limits=EgressLimits(seconds=0.2),
            network=network,
        )
    never.set()


def test_a_connection_has_less_time_than_the_whole():
    def connect(_address: str, _port: int, seconds: float) -> socket.socket:
        assert seconds <= 0.2
        raise TimeoutError

    network = Network(resolve=lambda _host, _port: ("93.184.216.34", "93.184.216.35"), connect=connect)
    with pytest.raises(EgressTimeout):
        fetch(
            EgressRequest("http://shop.example/"),
            policy=EgressPolicy(),
            limits=EgressLimits(connect_seconds=0.2),
            network=network,
        )


def test_nobody_there_is_not_the_same_as_too_slow():
    port = free_port()
    policy = EgressPolicy.allowing([f"127.0.0.1:{port}"])
    with pytest.raises(EgressUnreachable) as unreachable:
        fetch(EgressRequest(f"http://127.0.0.1:{port}/"), policy=policy)
    assert unreachable.value.code == "connect"


def test_a_name_that_nobody_knows():
    def unknown(_host: str, _port: int) -> tuple[str, ...]:
        raise socket.gaierror

    with pytest.raises(EgressUnreachable) as unreachable:
        fetch(EgressRequest("http://no.example/"), policy=EgressPolicy(), network=Network(resolve=unknown))
    assert unreachable.value.code == "name"


@pytest.mark.parametrize(
    "fields",
    [
        {"method": "CONNECT"},
        {"method": "get"},
        {"method": "GET", "body": b"x"},
        {"headers": {"X-A": "a\r\nX-B: b"}},
        {"headers": {"X-A\r\nX-B": "b"}},
        {"headers": {"Host": "other.example"}},
        {"headers": {"Transfer-Encoding": "chunked"}},
        {"secrets": {"Content-Length": "0"}},
        {"secrets": {"X-Key": "ключ"}},
        {"secrets": {"": "x"}},
    ],
)
def test_a_request_that_could_smuggle_another_is_not_made(fields):
    with pytest.raises(InvalidData) as invalid:
        EgressRequest("http://shop.example/", **fields)
    assert "ключ" not in str(invalid.value)


def test_the_body_and_the_headers_arrive(canary: Canary):
    ask(
        canary,
        method="PUT",
        body=b'{"a": 1}',
        headers={"Content-Type": "application/json"},
        secrets={"X-Key": "k"},
    )
    (seen,) = canary.seen
    assert seen.line == "PUT / HTTP/1.1"
    assert (seen.body, seen.headers["content-type"], seen.headers["x-key"]) == (
        b'{"a": 1}',
        "application/json",
        "k",
    )
    assert "k" not in repr(EgressRequest("http://a/", secrets={"X": "kkkk"})).replace("Request", "").split(
        "secrets"
    )
    assert ask(canary, method="POST").status == 200
    assert canary.seen[-1].headers["content-length"] == "0"

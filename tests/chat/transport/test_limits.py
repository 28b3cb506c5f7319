"""Token bucket, addresses behind proxies, typing's pace, origins."""

from __future__ import annotations

import uuid

import pytest

from chat import limits
from chat.access import origin_of, own_origins
from chat.consumers.typing_pace import TypingPace
from chat.limits import AddressCounter, TokenBucket, client_address


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("chat.limits.time", made)
    monkeypatch.setattr("chat.consumers.typing_pace.time", made)
    return made


def test_bucket_lets_a_burst_and_then_the_rate_pass(clock):
    bucket = TokenBucket(2)
    assert [bucket.take() for _ in range(2 * limits.BURST + 1)] == [True] * 6 + [False]
    clock.now += 1
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    clock.now += 1000
    assert [bucket.take() for _ in range(7)] == [True] * 6 + [False]


@pytest.mark.parametrize(
    ("proxies", "headers", "address"),
    [
        (0, [], "10.0.0.1"),
        (0, ["1.1.1.1"], "10.0.0.1"),
        (1, ["1.1.1.1"], "1.1.1.1"),
        (1, ["9.9.9.9, 1.1.1.1"], "1.1.1.1"),
        (1, ["9.9.9.9", "1.1.1.1"], "1.1.1.1"),
        (2, ["9.9.9.9, 1.1.1.1, 10.0.0.2"], "1.1.1.1"),
        (2, ["1.1.1.1"], "10.0.0.1"),
        (1, [""], "10.0.0.1"),
    ],
)
def test_address_is_what_the_outermost_trusted_proxy_saw(settings, proxies, headers, address):
    settings.TRUSTED_PROXIES = proxies
    assert client_address("10.0.0.1", headers) == address


def test_addresses_are_counted_and_forgotten(settings):
    settings.SOCKETS_PER_ADDRESS = 2
    counter = AddressCounter()
    assert [counter.enter("a") for _ in range(3)] == [True, True, False]
    assert counter.enter("b")
    counter.leave("a")
    assert counter.enter("a")


def test_typing_changes_pass_at_once_and_repetitions_slowly(clock):
    pace, conversation = TypingPace(), uuid.uuid4()
    assert not pace.lets(conversation, typing=False)
    assert pace.lets(conversation, typing=True)
    assert not pace.lets(conversation, typing=True)
    clock.now += 2.1
    assert pace.lets(conversation, typing=True)
    assert pace.lets(conversation, typing=False)
    assert pace.lets(uuid.uuid4(), typing=True)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Shop.Example/path", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:8080/", "http://shop.example:8080"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("ftp://shop.example", ""),
        ("null", ""),
        ("http://shop.example:99999", ""),
        ("", ""),
    ],
)
def test_origins_are_written_in_one_way(url, origin):
    assert origin_of(url) == origin


def test_only_allowed_hosts_are_ours(settings):
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://chat.example", ["chat.example", "[::1]"]
    assert own_origins(host="evil.example", secure=True) == {"https://chat.example"}
    assert own_origins(host="[::1]:8000", secure=False) == {"https://chat.example", "http://[::1]:8000"}
    assert own_origins(host="", secure=False) == {"https://chat.example"}

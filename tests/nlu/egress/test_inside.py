"""No address, however it is written, leads a request inside; the pair that is allowed does."""

from __future__ import annotations

import pytest

from nlu.egress.fetching import fetch
from nlu.egress.types import EgressPolicy, EgressRequest
from nlu.errors import EgressRefused, InvalidData
from tests.nlu.egress.canary import Canary
from tests.nlu.egress.conftest import OTHER_PUBLIC, PUBLIC, Recorded
from tests.nlu.egress.hostile_addresses import ADDRESSES, NAMES

NOTHING_ALLOWED = EgressPolicy()


def test_there_are_enough_of_them():
    assert len(set(ADDRESSES)) >= 180


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_leads_inside_is_refused_without_a_connection(address, canary: Canary, recorded: Recorded):
    url = address.replace("{port}", str(canary.port))
    recorded.names["ok.example"] = [(PUBLIC,)]
    with pytest.raises(EgressRefused):
        fetch(EgressRequest(url), policy=NOTHING_ALLOWED, network=recorded.network())
    assert (canary.connections, recorded.connected, recorded.asked) == (0, [], [])


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_inside_is_refused_without_a_connection(name, canary: Canary, recorded: Recorded):
    plain = {"localhost.": "localhost", "bücher.example": "xn--bcher-kva.example"}.get(name, name)
    recorded.names[plain] = [NAMES[name]]
    with pytest.raises(EgressRefused) as refused:
        fetch(EgressRequest(canary.url(host=name)), policy=NOTHING_ALLOWED, network=recorded.network())
    assert refused.value.code == "address"
    assert (canary.connections, recorded.connected, recorded.asked) == (0, [], [plain])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "127。0。0。1", "127.0.0.1."]
)
def test_the_pair_that_is_allowed_is_reached_in_any_notation(host, canary: Canary):
    answer = fetch(EgressRequest(canary.url(host=host)), policy=EgressPolicy.allowing([canary.pair]))
    assert (answer.status, answer.body) == (200, b"hello")
    assert canary.connections == 1
    assert canary.seen[0].headers["host"] == canary.pair


def test_another_port_of_an_allowed_host_is_refused(canary: Canary, other: Canary):
    with pytest.raises(EgressRefused):
        fetch(EgressRequest(other.url()), policy=EgressPolicy.allowing([canary.pair]))
    assert other.connections == 0


def test_a_name_that_leads_to_an_allowed_pair_is_another_host(canary: Canary, recorded: Recorded):
    recorded.names["loop.example"] = [("127.0.0.1",)]
    request = EgressRequest(canary.url(host="loop.example"))
    with pytest.raises(EgressRefused):
        fetch(request, policy=EgressPolicy.allowing([canary.pair]), network=recorded.network())
    allowed = EgressPolicy.allowing([f"LOOP.example.:{canary.port}"])
    assert fetch(request, policy=allowed, network=recorded.network()).status == 200
    assert recorded.connected == ["127.0.0.1"]


@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "0.0.0.1", "224.0.0.1", "fe80::1"])
def test_what_is_never_reached_is_not_reached_through_an_allowed_name(address, canary: Canary, recorded: Recorded):
    recorded.names["erp.example"] = [(address,)]
    policy = EgressPolicy.allowing([f"erp.example:{canary.port}"])
    with pytest.raises(EgressRefused):
        fetch(EgressRequest(canary.url(host="erp.example")), policy=policy, network=recorded.network())
    assert recorded.connected == []


@pytest.mark.parametrize("host", ["shop.example", "例子.example", PUBLIC, "1572395042", f"[::ffff:{PUBLIC}]"])
def test_a_public_address_is_reached(host, canary: Canary, recorded: Recorded):
    for name in ("shop.example", "xn--fsqu00a.example"):
        recorded.names[name] = [(PUBLIC,)]
    answer = fetch(EgressRequest(canary.url(host=host)), policy=NOTHING_ALLOWED, network=recorded.network())
    assert answer.status == 200
    assert recorded.connected == [PUBLIC]


def test_a_name_is_looked_up_once_and_the_checked_address_is_connected_to(canary: Canary, recorded: Recorded):
    """DNS rebinding: the second answer would lead inside, and nobody asks for it."""
    recorded.names["rebind.example"] = [(PUBLIC,), ("127.0.0.1",)]
    url = canary.url(host="rebind.example")
    fetch(EgressRequest(url), policy=NOTHING_ALLOWED, network=recorded.network())
    assert (recorded.asked, recorded.connected) == (["rebind.example"], [PUBLIC])
    assert canary.seen[0].headers["host"] == f"rebind.example:{canary.port}"
    with pytest.raises(EgressRefused):
        fetch(EgressRequest(url), policy=NOTHING_ALLOWED, network=recorded.network())
    assert (recorded.connected, canary.connections) == ([PUBLIC], 1)


def test_the_next_address_of_a_name_is_tried(canary: Canary, recorded: Recorded):
    recorded.names["shop.example"] = [("2606:2800:220:1:248:1893:25c8:1946", OTHER_PUBLIC)]
    url = canary.url(host="shop.example")
    assert fetch(EgressRequest(url), policy=NOTHING_ALLOWED, network=recorded.network()).status == 200
    assert recorded.connected[-1] == OTHER_PUBLIC


def test_the_proxies_of_the_environment_are_not_used(canary: Canary, other: Canary, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, other.url())
    assert fetch(EgressRequest(canary.url()), policy=EgressPolicy.allowing([canary.pair])).status == 200
    assert (canary.connections, other.connections) == (1, 0)


@pytest.mark.parametrize(
    "pair", ["127.0.0.1", "127.0.0.1:", ":80", "a b:80", "host:0", "host:70000", "http://a:80"]
)
def test_an_allowed_pair_that_cannot_be_read_is_an_error(pair):
    with pytest.raises(InvalidData, match="no host:port"):
        EgressPolicy.allowing([pair])

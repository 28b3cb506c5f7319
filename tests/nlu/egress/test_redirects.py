"""Every hop is checked as the first one was, and what is meant for one host is not sent to another."""

from __future__ import annotations

import pytest

from nlu.egress.fetching import fetch
from nlu.egress.types import EgressAnswer, EgressPolicy, EgressRequest
from nlu.errors import EgressRefused
from tests.nlu.egress.canary import PLAIN, Canary, answer, redirect
from tests.nlu.egress.conftest import OTHER_PUBLIC, PUBLIC, Recorded
from tests.nlu.egress.hostile_addresses import ADDRESSES, CONFUSED

# A redirect may be relative: of what is confused as a whole address, some is a plain path to a `Location`.
LOCATIONS = [
    address
    for address in ADDRESSES
    if "\n" not in address and address.isascii() and "\x00" not in address and address.strip() == address
    if address and ("://" in address or address.startswith("//")) and address not in CONFUSED[:10]
]


def ask(recorded: Recorded, url: str, *, allowed: tuple[str, ...] = (), **fields: object) -> EgressAnswer:
    recorded.names.setdefault("shop.example", [(PUBLIC,)])
    recorded.names.setdefault("other.example", [(OTHER_PUBLIC,)])
    request = EgressRequest(url, **fields)  # type: ignore[arg-type]
    return fetch(request, policy=EgressPolicy.allowing(allowed), network=recorded.network())


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_redirect_inside_is_refused(location, canary: Canary, other: Canary, recorded: Recorded):
    canary.script = lambda _seen, _socket: redirect(location.replace("{port}", str(other.port)))
    with pytest.raises(EgressRefused):
        ask(recorded, canary.url(host="shop.example"))
    assert (other.connections, recorded.connected) == (0, [PUBLIC])


def test_a_redirect_outside_is_followed(canary: Canary, other: Canary, recorded: Recorded):
    canary.script = lambda _seen, _socket: redirect(other.url("/there?a=1#part", host="other.example"))
    found = ask(recorded, canary.url(host="shop.example"))
    assert (found.status, found.redirects, found.url) == (
        200,
        1,
        f"http://other.example:{other.port}/there?a=1",
    )
    assert recorded.connected == [PUBLIC, OTHER_PUBLIC]


def test_a_name_is_looked_up_again_at_every_hop(canary: Canary, recorded: Recorded):
    """The name of the second hop leads inside by then."""
    recorded.names["shop.example"] = [(PUBLIC,), ("127.0.0.1",)]
    canary.script = lambda _seen, _socket: redirect("/again")
    with pytest.raises(EgressRefused) as refused:
        ask(recorded, canary.url(host="shop.example"))
    assert refused.value.code == "address"
    assert canary.connections == 1


def test_a_public_address_cannot_send_a_request_to_an_allowed_private_one(
    canary: Canary, other: Canary, recorded: Recorded
):
    canary.script = lambda _seen, _socket: redirect(other.url())
    with pytest.raises(EgressRefused):
        ask(recorded, canary.url(host="shop.example"), allowed=(other.pair,))
    assert other.connections == 0
    assert ask(recorded, canary.url(), allowed=(canary.pair, other.pair)).status == 200
    assert other.connections == 1


def test_five_redirects_are_followed_and_six_are_not(canary: Canary, recorded: Recorded):
    def script(seen, _socket):
        left = int(seen.line.split()[1].rpartition("/")[2])
        return redirect(f"/{left - 1}") if left else PLAIN

    canary.script = script
    assert ask(recorded, canary.url("/5", host="shop.example")).redirects == 5
    canary.seen.clear()
    with pytest.raises(EgressRefused) as refused:
        ask(recorded, canary.url("/30", host="shop.example"))
    assert refused.value.code == "redirects"
    assert len(canary.seen) == 6


def test_secrets_end_with_the_host(canary: Canary, other: Canary, recorded: Recorded):
    canary.script = lambda _seen, _socket: redirect(other.url(host="other.example"))
    ask(
        recorded,
        canary.url(host="shop.example"),
        secrets={"X-Api-Key": "k-1234"},
        headers={"Authorization": "Bearer t-1234", "Cookie": "c=1234", "X-Trace": "kept"},
    )
    first, second = canary.seen[0].headers, other.seen[0].headers
    assert (first["x-api-key"], first["authorization"]) == ("k-1234", "Bearer t-1234")
    assert second["x-trace"] == "kept"
    assert "1234" not in str(second)


def test_secrets_stay_with_the_host(canary: Canary, recorded: Recorded):
    canary.script = lambda seen, _socket: PLAIN if "/there" in seen.line else redirect("/there")
    ask(recorded, canary.url(host="shop.example"), secrets={"X-Api-Key": "k-1234"})
    assert [seen.headers["x-api-key"] for seen in canary.seen] == ["k-1234", "k-1234"]


def test_another_port_is_another_host_to_secrets(canary: Canary, other: Canary, recorded: Recorded):
    canary.script = lambda _seen, _socket: redirect(other.url(host="shop.example"))
    ask(recorded, canary.url(host="shop.example"), secrets={"X-Api-Key": "k-1234"})
    assert "x-api-key" not in other.seen[0].headers


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_what_writes_is_repeated_at_the_same_host_alone(status, canary: Canary, other: Canary, recorded: Recorded):
    canary.script = lambda seen, _socket: PLAIN if "/there" in seen.line else redirect("/there", status=status)
    ask(recorded, canary.url(host="shop.example"), method="POST", body=b"{}")
    assert [(seen.line.split()[0], seen.body) for seen in canary.seen] == [("POST", b"{}"), ("POST", b"{}")]
    canary.script = lambda _seen, _socket: redirect(other.url(host="other.example"), status=status)
    with pytest.raises(EgressRefused) as refused:
        ask(recorded, canary.url(host="shop.example"), method="POST", body=b"{}")
    assert refused.value.code == "method"
    assert other.connections == 0


def test_see_other_becomes_a_get_without_the_body(canary: Canary, other: Canary, recorded: Recorded):
    canary.script = lambda _seen, _socket: redirect(other.url(host="other.example"), status="303 See Other")
    ask(recorded, canary.url(host="shop.example"), method="POST", body=b"secret")
    assert (other.seen[0].line.split()[0], other.seen[0].body) == ("GET", b"")


def test_from_https_nothing_leads_to_http(canary: Canary, other: Canary, recorded: Recorded, https):
    canary.tls = https.server
    canary.script = lambda _seen, _socket: redirect(other.url(host="other.example"))
    recorded.names["shop.example"] = [(PUBLIC,)]
    recorded.names["other.example"] = [(OTHER_PUBLIC,)]
    with pytest.raises(EgressRefused) as refused:
        fetch(
            EgressRequest(canary.url(host="shop.example", scheme="https")),
            policy=EgressPolicy(tls=https.client),
            network=recorded.network(),
        )
    assert refused.value.code == "downgrade"
    assert (canary.connections, other.connections) == (1, 0)


@pytest.mark.parametrize("status", ["300 Choices", "304 Not Modified", "302 Found"])
def test_an_answer_that_leads_nowhere_is_an_answer(status, canary: Canary, recorded: Recorded):
    canary.script = lambda _seen, _socket: answer(b"", status=status)
    assert ask(recorded, canary.url(host="shop.example")).status == int(status[:3])

"""https: the certificate must be valid for the name of the address, whatever it is connected to."""

from __future__ import annotations

import pytest

from nlu.egress.fetching import fetch
from nlu.egress.types import EgressPolicy, EgressRequest
from nlu.errors import EgressUnreachable
from tests.nlu.egress.canary import Canary
from tests.nlu.egress.conftest import PUBLIC, Recorded


@pytest.fixture
def secure(canary: Canary, https, recorded: Recorded) -> Canary:
    canary.tls = https.server
    for name in ("shop.example", "other.example"):
        recorded.names[name] = [(PUBLIC,)]
    return canary


def test_the_name_is_what_is_certified(secure: Canary, https, recorded: Recorded):
    url = secure.url(host="shop.example", scheme="https")
    found = fetch(EgressRequest(url), policy=EgressPolicy(tls=https.client), network=recorded.network())
    assert (found.status, recorded.connected) == (200, [PUBLIC])
    assert https.names == ["shop.example"]


def test_a_certificate_of_another_name_is_refused(secure: Canary, https, recorded: Recorded):
    url = secure.url(host="other.example", scheme="https")
    with pytest.raises(EgressUnreachable) as unreachable:
        fetch(EgressRequest(url), policy=EgressPolicy(tls=https.client), network=recorded.network())
    assert unreachable.value.code == "tls"
    assert secure.seen == []


def test_a_certificate_that_nobody_trusts_is_refused(secure: Canary, recorded: Recorded):
    url = secure.url(host="shop.example", scheme="https")
    with pytest.raises(EgressUnreachable) as unreachable:
        fetch(EgressRequest(url), policy=EgressPolicy(), network=recorded.network())
    assert unreachable.value.code == "tls"


def test_no_tls_at_all_is_named(canary: Canary, recorded: Recorded):
    canary.greeting = b"220 mail.example ESMTP\r\n"
    recorded.names["shop.example"] = [(PUBLIC,)]
    with pytest.raises(EgressUnreachable) as unreachable:
        fetch(
            EgressRequest(canary.url(host="shop.example", scheme="https")),
            policy=EgressPolicy(),
            network=recorded.network(),
        )
    assert unreachable.value.code == "tls"

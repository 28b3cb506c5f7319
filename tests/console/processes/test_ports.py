"""What is opened beside the installation, and what people are told of it."""

from __future__ import annotations

import pytest

from console.env import reachable
from console.processes.ports import demo_backend_port, demo_shop_port, open_ports
from console.processes.ready import links


@pytest.mark.parametrize(
    ("shop", "backend", "expected"),
    [
        (True, True, [9100, 9101, 9102]),
        (True, False, [9100, 9101]),
        (False, True, [9100, 9102]),
        (False, False, [9100]),
    ],
)
def test_a_demo_that_is_off_has_no_port_and_no_link(settings, shop, backend, expected):
    settings.PORT, settings.DEMO_SHOP, settings.DEMO_BACKEND = 9100, shop, backend
    settings.PUBLIC_URL = "http://shop.example:9100"
    assert open_ports() == expected
    assert (demo_shop_port() is not None, demo_backend_port() is not None) == (shop, backend)
    told = links()
    assert ("http://shop.example:9101/" in told) is shop
    assert ("http://shop.example:9102/" in told) is backend
    assert "http://shop.example:9100/console/" in told


@pytest.mark.parametrize(
    ("bound", "reached"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("10.0.0.5", "10.0.0.5"), ("::", "[::1]")],  # noqa: S104 - compared only
)
def test_where_a_bound_server_is_reached(bound, reached):
    assert reachable(bound) == reached

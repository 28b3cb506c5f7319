"""The demo backend of recorded conversations starts even if its port was taken meanwhile."""

from __future__ import annotations

import socket

from chat.demo_process import DemoBackendProcess


def test_a_port_taken_meanwhile_is_replaced():
    backend = DemoBackendProcess()
    first = backend.port
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        with backend:
            assert backend.port != first
            backend.reset()
    assert backend.process.poll() is not None


def test_a_free_port_is_kept():
    backend = DemoBackendProcess()
    first = backend.port
    with backend:
        assert backend.port == first

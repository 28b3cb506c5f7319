"""A backend at a fixed time, and whoever calls it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from starlette.testclient import TestClient

from deploy.demo_backend.app import create_app

TOKEN = "a-token-of-the-tests"
START = datetime.fromisoformat("2026-03-18T14:30")


@dataclass
class Clock:
    """A clock that a test may turn."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(clock):
    return TestClient(create_app(clock=clock, token=TOKEN), headers={"Authorization": f"Bearer {TOKEN}"})


@pytest.fixture
def stranger(client):
    """The same backend, called without a token."""
    return TestClient(client.app)

"""A listening system."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.nlu.egress.canary import Canary


@pytest.fixture
def backend() -> Iterator[Canary]:
    with Canary() as listening:
        yield listening

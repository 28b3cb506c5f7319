"""An operator's browser beside the flow, the model, the business system and the turn worker of the floor below."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.chat.flows.conftest import backend, flow, model, trained_folder, worker, workspace  # noqa: F401
from tests.console.screens.conftest import plain_static_files, signed_in  # noqa: F401
from tests.console.screens.shop import make_person


@pytest.fixture
def operator(db: None) -> User:
    return make_person("operator")


@pytest.fixture
def browser(operator: User) -> Client:
    """The operator's browser."""
    return signed_in(operator)

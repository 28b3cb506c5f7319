"""The queue's shop, as `tests/chat/reviews` makes it, and browsers of its staff."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.chat.reviews.conftest import Desk


@pytest.fixture(autouse=True)
def plain_static_files(settings) -> None:
    """Pages without collectstatic: names as they are written."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def desk(db) -> Desk:
    return Desk()


@pytest.fixture
def supervisor(desk) -> User:
    return desk.person("chief", full_name="Chen Jie")


def signed_in(person: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def chief(supervisor) -> Client:
    """The supervisor's browser."""
    return signed_in(supervisor)

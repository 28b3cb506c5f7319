"""A small shop with one of everything, and people of every role."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from nlu.actions.utterance_edits import add_texts
from nlu.models import Utterance
from tests.console.screens.findings import utterance
from tests.console.screens.shop import Shop, make_person, make_shop


@pytest.fixture(autouse=True)
def plain_static_files(settings) -> None:
    """Pages without collectstatic: names as they are written."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def shop(db) -> Shop:
    return make_shop()


@pytest.fixture
def operator(db) -> User:
    return make_person("operator")


@pytest.fixture
def administrator(db) -> User:
    return make_person("administrator")


def signed_in(person: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def teach(shop: Shop, operator: User) -> Client:
    """An operator's browser, set to the shop's workspace."""
    return signed_in(operator)


@pytest.fixture
def manage(shop: Shop, administrator: User) -> Client:
    """An administrator's browser."""
    return signed_in(administrator)


@pytest.fixture
def conflict(shop: Shop) -> Utterance:
    """An utterance of `refund` that says what one of `track` says."""
    add_texts(
        workspace=shop.workspace,
        intent=shop.refund,
        texts=["Please, where is my parcel?"],
        locale="en",
        actor=None,
    )
    return utterance(shop, "Please, where is my parcel?")

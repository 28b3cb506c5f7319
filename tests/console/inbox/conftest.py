"""One shop for every test of the inbox."""

from __future__ import annotations

import pytest

from tests.console.inbox.scene import Scene


@pytest.fixture
def scene(db) -> Scene:
    return Scene()


@pytest.fixture(autouse=True)
def plain_static_files(settings) -> None:
    """Pages without collectstatic: names as they are written."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }

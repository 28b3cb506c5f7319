"""Fixtures of every test: a database that threads can share, and people and conversations to talk with."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file: an in-memory database cannot be shared by threads that write under IMMEDIATE."""
    from django.db import connections

    connection = connections["default"]
    if connection.vendor == "sqlite":
        folder: Path = tmp_path_factory.mktemp("database")
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        connection.settings_dict["TEST"]["NAME"] = str(folder / f"test-{worker}.sqlite3")


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """A hash that costs nothing: what is tested is who may come in, not how long a guess takes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def a_vault_key(settings) -> None:
    """A key of the tests' own: the one in `var` belongs to the installation."""
    settings.VAULT_KEY = "dGhlIHRlc3RzJyBvd24ga2V5IG9mIDMyIGJ5dGVzLi4"


@pytest.fixture(autouse=True)
def nothing_remembered_from_the_test_before() -> None:
    """Rows of two tests may have the same ids; what processes keep of rows must not outlive a test."""
    if "nlu.search" in sys.modules:
        sys.modules["nlu.search"].forget_indexes()
    if "nlu.actions.masking" in sys.modules:
        sys.modules["nlu.actions.masking"].forget_compiled_rules()
    if "chat.catalogue" in sys.modules:
        sys.modules["chat.catalogue"].forget_leads()
    if "chat.flow_book" in sys.modules:
        sys.modules["chat.flow_book"].forget_definitions()


@pytest.fixture(autouse=True)
def the_language_of_nobody() -> None:
    """A request leaves its reader's language active in its thread; a test without one starts from the default."""
    from django.utils import translation

    translation.deactivate()

"""Browsers of signed-in staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.installation import Installation


@pytest.fixture
def sign_in(installation: Installation, new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """A page of a member of staff: role, language, theme, and options of the context."""

    def make(role: str, *, language: str = "en", theme: str = "light", **options: Any) -> Page:
        context = new_context(base_url=installation.origin, **options)
        context.add_cookies(
            [
                installation.session_cookie(role),
                {"name": "django_language", "value": language, "url": installation.origin},
                {"name": "theme", "value": theme, "url": installation.origin},
            ]
        )
        return context.new_page()

    return make


@pytest.fixture
def operator(sign_in: Callable[..., Page]) -> Iterator[Page]:
    """An operator's page in English."""
    yield sign_in("operator")

"""What the tests of the chat page share."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.widget.scripted_server import ScriptedServer, remember_visitor


@pytest.fixture
def server(page: Page) -> ScriptedServer:
    """A scripted server for the page, whose visitor was here before."""
    remember_visitor(page)
    return ScriptedServer(page)

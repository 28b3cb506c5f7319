"""One browser and one installation for all browser tests; a fresh context for each; no error goes unnoticed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.desk import Desk
from tests.browser.host_pages import HostPages
from tests.browser.installation import Installation, start_installation
from tests.chaos.stack import Stack

CHROMIUM = Path("/usr/bin/chromium")
LATENCY = int(os.environ.get("BROWSER_LATENCY", "0"))
"""Milliseconds that every request of a page waits, and nothing is cached: finds tests that only pass while scripts
arrive at once."""
HERE = Path(__file__).parent
expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder drives a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Watch:
    """What pages complained about. A test that provokes a complaint says so with `expected`."""

    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, *parts: str) -> None:
        """Complaints with any of these parts are part of the test."""
        self.expected += parts

    def add(self, text: str) -> None:
        """Note a complaint."""
        self.complaints.append(text)

    def on_console(self, message: ConsoleMessage) -> None:
        """Errors and warnings; a violation of the Content-Security-Policy is an error too."""
        if message.type in {"error", "warning"}:
            self.add(f"{message.type}: {message.text}")

    def unexpected(self) -> list[str]:
        """What nobody announced."""
        return [text for text in self.complaints if not any(part in text for part in self.expected)]


def slow_down(page: Page) -> None:
    """Have the page's requests wait for `LATENCY`."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    conditions = {"offline": False, "latency": LATENCY, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", conditions)


# A package's fixtures end with its last test: Playwright's loop must be gone before tests that need a loop of
# their own run in the same process.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    assert CHROMIUM.exists(), "Chromium is missing (on Debian: apt install chromium)"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="package")
def host_pages() -> Iterator[HostPages]:
    """Another origin, which the demo shop's site allows."""
    pages = HostPages()
    yield pages
    pages.close()


@pytest.fixture(scope="package")
def installation(host_pages: HostPages) -> Iterator[Installation]:
    """The real stack with a small trained workspace, staff and sites."""
    with Stack() as stack:
        yield start_installation(stack, origins=[host_pages.origin])


@pytest.fixture
def desk(installation: Installation) -> Iterator[Desk]:
    """An agent at work."""
    with Desk(installation) as opened:
        yield opened


@pytest.fixture(autouse=True)
def watch() -> Iterator[Watch]:
    """Fail a test on any console error, page error or policy violation that it did not announce."""
    watching = Watch()
    yield watching
    assert watching.unexpected() == []


@pytest.fixture
def new_context(browser: Browser, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """Make browser contexts (customers, members of staff) whose pages are watched; options as Playwright's."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        options.setdefault("locale", "en-GB")
        options.setdefault("timezone_id", "Asia/Shanghai")
        context = browser.new_context(**options)
        context.on("console", watch.on_console)
        context.on("weberror", lambda error: watch.add(f"page error: {error.error}"))
        if LATENCY:
            context.on("page", slow_down)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """One page of a new customer."""
    return new_context().new_page()

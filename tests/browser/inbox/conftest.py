"""Customers on the chat page and staff in the inbox, each in a browser of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.desk import Desk
from tests.browser.installation import Installation


@dataclass
class Customer:
    """Somebody on the hosted chat page."""

    page: Page

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox")

    def says(self, text: str) -> None:
        """Write and wait until the server has it: what is sent at once afterwards may overtake it."""
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.page.get_by_text(text, exact=True).first).to_be_visible()
        expect(self.page.locator('[data-state="sending"]')).to_have_count(0)

    def asks_for_a_person(self) -> None:
        """Press the page's own button; a reply may offer one of the same name."""
        self.page.locator("#person").click()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).last).to_be_visible()


@dataclass
class Inbox:
    """A member of staff in front of the inbox."""

    page: Page

    def row(self, text: str) -> Locator:
        """The row of the list whose preview has the text."""
        return self.page.locator("[data-open]", has_text=text)

    def open(self, text: str) -> str:
        """Open the conversation with this preview; its id."""
        row = self.row(text).first
        row.click()
        expect(row).to_have_attribute("aria-current", "true")
        expect(self.page.locator("#conversation")).to_have_attribute("data-conversation", self.uuid)
        return self.uuid

    @property
    def uuid(self) -> str:
        """The id of the open conversation, from the address."""
        self.page.wait_for_url("**/console/inbox/*-*-*-*-*/**")
        return self.page.url.split("/console/inbox/")[1].split("/")[0]

    @property
    def field(self) -> Locator:
        return self.page.locator("#composer-text")

    @property
    def messages(self) -> Locator:
        return self.page.locator("#messages")

    def take(self) -> None:
        self.page.get_by_role("button", name="Take").click()
        expect(self.field).to_be_focused()

    def says(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def resolves(self) -> None:
        self.page.get_by_role("button", name="Resolve").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
        expect(self.page.locator("#conversation")).to_have_attribute("data-status", "resolved")


@pytest.fixture
def new_customer(installation: Installation, new_context: Callable[..., BrowserContext]) -> Callable[[], Customer]:
    """Make customers who write English."""

    def make() -> Customer:
        page = new_context(viewport={"width": 420, "height": 760}).new_page()
        page.goto(installation.chat())
        return Customer(page)

    return make


@pytest.fixture
def staff(installation: Installation, new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Make contexts of signed-in staff, in English unless told otherwise."""

    def make(role: str, *, language: str = "en", **options: Any) -> BrowserContext:
        context = new_context(**options)
        context.add_cookies(
            [
                installation.session_cookie(role),
                {"name": "django_language", "value": language, "url": installation.origin},
            ]
        )
        return context

    return make


@pytest.fixture
def open_inbox(installation: Installation, staff: Callable[..., BrowserContext]) -> Callable[..., Inbox]:
    """Open the inbox as somebody and wait until it is live."""

    def make(role: str = "agent", *, address: str = "/console/inbox/", **options: Any) -> Inbox:
        page = staff(role, **options).new_page()
        page.goto(installation.origin + address)
        expect(page.locator("#live")).to_have_attribute("data-state", "open")
        return Inbox(page)

    return make


@pytest.fixture
def waiting(new_customer: Callable[[], Customer]) -> Callable[[str], Customer]:
    """A customer who says something and then asks for a person."""

    def make(text: str) -> Customer:
        customer = new_customer()
        customer.says(text)
        customer.asks_for_a_person()
        return customer

    return make


@pytest.fixture(autouse=True)
def empty_inbox(installation: Installation) -> None:
    """Resolve what other tests left open, so that lists can be counted."""
    address = f"{installation.origin}/console/inbox/rows/?list=open"
    cookie = installation.session_cookie("supervisor")
    request = Request(address, headers={"Cookie": f"{cookie['name']}={cookie['value']}"})
    with urlopen(request, timeout=10) as response, Desk(installation, "supervisor") as desk:
        left = re.findall(r'<li data-conversation="([0-9a-f-]{36})"', response.read().decode())
        for uuid in left:
            desk.send("conversation.watch", conversation=uuid, after=0)
            desk.wait_for("messages.resumed", conversation=uuid)
            desk.send("conversation.resolve", conversation=uuid)
            desk.wait_for("conversation.updated", conversation=uuid, status="resolved")
            desk.send("conversation.unwatch", conversation=uuid)

"""Inbox and transcripts in both languages and themes, wide and narrow: accessible, and nothing sticks out."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import violations

LOOKS = pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("en", "light", 1440), ("zh-hans", "dark", 1280), ("en", "dark", 390), ("zh-hans", "light", 320)],
)


def assert_good(page, width: int) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@LOOKS
def test_inbox(open_inbox, waiting, language, scheme, width):
    waiting("how do I return this")
    inbox = open_inbox(
        language=language, color_scheme=scheme, viewport={"width": width, "height": 800}, address="/console/inbox/"
    )
    page = inbox.page
    expect(page.locator("#rows [data-open]").first).to_be_visible()
    assert_good(page, width)
    page.locator("#rows [data-open]").first.click()
    expect(page.locator("#log")).to_be_visible()
    assert_good(page, width)
    if page.locator("[data-context]").is_visible():
        page.locator("[data-context]").click()
        assert_good(page, width)
        page.locator("[data-context-close]").click()
    page.locator("[data-act=take]").click()
    expect(page.locator("#composer-text")).to_be_focused()
    assert_good(page, width)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()
    assert_good(page, width)


@LOOKS
def test_transcripts(installation, staff, new_customer, language, scheme, width):
    customer = new_customer()
    customer.says("how do I return this")
    customer.sees("Choose Return in My orders.")
    page = staff(
        "operator", language=language, color_scheme=scheme, viewport={"width": width, "height": 800}
    ).new_page()
    page.goto(f"{installation.origin}/console/transcripts/?q=return")
    assert_good(page, width)
    page.locator(".title-link").first.click()
    expect(page.locator(".trace").first).to_be_visible()
    page.locator(".trace .numbers summary").first.click()
    assert_good(page, width)

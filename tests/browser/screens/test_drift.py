"""The drift watch's alarm in a real browser: in every look, by keyboard, to the messages behind it, closed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.installation import Installation
from tests.browser.screens.test_accessibility import LOOKS


def test_an_alarm_is_read_followed_and_closed(
    installation: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    cookie = json.loads(installation.stack.run("tests/browser/screens/seed_drift.py", "drifting"))

    def open_page(language: str, theme: str, width: int) -> Page:
        context = new_context(base_url=installation.origin, viewport={"width": width, "height": 900})
        context.add_cookies(
            [
                {**cookie, "url": installation.origin},
                {"name": "django_language", "value": language, "url": installation.origin},
                {"name": "theme", "value": theme, "url": installation.origin},
            ]
        )
        return context.new_page()

    for language, theme, width in LOOKS:
        page = open_page(language, theme, width)
        for path in ("/console/", "/console/drift/"):
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("lang", re.compile(language, re.IGNORECASE))
            expect(page.locator(".drift-reasons li")).to_have_count(5)
            assert violations(page) == [], (path, language, theme)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (path, width)

    page = open_page("en", "light", 1280)
    page.goto("/console/")
    alarm = page.get_by_role("region", name=re.compile("The messages of customers have changed"))
    expect(alarm).to_contain_text("“Where is my order” grew from 8.1")
    alarm.get_by_role("link", name=re.compile("^Review queue ?: “Where")).press("Enter")
    expect(page).to_have_url(re.compile(r"/console/review/\?from=.*intent=track"))
    page.go_back()
    alarm.get_by_role("button", name="I look after it").press("Enter")
    expect(page.get_by_role("heading", name="Drift watch")).to_be_visible()
    expect(page.get_by_text("looks after it").first).to_be_visible()
    page.get_by_role("button", name="Close: this is normal now").press("Enter")
    expect(page.get_by_role("heading", name="Earlier alarms")).to_be_visible()
    expect(page.get_by_text("It learns what is normal for v1")).to_be_visible()
    assert violations(page) == []
    page.goto("/console/")
    expect(page.get_by_text("have changed")).to_have_count(0)

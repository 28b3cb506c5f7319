"""A large import in a real browser: started, left, found again, watched to its end; another one cancelled."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.installation import Installation
from tests.browser.screens.test_accessibility import LOOKS

LARGE = 4_000
VERY_LARGE = 20_000
SLOW = 120_000
"""Milliseconds that a busy machine may take."""


def write(file: Path, count: int, words: str) -> Path:
    lines = [json.dumps({"text": f"{words} {n}", "intent": f"intent_{n % 20}"}) for n in range(count)]
    file.write_text("\n".join(["this is no JSON", lines[0], *lines]), encoding="utf-8")
    return file


def upload(page: Page, file: Path) -> None:
    page.goto("/console/intents/import/")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Import").press("Enter")
    expect(page.get_by_role("heading", name=file.name, level=1)).to_be_visible()


def cancel_by_keyboard(page: Page) -> None:
    """Tab to the button; the panel is replaced while it has the focus, and Enter still presses it."""
    button = page.get_by_role("button", name="Cancel")
    for _ in range(60):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    for _ in range(2):
        page.locator("#import-run").evaluate("panel => panel.dataset.old = 'yes'")
        expect(page.locator("#import-run[data-old]")).to_have_count(0)
    expect(page.locator("#import-run")).to_contain_text("You can close this page")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")


def test_a_large_import_goes_on_while_nobody_looks_and_can_be_cancelled(
    installation: Installation, new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    cookie = json.loads(installation.stack.run("tests/browser/screens/seed_imports.py", "importing"))

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

    page = open_page("en", "light", 1280)
    upload(page, write(tmp_path / "large.jsonl", LARGE, "words"))
    address = page.url
    bar = page.get_by_role("progressbar", name="Progress of the import")
    expect(bar).to_be_visible()
    expect(bar).to_have_attribute("value", re.compile(r"0\.[0-9]+"), timeout=SLOW)
    assert violations(page) == []
    page.reload()
    expect(page.get_by_role("heading", name="large.jsonl", level=1)).to_be_visible()
    page.goto("/console/intents/")
    notice = page.get_by_text("“large.jsonl” is being imported")
    expect(notice).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Watch it").press("Enter")
    expect(page).to_have_url(address)
    expect(page.get_by_role("status").get_by_text("The whole file was looked at.")).to_be_visible(timeout=SLOW)
    report = page.get_by_role("region", name="What the import did")
    expect(report.locator("dl.tiles")).to_have_text(
        re.compile(rf"Added\s*{LARGE}\s*There already\s*1\s*Refused\s*1")
    )
    expect(report.get_by_role("row", name="This is not JSON.")).to_contain_text("1")
    report.get_by_text("Which were there already").press("Enter")
    expect(report.get_by_text("Line 3: “words 0”")).to_be_visible()
    with page.expect_download() as download:
        report.get_by_role("link", name="Refused lines as CSV").press("Enter")
    assert "This is not JSON." in Path(download.value.path()).read_text(encoding="utf-8")

    upload(page, write(tmp_path / "very-large.jsonl", VERY_LARGE, "other words"))
    cancelled = page.url
    cancel_by_keyboard(page)
    expect(page.get_by_text("The import is stopped.")).to_be_visible()
    expect(page.get_by_role("heading", name="What the import did")).to_be_visible()
    page.goto("/console/intents/import/")
    expect(page.get_by_role("region", name="Large imports").get_by_role("listitem")).to_have_count(2)

    for language, theme, width in LOOKS:
        page = open_page(language, theme, width)
        for path in (address, cancelled, "/console/intents/import/"):
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("lang", re.compile(language, re.IGNORECASE))
            assert violations(page) == [], (path, language, theme)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (path, width)

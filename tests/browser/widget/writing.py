"""How a customer says something."""

from __future__ import annotations

from playwright.sync_api import Page


def write(page: Page, text: str) -> None:
    """Type and press Enter."""
    page.locator("textarea").fill(text)
    page.locator("textarea").press("Enter")

"""Connections and the vault in a real browser: by keyboard, in every look, with a value that is shown once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.installation import Installation
from tests.browser.screens.test_accessibility import LOOKS

ORIGINAL = "13800138000"


def fits(page: Page) -> list[str]:
    """What axe finds, and whether anything is too wide."""
    found = violations(page)
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, f"{too_wide} px too wide"] if too_wide > 0 else found


def test_a_system_is_connected_and_an_action_tried(sign_in: Callable[..., Page]) -> None:
    page = sign_in("operator")
    page.goto("/console/connections/")
    page.get_by_role("link", name="New connection").first.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("erp")
    dialog.get_by_label("Address").fill("http://127.0.0.1:4711/api")
    dialog.get_by_label("Header of the secret").fill("Authorization")
    dialog.get_by_label("Word before the secret").fill("Bearer")
    dialog.get_by_label("Secret", exact=True).fill("s3cret-value-17")
    assert violations(page) == []
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("secret set")).to_be_visible()
    page.get_by_role("link", name="New action").press("Enter")
    expect(page.get_by_label("Definition")).to_have_value(re.compile("name: find_order"))
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("heading", name="find_order")).to_be_visible()
    page.get_by_label("order_no").fill("LM 1")
    page.get_by_role("button", name="Call").press("Enter")
    result = page.locator("#trial-result")
    expect(result).to_contain_text("refused")
    expect(result).to_contain_text("GET http://127.0.0.1:4711/api/orders/LM%201")
    expect(result).to_contain_text("Authorization: Bearer ••••••")
    assert "s3cret" not in page.content()
    address = page.url
    for language, theme, width in LOOKS:
        look = sign_in("operator", language=language, theme=theme, viewport={"width": width, "height": 900})
        for path in ("/console/connections/", address, "/console/connections/new/"):
            look.goto(path)
            assert fits(look) == [], (path, language, theme, width)


@pytest.fixture
def conversation(installation: Installation) -> str:
    """The address of a transcript with a value that is kept."""
    kept = json.loads(installation.stack.run("tests/browser/screens/seed_kept.py"))
    return f"/console/transcripts/{kept['conversation']}/"


def test_a_kept_value_is_shown_once_for_a_reason(sign_in: Callable[..., Page], conversation: str) -> None:
    page = sign_in("supervisor")
    page.goto(conversation)
    assert ORIGINAL not in page.content()
    page.get_by_role("link", name="Show what [手机号#1] stands for").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("The customer asked to be called back")
    assert violations(page) == []
    dialog.get_by_label("Reason").press("Enter")
    expect(dialog.get_by_text(ORIGINAL)).to_be_visible()
    assert violations(page) == []
    assert ORIGINAL not in page.url
    dialog.get_by_role("link", name="Done").press("Enter")
    expect(dialog).to_be_hidden()
    assert ORIGINAL not in page.content()
    page.reload()
    assert ORIGINAL not in page.content()
    for language, theme, width in LOOKS:
        look = sign_in("supervisor", language=language, theme=theme, viewport={"width": width, "height": 900})
        look.goto(conversation)
        expect(look.locator("a.reveal")).to_have_count(1)
        assert fits(look) == [], (language, theme, width)
        look.locator("a.reveal").press("Enter")
        expect(look.get_by_role("dialog")).to_be_visible()
        assert violations(look) == [], (language, theme, width)

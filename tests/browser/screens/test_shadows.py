"""Shadow mode in a real browser, with a real turn worker: start, read along, review by its key, stop."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.installation import Installation
from tests.browser.screens.test_accessibility import LOOKS
from tests.browser.widget.writing import write

VERSION = "/console/training/versions/2/"
ASKED = "can I pay with my card"


def test_a_shadow_reads_along_and_its_differences_are_reviewed_first(
    operator: Page,
    sign_in: Callable[..., Page],
    installation: Installation,
    new_context: Callable[..., BrowserContext],
) -> None:
    """The second version has unlearned an intent of the first."""
    operator.goto(VERSION)
    panel = operator.locator("#shadow")
    panel.get_by_role("button", name="Start the shadow").click()
    expect(panel).to_contain_text("reading along")
    visitor = new_context(base_url=installation.origin).new_page()
    visitor.goto(installation.chat())
    write(visitor, ASKED)
    expect(visitor.locator(".bubble").nth(1)).to_be_visible()
    expect(look_again(operator)).to_contain_text("payment")
    expect(panel.locator(".tile", has_text="Understood differently")).to_contain_text("100.0")
    assert violations(operator) == []

    panel.locator("table a").first.click()
    expect(operator.get_by_role("heading", name="Messages of the shadow")).to_be_visible()
    expect(operator.locator("table.held-out tbody tr")).to_contain_text(ASKED)
    assert violations(operator) == []

    for language, theme, width in LOOKS:
        page = sign_in("operator", language=language, theme=theme, viewport={"width": width, "height": 900})
        for path in (VERSION, f"{VERSION}shadow/turns/", "/console/review/"):
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("lang", re.compile(language, re.IGNORECASE))
            assert violations(page) == [], (path, language, theme)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (path, width)
        page.context.close()

    operator.goto("/console/review/")
    first = operator.locator("[data-review]").first
    expect(first).to_be_focused()
    expect(first).to_contain_text(ASKED)
    expect(first).to_contain_text("v2, the shadow:")
    operator.keyboard.press("1")
    expect(first).to_contain_text("the assistant was right")
    operator.keyboard.press("u")
    expect(first.get_by_text("What did the customer want?")).to_be_visible()

    operator.goto(VERSION)
    panel.get_by_role("button", name="Stop the shadow").click()
    expect(operator.get_by_text("What it found stays.")).to_be_visible()
    expect(panel.get_by_role("button", name="Start the shadow again")).to_be_visible()


def look_again(page: Page):
    """Press the panel's button until something is scored, as a person would."""
    table = page.locator("#shadow table")
    for _ in range(40):
        with page.expect_response(re.compile(r"/shadow/$")):
            page.locator("#shadow").get_by_role("link", name="Look again").click()
        if table.count():
            break
        page.wait_for_timeout(250)
    return table


@pytest.mark.parametrize("role", ["supervisor"])
def test_those_who_do_not_teach_only_look(sign_in: Callable[..., Page], role: str) -> None:
    page = sign_in(role)
    page.goto(VERSION)
    expect(page.locator("#gate")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("shadow"))).to_have_count(0)

"""Data health in a real browser: a conflict is repaired by keyboard, taken back, and every part is accessible."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.screens.test_teaching import add, make_intent, make_type, select_words

HEALTH = "/console/data-health/"
PARTS = ("conflicts", "repetitions", "balance", "marks", "doubts")
LOOKS = (
    ("en", "light", 1280),
    ("zh-hans", "dark", 1280),
    ("zh-hans", "light", 320),
    ("en", "dark", 320),
)


@pytest.fixture
def findings(operator: Page) -> Page:
    """An intent that repeats itself, contradicts another one, and is marked in two ways."""
    make_type(operator, "town")
    make_intent(operator)
    lines = [
        "parcel to Oslo",
        "Oslo is far",
        "please, where is my order?",
        "not Oslo again",
        "parcel to Oslo please",
    ]
    for line in lines:
        add(operator, line)
        expect(operator.locator(".utterance-text").first).to_have_text(line)
    intent = operator.url
    for words in ("Oslo is far", "parcel to Oslo please"):
        operator.goto(f"{intent}?q={words}")
        expect(operator.locator(".utterance")).to_have_count(1)
        select_words(operator, "Oslo")
        operator.locator("#type-menu").get_by_role("button", name="town").click()
        expect(operator.locator("mark.span")).to_have_count(1)
    return operator


def test_findings_are_repaired_in_place_and_taken_back(findings: Page, sign_in: Callable[..., Page]) -> None:
    page = findings
    page.goto("/console/training/")
    page.get_by_role("link", name=re.compile("conflict: the same words")).click()
    expect(page).to_have_url(re.compile(r"data-health/\?part=conflicts"))
    page.wait_for_load_state()
    move = page.get_by_role("button", name=re.compile("^Move to order_status.*please"))
    move.press("Enter")
    expect(page.get_by_text("1 utterance moved to “order_status”.")).to_be_visible()
    expect(page.locator("#findings")).to_contain_text("No two utterances contradict each other.")
    expect(page.locator("#findings .empty")).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile(r"data-health/\?part=conflicts"))
    expect(move).to_be_visible()

    for language, theme, width in LOOKS:
        look = sign_in("operator", language=language, theme=theme, viewport={"width": width, "height": 800})
        found: dict[str, list[str]] = {}
        for part in PARTS:
            look.goto(f"{HEALTH}?part={part}")
            wrong = violations(look)
            if look.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
                wrong.append("wider than the screen")
            if wrong:
                found[part] = wrong
        assert found == {}, (language, theme, width)

    page.get_by_role("button", name=re.compile("^Both are right")).press("Enter")
    expect(page.get_by_text("Settled: it is not shown again")).to_be_visible()
    expect(page.locator("#findings .empty")).to_be_focused()
    expect(page.locator("#findings")).to_contain_text("Nothing is left to look at; the rest is settled.")
    page.get_by_role("link", name="settled 1").click()
    again = page.get_by_role("button", name=re.compile("^Take back"))
    expect(again).to_be_visible()
    for language, theme, width in LOOKS:
        look = sign_in("operator", language=language, theme=theme, viewport={"width": width, "height": 800})
        look.goto(f"{HEALTH}?part=conflicts&state=settled")
        expect(look.locator(".finding")).to_have_count(1)
        assert violations(look) == [], (language, theme, width)
        assert look.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (language, theme, width)
    again.press("Enter")
    expect(page.get_by_text("Taken back: the finding is shown again.")).to_be_visible()
    expect(page.locator("#findings .empty")).to_be_focused()
    page.get_by_role("link", name="to look at").click()
    expect(move).to_be_visible()

    page.get_by_role("link", name=re.compile("^Marks")).click()
    page.get_by_role("button", name=re.compile("^Mark as town.*not Oslo")).press("Enter")
    expect(page.get_by_text("“Oslo” is marked as town.")).to_be_visible()

    page.get_by_role("link", name=re.compile("^Repetitions")).click()
    bar = page.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    page.get_by_label("parcel to Oslo", exact=True).check()
    bar.get_by_role("button", name="Delete").press("Enter")
    expect(page.get_by_text("1 utterance deleted.")).to_be_visible()
    expect(page.get_by_label("parcel to Oslo", exact=True)).to_have_count(0)

    page.get_by_role("link", name=re.compile("^Conflicts")).click()
    page.get_by_role("button", name=re.compile("^Delete.*please, where")).press("Enter")
    expect(page.get_by_text("1 utterance deleted.")).to_be_visible()

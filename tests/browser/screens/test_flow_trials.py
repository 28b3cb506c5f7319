"""Trying a flow out in a real browser: the path on the map, a call held back, the talk kept and had again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.installation import Installation
from tests.browser.screens.test_accessibility import LOOKS

PATIENCE = 60_000


@pytest.fixture
def address(installation: Installation) -> str:
    """Where the flow is tried out."""
    return f"/console/flows/{installation.stack.run('tests/browser/screens/seed_flow_trials.py').strip()}/try/"


def fits(page: Page) -> list[str]:
    """What axe finds, and whether anything is too wide."""
    found = violations(page)
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, f"{too_wide} px too wide"] if too_wide > 0 else found


def on_map(page: Page, mark: str) -> list[str]:
    """The steps that carry a mark on the map, by their titles."""
    titles = page.locator(f".flow-box.{mark} > title").all_text_contents()
    return [re.sub(r"^\d+\. (\S+) .*$", r"\1", one, flags=re.DOTALL) for one in titles]


def write(page: Page, text: str) -> None:
    """Write as a customer, with the keyboard alone."""
    page.get_by_label("A customer’s message").fill(text)
    page.keyboard.press("Enter")


def test_a_flow_is_tried_out_kept_and_run_again(sign_in: Callable[..., Page], address: str) -> None:
    page = sign_in("operator")
    page.goto(address)
    assert fits(page) == []
    page.get_by_role("button", name="Begin").press("Enter")
    expect(page.get_by_text("Nothing was said yet")).to_be_visible()
    write(page, "where is my order")
    talk = page.get_by_role("log")
    expect(talk.get_by_text("Which day?")).to_be_visible()
    assert on_map(page, "current") == ["when"]
    write(page, "on 2031-03-02")
    expect(talk.get_by_text("Pick it up on", exact=False)).to_be_visible()
    assert on_map(page, "reached") == ["when", "sure"]
    expect(page.locator(".flow-edge.taken")).to_have_count(1)
    expect(page.locator(".trial-slots")).to_contain_text("2031-03-02")
    page.reload()
    assert on_map(page, "current") == ["sure"]
    page.get_by_role("button", name="Yes", exact=True).press("Enter")
    waiting = page.get_by_role("group", name="Here the flow would call order_pick_up")
    expect(waiting).to_contain_text("2031-03-02")
    assert on_map(page, "current") == ["do"]
    assert fits(page) == []
    waiting.get_by_label("Outcome").select_option("ok")
    waiting.get_by_text("What it brings").press("Enter")
    waiting.get_by_label("number").fill("P7")
    waiting.get_by_role("button", name="Go on as if").press("Enter")
    expect(talk.get_by_text("Done: P7.")).to_be_visible()
    assert on_map(page, "reached") == ["when", "sure", "do", "bye"]
    expect(page.locator(".flow-edge.taken")).to_have_count(3)
    for language, theme, width in LOOKS:
        look = sign_in("operator", language=language, theme=theme, viewport={"width": width, "height": 900})
        look.goto(address)
        assert fits(look) == [], (language, theme, width)
        assert look.locator(".flow-map").evaluate("map => map.scrollWidth >= map.clientWidth")

    page.get_by_label("Name").fill("picked up on a day")
    page.get_by_role("button", name="Keep").press("Enter")
    expect(page.get_by_role("heading", name="picked up on a day")).to_be_visible()
    recorded = page.url
    page.get_by_role("checkbox", name=re.compile("slot day: 2031-03-02")).first.uncheck()
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_role("checkbox", name=re.compile("slot day: 2031-03-02")).first).not_to_be_checked()
    page.get_by_role("button", name="Run with the draft").press("Enter")
    expect(page.get_by_text("All went as expected.")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="picked up on a day", exact=True).press("Enter")
    expect(page.locator(".compared-turn")).to_have_count(4)
    run = page.url
    for language, theme, width in LOOKS:
        look = sign_in("operator", language=language, theme=theme, viewport={"width": width, "height": 900})
        for path in (recorded, run, address.replace("/try/", "/conversations/")):
            look.goto(path)
            assert fits(look) == [], (path, language, theme, width)


def test_from_a_step_by_its_own_address(sign_in: Callable[..., Page], address: str) -> None:
    page = sign_in("operator", language="zh-hans")
    page.goto(f"{address}?step=sure")
    page.locator("#id_slot_day").fill("2031-04-05")
    page.locator("#id_locale").select_option("zh-hans")
    page.locator(".trial-start button").last.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("来取，对吗？")
    assert on_map(page, "current") == ["sure"]
    expect(page.locator(".trial-slots")).to_contain_text("2031-04-05")

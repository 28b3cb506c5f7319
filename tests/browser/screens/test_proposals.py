"""Proposed utterances in a real browser: switched on, proposed by the worker, read by keys, in every look."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.installation import Installation
from tests.browser.screens.test_accessibility import LOOKS

QUEUE = "/console/training/proposals/"
slugs = itertools.count()

Reader = Callable[..., Page]


@pytest.fixture
def seeded(installation: Installation) -> dict[str, str]:
    return json.loads(installation.stack.run("tests/browser/screens/seed_proposals.py", f"proposals{next(slugs)}"))


@pytest.fixture
def reader(
    installation: Installation, new_context: Callable[..., BrowserContext], seeded: dict[str, str]
) -> Reader:
    """Pages of an operator of a workspace with five proposals."""

    def make(*, language: str = "en", theme: str = "light", **options: object) -> Page:
        context = new_context(base_url=installation.origin, **options)
        context.add_cookies(
            [
                {"name": seeded["name"], "value": seeded["value"], "url": installation.origin},
                {"name": "django_language", "value": language, "url": installation.origin},
                {"name": "theme", "value": theme, "url": installation.origin},
            ]
        )
        return context.new_page()

    return make


def current(page: Page) -> Locator:
    return page.locator("[data-proposal][aria-current]")


def test_proposals_are_read_by_keys_alone(reader: Reader) -> None:
    page = reader()
    page.goto(QUEUE)
    expect(page.locator("[data-open]")).to_have_count(5)
    expect(current(page)).to_be_focused()
    expect(current(page).locator(".review-text")).to_have_text("how do I get my money back")
    expect(current(page).locator("ins")).to_have_text("my money back")
    expect(current(page).locator("del")).to_have_text("a refund")

    page.keyboard.press("a")
    expect(page.locator("#proposal-said")).to_have_text("Accepted as an utterance, marked as generated.")
    expect(page.locator("#count-accepted")).to_have_text("1")
    expect(current(page)).to_be_focused()
    expect(current(page).locator(".review-text")).to_have_text("where is my box")
    page.keyboard.press("r")
    expect(page.locator("#count-rejected")).to_have_text("1")

    page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name="Edit the proposal")
    expect(dialog.get_by_label("Wording")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" are you sure")  # letters in a field are letters
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#count-accepted")).to_have_text("2")
    expect(page.locator("[data-proposal]", has_text="Bergen are you sure")).to_contain_text("accepted")
    expect(current(page)).to_be_focused()
    expect(current(page).locator(".review-text")).to_have_text("has my parcel left")

    # Two of four real ones is the most: the third is refused, and says why where it stands.
    page.keyboard.press("a")
    expect(page.locator("#count-accepted")).to_have_text("3")
    page.keyboard.press("a")
    expect(current(page).get_by_role("alert")).to_contain_text("2 generated beside 4 real")
    expect(page.locator("#count-proposed")).to_have_text("1")
    assert violations(page) == []

    # u takes back one step after the other.
    page.keyboard.press("u")
    expect(page.locator("[data-open]")).to_have_count(2)
    expect(page.locator("#count-accepted")).to_have_text("2")
    expect(current(page)).to_be_focused()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("#count-accepted")).to_have_text("2")
    assert violations(page) == []
    # Whoever switches the keys off does it for themselves alone, on this page as in the inbox.
    own = "Object.entries(localStorage).filter(([name]) => /^xiaoer[.]desk[.][0-9]+[.]setting[.]keys$/.test(name))"
    keys.get_by_label("Single keys work").uncheck()
    assert [value for _name, value in page.evaluate(own)] == ["false"]
    keys.get_by_role("button", name="Close").click()
    page.keyboard.press("a")
    page.get_by_role("button", name="Keys", exact=True).click()
    expect(page.locator("#count-accepted")).to_have_text("2")
    keys.get_by_label("Single keys work").check()
    keys.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(current(page).locator(".review-text")).to_have_text("has my parcel left")
    page.get_by_role("link", name="rejected").click()
    expect(page.locator("[data-proposal]")).to_have_count(1)
    page.get_by_role("button", name="Take back", exact=True).click()
    expect(page.locator("#count-proposed")).to_have_text("3")


def test_keys_that_are_off_are_off_where_nothing_is_listed(reader: Reader) -> None:
    page = reader()
    page.goto(QUEUE)
    page.keyboard.press("r")
    expect(page.locator("#count-rejected")).to_have_text("1")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    keys.get_by_label("Single keys work").uncheck()
    keys.get_by_role("button", name="Close").click()
    page.goto(f"{QUEUE}?state=accepted")
    expect(page.locator(".empty")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.keyboard.press("u")
    page.get_by_role("button", name="Keys", exact=True).click()
    expect(keys.get_by_label("Single keys work")).not_to_be_checked()
    assert "POST" not in sent
    keys.get_by_label("Single keys work").check()
    keys.get_by_role("button", name="Close").click()
    page.keyboard.press("u")
    expect(page.locator("#notices")).to_contain_text("Taken back: 1 proposal")


def test_many_at_once(reader: Reader) -> None:
    page = reader()
    page.goto(QUEUE)
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Accept").first.click()
    expect(page.get_by_text("3 proposals accepted.")).to_be_visible()
    expect(page.get_by_text("2 are left as they were")).to_be_visible()
    expect(page.locator("[data-open]")).to_have_count(2)
    page.get_by_role("button", name="Take back my last").click()
    expect(page.locator("[data-open]")).to_have_count(5)


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_no_page_of_proposals_has_a_finding(
    reader: Reader, seeded: dict[str, str], language: str, theme: str, width: int
) -> None:
    page = reader(language=language, theme=theme, viewport={"width": width, "height": 800})
    run = f"/console/training/generation/{seeded['run']}/"
    for path in (QUEUE, run, "/console/training/generation/", "/console/training/"):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    page.goto(QUEUE)
    page.locator("[data-accept]").first.click()
    expect(page.locator("#count-accepted")).to_have_text("1")
    page.goto(f"{QUEUE}?state=accepted")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_it_is_switched_on_and_the_worker_proposes(reader: Reader) -> None:
    page = reader()
    page.goto("/console/training/generation/")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("heading", name="It is switched off")).to_be_visible()
    assert violations(page) == []
    page.goto(QUEUE)
    page.keyboard.press("a")
    expect(current(page).get_by_role("alert")).to_contain_text("switched off")
    page.get_by_role("link", name="Switch it on").click()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("checkbox", name="track")).to_be_checked()
    page.get_by_label("Proposals an intent, at most").fill("3")
    page.get_by_role("button", name="Propose").press("Enter")
    progress = page.locator("#generation-progress")
    expect(progress).to_contain_text("Paraphrase".lower())
    page.reload()
    expect(progress.get_by_role("status")).to_be_visible(timeout=120_000)
    expect(progress).to_contain_text("done")
    progress.get_by_role("link").last.click()
    expect(page.get_by_role("heading", name="How good the texts are")).to_be_visible()
    assert violations(page) == []

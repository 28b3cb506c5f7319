"""The slider of a version's promise: by mouse and keyboard, previewed, kept, in force from the next turn on."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.installation import Installation

UNIQUE = count(1)
FRAMES = (
    "{}",
    "{} please",
    "hello, {}",
    "can you {} today",
    "I want to {}",
    "so {} then",
    "how do I {}",
    "{} again",
)
WORDS = {
    "track": ("track my parcel", "find my parcel", "see where it is", "follow the delivery", "locate the courier"),
    "refund": ("get my money back", "have a refund", "return the payment", "be paid back", "cancel the payment"),
    "invoice": ("get an invoice", "have a bill", "print the receipt", "see the tax paper", "get the statement"),
}
ASKED = "I want to track my parcel please"


@pytest.fixture(scope="module")
def trained(browser, installation: Installation) -> Page:
    """A workspace of its own, taught and trained, on the page of its active version."""
    context: BrowserContext = browser.new_context(
        base_url=installation.origin, viewport={"width": 1280, "height": 900}, locale="en-GB"
    )
    page = context.new_page()
    page.goto("/console/sign-in/?next=/console/workspaces/new/")
    page.get_by_label("Name").fill("administrator")
    page.get_by_label("Password").fill(installation.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Name", exact=True).fill("Promises")
    page.get_by_label("Short name").fill(f"promises-{next(UNIQUE)}")
    page.get_by_role("button", name="Create the workspace").click()
    lines = ["text,intent"]
    for intent, words in WORDS.items():
        lines += [f'"{frame.format(word)}",{intent}' for frame in FRAMES for word in words]
    # What nobody can tell apart: the curve of a model that is sometimes wrong.
    lines += [f"about number {number},{tuple(WORDS)[number * 7 % 3]}" for number in range(30)]
    page.goto("/console/intents/import/")
    page.get_by_label("File").set_input_files(
        {"name": "some.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".tile", has_text="Added")).to_contain_text("150")
    page.goto("/console/training/")
    page.get_by_role("button", name="Start a training").click()
    expect(page.locator("#progress")).to_contain_text("is a candidate", timeout=180_000)
    page.get_by_role("link", name="Activate v1").click()
    page.get_by_role("dialog").get_by_role("button", name="Activate").click()
    expect(page.get_by_text("v1 is active.")).to_be_visible()
    yield page
    context.close()


def outcome_of_asking(page: Page) -> str:
    """What the assistant does about a message that it was not taught word for word."""
    page.goto("/console/try/")
    page.get_by_label("A customer’s message").fill(ASKED)
    page.get_by_role("button", name="Ask").click()
    result = page.locator("#probe-result")
    expect(result.get_by_text("Would say")).to_be_visible(timeout=20_000)
    result.get_by_text("How it was decided").click()
    return result.inner_text()


def test_the_slider_previews_is_kept_and_decides_the_next_turn(trained: Page) -> None:
    page = trained
    before = outcome_of_asking(page)
    assert "from the promise" not in before
    assert "plausible, but not certain" not in before
    page.goto("/console/training/versions/1/")
    preview = page.locator("#promise-preview")
    slider = page.get_by_role("slider", name="Wrong answers, at most (%)")
    field = page.get_by_role("spinbutton", name="Wrong answers, at most (%)")
    expect(slider).to_be_visible()
    expect(field).to_have_value("5")
    expect(preview).to_contain_text("At most 5.0")
    slider.press("ArrowRight")
    expect(field).to_have_value("5.5")
    expect(preview).to_contain_text("At most 5.5")
    expect(slider).to_be_focused()
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    expect(field).to_have_value("20")
    expect(preview).to_contain_text("At most 20.0")
    field.fill("0.5")
    expect(slider).to_have_value("0.5")
    expect(preview.get_by_role("status")).to_contain_text("cannot show that at most 0.5")
    assert violations(page) == []
    page.get_by_role("link", name="Promise this…").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Promise at most 0.5")).to_be_visible()
    assert violations(page) == []
    dialog.get_by_role("button", name="Promise").press("Enter")
    expect(page.get_by_text("at most 0.5\u00a0% is wrong.")).to_be_visible()
    page.reload()
    expect(field).to_have_value("0.5")
    expect(page.locator("#promise")).to_contain_text("promised: 0.5")
    after = outcome_of_asking(page)
    assert "from the promise of at most 0.5" in after
    assert "plausible, but not certain" in after

    page.goto("/console/training/versions/1/")
    page.get_by_role("link", name="Take the promise back…").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("The promise is taken back.")).to_be_visible()
    assert "from the promise" not in outcome_of_asking(page)


def test_the_numbers_lead_to_held_out_utterances_and_those_to_the_intent(trained: Page) -> None:
    page = trained
    page.goto("/console/training/versions/1/?percent=20#promise")
    page.locator("#promise .tile", has_text="Answers on its own").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Held-out utterances")).to_be_visible()
    expect(page.get_by_label("Show", exact=True)).to_have_value("alone")
    row = page.locator("table.held-out tbody tr").first
    expect(row).to_contain_text("answers")
    assert violations(page) == []
    words = row.locator("th a").inner_text()
    row.locator("th a").click()
    expect(page.get_by_label("Search the utterances")).to_have_value(words)
    expect(page.locator(".utterance", has_text=words).first).to_be_visible()


@pytest.mark.parametrize(
    ("language", "theme", "width"),
    [("en", "light", 1280), ("zh-hans", "dark", 1280), ("zh-hans", "light", 320), ("en", "dark", 320)],
)
def test_no_look_has_a_finding(
    trained: Page,
    installation: Installation,
    new_context: Callable[..., BrowserContext],
    language: str,
    theme: str,
    width: int,
) -> None:
    context = new_context(base_url=installation.origin, viewport={"width": width, "height": 900})
    context.add_cookies(trained.context.cookies())
    context.add_cookies(
        [
            {"name": "django_language", "value": language, "url": installation.origin},
            {"name": "theme", "value": theme, "url": installation.origin},
        ]
    )
    page = context.new_page()
    for path in (
        "/console/training/versions/1/?percent=20",
        "/console/training/versions/1/?percent=0.5",
        "/console/training/versions/1/held-out/?percent=0.5&show=moved",
        "/console/training/versions/1/promise/save/?percent=20",
    ):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", re.compile(language, re.IGNORECASE))
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path

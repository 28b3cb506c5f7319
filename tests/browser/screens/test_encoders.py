"""A workspace trains an encoder of its own and a model with it, in a real browser and with the real worker."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations

WORDS = {
    "returns": ("send it back", "return it", "give it back"),
    "paying": ("pay by card", "pay online", "settle the bill"),
}
FRAMES = ("can I {}", "how do I {}", "I want to {}", "please {}", "may we {}", "where can I {}", "let me {}")
ENDINGS = ("", " today", " please", " now", " tomorrow", " here")


@pytest.fixture(scope="module")
def taught(browser, installation) -> Iterator[Page]:
    """A page of somebody who works on a workspace of their own, with a hundred utterances."""
    context = browser.new_context(
        base_url=installation.origin, viewport={"width": 1280, "height": 800}, locale="en-GB"
    )
    page = context.new_page()
    # A session of its own: the workspace that is worked on belongs to the session.
    page.goto("/console/sign-in/?next=/console/workspaces/new/")
    page.get_by_label("Name").fill("operator")
    page.get_by_label("Password").fill(installation.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Name", exact=True).fill("Encoders")
    page.get_by_label("Short name").fill("encoders")
    page.get_by_label("Default language").select_option("en")
    page.get_by_role("button", name="Create the workspace").click()
    expect(page.get_by_text("You are working on it now")).to_be_visible()
    texts = [
        f"{frame.format(word)}{ending},{intent}"
        for intent, words in WORDS.items()
        for word in words
        for frame in FRAMES
        for ending in ENDINGS[:4]
    ]
    page.goto("/console/intents/import/")
    page.get_by_label("File").set_input_files(
        {"name": "some.csv", "mimeType": "text/csv", "buffer": ("text,intent\n" + "\n".join(texts)).encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".tile", has_text="Added")).to_contain_text(str(len(texts)))
    yield page
    context.close()


def test_an_encoder_is_trained_and_a_model_with_it(taught: Page) -> None:
    page = taught
    page.goto("/console/training/")
    page.get_by_role("link", name="Train a sentence encoder from your own questions").press("Enter")
    expect(page.get_by_role("heading", name="Sentence encoders", level=1)).to_be_visible()
    expect(page.get_by_text("No encoder yet")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Utterances")).to_be_checked()
    page.get_by_label("Name", exact=True).fill("Our words")
    page.get_by_label("Minutes at most").fill("0")
    assert not page.get_by_label("Minutes at most").evaluate("field => field.checkValidity()")
    page.get_by_label("Minutes at most").fill("5")
    page.get_by_role("button", name="Train the encoder").press("Enter")
    progress = page.locator("#encoder-progress")
    expect(progress.get_by_role("heading", name="Our words")).to_be_visible()
    page.reload()
    expect(progress).to_contain_text("It learned from", timeout=120_000)
    row = page.get_by_role("row", name="Our words")
    expect(row).to_contain_text("ready")
    expect(row).to_contain_text("English")
    assert violations(page) == []

    progress.get_by_role("link", name="Train a model with it").press("Enter")
    expect(page.get_by_text("Here: n-grams, Our words.").first).to_be_visible()
    page.get_by_label("Minutes", exact=True).fill("20")
    page.get_by_role("radio", name=re.compile("^Balanced")).check()
    page.get_by_role("button", name="Start a training").press("Enter")
    expect(page.locator("#progress")).to_contain_text(re.compile("queued|running"))
    expect(page.locator("#progress")).to_contain_text("is a candidate", timeout=240_000)
    table = page.get_by_role("region", name="Which encoder")
    expect(table.get_by_role("row", name="n-grams")).to_be_visible()
    expect(table.get_by_role("row", name="Our words")).to_contain_text("%")
    expect(page.get_by_role("radio", name=re.compile("^Balanced"))).to_be_checked()
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_role("heading", name="Which encoder, and why")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Activate", exact=True).press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Activate").press("Enter")
    expect(page.get_by_text("v1 is active.")).to_be_visible()

    page.goto("/console/training/encoders/")
    page.get_by_role("link", name="Delete Our words").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Delete “Our words”?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_estimate_follows_the_minutes(taught: Page) -> None:
    taught.goto("/console/training/")
    with taught.expect_response("**/console/training/estimate/**") as asked:
        taught.get_by_label("Minutes", exact=True).fill("3")
        taught.get_by_label("Minutes", exact=True).press("Tab")
    assert asked.value.status == 200
    expect(taught.locator("#effort-time-best")).to_contain_text("about")
    expect(taught.get_by_label("Minutes", exact=True)).to_have_value("3")


@pytest.mark.parametrize(("language", "theme", "width"), [("zh-hans", "dark", 320), ("en", "light", 320)])
def test_a_form_that_was_refused_has_no_finding(
    sign_in: Callable[..., Page], watch, language: str, theme: str, width: int
) -> None:
    watch.expect("422")
    page = sign_in("operator", language=language, theme=theme, viewport={"width": width, "height": 800})
    page.goto("/console/training/encoders/")
    page.locator("input[name=sources]:checked").first.uncheck()
    page.locator("input[name=name]").fill("ngram")
    page.locator("form[enctype] button").press("Enter")
    expect(page.locator(".errorlist, .notice.error").first).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

"""The review queue in a real browser: by keys alone, by mouse, for two people, in every look."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Watch
from tests.browser.faults import Faults, not_sent, refused_with
from tests.browser.installation import Installation
from tests.browser.screens.test_accessibility import LOOKS

QUEUE = "/console/review/"
slugs = itertools.count()

Reviewer = Callable[..., Page]


@pytest.fixture
def reviewer(installation: Installation, new_context: Callable[..., BrowserContext]) -> Reviewer:
    """Pages of the two reviewers of a workspace with five messages to review, of which one was certain."""
    return pages_of(installation, new_context)


@pytest.fixture
def reviewer_of_parts(installation: Installation, new_context: Callable[..., BrowserContext]) -> Reviewer:
    """The same, with one more message, which says two intents."""
    return pages_of(installation, new_context, "several")


def pages_of(installation: Installation, new_context: Callable[..., BrowserContext], *more: str) -> Reviewer:
    """Pages of the reviewers of a new workspace."""
    seeded = json.loads(
        installation.stack.run("tests/browser/screens/seed_reviews.py", f"review{next(slugs)}", *more)
    )

    def make(who: str = "first", *, language: str = "en", theme: str = "light", **options: object) -> Page:
        context = new_context(base_url=installation.origin, **options)
        context.add_cookies(
            [
                {"name": seeded["name"], "value": seeded[who], "url": installation.origin},
                {"name": "django_language", "value": language, "url": installation.origin},
                {"name": "theme", "value": theme, "url": installation.origin},
            ]
        )
        return context.new_page()

    return make


def current(page: Page) -> Locator:
    return page.locator("[data-review][aria-current]")


def text_of(card: Locator) -> str:
    return card.locator(".review-text").inner_text().replace("\nplace", "").replace("place", "").strip()


def test_the_queue_is_answered_by_keys_alone(reviewer: Reviewer) -> None:
    page = reviewer()
    page.goto(QUEUE)
    expect(page.locator("[data-open]")).to_have_count(6)
    first = current(page)
    expect(first).to_be_focused()
    expect(first).to_contain_text("can you write a name on the lantern")
    expect(first).to_contain_text("an agent had to answer")

    page.keyboard.press("j")
    second = text_of(current(page))
    page.keyboard.press("k")
    expect(current(page)).to_contain_text("can you write a name")

    # The agent's answer becomes a draft, and the intent is found in the picker.
    page.keyboard.press("a")
    expect(page.locator("#review-said")).to_contain_text("On:")
    page.keyboard.press("o")
    picker = page.get_by_role("dialog", name="What did the customer want?")
    field = picker.get_by_role("combobox")
    expect(field).to_be_focused()
    page.keyboard.type("x")  # a letter in a field is a letter
    expect(picker.get_by_text("No intent is called like this.")).to_be_visible()
    page.keyboard.press("Backspace")
    page.keyboard.type("engr")
    expect(picker.get_by_role("option")).to_have_count(1)
    expect(picker.get_by_role("option")).to_have_attribute("aria-selected", "true")
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("#review-said")).to_have_text(
        "Corrected: Engraving. It teaches from the next training on. It is kept as a case. An article is drafted."
    )
    done = page.locator("[data-review].answered")
    expect(done).to_contain_text("Engraving")
    expect(done).to_contain_text("article draft")
    expect(page.locator("#review-progress")).to_contain_text("1 of 6")

    # The next message has the focus at once.
    expect(current(page)).to_be_focused()
    assert text_of(current(page)) == second
    page.keyboard.press("1")
    expect(page.locator("[data-review].answered")).to_have_count(2)
    page.keyboard.press("x")
    expect(page.locator("[data-review].answered")).to_have_count(3)
    page.keyboard.press("s")
    expect(page.locator("[data-review].skipped")).to_have_count(1)
    expect(page.locator("#review-progress")).to_contain_text("3 of 5")
    assert violations(page) == []

    # u takes back the skip, then the answer before it.
    page.keyboard.press("u")
    expect(page.locator("[data-review].skipped")).to_have_count(0)
    expect(page.locator("#review-said")).to_have_text("Taken back. The message is in the queue again.")
    page.keyboard.press("u")
    expect(page.locator("[data-review].answered")).to_have_count(2)
    expect(page.locator("#review-progress")).to_contain_text("2 of 6")

    # Nothing is lost by a reload; a key without a control says so.
    page.reload()
    expect(page.locator("[data-open]")).to_have_count(4)
    page.keyboard.press("5")
    expect(page.locator("#review-said")).to_have_text("There is no intent with this number here.")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator("[data-open]")).to_have_count(4)
    assert violations(page) == []
    keys.get_by_label("Single keys work").uncheck()
    keys.get_by_role("button", name="Close").click()
    page.keyboard.press("s")
    page.keyboard.press("?")
    expect(keys).to_be_hidden()
    expect(page.locator("[data-open]")).to_have_count(4)


def test_keys_that_are_off_are_off_where_nothing_is_listed(reviewer: Reviewer) -> None:
    page = reviewer()
    page.goto(QUEUE)
    page.keyboard.press("x")
    expect(page.locator("[data-open]")).to_have_count(5)
    page.goto(f"{QUEUE}?state=skipped")
    expect(page.locator(".empty")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    keys.get_by_label("Single keys work").uncheck()
    keys.get_by_role("button", name="Close").click()
    page.keyboard.press("u")
    page.goto(f"{QUEUE}?state=answered")
    expect(page.locator("[data-review]")).to_have_count(1)
    page.goto(f"{QUEUE}?state=skipped")
    page.keyboard.press("u")
    assert violations(page) == []
    page.get_by_role("button", name="Keys", exact=True).click()
    expect(keys.get_by_label("Single keys work")).not_to_be_checked()
    assert "POST" not in sent
    keys.get_by_label("Single keys work").check()
    keys.get_by_role("button", name="Close").click()
    page.keyboard.press("u")
    expect(page.locator("#notices")).to_contain_text("Taken back.")


def test_by_mouse_and_touch(reviewer: Reviewer) -> None:
    page = reviewer(viewport={"width": 390, "height": 800}, has_touch=True)
    page.goto(QUEUE)
    card = page.locator("[data-review]", has_text="Oslo")
    expect(card.locator("mark")).to_contain_text("Oslo")
    expect(card.get_by_label("teach the marked words, too")).to_be_checked()
    card.get_by_role("button", name=re.compile("Where is my order")).tap()
    expect(card).to_have_class(re.compile("answered"))
    card.get_by_role("link", name="case for the gate").tap()
    expect(page.get_by_role("heading", name="Edit the case")).to_be_visible()
    page.goto(QUEUE)
    other = page.locator("[data-review]", has_text="is it raining")
    other.get_by_role("link", name="Another intent…").tap()
    page.get_by_role("dialog").get_by_role("option", name=re.compile("Complaint")).tap()
    expect(other).to_contain_text("Complaint")
    other.get_by_role("button", name="Take back").tap()
    expect(other.get_by_role("button", name="Out of scope")).to_be_visible()
    expect(other).to_be_focused()


def test_two_reviewers_do_not_get_the_same_and_the_later_one_is_told(reviewer: Reviewer) -> None:
    first, second = reviewer("first"), reviewer("second")
    first.goto(QUEUE)
    second.goto(QUEUE)
    expect(second.get_by_text("6 messages are on a colleague’s screen.")).to_be_visible()
    assert violations(second) == []
    link = first.locator("[data-open]", has_text="is it raining").get_by_role("link", name="Transcript")
    first.goto(str(link.get_attribute("href")))
    trace = first.locator(".exchange", has_text="is it raining").locator(".trace")
    trace.get_by_role("link", name="Correct…").click()
    dialog = first.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Correct the assistant")).to_be_visible()
    assert violations(first) == []
    dialog.get_by_label("It should have been").select_option(label="Ways to pay")
    dialog.get_by_role("button", name="Correct").click()
    expect(trace).to_contain_text("Chen Jie")
    expect(trace).to_contain_text("instead of Refund")
    assert violations(first) == []

    # The second one had the same transcript open, and answers too late.
    second.goto(first.url)
    late = second.locator(".exchange", has_text="is it raining").locator(".trace")
    expect(late).to_contain_text("Chen Jie")
    late.get_by_role("button", name="Take back").click()
    expect(second.get_by_text("Taken back. The message is in the queue again.")).to_be_visible()
    expect(late.get_by_role("link", name="Correct…")).to_be_visible()


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_every_look(reviewer: Reviewer, language: str, theme: str, width: int) -> None:
    page = reviewer(language=language, theme=theme, viewport={"width": width, "height": 900})
    findings: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found = violations(page)
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if too_wide > 0:
            found.append(f"{too_wide} px wider than the screen")
        if found:
            findings[name] = found

    page.goto(QUEUE)
    expect(current(page)).to_be_focused()
    look("open")
    page.keyboard.press("1")
    expect(page.locator("[data-review].answered")).to_have_count(1)
    look("one answered")
    page.keyboard.press("x")
    expect(page.locator("[data-review].answered")).to_have_count(2)
    page.keyboard.press("o")
    expect(page.locator("#intent-picker")).to_be_visible()
    look("picker")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator("[data-review].skipped")).to_have_count(1)
    for state in (
        "answered",
        "skipped",
        "open&reason=lead",
        "open&intent=gone",
        "open&from=2026-02-02&to=2026-01-01",
    ):
        page.goto(f"{QUEUE}?state={state}")
        look(state)
    page.goto(QUEUE)
    page.locator("[data-pick]").first.evaluate("link => location.assign(link.href)")
    expect(page.locator("#correct-intent")).to_be_visible()
    look("the form of its own")
    assert findings == {}


def test_a_picked_intent_counts_after_another_answer_could_not_be_sent(reviewer: Reviewer, watch: Watch) -> None:
    watch.expect("502", "ERR_FAILED", "htmx:afterRequest", "htmx:sendError")
    page = reviewer()
    faults = Faults(page, re.compile(r"/console/review/\d+/$"))
    page.goto(QUEUE)
    cannot_do_that = "The server could not do that."
    failures = (
        ("x", refused_with(502), cannot_do_that),
        ("s", not_sent, "The server cannot be reached."),
        ("1", refused_with(502), cannot_do_that),
    )
    for place, (key, fault, said) in enumerate(failures, start=1):
        card = page.locator("[data-review]", has_text=text_of(current(page)))
        faults.fail_once(fault)
        page.keyboard.press(key)
        notice = page.locator(".notice.error", has_text=said)
        expect(notice).to_be_visible()
        assert faults.met == place
        notice.get_by_role("button", name="Dismiss").click()
        expect(card).to_have_attribute("data-open", "")
        page.keyboard.press("o")
        page.keyboard.type("engr")
        page.keyboard.press("Enter")
        expect(card).to_have_class(re.compile("answered"))
        expect(card.locator(".review-done")).to_contain_text("Engraving")
        expect(page.locator("[data-review].answered")).to_have_count(place)
    page.goto(f"{QUEUE}?state=answered")
    expect(page.locator("[data-review]")).to_have_count(3)
    expect(page.locator(".review-done", has_text="Engraving")).to_have_count(3)


def test_the_way_back_from_a_card_that_was_taken_back_is_the_page_it_is_on(reviewer: Reviewer) -> None:
    page = reviewer()
    page.goto(f"{QUEUE}?state=open&page=1")
    page.keyboard.press("x")
    done = page.locator("[data-review].answered")
    done.get_by_role("button", name="Take back").click()
    expect(page.locator("#review-said")).to_have_text("Taken back. The message is in the queue again.")
    current(page).locator("[data-pick]").evaluate("link => location.assign(link.href)")
    page.get_by_label("It should have been").select_option(label="Engraving")
    page.get_by_role("button", name="Correct").click()
    expect(page.locator("#review-progress")).to_contain_text("1 of 6")
    expect(page).to_have_url(re.compile(r"/console/review/\?state=open&page=1$"))


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "light", 1280), ("zh-hans", "dark", 320)])
def test_a_message_of_two_intents_is_confirmed_by_key_and_corrected_by_part(
    reviewer_of_parts: Reviewer, language: str, theme: str, width: int
) -> None:
    page = reviewer_of_parts(language=language, theme=theme, viewport={"width": width, "height": 900})
    page.goto(QUEUE)
    card = page.locator("[data-review]", has_text="refund me and where is it")
    expect(card.locator(".message-part")).to_have_text(["refund me", "where is it"])
    expect(card.locator("[data-choice]")).to_have_count(1)
    card.click()
    page.keyboard.press("1")
    expect(card.locator(".review-outcome .good")).to_be_visible()
    expect(card.locator(".review-done")).to_contain_text("refund + track")
    page.keyboard.press("u")
    expect(card.locator("[data-choice]")).to_have_count(1)
    card.locator(".review-links a").first.click()
    trace = page.locator(".trace")
    expect(trace.locator(".message-part")).to_have_count(2)
    assert violations(page) == []
    trace.locator("[hx-get*=review]").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("select").first.locator("option")).to_have_count(3)

"""A customer who is signed in at the shop, and what they see and end of what is known about them."""

from __future__ import annotations

import re

from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Watch
from tests.browser.faults import Faults, refused_with
from tests.browser.host_pages import HostPages
from tests.browser.installation import Installation

ABOUT_ME = re.compile(r"/about-me")


def open_chat(page: Page) -> FrameLocator:
    page.locator("xiaoer-chat button").click()
    inside = page.frame_locator("xiaoer-chat iframe")
    expect(inside.locator("textarea")).to_be_focused()
    return inside


def say(inside: FrameLocator, text: str) -> None:
    inside.locator("textarea").fill(text)
    inside.locator("textarea").press("Enter")
    expect(inside.locator(".visitor-line").last).to_have_attribute("data-state", "sent")


def about_me(inside: FrameLocator):
    inside.get_by_role("button", name="About me").click()
    dialog = inside.get_by_role("dialog", name="About me")
    expect(dialog).to_be_visible()
    return dialog


def test_what_the_shop_says_is_shown_and_can_be_deleted_by_keyboard(
    page: Page, installation: Installation
) -> None:
    page.goto(f"{installation.shop}/en/sign-in/wang")
    inside = open_chat(page)
    say(inside, "hello")
    dialog = about_me(inside)
    expect(dialog).to_contain_text("You are signed in on this site.")
    for words in ("Wang Fang", "[wa…@customer.example]", "gold", "legitimate interest", "To address you"):
        expect(dialog).to_contain_text(words)
    # Whatever she talked about in other browsers.
    expect(dialog.locator("[data-part=talks] li").filter(has_text="this one")).to_have_count(1)
    button = dialog.get_by_role("button", name="Delete: Tier")
    button.focus()
    button.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Done.")
    expect(dialog).not_to_contain_text("gold")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(inside.get_by_role("button", name="About me")).to_be_focused()
    expect(page.locator("xiaoer-chat iframe")).to_be_visible()
    # The objection holds when the shop says it again.
    page.goto(f"{installation.shop}/en/goods/tea-set/")
    inside = page.frame_locator("xiaoer-chat iframe")
    expect(inside.locator(".visitor-line")).to_have_count(1)
    dialog = about_me(inside)
    expect(dialog).to_contain_text("Wang Fang")
    expect(dialog).not_to_contain_text("gold")


def test_who_comes_after_sees_nothing_of_who_was_there_before(page: Page, installation: Installation) -> None:
    page.goto(f"{installation.shop}/en/sign-in/lin")
    inside = open_chat(page)
    say(inside, "a secret of mine")
    page.goto(f"{installation.shop}/en/sign-in/wang")
    inside = page.frame_locator("xiaoer-chat iframe")
    expect(inside.locator("#starters button").first).to_be_visible()
    expect(inside.locator(".visitor-line")).to_have_count(0)
    page.goto(f"{installation.shop}/en/sign-in/")
    inside = page.frame_locator("xiaoer-chat iframe")
    dialog = about_me(inside)
    expect(dialog).to_contain_text("You are not signed in")
    expect(dialog).not_to_contain_text("Lin Qiang")
    expect(inside.locator(".visitor-line")).to_have_count(0)


def test_where_the_sites_word_has_ended_nothing_stays_in_sight(
    page: Page, installation: Installation, watch: Watch
) -> None:
    faults = Faults(page, ABOUT_ME)
    page.goto(f"{installation.shop}/en/sign-in/wang")
    inside = open_chat(page)
    say(inside, "hello")
    dialog = about_me(inside)
    expect(dialog).to_contain_text("Wang Fang")
    watch.expect("403")
    faults.fail(refused_with(403))
    dialog.get_by_role("button", name="Delete: ").first.click()
    expect(dialog.get_by_role("status")).to_contain_text("Sign in on this site again")
    expect(dialog).not_to_contain_text("Wang Fang")
    expect(dialog.get_by_role("button", name="Erase everything…")).to_be_hidden()
    assert faults.met == 1
    faults.mend()
    page.keyboard.press("Escape")
    expect(about_me(inside)).to_contain_text("Wang Fang")


def test_consent_and_erasure(page: Page, installation: Installation) -> None:
    page.goto(f"{installation.shop}/en/")
    inside = open_chat(page)
    say(inside, "hello")
    dialog = about_me(inside)
    box = dialog.get_by_role("checkbox", name="The assistant may remember")
    expect(box).not_to_be_checked()
    box.check()
    expect(dialog.get_by_role("status")).to_have_text("Done.")
    expect(box).to_be_checked()
    box.uncheck()
    expect(box).not_to_be_checked()
    dialog.get_by_role("button", name="Erase everything…").click()
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    dialog.get_by_role("button", name="Erase everything", exact=True).click()
    expect(inside.locator("#starters button").first).to_be_visible()
    expect(inside.locator(".visitor-line")).to_have_count(0)
    dialog = about_me(inside)
    expect(dialog).to_contain_text("Nothing but your messages.")


def test_a_word_that_cannot_be_taken_is_told_to_the_page(
    page: Page, host_pages: HostPages, installation: Installation, watch: Watch
) -> None:
    """The page's programmers learn why; the customer can write all the same."""
    watch.expect("401")
    host_pages.put("/identity", "no.good.token")
    tag = (
        f'<script src="{installation.origin}/widget.js" data-site="demo-shop" data-identity="/identity"></script>'
    )
    said = "<script>window.said = []; xiaoer.on('identity', (code) => said.push(code))</script>"
    page.goto(host_pages.put("/shop", f'<html lang="en"><title>Shop</title><body>{tag}{said}</body></html>'))
    inside = open_chat(page)
    say(inside, "hello")
    assert page.evaluate("said") == ["identity_malformed"]


def test_in_chinese_and_without_barriers(page: Page, installation: Installation) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(installation.chat(locale="zh-hans"))
    page.locator("#about-me-open").click()
    expect(page.locator("#about-me")).to_be_visible()
    expect(page.locator("#about-me [data-part=no-lines]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page) == []

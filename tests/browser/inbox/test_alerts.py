"""What the inbox does for somebody who looks elsewhere: sounds, and the number on the tab."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

ASKED = "I would like to talk to a person"
SOFT = 659
ONE_WROTE = re.compile(r"^\(1\) ")
QUIET = re.compile(r"^[^(]")


@pytest.fixture
def mine(open_inbox, waiting):
    """An inbox with one conversation of the agent's own, open, and its customer."""
    inbox = open_inbox()
    page: Page = inbox.page
    page.add_init_script(
        """
        const start = OscillatorNode.prototype.start;
        window.tones = [];
        OscillatorNode.prototype.start = function (...rest) {
            window.tones.push(Math.round(this.frequency.value));
            return start.apply(this, rest);
        };
        let hidden = false;
        Object.defineProperty(document, "hidden", {get: () => hidden});
        window.hide = (value) => { hidden = value; document.dispatchEvent(new Event("visibilitychange")); };
        """
    )
    page.reload()
    expect(page.locator("#live")).to_have_attribute("data-state", "open")
    customer = waiting("hello there")
    inbox.open(ASKED)
    inbox.take()
    expect(page.locator('[data-tab="mine"]')).to_have_attribute("aria-current", "true")
    expect(page).to_have_title(QUIET)
    page.evaluate("tones.length = 0")
    return inbox, customer


def tones(page: Page) -> list[int]:
    return page.evaluate("tones")


def test_a_reply_that_one_looks_at_makes_no_sound(mine):
    inbox, customer = mine
    customer.says("are you there?")
    expect(inbox.row("are you there?")).to_be_visible()
    expect(inbox.messages).to_contain_text("are you there?")
    expect(inbox.page).to_have_title(QUIET)
    assert tones(inbox.page) == []


def test_the_first_reply_behind_a_hidden_tab_sounds_and_counts(mine):
    inbox, customer = mine
    inbox.page.evaluate("hide(true)")
    customer.says("are you there?")
    expect(inbox.page).to_have_title(ONE_WROTE)
    assert tones(inbox.page) == [SOFT]
    inbox.page.evaluate("hide(false)")
    expect(inbox.page).to_have_title(QUIET)


@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "visible"])
def test_a_reply_sounds_and_counts_while_another_list_is_shown(mine, waiting, hidden):
    inbox, customer = mine
    page = inbox.page
    page.locator('[data-tab="waiting"]').click()
    expect(page.locator('[data-tab="waiting"]')).to_have_attribute("aria-current", "true")
    waiting("somebody else")
    inbox.open(ASKED)
    expect(page).to_have_title(ONE_WROTE)
    page.evaluate("tones.length = 0")
    page.evaluate("hide", hidden)
    customer.says("are you there?")
    expect(page).to_have_title(re.compile(r"^\(2\) "))
    assert tones(page) == [SOFT]


def test_no_sound_when_sounds_are_off(mine):
    inbox, customer = mine
    inbox.page.locator("[data-sound-toggle]").click()
    inbox.page.evaluate("hide(true)")
    customer.says("are you there?")
    expect(inbox.page).to_have_title(ONE_WROTE)
    assert tones(inbox.page) == []

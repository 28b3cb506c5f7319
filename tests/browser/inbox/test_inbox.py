"""The inbox in a real browser, against the real stack, with real customers on the other side."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.faults import Faults, not_sent, refused_with

RINGS = re.compile(r"^\(\d+\) ")
CONVERSATION = re.compile(r"/console/inbox/[0-9a-f-]{36}/")
ASKED = "I would like to talk to a person"


def test_from_a_question_to_the_transcript(open_inbox, new_customer, staff, installation):
    inbox = open_inbox()
    page = inbox.page
    customer = new_customer()
    customer.says("how do I return this")
    customer.sees("Choose Return in My orders.")
    expect(page.locator("#rows [data-open]")).to_have_count(0)

    customer.asks_for_a_person()
    expect(page).to_have_title(RINGS)
    expect(page.locator("#announcer")).to_contain_text("waiting for a person")
    expect(page.locator('[data-tab="waiting"]')).to_contain_text("1")
    uuid = inbox.open(ASKED)
    context = page.locator("#context")
    expect(context).to_contain_text("The customer asked for a person")
    expect(context).to_contain_text("return item")
    expect(context).to_contain_text("How to return something")

    inbox.take()
    expect(page).not_to_have_title(RINGS)
    expect(page.locator('[data-tab="mine"]')).to_have_attribute("aria-current", "true")
    customer.sees("Lin Xiao has joined the conversation.")
    inbox.says("Good day, let me look.")
    customer.sees("Good day, let me look.")
    customer.says("it is too small")
    expect(inbox.messages).to_contain_text("it is too small")

    page.get_by_role("button", name="Note", exact=True).click()
    expect(page.get_by_role("button", name="Add note")).to_be_visible()
    inbox.says("prefers size 43")
    expect(inbox.messages.locator(".note")).to_contain_text("prefers size 43")
    inbox.resolves()
    customer.sees("This conversation is closed.")
    expect(customer.page.get_by_text("prefers size 43")).to_have_count(0)

    supervisor = staff("supervisor").new_page()
    supervisor.goto(f"{installation.origin}/console/transcripts/?q=too+small")
    supervisor.locator(f'a[href*="{uuid}"]').click()
    expect(supervisor.locator(".trace").first).to_contain_text("return item")
    expect(supervisor.locator(".trace .intents .number").first).to_have_text(re.compile(r"\d+\s%"))
    expect(supervisor.locator(".message.note")).to_contain_text("prefers size 43")
    expect(supervisor.locator(".transcript")).to_contain_text("Resolved")


def test_typing_is_shown_on_both_sides(open_inbox, waiting):
    inbox = open_inbox()
    customer = waiting("hello there")
    inbox.open(ASKED)
    inbox.take()
    inbox.field.press_sequentially("Let me")
    expect(customer.page.get_by_text(re.compile("typing", re.I)).first).to_be_visible()
    customer.field.press_sequentially("I also")
    expect(inbox.page.locator("#typing")).to_be_visible()
    customer.field.press("Enter")
    expect(inbox.page.locator("#typing")).to_be_hidden()
    inbox.resolves()


def test_a_conversation_goes_back_to_the_assistant(open_inbox, waiting):
    inbox = open_inbox()
    customer = waiting("where is my order")
    inbox.open(ASKED)
    inbox.take()
    inbox.page.get_by_role("button", name="Return to the assistant").click()
    inbox.page.get_by_role("dialog").get_by_role("button", name="Return").click()
    expect(inbox.page.locator("#composer-area")).to_contain_text("The assistant answers")
    customer.says("can I pay by card")
    customer.sees("Cards and e-wallets are fine.")
    expect(inbox.messages).to_contain_text("Cards and e-wallets are fine.")


def test_taken_by_somebody_else(open_inbox, waiting):
    first, second = open_inbox(), open_inbox("supervisor")
    waiting("hello there")
    first.open(ASKED)
    second.open(ASKED)
    first.take()
    expect(second.page.locator("#composer-area")).to_contain_text("Lin Xiao has this conversation")
    expect(second.page.get_by_role("button", name="Take")).to_have_count(0)
    expect(second.field).to_be_hidden()
    first.resolves()


@pytest.mark.parametrize("fault", [not_sent, refused_with(503)], ids=["not sent", "refused"])
def test_a_change_of_hands_that_could_not_be_read_is_read_again(open_inbox, waiting, watch, fault):
    watch.expect("ERR_FAILED", "503")
    first, second = open_inbox(), open_inbox("supervisor")
    faults = Faults(second.page, CONVERSATION)
    waiting("hello there")
    first.open(ASKED)
    second.open(ASKED)
    faults.fail_once(fault)
    first.take()
    expect(second.page.locator("#composer-area")).to_contain_text("Lin Xiao has this conversation")
    assert faults.met == 1
    first.resolves()


def test_a_refused_reply_can_be_tried_again_or_discarded(open_inbox, waiting):
    agent, lead = open_inbox(), open_inbox("supervisor")
    faults = Faults(agent.page, CONVERSATION)
    waiting("hello there")
    uuid = agent.open(ASKED)
    agent.take()
    lead.page.goto(f"{lead.page.url.split('/console/')[0]}/console/inbox/{uuid}/")
    # The agent's page does not learn that the supervisor ended it, so its composer stays.
    faults.fail(refused_with(503))
    with agent.page.expect_response(lambda response: response.status == 503):
        lead.resolves()
    agent.says("one more thing")
    failed = agent.messages.locator(".failed")
    expect(failed).to_contain_text("no longer yours")
    failed.get_by_role("button", name="Try again").click()
    expect(failed).to_contain_text("no longer yours")
    failed.get_by_role("button", name="Discard").click()
    expect(failed).to_have_count(0)
    expect(agent.messages.get_by_text("one more thing")).to_have_count(0)


def test_a_torn_emoji_is_sent_all_the_same(open_inbox, waiting):
    """Half of a surrogate pair cannot be stored; what is left of the reply can."""
    agent = open_inbox()
    customer = waiting("hello there")
    agent.open(ASKED)
    agent.take()
    agent.field.evaluate("field => (field.value = 'torn \\ud83d, whole \\ud83d\\ude00')")
    agent.field.press("Enter")
    customer.sees("torn \ufffd, whole \U0001f600")


@pytest.fixture(autouse=True)
def refused_fragments_are_expected(request, watch) -> None:
    """The browser itself complains about the 503 that one test answers with."""
    if request.node.name == "test_a_refused_reply_can_be_tried_again_or_discarded":
        watch.expect("503")


def test_drafts_of_reply_and_note_are_kept_apart(open_inbox, waiting):
    inbox = open_inbox()
    page = inbox.page
    waiting("hello there")
    inbox.open(ASKED)
    inbox.take()
    inbox.field.fill("half a reply")
    page.get_by_role("button", name="Note", exact=True).click()
    expect(inbox.field).to_have_value("")
    inbox.field.fill("half a note")
    page.reload()
    expect(inbox.field).to_have_value("half a note")
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(inbox.field).to_have_value("half a reply")
    inbox.field.fill("")
    inbox.resolves()


def test_enter_does_not_send_while_an_input_method_composes(open_inbox, waiting):
    inbox = open_inbox()
    waiting("hello there")
    inbox.open(ASKED)
    inbox.take()
    inbox.field.fill("ni hao")
    sent = "element => !element.dispatchEvent(new KeyboardEvent('keydown', %s))"
    during = "{key: 'Enter', isComposing: true, bubbles: true, cancelable: true}"
    after = "{key: 'Enter', bubbles: true, cancelable: true}"
    assert inbox.field.evaluate(sent % during) is False
    expect(inbox.field).to_have_value("ni hao")
    assert inbox.field.evaluate(sent % after) is True
    expect(inbox.field).to_have_value("")
    expect(inbox.messages).to_contain_text("ni hao")
    inbox.resolves()


def test_enter_makes_a_line_when_it_is_not_to_send(open_inbox, waiting):
    inbox = open_inbox()
    page = inbox.page
    waiting("hello there")
    inbox.open(ASKED)
    inbox.take()
    page.get_by_role("button", name="Alerts and keys").click()
    page.get_by_label("Enter sends; Shift+Enter makes a new line").uncheck()
    page.get_by_role("button", name="Done").click()
    inbox.field.press_sequentially("one")
    inbox.field.press("Enter")
    inbox.field.press_sequentially("two")
    expect(inbox.field).to_have_value("one\ntwo")
    inbox.field.press("Control+Enter")
    expect(inbox.messages).to_contain_text("one\ntwo")
    inbox.resolves()


def test_keys(open_inbox, waiting):
    inbox = open_inbox(address="/console/inbox/?list=waiting")
    page = inbox.page
    for _ in range(2):
        waiting("hello there")
    rows = page.locator("#rows [data-open]")
    expect(rows).to_have_count(2)
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next and previous conversation")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#conversation [data-act=take]")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="Add note")).to_be_visible()
    page.keyboard.type("jke?")
    expect(inbox.field).to_have_value("jke?")
    expect(page.locator("dialog[open]")).to_have_count(0)
    inbox.field.fill("")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.get_by_role("dialog")).to_contain_text("Resolve this conversation?")
    page.keyboard.press("Escape")
    expect(page.locator("#conversation")).to_have_attribute("data-status", "waiting")


def test_keys_can_be_switched_off(open_inbox):
    inbox = open_inbox()
    page = inbox.page
    page.get_by_role("button", name="Keys", exact=False).last.click()
    page.get_by_role("dialog").get_by_label("Single keys work").uncheck()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.locator("#inbox").click(position={"x": 5, "y": 5})
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    page.reload()
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_search(open_inbox, waiting):
    inbox = open_inbox()
    page = inbox.page
    waiting("my porcelain teapot is broken")
    waiting("hello there")
    page.get_by_role("searchbox").fill("porcelain")
    expect(page.locator("#inbox-list")).to_contain_text("1 conversation with “porcelain”")
    expect(page.locator("#rows [data-open]")).to_have_count(1)
    assert "q=porcelain" in page.url
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("#inbox-list")).not_to_contain_text("porcelain”")


def test_one_pane_at_a_time_on_a_phone(open_inbox, waiting):
    inbox = open_inbox(viewport={"width": 390, "height": 780}, has_touch=True)
    page = inbox.page
    waiting("hello there")
    expect(page.locator("#conversation")).to_be_hidden()
    inbox.open(ASKED)
    expect(page.locator("#rows")).to_be_hidden()
    page.get_by_role("button", name="About this customer").click()
    expect(page.locator("#context")).to_be_visible()
    expect(page.locator("#log")).to_be_hidden()
    page.get_by_role("button", name="Back to the conversation").click()
    expect(page.locator("#log")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#rows")).to_be_visible()
    page.go_back()
    expect(page.locator("#log")).to_be_visible()


def test_the_page_reads_without_a_script(installation, staff, open_inbox, waiting):
    waiting("hello there")
    inbox = open_inbox()
    uuid = inbox.open(ASKED)
    page = staff("agent", java_script_enabled=False).new_page()
    page.goto(f"{installation.origin}/console/inbox/")
    page.locator(f'a[href*="{uuid}"]').click()
    expect(page.locator("#messages")).to_contain_text("hello there")
    expect(page.locator("#context")).to_contain_text("The customer asked for a person")

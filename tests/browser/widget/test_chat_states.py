"""What the chat page shows in each state of a conversation."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.installation import Installation
from tests.browser.widget.scripted_server import ScriptedServer, remember_visitor
from tests.browser.widget.writing import write


def test_before_the_first_message(page: Page, installation: Installation) -> None:
    """A greeting labelled as AI, starters in the page's language, the way to a person; no identity, no cookie."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(installation.chat())
    expect(page.locator(".bot-line")).to_contain_text("I am the assistant of Lantern Market")
    expect(page.locator(".bot-line .ai-tag")).to_have_text("AI")
    expect(page.locator("#starters button")).to_have_text(["Where is my order?", "How do I return something?"])
    expect(page.get_by_role("button", name="Talk to a person")).to_be_visible()
    expect(page.locator("header")).to_contain_text("Answers at once")
    assert page.context.cookies() == []
    assert not [url for url in requests if url.endswith("/session")]


def test_starters_go_after_the_first_message(
    page: Page, server: ScriptedServer, installation: Installation
) -> None:
    """A starter is sent as a message."""
    page.goto(installation.chat())
    page.locator("#starters button").first.click()
    expect(page.locator(".visitor-line .bubble")).to_have_text("Where is my order?")
    expect(page.locator("#starters")).to_be_hidden()
    assert server.frames("message.send")[0]["text"] == "Where is my order?"


def test_sending_then_sent(page: Page, installation: Installation) -> None:
    """Shown at once as sending, as sent after the acknowledgement, and never twice when it is posted."""
    held: list[dict[str, str]] = []
    remember_visitor(page)
    server = ScriptedServer(page, message_send=lambda _server, data: held.append(data))
    page.goto(installation.chat())
    write(page, "hello there")
    line = page.locator(".visitor-line")
    expect(line).to_have_attribute("data-state", "sending")
    expect(line.get_by_text("Sending")).to_be_visible()
    expect(page.locator("textarea")).to_have_value("")
    server.say("message.acknowledged", client_id=held[0]["client_id"], sequence=1)
    expect(line).to_have_attribute("data-state", "sent")
    expect(line.get_by_text("Sent", exact=True)).to_be_visible()
    server.post("visitor", "hello there", client_id=held[0]["client_id"])
    expect(line).to_have_count(1)


def test_what_was_stored_is_shown(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """The server masks before it stores; the page then shows what everybody else sees."""
    server.answers["message.send"] = lambda one, data: (
        one.say("message.acknowledged", client_id=data["client_id"], sequence=1),
        one.post("visitor", "call [phone#1]", client_id=data["client_id"]),
    )[0]
    page.goto(installation.chat())
    write(page, "call 13800138000")
    expect(page.locator(".visitor-line .bubble")).to_have_text("call [phone#1]")


def test_refused_message_can_be_retried(page: Page, installation: Installation) -> None:
    """A refused message says so; Retry sends the words again, under another id."""
    remember_visitor(page)
    server = ScriptedServer(page)
    server.answers["message.send"] = lambda one, data: one.say(
        "error", code="client_id_reused", detail="", client_id=data["client_id"]
    )
    page.goto(installation.chat())
    write(page, "again please")
    line = page.locator(".visitor-line")
    expect(line).to_have_attribute("data-state", "failed")
    del server.answers["message.send"]
    line.get_by_role("button", name="Retry").click()
    expect(line).to_have_attribute("data-state", "sent")
    expect(line).to_have_count(1)
    ids = [data["client_id"] for data in server.frames("message.send")]
    assert len(set(ids)) == 2


def test_unanswered_message_fails_and_retry_keeps_its_id(page: Page, installation: Installation) -> None:
    """Silence: sent again after 10 s under the same id; after 30 s it says so; Retry keeps the id."""
    remember_visitor(page)
    server = ScriptedServer(page, message_send=lambda _server, _data: None)
    page.clock.install()
    page.goto(installation.chat())
    write(page, "anybody there?")
    line = page.locator(".visitor-line")
    expect(line).to_have_attribute("data-state", "sending")
    page.clock.run_for(10_500)
    assert len(server.frames("message.send")) == 2
    page.clock.run_for(20_000)
    expect(line).to_have_attribute("data-state", "failed")
    expect(line).to_contain_text("Not sent yet.")
    del server.answers["message.send"]
    line.get_by_role("button", name="Retry").click()
    expect(line).to_have_attribute("data-state", "sent")
    assert len({data["client_id"] for data in server.frames("message.send")}) == 1
    assert len(server.history) == 1


def test_busy_server_gets_the_same_message_again(page: Page, installation: Installation) -> None:
    """`busy` and `rate_limited` are no failure: the page tries again by itself."""
    remember_visitor(page)
    server = ScriptedServer(page)
    server.answers["message.send"] = lambda one, data: one.say(
        "error", code="busy", detail="", client_id=data["client_id"]
    )
    page.clock.install()
    page.goto(installation.chat())
    write(page, "hello")
    line = page.locator(".visitor-line")
    expect(line).to_have_attribute("data-state", "sending")
    del server.answers["message.send"]
    page.clock.run_for(2_500)
    expect(line).to_have_attribute("data-state", "sent")
    assert len({data["client_id"] for data in server.frames("message.send")}) == 1


def test_answer_with_citation_and_quick_replies(
    page: Page, server: ScriptedServer, installation: Installation
) -> None:
    """Citations are links to articles in a new tab; quick replies are buttons that send, and go when old."""
    server.past("visitor", "how do I return it?")
    server.past(
        "bot",
        "Choose Return in My orders.",
        citations=[{"title": "How to return something", "url": "/help/default/en/return-item/"}],
        quick_replies=["Who pays?", "How long?"],
    )
    page.goto(installation.chat())
    line = page.locator("#log .bot-line")
    expect(line.locator(".ai-tag")).to_have_text("AI")
    chip = line.get_by_role("link", name="How to return something")
    expect(chip).to_have_attribute("href", f"{installation.origin}/help/default/en/return-item/")
    expect(chip).to_have_attribute("target", "_blank")
    line.get_by_role("button", name="Who pays?").click()
    expect(page.locator(".visitor-line").last).to_contain_text("Who pays?")
    expect(line.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//[", "vbscript:x"])
def test_citation_with_a_dangerous_address_is_left_out(
    page: Page, server: ScriptedServer, installation: Installation, address: str
) -> None:
    """Only http and https become links."""
    server.past("bot", "See there.", citations=[{"title": "x", "url": address}, {"title": "ok", "url": "/help/"}])
    page.goto(installation.chat())
    expect(page.locator("#log .citation")).to_have_count(1)
    expect(page.locator("#log .citation")).to_contain_text("ok")


def test_markup_stays_text_and_addresses_become_links(
    page: Page, server: ScriptedServer, installation: Installation
) -> None:
    """Nothing that anybody writes is ever markup."""
    text = "<img src=x onerror=alert(1)> see https://shop.example/a?b=1. And javascript:alert(1)"
    server.past("agent", text, agent="Lin <b>Xiao</b>")
    page.goto(installation.chat())
    bubble = page.locator("#log .agent-line .bubble")
    expect(bubble).to_have_text(text)
    expect(bubble.locator("a")).to_have_text("https://shop.example/a?b=1")
    expect(bubble.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(page.locator("#log .agent-line .by")).to_contain_text("Lin <b>Xiao</b>")
    expect(bubble.locator("img")).to_have_count(0)


def test_who_answers(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """Assistant, queue with position, a person's name, closed: always in the header."""
    page.goto(installation.chat())
    header = page.locator("header")
    person = page.locator("#person")
    expect(header.locator(".ai-tag")).to_be_visible()
    person.click()
    expect(page.locator(".visitor-line")).to_have_count(1)
    server.post("system", "A person will take over.", event="handoff_requested")
    server.update("waiting", position=2)
    expect(header).to_contain_text("number 2 in the queue")
    expect(header.locator(".ai-tag")).to_be_hidden()
    expect(person).to_have_attribute("aria-disabled", "true")
    expect(person).to_contain_text("A person will join you")
    expect(page.locator(".event-line")).to_have_text("A person will take over.")
    server.update("active", agent="Lin Xiao")
    expect(header).to_contain_text("Lin Xiao is answering you")
    expect(person).to_contain_text("You are talking to Lin Xiao")
    server.post("agent", "Hello, this is Lin.", agent="Lin Xiao")
    expect(page.locator(".agent-line .by")).to_contain_text("Lin Xiao")
    server.update("resolved")
    expect(header).to_contain_text("closed")
    expect(person).to_have_attribute("aria-disabled", "false")
    person.click()
    assert len(server.frames("handoff.request")) == 2


def test_person_is_asked_for_once(page: Page, installation: Installation) -> None:
    """A second click while the first request is on its way does nothing."""
    remember_visitor(page)
    server = ScriptedServer(page, handoff_request=lambda _server, _data: None)
    page.goto(installation.chat())
    page.locator("#person").click()
    expect(page.locator("#person")).to_have_attribute("aria-disabled", "true")
    page.locator("#person").dispatch_event("click")
    assert len(server.frames("handoff.request")) == 1


def test_typing_of_the_assistant_and_of_a_person(
    page: Page, server: ScriptedServer, installation: Installation
) -> None:
    """Dots while the assistant owes an answer, or while a person types; they go with the message."""
    page.goto(installation.chat())
    write(page, "hello")
    expect(page.locator("#typing")).to_be_visible()
    expect(page.locator("#typing-text")).to_have_text("The assistant is writing")
    server.post("bot", "Hello!")
    expect(page.locator("#typing")).to_be_hidden()
    server.update("active", agent="Lin Xiao")
    server.say("typing.changed", conversation=server.history[0]["conversation"], author="agent", typing=True)
    expect(page.locator("#typing-text")).to_have_text("Lin Xiao is typing")
    server.post("agent", "One moment.", agent="Lin Xiao")
    expect(page.locator("#typing")).to_be_hidden()


def test_dots_of_an_assistant_that_does_not_answer_go_away(page: Page, installation: Installation) -> None:
    """Nobody watches dots for ever."""
    remember_visitor(page)
    ScriptedServer(page)
    page.clock.install()
    page.goto(installation.chat())
    write(page, "hello")
    expect(page.locator("#typing")).to_be_visible()
    page.clock.run_for(21_000)
    expect(page.locator("#typing")).to_be_hidden()


def test_days_are_separated(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """A line for each day; the time is short, the exact one is in the title."""
    page.clock.set_fixed_time("2026-03-18T08:00:00Z")
    server.past("visitor", "older", at="2026-03-02T06:30:00.000Z")
    server.past("bot", "yesterday", at="2026-03-17T06:30:00.000Z")
    server.past("visitor", "today", at="2026-03-18T06:30:00.000Z")
    page.goto(installation.chat())
    expect(page.locator(".day-line")).to_have_text(["2 March 2026", "Yesterday", "Today"], use_inner_text=True)
    time = page.locator(".visitor-line time").last
    expect(time).to_have_text("14:30")
    expect(time).to_have_attribute("title", re.compile(r"Wednesday,? 18 March 2026 at 14:30:00"))


def test_what_came_while_the_page_was_away_is_marked(
    page: Page, server: ScriptedServer, installation: Installation
) -> None:
    """After a reload, a line stands before the first message that was not on the screen before."""
    server.past("bot", "seen")
    page.goto(installation.chat())
    expect(page.locator("#log .bot-line")).to_have_count(1)
    expect(page.locator(".new-line")).to_have_count(0)
    server.past("bot", "not seen")
    page.reload()
    expect(page.locator(".new-line + .bot-line .bubble")).to_have_text("not seen")


def test_way_to_the_newest_message(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """Who reads further up is not pulled down; a button leads to the end."""
    for number in range(30):
        server.past("bot", f"message {number}")
    page.goto(installation.chat())
    expect(page.locator("#log .bot-line").last).to_be_in_viewport()
    expect(page.locator("#to-end")).to_be_hidden()
    page.locator("#scroller").evaluate("element => { element.scrollTop = 0 }")
    expect(page.locator("#to-end")).to_be_visible()
    server.post("bot", "the newest")
    expect(page.locator("#log .bot-line").first).to_be_in_viewport()
    page.locator("#to-end").click()
    expect(page.locator("#log .bot-line").last).to_be_in_viewport()


def test_screen_reader_hears_each_message_once(
    page: Page, server: ScriptedServer, installation: Installation
) -> None:
    """The log is a live region, quiet during the replay, and its lines are never made anew."""
    server.past("bot", "first")
    page.goto(installation.chat())
    log = page.get_by_role("log")
    expect(log.locator(".bot-line")).to_have_count(1)
    expect(log).not_to_have_attribute("aria-busy", "true")
    log.locator(".bot-line").evaluate("element => { element.mark = 'same' }")
    server.post("bot", "second")
    expect(log.locator(".bot-line")).to_have_count(2)
    assert log.locator(".bot-line").first.evaluate("element => element.mark") == "same"


def test_unread_count_in_the_title(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """A tab out of sight counts answers in its title; in sight the count goes."""
    page.add_init_script(
        "let hidden = false; Object.defineProperty(document, 'visibilityState', "
        "{get: () => hidden ? 'hidden' : 'visible'}); "
        "addEventListener('hide', () => { hidden = true }); addEventListener('show', () => { hidden = false })"
    )
    page.goto(installation.chat())
    write(page, "hello")
    page.evaluate("dispatchEvent(new Event('hide')); document.dispatchEvent(new Event('visibilitychange'))")
    server.post("bot", "Hello!")
    server.post("system", "Somebody joined.", event="agent_joined")
    expect(page).to_have_title("(1) Lantern Market")
    page.evaluate("dispatchEvent(new Event('show')); document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_title("Lantern Market")
    expect(page.locator(".new-line + .bot-line .bubble")).to_have_text("Hello!")

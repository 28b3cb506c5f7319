"""The line to the server: gaps, silence, refusals, and frames that nobody knows."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.installation import Installation
from tests.browser.widget.scripted_server import TOKEN, ScriptedServer, open_session, remember_visitor
from tests.browser.widget.writing import write


def test_gap_is_filled(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """A message whose predecessor is missing is not shown before it: the page asks for what it missed."""
    page.goto(installation.chat())
    write(page, "one")
    expect(page.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    server.past("bot", "two")
    server.post("bot", "three")
    expect(page.locator("#log .bot-line .bubble")).to_have_text(["two", "three"])
    assert server.frames("messages.resume")[0]["after"] == 1


def test_note_between_staff_leaves_no_gap(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """`previous` says what came before, so a hole in the numbers is none."""
    page.goto(installation.chat())
    write(page, "one")
    expect(page.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    server.post("agent", "after a note", agent="Lin", sequence=3, previous=1)
    expect(page.locator(".agent-line .bubble")).to_have_text("after a note")
    assert server.frames("messages.resume") == []


def test_heartbeat_reveals_what_was_lost(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """A quiet conversation cannot hide a gap."""
    page.goto(installation.chat())
    write(page, "one")
    expect(page.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    lost = server.past("bot", "lost on the way")
    server.say("conversation.heartbeat", conversation=lost["conversation"], sequence=lost["sequence"])
    expect(page.locator("#log .bot-line .bubble")).to_have_text("lost on the way")


def test_dead_line_is_noticed_and_replaced(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """45 s without a word: the page reconnects and goes on where it was."""
    server.past("bot", "before")
    page.clock.install()
    page.goto(installation.chat())
    expect(page.locator("#log .bot-line")).to_have_count(1)
    server.past("bot", "meanwhile")
    page.clock.run_for(46_000)
    page.clock.run_for(1_000)
    expect(page.locator("#log .bot-line .bubble")).to_have_text(["before", "meanwhile"])
    assert len(server.sockets) == 2
    assert list(server.frames("session.open")[1]["cursors"].values()) == [1]


def test_switched_off_site(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """4403: said in words; the page does not hammer."""
    server.answers["session.open"] = lambda one, _data: one.sockets[-1].close(code=4403)
    page.goto(installation.chat())
    expect(page.locator("#unavailable")).to_be_visible()
    assert len(server.sockets) == 1


def test_site_switched_off_under_way_keeps_the_conversation(
    page: Page, server: ScriptedServer, installation: Installation
) -> None:
    """4403 on an open line: said in words, tried again later, and still the same visitor."""
    server.past("bot", "before")
    page.clock.install()
    page.goto(installation.chat())
    expect(page.locator("#log .bot-line")).to_have_count(1)
    server.sockets[-1].close(code=4403)
    expect(page.locator("#unavailable")).to_be_visible()
    page.clock.run_for(15_000)
    assert len(server.sockets) == 1
    page.clock.run_for(10_000)
    expect(page.locator("#unavailable")).to_be_hidden()
    assert [one["token"] for one in server.frames("session.open")] == [TOKEN, TOKEN]
    expect(page.locator("#log .bot-line .bubble")).to_have_text("before")


def test_refused_token_gets_a_new_identity(
    new_context: Callable[..., BrowserContext], installation: Installation
) -> None:
    """4401: a new identity and an empty conversation; what was not sent yet goes out under the new one."""
    context = new_context()
    remember_visitor(context)
    server = ScriptedServer(context)
    page = context.new_page()
    server.answers["session.open"] = refuse_old_token
    page.goto(installation.chat())
    write(page, "still mine")
    expect(page.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    kept = page.evaluate("localStorage.getItem('xiaoer:demo-shop:token')")
    assert kept != TOKEN
    assert server.frames("session.open")[-1]["token"] == kept


def refuse_old_token(server: ScriptedServer, data: dict[str, object]) -> None:
    """Close on the remembered token, accept any other."""
    if data["token"] == TOKEN:
        server.sockets[-1].close(code=4401)
    else:
        open_session(server, data)


def test_unknown_frames_are_ignored(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """A newer server may say more than this page knows."""
    page.goto(installation.chat())
    write(page, "hello")
    server.sockets[-1].send("no json at all")
    server.sockets[-1].send(json.dumps({"type": "message.delta", "v": 1, "data": {}}))
    server.sockets[-1].send(json.dumps({"type": "message.posted", "v": 9, "data": {}}))
    server.post("bot", "Hello!")
    expect(page.locator("#log .bot-line .bubble")).to_have_text("Hello!")


def test_page_without_storage(
    new_context: Callable[..., BrowserContext],
    installation: Installation,
) -> None:
    """Where storage throws, everything works until the page is left."""
    context = new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    )
    ScriptedServer(context)
    page = context.new_page()
    page.goto(installation.chat())
    write(page, "hello")
    expect(page.locator(".visitor-line")).to_have_attribute("data-state", "sent")

"""Messages against the real server: acknowledged once, answered, kept over reloads, outages and tabs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocket, expect

from tests.browser.conftest import Watch
from tests.browser.desk import Desk
from tests.browser.installation import Installation
from tests.browser.widget.writing import write


def own(page: Page) -> list[str]:
    """The texts of our own messages, in order."""
    return page.locator(".visitor-line .bubble").all_inner_texts()


def test_question_is_answered_with_its_source(page: Page, installation: Installation) -> None:
    """The assistant's answer arrives with the article that it comes from."""
    page.goto(installation.chat())
    write(page, "how do I return this")
    expect(page.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    answer = page.locator("#log .bot-line")
    expect(answer.locator(".ai-tag")).to_have_text("AI")
    expect(answer.get_by_role("link", name="How to return something")).to_be_visible()


def test_reload_keeps_the_conversation(page: Page, installation: Installation) -> None:
    """The same identity, the same messages, in the same order, and nothing said to be new."""
    page.goto(installation.chat())
    write(page, "hello there")
    expect(page.locator("#log .bot-line")).to_have_count(1)
    write(page, "where is my order")
    expect(page.locator("#log .bot-line")).to_have_count(2)
    before = page.locator("#log .bubble").all_inner_texts()
    page.reload()
    expect(page.locator("#log .bubble")).to_have_text(before)
    expect(page.locator(".new-line")).to_have_count(0)


@pytest.mark.parametrize("old_browser", [False, True], ids=["new browser", "old browser"])
def test_torn_emoji_is_sent_all_the_same(page: Page, installation: Installation, *, old_browser: bool) -> None:
    """Half of a surrogate pair cannot be stored; what is left of the message can."""
    if old_browser:
        page.add_init_script("delete String.prototype.toWellFormed")
    page.goto(installation.chat())
    page.locator("textarea").evaluate("field => (field.value = 'torn \\ud83d, whole \\ud83d\\ude00')")
    page.locator("textarea").press("Enter")
    expect(page.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    assert own(page) == ["torn \ufffd, whole \U0001f600"]


def test_torn_message_that_was_kept_fails_once(page: Page, installation: Installation) -> None:
    """The server says which message it can never take; the same words again go out without the torn half."""
    page.add_init_script(
        """if (!sessionStorage.seeded) {
            sessionStorage.seeded = 1;
            localStorage.setItem("xiaoer:demo-shop:outbox:kept", JSON.stringify(
                {clientId: "kept", kind: "text", text: "torn \\ud83d", at: "2026-03-18T06:30:00.000Z"}));
        }"""
    )
    page.goto(installation.chat())
    line = page.locator(".visitor-line")
    expect(line).to_have_attribute("data-state", "failed")
    line.get_by_role("button", name="Retry").click()
    expect(line).to_have_attribute("data-state", "sent")
    assert own(page) == ["torn \ufffd"]
    page.reload()
    expect(line).to_have_count(1)


def test_two_tabs_show_the_same(new_context: Callable[..., BrowserContext], installation: Installation) -> None:
    """A tab that was open before the visitor had an identity joins the conversation."""
    context = new_context()
    one, other = context.new_page(), context.new_page()
    one.goto(installation.chat())
    other.goto(installation.chat())
    write(one, "hello there")
    expect(other.locator(".visitor-line .bubble")).to_have_text("hello there")
    expect(one.locator("#log .bot-line")).to_have_count(1)
    write(other, "where is my order")
    expect(one.locator(".visitor-line .bubble")).to_have_text(["hello there", "where is my order"])
    expect(one.locator("#log .bot-line")).to_have_count(2)
    expect(other.locator("#log .bubble")).to_have_text(one.locator("#log .bubble").all_inner_texts())


def test_written_while_offline(
    new_context: Callable[..., BrowserContext], installation: Installation, watch: Watch
) -> None:
    """Kept over a reload that fails to connect, sent once the network is back, never twice."""
    watch.expect("ERR_INTERNET_DISCONNECTED", "WebSocket connection")
    context = new_context()
    page = context.new_page()
    page.goto(installation.chat())
    write(page, "first")
    expect(page.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    expect(page.locator("#log .bot-line")).to_have_count(1)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#offline")).to_be_visible()
    write(page, "second")
    write(page, "third")
    expect(page.locator(".visitor-line").last).to_have_attribute("data-state", "sending")
    context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    expect(page.locator(".visitor-line[data-state=sent]")).to_have_count(3)
    page.reload()
    expect(page.locator(".visitor-line")).to_have_count(3)
    assert own(page) == ["first", "second", "third"]
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('outbox'))") == []


def test_lost_acknowledgement_does_not_double(
    new_context: Callable[..., BrowserContext], installation: Installation
) -> None:
    """The server stored the message, but the line broke before it could say so: one message all the same."""
    context = new_context()
    page = context.new_page()
    dropped: list[str] = []

    def proxy(route: object) -> None:
        server = route.connect_to_server()  # type: ignore[attr-defined]

        def from_server(text: str) -> None:
            if "message.acknowledged" in text and not dropped:
                dropped.append(text)
                route.close(code=1012)  # type: ignore[attr-defined]
            elif "message.posted" in text and len(dropped) == 1 and len(sockets) == 1:
                return
            else:
                route.send(text)  # type: ignore[attr-defined]

        sockets.append(route)
        server.on_message(from_server)

    sockets: list[object] = []
    page.route_web_socket("**/ws/chat/**", proxy)
    page.goto(installation.chat())
    write(page, "only once")
    expect(page.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    expect(page.locator("#log .bot-line")).to_have_count(1)
    assert own(page) == ["only once"]
    assert len(dropped) == 1
    assert len(sockets) == 2


def test_person_takes_over(page: Page, desk: Desk, installation: Installation) -> None:
    """From the button to a talk with a named person, who sees that we type, and back to a closed conversation."""
    page.goto(installation.chat())
    page.get_by_role("button", name="Talk to a person").click()
    expect(page.locator("header")).to_contain_text("Waiting for a person")
    conversation = desk.take_next()
    expect(page.locator("header")).to_contain_text("Lin Xiao is answering you")
    desk.reply(conversation, "Hello, this is Lin.")
    expect(page.locator(".agent-line .bubble")).to_have_text("Hello, this is Lin.")
    desk.send("typing.set", conversation=conversation, typing=True)
    expect(page.locator("#typing-text")).to_have_text("Lin Xiao is typing")
    page.locator("textarea").press_sequentially("my order is late")
    desk.wait_for("typing.changed", conversation=conversation, author="visitor", typing=True)
    page.locator("textarea").press("Enter")
    assert desk.wait_for("message.posted", author="visitor", text="my order is late")
    desk.send("note.add", conversation=conversation, client_id="note-1", text="a note that nobody outside sees")
    desk.wait_for("message.acknowledged", client_id="note-1")
    desk.reply(conversation, "After the note.")
    expect(page.locator(".agent-line .bubble").last).to_have_text("After the note.")
    assert "a note" not in page.locator("#log").inner_text()
    desk.send("conversation.resolve", conversation=conversation)
    expect(page.locator("header")).to_contain_text("closed")


def test_number_is_masked_before_anybody_sees_it(page: Page, installation: Installation) -> None:
    """The page shows what was stored."""
    page.goto(installation.chat())
    write(page, "call me at 13800138000 please")
    bubble = page.locator(".visitor-line .bubble")
    expect(bubble).not_to_contain_text("13800138000")
    expect(bubble).to_contain_text("call me at")


def test_token_is_never_in_an_address(page: Page, installation: Installation) -> None:
    """Neither requests nor the socket carry it where logs would keep it."""
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("websocket", lambda socket: addresses.append(opened(socket)))
    page.goto(installation.chat())
    write(page, "hello there")
    expect(page.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    token = page.evaluate("localStorage.getItem('xiaoer:demo-shop:token')")
    assert len(token) > 20
    assert any("/ws/chat/" in address for address in addresses)
    assert not [address for address in addresses if token in address]
    assert page.context.cookies() == []


def opened(socket: WebSocket) -> str:
    """The address of a socket."""
    return socket.url

"""The one-line tag on pages of other people: polite, small, and safe against the page around it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.browser.conftest import Watch
from tests.browser.host_pages import HostPages
from tests.browser.installation import Installation
from tests.browser.widget.scripted_server import ScriptedServer

HOSTILE = """
body *, xiaoer-chat, xiaoer-chat * { all: unset !important; display: none !important; opacity: 0 !important }
html { font-size: 40px !important; direction: rtl !important }
div, button, iframe, a { display: none !important; width: 50px !important }
iframe { height: 50px !important } xiaoer-chat { display: none !important; transform: scale(0) !important }
"""


def tag(installation: Installation, *, site: str = "demo-shop", more: str = "") -> str:
    """The line that people paste."""
    return f'<script src="{installation.origin}/widget.js" data-site="{site}" {more} async></script>'


def host(installation: Installation, *, head: str = "", body: str = "", more: str = "", lang: str = "en") -> str:
    """A page with the tag in its head."""
    return (
        f'<!doctype html><html lang="{lang}"><head><title>A shop</title><link rel="icon" href="data:,">'
        f"{tag(installation, more=more)}{head}</head><body><h1>A shop</h1>{body}</body></html>"
    )


def panel(page: Page) -> FrameLocator:
    """The chat page inside the widget."""
    return page.frame_locator("xiaoer-chat iframe")


def open_widget(page: Page) -> FrameLocator:
    """Click the launcher, wait for the page inside."""
    page.locator("xiaoer-chat button").click()
    inside = panel(page)
    expect(inside.locator("textarea")).to_be_focused()
    return inside


def test_nothing_but_the_loader_before_the_first_click(
    page: Page, host_pages: HostPages, installation: Installation
) -> None:
    """One request of less than 3 kB and no frame; the layout does not move."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(host_pages.put("/lazy", host(installation)))
    expect(page.locator("xiaoer-chat button")).to_be_visible()
    ours = [url for url in requests if url.startswith(installation.origin)]
    assert ours == [f"{installation.origin}/widget.js"]
    assert page.locator("xiaoer-chat iframe").count() == 0
    assert page.evaluate("document.querySelector('h1').getBoundingClientRect().top < 60")


def test_open_and_close(page: Page, host_pages: HostPages, installation: Installation) -> None:
    """Opening focuses the field, Esc and the cross close and give the focus back; the frame stays."""
    page.goto(host_pages.put("/open", host(installation)))
    button = page.locator("xiaoer-chat button")
    expect(button).to_have_attribute("aria-label", "Chat with us")
    expect(button).to_have_attribute("aria-expanded", "false")
    inside = open_widget(page)
    expect(button).to_have_attribute("aria-expanded", "true")
    inside.locator("textarea").fill("a draft")
    page.keyboard.press("Escape")
    expect(page.locator("xiaoer-chat iframe")).to_be_hidden()
    expect(button).to_be_focused()
    button.press("Enter")
    expect(inside.locator("textarea")).to_have_value("a draft")
    expect(inside.locator("textarea")).to_be_focused()
    inside.get_by_role("button", name="Close the chat").click()
    expect(button).to_be_focused()
    expect(page.locator("xiaoer-chat iframe")).to_be_hidden()


def test_page_with_a_strict_policy(page: Page, host_pages: HostPages, installation: Installation) -> None:
    """Two entries are enough, under Trusted Types as well."""
    policy = (
        f"default-src 'none'; script-src {installation.origin}; frame-src {installation.origin}; img-src data:; "
        "require-trusted-types-for 'script'"
    )
    page.goto(host_pages.put("/strict", host(installation), Content_Security_Policy=policy))
    inside = open_widget(page)
    expect(inside.locator(".bot-line").first).to_be_visible()
    box = page.locator("xiaoer-chat iframe").bounding_box()
    assert box is not None
    assert (box["width"], round(box["height"])) == (400, 680)


def test_page_with_hostile_styles(page: Page, host_pages: HostPages, installation: Installation) -> None:
    """Whatever the page does to every element, the widget keeps its shape."""
    page.goto(host_pages.put("/hostile", host(installation, head=f"<style>{HOSTILE}</style>")))
    button = page.locator("xiaoer-chat button")
    box = button.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (56, 56)
    assert box["x"] + box["width"] == 1280 - 20
    open_widget(page)
    frame = page.locator("xiaoer-chat iframe").bounding_box()
    assert frame is not None
    assert (frame["width"], round(frame["height"])) == (400, 680)


def test_page_that_forbids_the_frame(
    page: Page, host_pages: HostPages, installation: Installation, watch: Watch
) -> None:
    """The panel would stay blank: a link leads to the hosted page instead."""
    watch.expect("frame-src", "Content Security Policy")
    policy = f"default-src 'none'; script-src {installation.origin}; img-src data:"
    page.goto(host_pages.put("/forbids", host(installation), Content_Security_Policy=policy))
    page.locator("xiaoer-chat button").click()
    way = page.locator("xiaoer-chat a")
    expect(way).to_be_visible()
    expect(way).to_have_attribute("href", f"{installation.origin}/chat/demo-shop/?locale=en")
    with page.context.expect_page() as opened:
        way.click()
    expect(opened.value.locator("textarea")).to_be_visible()


def test_site_that_does_not_allow_the_page(
    page: Page, host_pages: HostPages, installation: Installation, watch: Watch
) -> None:
    """Another site's key on this page: the browser refuses the frame, nothing of the conversation shows."""
    watch.expect("frame-ancestors", "Refused to frame", "Framing")
    html = host(installation).replace('data-site="demo-shop"', 'data-site="elsewhere"')
    page.goto(host_pages.put("/elsewhere", html))
    page.locator("xiaoer-chat button").click()
    expect(page.locator("xiaoer-chat a")).to_be_visible()
    assert all("/chat/elsewhere/" not in frame.url for frame in page.frames)


def test_loaded_twice_is_one_widget(page: Page, host_pages: HostPages, installation: Installation) -> None:
    """Pasted into the template and by the tag manager."""
    page.goto(host_pages.put("/twice", host(installation, body=tag(installation))))
    page.wait_for_load_state("load")
    expect(page.locator("xiaoer-chat")).to_have_count(1)


def test_attributes(page: Page, host_pages: HostPages, installation: Installation) -> None:
    """Side, language and theme by attribute; the page's own language is not asked then."""
    more = 'data-side="left" data-locale="zh-CN" data-theme="dark"'
    page.goto(host_pages.put("/attributes", host(installation, more=more)))
    button = page.locator("xiaoer-chat button")
    box = button.bounding_box()
    assert box is not None
    assert box["x"] == 20
    inside = open_widget(page)
    expect(inside.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(inside.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize(("scheme", "theme", "shown"), [("dark", "", "light"), ("dark", "auto", None)])
def test_theme_is_light_unless_asked(
    new_context: Callable[..., BrowserContext],
    host_pages: HostPages,
    installation: Installation,
    scheme: str,
    theme: str,
    shown: str | None,
) -> None:
    """A dark system does not make the widget dark on a white shop; `auto` lets the system decide."""
    page = new_context(color_scheme=scheme).new_page()
    more = f'data-theme="{theme}"' if theme else ""
    page.goto(host_pages.put(f"/theme-{theme}", host(installation, more=more)))
    inside = open_widget(page)
    assert inside.locator("html").get_attribute("data-theme") == shown


def test_language_of_the_page_around(page: Page, host_pages: HostPages, installation: Installation) -> None:
    """Without an attribute the widget speaks the page's language; the visitor's own choice then stays."""
    page.goto(host_pages.put("/zh", host(installation, lang="zh-CN")))
    inside = open_widget(page)
    expect(inside.locator("html")).to_have_attribute("lang", "zh-Hans")
    inside.get_by_role("link", name="English").click()
    expect(inside.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("xiaoer-chat button")).to_have_attribute("aria-label", "Chat with us")
    page.reload()
    expect(panel(page).locator("html")).to_have_attribute("lang", "en")


def test_interface_for_scripts(page: Page, host_pages: HostPages, installation: Installation) -> None:
    """window.xiaoer opens, closes, toggles, switches the language and tells what happened."""
    page.goto(host_pages.put("/api", host(installation)))
    page.evaluate(
        "window.log = []; for (const name of ['open', 'close', 'unread']) "
        "xiaoer.on(name, value => log.push(value === undefined ? name : `${name} ${value}`))"
    )
    page.evaluate("xiaoer.open(); xiaoer.open()")
    inside = panel(page)
    expect(inside.locator("textarea")).to_be_focused()
    page.evaluate("xiaoer.setLocale('zh-CN')")
    expect(inside.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.evaluate("xiaoer.toggle()")
    expect(page.locator("xiaoer-chat iframe")).to_be_hidden()
    page.evaluate("xiaoer.close()")
    assert page.evaluate("log") == ["open", "close"]


def test_token_is_kept_by_the_page_around(page: Page, host_pages: HostPages, installation: Installation) -> None:
    """First-party storage of the shop; a change of pages keeps the conversation, open and without a click."""
    first = host_pages.put("/first", host(installation, body="<a href='/second'>next</a>"))
    host_pages.put("/second", host(installation))
    page.goto(first)
    inside = open_widget(page)
    assert page.evaluate("localStorage.getItem('xiaoer:demo-shop:token')") is None
    inside.locator("textarea").fill("hello there")
    inside.locator("textarea").press("Enter")
    expect(inside.locator("#log .bot-line")).to_have_count(1)
    assert len(page.evaluate("localStorage.getItem('xiaoer:demo-shop:token')")) > 20
    page.get_by_role("link", name="next").click()
    expect(panel(page).locator(".visitor-line .bubble")).to_have_text("hello there")
    expect(page.locator("xiaoer-chat iframe")).to_be_visible()
    assert page.evaluate("document.activeElement === document.body")


def test_unread_answers_are_counted_on_the_launcher(
    new_context: Callable[..., BrowserContext], host_pages: HostPages, installation: Installation
) -> None:
    """What comes while the panel is closed; also over a change of pages; opening shows where it begins."""
    context = new_context()
    server = ScriptedServer(context)
    page = context.new_page()
    page.goto(host_pages.put("/unread", host(installation)))
    page.evaluate("window.counts = []; xiaoer.on('unread', count => counts.push(count))")
    inside = open_widget(page)
    inside.locator("textarea").fill("hello")
    inside.locator("textarea").press("Enter")
    expect(inside.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    # The frame hears of closing a moment after it went out of sight; what comes before counts as read.
    root = inside.locator("html")
    root.evaluate("node => addEventListener('message', heard => { node.dataset.told = heard.data.join(' ') })")
    page.keyboard.press("Escape")
    expect(page.locator("xiaoer-chat iframe")).to_be_hidden()
    expect(root).to_have_attribute("data-told", "open false")
    server.post("bot", "Hello!")
    server.post("bot", "Anything else?")
    button, badge = page.locator("xiaoer-chat button"), page.locator("xiaoer-chat button span")
    expect(badge).to_have_text("2")
    expect(button).to_have_attribute("aria-label", "Chat with us (2)")
    page.reload()
    expect(badge).to_have_text("2")
    inside = open_widget(page)
    expect(badge).to_be_hidden()
    expect(inside.locator(".new-line + .bot-line .bubble")).to_have_text("Hello!")


def test_phone(
    new_context: Callable[..., BrowserContext], host_pages: HostPages, installation: Installation
) -> None:
    """The panel fills the screen and closes by its own button; nothing zooms in on the field."""
    page = new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True).new_page()
    viewport = '<meta name="viewport" content="width=device-width">'
    page.goto(host_pages.put("/phone", host(installation, head=viewport)))
    inside = open_widget(page)
    box = page.locator("xiaoer-chat iframe").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 800}
    size = inside.locator("textarea").evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert size >= 16
    inside.get_by_role("button", name="Close the chat").click()
    expect(page.locator("xiaoer-chat iframe")).to_be_hidden()


def test_third_party_storage_blocked(
    new_context: Callable[..., BrowserContext], host_pages: HostPages, installation: Installation
) -> None:
    """A frame whose storage throws still has its visitor, because the page around keeps the token."""
    context = new_context()
    context.add_init_script(
        "if (window.parent !== window) Object.defineProperty(window, 'localStorage', "
        "{get() { throw new DOMException('no', 'SecurityError') }})"
    )
    page = context.new_page()
    page.goto(host_pages.put("/blocked", host(installation)))
    inside = open_widget(page)
    inside.locator("textarea").fill("hello there")
    inside.locator("textarea").press("Enter")
    expect(inside.locator("#log .bot-line")).to_have_count(1)
    page.reload()
    expect(panel(page).locator(".visitor-line .bubble")).to_have_text("hello there")


def test_own_storage_blocked(
    new_context: Callable[..., BrowserContext], host_pages: HostPages, installation: Installation
) -> None:
    """Where the page's storage throws too, the loader remembers until the page is left."""
    context = new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    )
    page = context.new_page()
    page.goto(host_pages.put("/no-storage", host(installation)))
    inside = open_widget(page)
    inside.locator("textarea").fill("hello there")
    inside.locator("textarea").press("Enter")
    expect(inside.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    page.evaluate("xiaoer.setLocale('zh')")
    expect(inside.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(inside.locator(".visitor-line .bubble")).to_have_text("hello there")


FORGED = [
    ["token", "stolen"],
    ["close"],
    ["unread", 99],
    ["locale", "zh"],
    ["ready"],
    None,
    {},
    "close",
    [],
    [["close"]],
    ["constructor"],
]


def test_messages_from_elsewhere_change_nothing(
    page: Page, host_pages: HostPages, installation: Installation
) -> None:
    """The loader hears its own frame only; the frame hears only the page around it, from an allowed origin."""
    page.goto(host_pages.put("/forged", host(installation, body="<iframe id='other' src='/empty'></iframe>")))
    host_pages.put("/empty", "<!doctype html><title>x</title>")
    inside = open_widget(page)
    for message in FORGED:
        page.evaluate("message => window.postMessage(message, '*')", message)
        page.evaluate(
            "message => document.querySelector('#other').contentWindow.eval("
            "`parent.postMessage(${JSON.stringify(message)}, '*')`)",
            message,
        )
    frame = next(one for one in page.frames if "/chat/" in one.url)
    # From inside the frame itself (same origin, but not its parent), and from a sibling that is not its parent.
    frame.evaluate("window.postMessage(['hello', 'stolen', false], '*')")
    page.frames[1].evaluate("window.top.frames[1]?.postMessage(['hello', 'stolen', false], '*')")
    expect(page.locator("xiaoer-chat iframe")).to_be_visible()
    expect(page.locator("xiaoer-chat button span")).to_be_hidden()
    expect(inside.locator("html")).to_have_attribute("lang", "en")
    assert page.evaluate("localStorage.getItem('xiaoer:demo-shop:token')") is None
    # The positive twin: what the frame itself says is heard.
    inside.get_by_role("button", name="Close the chat").click()
    expect(page.locator("xiaoer-chat iframe")).to_be_hidden()

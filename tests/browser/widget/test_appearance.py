"""Every state in both languages and themes: accessible, readable at 320 px, at 200 %, in forced colours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Watch
from tests.browser.installation import Installation
from tests.browser.widget.scripted_server import ScriptedServer, remember_visitor

LOCALES = ["en", "zh-hans"]
THEMES = ["light", "dark"]


def busy_conversation(page: Page) -> ScriptedServer:
    """Everything that a conversation can show, at once."""
    remember_visitor(page)
    server = ScriptedServer(
        page,
        message_send=lambda one, data: one.say("error", code="invalid", detail="", client_id=data["client_id"]),
    )
    server.past("visitor", "How do I return it? 怎么退货？", at="2026-03-02T06:30:00.000Z")
    server.past(
        "bot",
        "Choose Return in My orders.\nMore at https://shop.example/help/returns-and-exchanges-of-all-kinds",
        citations=[{"title": "How to return something that does not fit", "url": "/help/default/en/return-item/"}],
        quick_replies=["Who pays the postage?", "多久到账？"],
    )
    server.past("system", "A person will take over.", event="handoff_requested")
    server.past("agent", "Hello, this is Lin. 您好。", agent="Lin Xiao 林晓")
    server.past(
        "bot",
        "Averyverylongwordwithoutanybreak" * 6,
        quick_replies=["Who pays the postage?", "A rather long suggestion that needs two lines on a phone"],
    )
    return server


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(page: Page, installation: Installation, locale: str, theme: str, width: int) -> None:
    """Before the first message, in a busy conversation with a failed message, and without a connection."""
    page.set_viewport_size({"width": width, "height": 720})
    page.goto(installation.chat(locale=locale, more=f"&theme={theme}"))
    expect(page.locator(".bot-line").first).to_be_visible()
    assert violations(page) == []
    server = busy_conversation(page)
    page.reload()
    expect(page.locator("#log .agent-line")).to_have_count(1)
    page.locator("textarea").fill("x" * 3_990)
    page.locator("textarea").press("Enter")
    expect(page.locator(".visitor-line[data-state=failed]")).to_have_count(1)
    page.locator("textarea").fill("y" * 4_100)
    assert violations(page) == []
    server.update("active", agent="Lin Xiao 林晓")
    server.say("typing.changed", conversation=server.history[0]["conversation"], author="agent", typing=True)
    expect(page.locator("#typing")).to_be_visible()
    page.evaluate("document.querySelector('#offline').hidden = false")
    assert violations(page) == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 800), (640, 360), (1280, 800)])
def test_nothing_overflows(page: Page, installation: Installation, locale: str, width: int, height: int) -> None:
    """No sideways scrolling down to 320 px; the field and the way to a person are always on the screen.

    640 x 360 is a laptop's window at 200 %.
    """
    page.set_viewport_size({"width": width, "height": height})
    busy_conversation(page)
    page.goto(installation.chat(locale=locale))
    expect(page.locator("#log .agent-line")).to_have_count(1)
    sideways = "element => element.scrollWidth - element.clientWidth"
    assert page.locator("html").evaluate(sideways) <= 0
    assert page.locator("#scroller").evaluate(sideways) <= 0
    expect(page.locator("textarea")).to_be_in_viewport(ratio=1)
    expect(page.locator("#person")).to_be_in_viewport(ratio=1)
    readable = page.locator("#scroller").evaluate("element => element.clientHeight / innerHeight")
    assert readable > 0.4


def test_text_at_200_percent(page: Page, installation: Installation) -> None:
    """Larger text, as set in the browser, breaks nothing."""
    page.set_viewport_size({"width": 400, "height": 720})
    busy_conversation(page)
    page.goto(installation.chat())
    expect(page.locator("#log .agent-line")).to_have_count(1)
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert page.locator("html").evaluate("element => element.scrollWidth - element.clientWidth") <= 0
    expect(page.locator("textarea")).to_be_in_viewport(ratio=1)


def test_targets_are_large_enough(page: Page, installation: Installation) -> None:
    """44 px for everything to tap, counting what lies invisibly around it."""
    page.set_viewport_size({"width": 390, "height": 800})
    server = busy_conversation(page)
    page.goto(installation.chat(more="&embed=1"))
    expect(page.locator("#log .agent-line")).to_have_count(1)
    assert server.sequence == 5
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, .citation, header a, textarea')]
            .filter(element => element.checkVisibility())
            .map(element => {
                const box = element.getBoundingClientRect();
                const halo = parseFloat(getComputedStyle(element, '::after').top) || 0;
                const name = element.id || element.className || element.dataset.part;
                return [name, box.width, box.height - 2 * halo] })
            .filter(([, width, height]) => width < 44 || height < 44)"""
    )
    assert small == []


def test_keyboard_reaches_everything_in_order(page: Page, installation: Installation) -> None:
    """Language, about me, transcript, source, quick replies, field, person: by Tab, each with a visible focus."""
    remember_visitor(page)
    server = ScriptedServer(page)
    server.past(
        "bot", "See there.", citations=[{"title": "Article", "url": "/help/"}], quick_replies=["And then?"]
    )
    page.goto(installation.chat())
    expect(page.locator("#log .chip")).to_be_visible()
    seen = []
    page.keyboard.press("Tab")
    for _ in range(7):
        seen.append(
            page.evaluate(
                "() => { const at = document.activeElement; const field = at.tagName === 'TEXTAREA'; "
                "const ring = field ? getComputedStyle(at.form).boxShadow : getComputedStyle(at).outlineStyle; "
                "return [at.id || at.className, ring !== 'none'] }"
            )
        )
        page.keyboard.press("Tab")
    names = [name for name, _ring in seen]
    assert names == ["icon-button language", "about-me-open", "scroller", "citation", "chip", "text", "person"]
    assert all(ring for _name, ring in seen)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours(
    new_context: Callable[..., BrowserContext], installation: Installation, scheme: str
) -> None:
    """With the reader's own colours, bubbles and the AI label keep an outline."""
    page = new_context(forced_colors="active", color_scheme=scheme).new_page()
    busy_conversation(page)
    page.goto(installation.chat())
    for part in ("#log .bot-line .bubble", "#log .visitor-line .bubble", "#log .ai-tag"):
        width = page.locator(part).first.evaluate("element => getComputedStyle(element).borderTopWidth")
        assert float(width.removesuffix("px")) > 0


def test_reduced_motion(new_context: Callable[..., BrowserContext], installation: Installation) -> None:
    """No dot moves for whoever asks for no motion; they do otherwise."""
    names = {}
    for wish in ("reduce", "no-preference"):
        page = new_context(reduced_motion=wish).new_page()
        page.goto(installation.chat())
        names[wish] = page.locator(".dots i").first.evaluate("element => getComputedStyle(element).animationName")
    assert names == {"reduce": "none", "no-preference": "breathe"}


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(250, 248, 245)"), ("dark", "rgb(23, 21, 19)")])
def test_alone_in_a_tab_the_system_decides(
    new_context: Callable[..., BrowserContext], installation: Installation, scheme: str, ground: str
) -> None:
    """Without `theme` in the address."""
    page = new_context(color_scheme=scheme).new_page()
    page.goto(installation.chat())
    assert page.locator("body").evaluate("element => getComputedStyle(element).backgroundColor") == ground


@pytest.mark.parametrize("locale", LOCALES)
def test_widget_on_the_demo_shop(page: Page, installation: Installation, locale: str) -> None:
    """The shop's pages, with the tag and the page's own script, and the frame inside them."""
    language = "zh" if locale == "zh-hans" else "en"
    for path in ("", "orders/", "goods/tea-set/"):
        page.goto(f"{installation.shop}/{language}/{path}")
        expect(page.locator("xiaoer-chat button")).to_be_visible()
        assert violations(page) == []
    page.locator("xiaoer-chat button").click()
    expect(page.frame_locator("xiaoer-chat iframe").locator("textarea")).to_be_focused()
    frame = next(one for one in page.frames if "/chat/" in one.url)
    assert f"locale={'zh-Hans' if language == 'zh' else 'en'}" in frame.url
    assert violations(page) == []
    assert violations(frame) == []
    scripts = page.locator("script").evaluate_all("all => all.map(one => one.outerHTML)")
    identity = f'data-identity="/{language}/identity"'
    assert scripts == [
        f'<script src="{installation.origin}/widget.js" data-site="demo-shop" {identity} async=""></script>',
        '<script src="/files/shop.js" type="module"></script>',
    ]


def test_demo_shop_on_a_phone(page: Page, installation: Installation) -> None:
    """The shop itself is usable at 320 px, too."""
    page.set_viewport_size({"width": 320, "height": 640})
    for path in ("en/", "zh/orders/", "en/goods/canvas-shoes/"):
        page.goto(f"{installation.shop}/{path}")
        assert page.locator("html").evaluate("element => element.scrollWidth - element.clientWidth") <= 0


def test_page_for_an_unknown_site(page: Page, installation: Installation, watch: Watch) -> None:
    """In the visitor's language, and accessible."""
    watch.expect("404")
    for locale, title in (("en", "No chat here"), ("zh-hans", None)):
        answer = page.goto(installation.chat(site="unknown", locale=locale))
        assert answer is not None
        assert answer.status == 404
        if title:
            expect(page.get_by_role("heading")).to_have_text(title)
        assert violations(page) == []

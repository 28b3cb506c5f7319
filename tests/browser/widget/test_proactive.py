"""Invitations on pages of other people: shown once, out of the way, and the way into a flow."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Watch
from tests.browser.host_pages import HostPages
from tests.browser.installation import Installation
from tests.browser.widget.test_loader import host, open_widget, panel

TEXT = "The payment did not go through? I can help you to finish the order."
REFUSE = "xiaoer.event('consent', {given: false})"
FAILED = ["payment_failed", {"value": 99, "currency": "CNY"}]


@pytest.fixture(scope="module")
def shop(installation: Installation, host_pages: HostPages) -> Callable[..., str]:
    """Puts a page of a shop on the other origin; its address. It reports `events` as soon as it can."""
    installation.stack.run("tests/browser/widget/seed_proactive.py", host_pages.origin)

    def put(
        path: str, *events: list[object], site: str = "proactive", more: str = "", body: str = "", **options: str
    ) -> str:
        script = (
            "document.querySelector('script[data-site]').addEventListener('load', () => "
            f"{json.dumps(list(events))}.forEach((one) => xiaoer.event(...one)))"
        )
        page = host(installation, head=f"<script>{script}</script>", body=body, more=more, **options)
        return host_pages.put(path, page.replace('data-site="demo-shop"', f'data-site="{site}"'))

    return put


def test_it_appears_once(page: Page, shop: Callable[..., str]) -> None:
    """Not again after it was dismissed, nor after a reload; the focus stays where it was."""
    url = shop("/checkout", FAILED, body="<input autofocus aria-label='Card'>")
    page.goto(url)
    section = panel(page).locator("#invitation")
    expect(section.get_by_role("status")).to_have_text(TEXT)
    expect(section).to_be_visible()
    assert page.evaluate("document.activeElement.tagName") == "INPUT"
    button = page.locator("xiaoer-chat button")
    expect(button).to_have_attribute("aria-expanded", "false")
    section.get_by_role("button", name="Not now").click()
    expect(section).to_be_hidden()
    expect(page.locator("xiaoer-chat iframe")).to_be_hidden()
    for _reload in range(2):
        with page.expect_response("**/behaviour") as told:
            page.reload()
        assert told.value.json()["invitation"] is None
        assert told.value.json()["stored"] == 1
        expect(page.locator("xiaoer-chat iframe")).to_be_hidden()


def test_without_the_rule_nothing_appears(page: Page, shop: Callable[..., str]) -> None:
    """The twin: the same page and event where the rule is switched off."""
    with page.expect_response("**/behaviour") as told:
        page.goto(shop("/checkout-quiet", FAILED, site="quiet"))
    assert told.value.json() == {"stored": 1, "refused": "", "invitation": None, "ask_again": None}
    expect(page.locator("xiaoer-chat iframe")).to_be_hidden()


@pytest.mark.parametrize(
    ("lang", "reply", "asks", "tap", "ends"),
    [
        ("en", "Yes, help me", "What did the payment page say?", "Card declined", "Then try another way to pay."),
        ("zh-CN", "好的，帮我看看", "付款页面提示了什么？", "银行卡被拒", "那就换一种付款方式试试。"),
    ],
)
def test_accepting_begins_the_flow(
    page: Page, shop: Callable[..., str], lang: str, reply: str, asks: str, tap: str, ends: str
) -> None:
    """The invitation is the assistant's first line, and the flow goes to its end in either language."""
    page.goto(shop(f"/checkout-{lang}", FAILED, lang=lang))
    inside = panel(page)
    inside.locator("#invitation").get_by_role("button", name=reply).click()
    expect(page.locator("xiaoer-chat button")).to_have_attribute("aria-expanded", "true")
    expect(inside.locator("#invitation")).to_be_hidden()
    expect(inside.locator("textarea")).to_be_focused()
    expect(inside.locator("#log .visitor-line .bubble")).to_have_text(reply)
    expect(inside.locator("#log")).to_contain_text(asks)
    inside.locator("#log").get_by_role("button", name=tap).last.click()
    expect(inside.locator("#log .bot-line .bubble").last).to_have_text(ends)


def test_dont_show_again_holds_for_every_rule(page: Page, shop: Callable[..., str]) -> None:
    """Remembered by the server, which keeps nothing from then on."""
    page.goto(shop("/checkout-never", FAILED))
    panel(page).locator("#invitation").get_by_role("button", name="Don’t show again").click()
    expect(page.locator("xiaoer-chat iframe")).to_be_hidden()
    with page.expect_response("**/behaviour") as told:
        page.goto(shop("/slow", ["page_viewed"]))
    assert told.value.json()["refused"] == "opted_out"


def test_time_on_the_page(page: Page, shop: Callable[..., str]) -> None:
    """The server says when to ask again; Esc on the page around dismisses."""
    page.goto(shop("/slow", ["page_viewed"]))
    section = panel(page).locator("#invitation")
    expect(section.get_by_role("status")).to_have_text(TEXT)
    page.keyboard.press("Escape")
    expect(page.locator("xiaoer-chat iframe")).to_be_hidden()
    page.locator("xiaoer-chat button").click()
    expect(panel(page).locator("textarea")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("xiaoer-chat button")).to_be_focused()


def test_opening_the_panel_takes_it_away(page: Page, shop: Callable[..., str]) -> None:
    """Nothing is shown with an open panel either."""
    page.goto(shop("/checkout-open", FAILED))
    section = panel(page).locator("#invitation")
    expect(section).to_be_visible()
    page.locator("xiaoer-chat button").click()
    expect(section).to_be_hidden()
    expect(panel(page).locator("textarea")).to_be_focused()
    frame = page.locator("xiaoer-chat iframe").bounding_box()
    assert frame is not None
    assert (frame["width"], round(frame["height"])) == (400, 680)
    with page.expect_response("**/behaviour") as told:
        page.evaluate("xiaoer.event('payment_failed')")
    assert told.value.json()["invitation"] is None


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_is_small_and_readable(
    new_context: Callable[..., BrowserContext], shop: Callable[..., str], width: int, theme: str
) -> None:
    """Beside the launcher, within the screen, without a scroll bar, and clean to axe."""
    context = new_context(viewport={"width": width, "height": 640}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(shop(f"/checkout-{width}-{theme}", FAILED, more=f'data-theme="{theme}"'))
    section = panel(page).locator("#invitation")
    expect(section.get_by_role("status")).to_have_text(TEXT)
    frame, button = page.locator("xiaoer-chat iframe"), page.locator("xiaoer-chat button")
    box, launcher = frame.bounding_box(), button.bounding_box()
    assert box is not None
    assert launcher is not None
    assert box["width"] == min(340, width - 40)
    assert box["x"] >= 0
    assert box["y"] + box["height"] < launcher["y"]
    assert 100 < box["height"] < 260
    last = section.get_by_role("button", name="Don’t show again").bounding_box()
    assert last is not None
    assert box["y"] < last["y"]
    assert last["y"] + last["height"] <= box["y"] + box["height"]
    inside = next(one for one in page.frames if "/chat/" in one.url)
    assert inside.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert violations(inside) == []


@pytest.mark.parametrize("signal", ["globalPrivacyControl", "doNotTrack"])
def test_a_browser_that_says_no_tells_nothing(
    new_context: Callable[..., BrowserContext], shop: Callable[..., str], signal: str
) -> None:
    """Neither a report nor an identity; a twin without the signal is in every other test."""
    context = new_context()
    value = "true" if signal == "globalPrivacyControl" else "'1'"
    context.add_init_script(f"Object.defineProperty(Navigator.prototype, '{signal}', {{get: () => {value}}})")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(shop("/checkout-signal", FAILED))
    page.evaluate("xiaoer.open()")
    expect(panel(page).locator("textarea")).to_be_focused()
    assert not [url for url in asked if "/api/" in url]


def what_is_refused(page: Page) -> str:
    """Why the server keeps nothing of what happens from now on."""
    with page.expect_response("**/behaviour") as told:
        page.evaluate("xiaoer.event('page_viewed')")
    return str(told.value.json()["refused"])


@pytest.mark.parametrize("trouble", ["no line", "busy", "failing"])
def test_it_goes_out_again_until_it_is_taken(
    page: Page, shop: Callable[..., str], watch: Watch, trouble: str
) -> None:
    watch.expect("ERR_FAILED", "429", "500")
    page.clock.install()
    with page.expect_response("**/behaviour") as told:
        page.goto(shop("/refuse-again", ["page_viewed"]))
    assert told.value.json()["stored"] == 1
    tried: list[object] = []

    def stop(route: Route) -> None:
        tried.append(route.request.post_data_json)
        if trouble == "no line":
            route.abort()
        else:
            route.fulfill(status=429 if trouble == "busy" else 500, json={})

    page.route("**/behaviour", stop, times=1)
    with page.expect_request("**/behaviour"):
        page.evaluate(REFUSE)
    # Nothing more is told meanwhile.
    page.evaluate("xiaoer.event('page_viewed')")
    # (The answer of the first try may still be on its way to us.)
    with page.expect_response(lambda answer: answer.url.endswith("/behaviour") and answer.ok) as told:
        page.clock.run_for(6_000)
    assert told.value.request.post_data_json == {"events": [], "consent": False}
    assert tried == [{"events": [], "consent": False}]
    assert what_is_refused(page) == "withdrawn"


def test_an_event_that_is_none_takes_nothing_along(page: Page, shop: Callable[..., str]) -> None:
    """In one breath with a mistake of the page's programmers."""
    with page.expect_response("**/behaviour") as told:
        page.goto(shop("/refuse-mistake", ["page_viewed"]))
    assert told.value.json()["stored"] == 1
    with page.expect_response("**/behaviour") as told:
        page.evaluate(f"xiaoer.event('no_such_event'); {REFUSE}")
    assert told.value.ok
    assert what_is_refused(page) == "withdrawn"


@pytest.mark.parametrize("signal", ["globalPrivacyControl", "doNotTrack"])
def test_it_counts_where_the_browser_says_no_as_well(
    new_context: Callable[..., BrowserContext], shop: Callable[..., str], signal: str
) -> None:
    """A browser's signal can be switched off again; what was refused in words stays refused."""
    context = new_context()
    value = "true" if signal == "globalPrivacyControl" else "'1'"
    context.add_init_script(f"Object.defineProperty(Navigator.prototype, '{signal}', {{get: () => {value}}})")
    page = context.new_page()
    page.goto(shop(f"/refuse-{signal}"))
    inside = open_widget(page)
    inside.locator("textarea").fill("hello")
    inside.locator("textarea").press("Enter")
    expect(inside.locator(".visitor-line")).to_have_attribute("data-state", "sent")
    with page.expect_request("**/behaviour") as told:
        page.evaluate(f"xiaoer.event('page_viewed'); xiaoer.event('consent', {{given: true}}); {REFUSE}")
    assert told.value.post_data_json == {"events": [], "consent": False}


def test_who_is_nobody_yet_is_remembered_to_have_refused(page: Page, shop: Callable[..., str]) -> None:
    """Nobody gets an identity in order to refuse; once there is one, the refusal is the first that it hears."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(shop("/refuse-first", ["consent", {"given": False}], ["page_viewed"]))
    inside = open_widget(page)
    assert not [url for url in asked if "/api/" in url]
    with page.expect_response("**/behaviour") as told:
        inside.locator("textarea").fill("hello")
        inside.locator("textarea").press("Enter")
    assert told.value.request.post_data_json == {"events": [], "consent": False}
    assert what_is_refused(page) == "withdrawn"

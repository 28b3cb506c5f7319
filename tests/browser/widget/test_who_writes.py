"""What somebody wrote in this browser is theirs: nobody who signs in after them sees it or sends it."""

from __future__ import annotations

import pytest
from playwright.sync_api import FrameLocator, Page, Route, WebSocketRoute, expect

from tests.browser.conftest import Watch
from tests.browser.installation import Installation
from tests.browser.widget.test_about_me import about_me, open_chat, say

UNSENT, DRAFT = "where is the parcel for my sister", "my address is"


def lose_on_the_way(page: Page, text: str) -> list[str]:
    """Messages with this text do not reach the server while the answer holds it."""
    losing = [text]

    def proxy(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        route.on_message(lambda frame: None if any(one in str(frame) for one in losing) else server.send(frame))

    page.route_web_socket("**/ws/chat/**", proxy)
    return losing


def panel(page: Page) -> FrameLocator:
    return page.frame_locator("xiaoer-chat iframe")


def leave_something(page: Page, installation: Installation) -> None:
    """Wang Fang has a talk, a message that did not go out, and a draft."""
    losing = lose_on_the_way(page, UNSENT)
    page.goto(f"{installation.shop}/en/sign-in/wang")
    inside = open_chat(page)
    say(inside, "hello")
    inside.locator("textarea").fill(UNSENT)
    inside.locator("textarea").press("Enter")
    expect(inside.locator(".visitor-line").last).to_have_attribute("data-state", "sending")
    inside.locator("textarea").fill(DRAFT)
    losing.clear()


@pytest.mark.parametrize("who", ["lin", ""], ids=["another customer", "nobody"])
def test_who_comes_after_neither_sees_nor_sends_it(page: Page, installation: Installation, who: str) -> None:
    leave_something(page, installation)
    page.goto(f"{installation.shop}/en/sign-in/{who}")
    inside = panel(page)
    expect(inside.locator("#starters button").first).to_be_visible()
    say(inside, "mine")
    # Whatever was left would have gone out before.
    expect(inside.locator(".visitor-line .bubble")).to_have_text(["mine"])
    page.reload()
    expect(inside.locator(".visitor-line .bubble")).to_have_text(["mine"])
    expect(inside.locator("textarea")).to_have_value("")


def test_nothing_of_it_stands_in_the_field_meanwhile(page: Page, installation: Installation) -> None:
    """Before the shop has said who is signed in, nothing is shown that may be somebody else's."""
    leave_something(page, installation)
    held: list[Route] = []
    page.route("**/identity", lambda route: held.append(route))
    with page.expect_request("**/identity"):
        page.goto(f"{installation.shop}/en/sign-in/lin")
    inside = panel(page)
    expect(inside.locator("textarea")).to_have_value("")
    expect(inside.locator(".visitor-line")).to_have_count(0)
    for route in held:
        route.continue_()
    say(inside, "mine")
    expect(inside.locator(".visitor-line .bubble")).to_have_text(["mine"])
    expect(inside.locator("textarea")).to_have_value("")


def test_the_same_customer_keeps_it(page: Page, installation: Installation) -> None:
    """The twin: over a reload the message goes out, and the draft stands where it stood."""
    leave_something(page, installation)
    page.goto(f"{installation.shop}/en/sign-in/wang")
    inside = panel(page)
    expect(inside.locator(".visitor-line[data-state=sent] .bubble")).to_have_text(["hello", UNSENT])
    expect(inside.locator("textarea")).to_have_value(DRAFT)


def test_who_was_anonymous_keeps_it_at_the_sign_in(page: Page, installation: Installation) -> None:
    page.goto(f"{installation.shop}/en/")
    inside = open_chat(page)
    say(inside, "hello")
    inside.locator("textarea").fill(DRAFT)
    page.goto(f"{installation.shop}/en/sign-in/wang")
    expect(inside.locator(".visitor-line .bubble")).to_have_text(["hello"])
    expect(inside.locator("textarea")).to_have_value(DRAFT)


def test_erasing_everything_takes_the_draft_along(page: Page, installation: Installation) -> None:
    page.goto(f"{installation.shop}/en/")
    inside = open_chat(page)
    say(inside, "hello")
    inside.locator("textarea").fill(DRAFT)
    dialog = about_me(inside)
    dialog.get_by_role("button", name="Erase everything…").click()
    dialog.get_by_role("button", name="Erase everything", exact=True).click()
    expect(inside.locator("#starters button").first).to_be_visible()
    expect(inside.locator("textarea")).to_have_value("")


@pytest.mark.parametrize(("who", "sees"), [("lin", []), ("wang", ["hello"])], ids=["another", "the same"])
def test_a_late_answer_still_counts(page: Page, installation: Installation, who: str, sees: list[str]) -> None:
    """The page goes on without after ten seconds, and makes up for it once it hears who is there."""
    page.goto(f"{installation.shop}/en/sign-in/wang")
    say(open_chat(page), "hello")
    held: list[Route] = []
    page.route("**/identity", lambda route: held.append(route), times=1)
    page.clock.install()
    with page.expect_request("**/identity"):
        page.goto(f"{installation.shop}/en/sign-in/{who}")
    inside = panel(page)
    expect(inside.locator("textarea")).to_be_visible()
    page.clock.run_for(11_000)
    expect(inside.locator(".visitor-line")).to_have_count(1)
    for route in held:
        with page.expect_response("**/session"):
            route.continue_()
    say(inside, "me again")
    expect(inside.locator(".visitor-line .bubble")).to_have_text([*sees, "me again"])


def test_a_shop_that_cannot_say_vouches_for_nobody(page: Page, installation: Installation, watch: Watch) -> None:
    """Its address does not answer: nothing of the talk before is shown."""
    watch.expect("ERR_FAILED")
    page.goto(f"{installation.shop}/en/sign-in/wang")
    say(open_chat(page), "hello")
    page.route("**/identity", lambda route: route.abort())
    page.goto(f"{installation.shop}/en/goods/tea-set/")
    inside = panel(page)
    say(inside, "who am I")
    expect(inside.locator(".visitor-line .bubble")).to_have_text(["who am I"])

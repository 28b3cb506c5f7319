"""Writing: input methods, lines, length, the draft, and the languages of the page."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.browser.installation import Installation
from tests.browser.widget.scripted_server import ScriptedServer
from tests.browser.widget.writing import write


def test_our_typing_is_told_to_people_only(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """The assistant has no use for it; a person is told, and told when it ends."""
    page.goto(installation.chat())
    page.locator("textarea").press_sequentially("abc")
    assert server.frames("typing.set") == []
    server.update("active", agent="Lin Xiao")
    expect(page.locator("header")).to_contain_text("Lin Xiao")
    page.locator("textarea").press_sequentially("def")
    assert server.frames("typing.set") == [{"typing": True}]
    page.locator("textarea").press("Enter")
    assert server.frames("typing.set") == [{"typing": True}, {"typing": False}]


def test_what_is_typed_before_the_page_is_ready_is_kept(
    page: Page, server: ScriptedServer, installation: Installation
) -> None:
    """The field is there before its script: a quick visitor's words must not vanish when the script comes."""
    held: list[Route] = []
    typed = False

    def hold(route: Route) -> None:
        if typed:
            route.continue_()
        else:
            held.append(route)

    page.route("**/chat/composer*.js", hold)
    page.goto(installation.chat(), wait_until="commit")
    field = page.locator("textarea")
    field.fill("are you there?")
    typed = True
    for route in held:
        route.continue_()
    page.wait_for_load_state("load")
    expect(field).to_have_value("are you there?")
    field.press("Enter")
    expect(page.locator(".visitor-line .bubble")).to_have_text("are you there?")


def test_composing_chinese_never_sends(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """Enter that chooses a word from the input method's list does not send; the next Enter does."""
    page.goto(installation.chat())
    field = page.locator("textarea")
    field.click()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    session.send("Input.insertText", {"text": "你好"})
    expect(field).to_have_value("你好")
    assert server.frames("message.send") == []
    field.press("Enter")
    expect(page.locator(".visitor-line .bubble")).to_have_text("你好")


def test_shift_enter_makes_a_line(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """Two lines in one message."""
    page.goto(installation.chat())
    field = page.locator("textarea")
    field.press_sequentially("one")
    field.press("Shift+Enter")
    field.press_sequentially("two")
    field.press("Enter")
    expect(page.locator(".visitor-line .bubble")).to_have_text("one\ntwo", use_inner_text=True)
    assert [data["text"] for data in server.frames("message.send")] == ["one\ntwo"]


def test_longest_message(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """Counted in characters as people see them, shown near the limit, refused above it."""
    page.goto(installation.chat())
    field, count = page.locator("textarea"), page.locator("#count")
    field.fill("x" * 3_000)
    expect(count).to_be_hidden()
    field.fill("😀" * 4_000)
    expect(count).to_have_text("4000 of 4000 characters")
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    field.fill("x" * 4_001)
    expect(count).to_have_class("over")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    field.press("Enter")
    assert server.frames("message.send") == []
    field.fill("😀" * 4_000)
    field.press("Enter")
    expect(page.locator(".visitor-line")).to_have_attribute("data-state", "sent")


def test_blank_is_not_sent(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """Spaces and lines are no message."""
    page.goto(installation.chat())
    write(page, "  \n ")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    assert server.frames("message.send") == []


def test_draft_survives_a_reload(page: Page, server: ScriptedServer, installation: Installation) -> None:
    """What was begun is still there; what was sent is not."""
    page.goto(installation.chat())
    page.locator("textarea").fill("half a thou")
    page.reload()
    expect(page.locator("textarea")).to_have_value("half a thou")
    page.locator("textarea").press("Enter")
    page.reload()
    expect(page.locator("textarea")).to_have_value("")


def test_languages(page: Page, installation: Installation) -> None:
    """`?locale=` decides, then the browser; the link switches; texts, `lang` and starters follow."""
    page.goto(installation.chat(locale="zh-CN"))
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("#starters button").first).to_have_text("我的订单到哪了")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#starters button").first).to_have_text("Where is my order?")
    page.goto(f"{installation.origin}/chat/demo-shop/")
    expect(page.locator("html")).to_have_attribute("lang", "en")

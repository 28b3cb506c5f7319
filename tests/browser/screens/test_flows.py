"""Flows in a real browser: built from nothing by keyboard alone, talked through in the widget, in every look."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.installation import Installation
from tests.browser.screens.test_accessibility import LOOKS
from tests.browser.widget.writing import write

MOST_STOPS = 150


def tab_to(wanted: Locator) -> None:
    """Press Tab until the control has the focus, as somebody without a mouse would."""
    expect(wanted).to_have_count(1)
    for _stop in range(MOST_STOPS):
        if wanted.evaluate("node => node === document.activeElement"):
            return
        wanted.page.keyboard.press("Tab")
    raise AssertionError(f"no way to {wanted} by keyboard")


def type_into(wanted: Locator, text: str) -> None:
    """Go to a field and write into it."""
    tab_to(wanted)
    wanted.page.keyboard.insert_text(text)


def press(wanted: Locator, key: str = "Enter") -> None:
    """Go to a control and press it."""
    tab_to(wanted)
    wanted.page.keyboard.press(key)


def choose(select: Locator, begins: str, shown: str) -> None:
    """Go to a select and type what the choice begins with."""
    tab_to(select)
    select.page.keyboard.type(begins)
    expect(select.locator("option:checked")).to_have_text(re.compile(shown))


def texts(page: Page, part: str, english: str, chinese: str) -> None:
    """Write what is said in both languages; the Chinese field is the first one."""
    group = page.get_by_role("group", name=part)
    type_into(group.get_by_role("textbox", name="Chinese", exact=True), chinese)
    type_into(group.get_by_role("textbox", name="English", exact=True), english)


@pytest.fixture
def no_flow_stays(sign_in: Callable[..., Page]) -> Iterator[None]:
    """Other tests talk to the same assistant: the flow goes when the test is over."""
    yield
    page = sign_in("operator")
    page.goto("/console/flows/?q=payment")
    page.get_by_role("link", name="Pay for an order").click()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile(r"/console/flows/$"))


def test_a_flow_is_built_by_keyboard_and_talked_through(
    operator: Page, installation: Installation, new_context: Callable[..., BrowserContext], no_flow_stays: None
) -> None:
    page = operator
    page.goto("/console/flows/")
    press(page.get_by_role("link", name="New flow"))
    choose(page.get_by_label("What customers want"), "pay", "payment")
    type_into(page.get_by_label("Title · Chinese"), "支付订单")
    type_into(page.get_by_label("Title · English"), "Pay for an order")
    tab_to(page.get_by_label("Ask for one thing, look it up, tell the result"))
    for _choice in range(3):
        page.keyboard.press("ArrowDown")
    press(page.get_by_role("button", name="Make the flow"))
    expect(page.get_by_role("heading", name="What the flow does first")).to_be_visible()

    press(page.get_by_role("button", name="Add", exact=True))
    form = page.locator("#flow-form")
    expect(form.get_by_role("heading", name="Ask")).to_be_focused()
    type_into(form.get_by_label("What it is called · Chinese"), "订单号")
    type_into(form.get_by_label("What it is called · English"), "order number")
    texts(page, "The question", "Which order do you want to pay for?", "请问要支付哪个订单？")
    press(form.get_by_role("button", name="Save the draft"))
    expect(form.get_by_role("status")).to_have_text(re.compile("Saved"))
    expect(form.get_by_role("button", name="Save the draft")).to_be_focused()
    expect(page.locator("#flow-outline")).to_contain_text("Which order do you want to pay for?")
    expect(page.locator("#flow-map")).to_contain_text("ask")

    choose(form.get_by_label("Save, and add a step after this one"), "conf", "Confirm")
    press(form.get_by_role("button", name="Add", exact=True))
    expect(form.get_by_role("heading", name="Confirm")).to_be_focused()
    question = page.get_by_role("group", name="The question")
    for language, before, after in (("Chinese", "支付订单 ", "，对吗？"), ("English", "Pay for order ", "?")):
        field = question.get_by_role("textbox", name=language, exact=True)
        type_into(field, before)
        press(form.get_by_role("button", name="{order_number}"))
        expect(field).to_be_focused()
        page.keyboard.press("End")
        page.keyboard.insert_text(after)
        expect(field).to_have_value(before + "{order_number}" + after)
        form.get_by_role("heading", name="Confirm").focus()
    choose(form.get_by_label("Save, and add a step after this one"), "end", "End")
    press(form.get_by_role("button", name="Add", exact=True))
    expect(form.get_by_role("heading", name="End")).to_be_focused()
    press(page.get_by_role("link", name="Publish…"))
    expect(page.get_by_role("heading", name="Published for the first time")).to_be_visible()
    press(page.get_by_role("link", name="Cancel"))
    press(page.locator("#flow-outline").get_by_role("link", name=re.compile("3 End")))
    texts(page, "What it says", "Done, order {order_number} is paid.", "好了，订单 {order_number} 已支付。")
    press(form.get_by_role("button", name="Save the draft"))
    expect(form.get_by_role("status")).to_have_text(re.compile("Saved"))
    assert violations(page) == []

    press(page.get_by_role("link", name="Publish…"))
    type_into(page.get_by_label("Note"), "the first one")
    page.keyboard.press("Enter")
    expect(page.locator("#flow-state")).to_contain_text("customers get version 1")

    for locale, said in (
        (
            "en",
            (("can I pay by card", "Which order"), ("A17", "Pay for order A17?"), ("yes", "order A17 is paid")),
        ),
        ("zh-hans", (("怎么付款", "要支付哪个订单"), ("A17", "支付订单 A17，对吗"), ("是的", "订单 A17 已支付"))),
    ):
        chat = new_context().new_page()
        chat.goto(installation.chat(locale=locale))
        for message, answer in said:
            write(chat, message)
            expect(chat.locator(".bot-line").last).to_contain_text(answer)


def test_problems_block_publishing_and_lead_to_their_place(operator: Page, everything: int) -> None:
    operator.goto(f"/console/flows/{everything}/publish/")
    expect(operator.get_by_role("button", name="Publish")).to_have_count(0)
    press(operator.get_by_role("link", name="unready: It says nothing yet: write a text."))
    expect(operator.get_by_role("heading", name="Say unready")).to_be_focused()
    expect(operator.locator("#flow-form")).to_contain_text("It says nothing yet")


def test_what_one_types_is_there_after_a_choice_that_brings_other_fields(operator: Page, everything: int) -> None:
    operator.goto(f"/console/flows/{everything}/?step=by_state")
    form = operator.locator("#flow-form")
    expect(form.get_by_label("What is compared")).to_have_count(5)
    form.get_by_label("With what; several with commas").first.fill("small")
    press(form.get_by_role("button", name="More rows"))
    expect(form.get_by_label("What is compared")).to_have_count(7)
    expect(form.get_by_label("With what; several with commas").first).to_have_value("small")
    expect(operator.locator("[name=case-2-what]")).to_be_focused()


def test_two_people_edit_at_once(sign_in: Callable[..., Page], everything: int) -> None:
    one, other = sign_in("operator"), sign_in("administrator")
    for page in (one, other):
        page.goto(f"/console/flows/{everything}/?step=bye")
    for page, text in ((one, "See you."), (other, "So long.")):
        page.get_by_role("group", name="What it says").get_by_label("English", exact=True).fill(text)
        page.get_by_role("button", name="Save the draft").press("Enter")
    alert = other.get_by_role("alert")
    expect(alert).to_contain_text("Wei Min has changed this draft meanwhile")
    expect(alert.locator("del")).to_contain_text("See you")
    assert violations(other) == []
    other.get_by_role("button", name="Save the draft").press("Enter")
    expect(other.locator("#flow-form").get_by_role("status")).to_have_text(re.compile("Saved"))
    expect(other.locator("#flow-outline")).to_contain_text("So long.")


@pytest.fixture
def everything(installation: Installation) -> int:
    """A flow with steps of every kind."""
    made: dict[str, int] = json.loads(installation.stack.run("tests/browser/screens/seed_flows.py"))
    return made["flow"]


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_every_form_in_every_look(
    sign_in: Callable[..., Page], everything: int, language: str, theme: str, width: int
) -> None:
    page = sign_in("operator", language=language, theme=theme, viewport={"width": width, "height": 900})
    flow = f"/console/flows/{everything}/"
    steps = ("ask_number", "choose_why", "list", "sure", "by_state", "look_up", "read", "rate_us", "other_flow")
    findings: dict[str, list[str]] = {}
    for path in (
        "/console/flows/",
        "/console/flows/new/",
        "/console/flows/import/",
        flow,
        *(f"{flow}?step={step}" for step in (*steps, "person_looks", "bye", "unready")),
        f"{flow}?slot=number",
        f"{flow}?part=flow",
        f"{flow}?part=new-slot",
        f"{flow}publish/",
        f"{flow}versions/?from=1&to=2",
        f"{flow}versions/1/",
        f"{flow}delete/",
    ):
        page.goto(path)
        page.evaluate("document.querySelectorAll('#flow-form details').forEach(part => { part.open = true; })")
        found = violations(page)
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if found or too_wide > 0:
            findings[path] = [*found, f"{too_wide} px too wide"]
    assert findings == {}

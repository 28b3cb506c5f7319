"""What operators do all day, in a real browser: type, mark, take back, try it, ask before losing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Watch
from tests.browser.installation import Installation

UNIQUE = iter(range(1000))


def make_intent(page: Page) -> str:
    """A new intent, opened; its name."""
    name = f"made_{next(UNIQUE)}"
    page.goto("/console/intents/")
    page.get_by_role("link", name="New intent").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="New intent")).to_be_visible()
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.wait_for_load_state("load")
    return name


def make_type(page: Page, name: str) -> None:
    """An entity type, unless another test has made it."""
    page.goto("/console/entity-types/")
    if page.get_by_role("link", name=name, exact=True).count():
        return
    page.goto("/console/entity-types/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def add(page: Page, text: str) -> None:
    box = page.get_by_label("Add utterances")
    box.fill(text)
    box.press("Enter")


def test_typing_and_pasting_utterances(operator: Page, watch: Watch) -> None:
    name = make_intent(operator)
    add(operator, f"first words of {name}")
    expect(operator.get_by_text("1 utterance added.")).to_be_visible()
    box = operator.get_by_label("Add utterances")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    add(operator, "\n".join(f"pasted {number} into {name}" for number in range(19)) + f"\nFIRST words of {name}")
    expect(operator.get_by_text("19 utterances added. 1 was there already.")).to_be_visible()
    expect(operator.locator(".utterance")).to_have_count(20)
    expect(operator.locator("#add-report").get_by_role("link", name=name)).to_be_visible()
    watch.expect("422")
    add(operator, "   ")
    expect(operator.get_by_text("An utterance cannot be empty.")).to_be_visible()
    expect(operator.locator(".utterance")).to_have_count(20)
    assert violations(operator) == []


def test_enter_during_composition_sends_nothing(operator: Page) -> None:
    make_intent(operator)
    box = operator.get_by_label("Add utterances")
    box.fill("写到一半")
    box.evaluate(
        "box => box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    expect(box).to_have_value("写到一半")
    expect(operator.locator(".utterance")).to_have_count(0)
    box.press("Enter")
    expect(operator.locator(".utterance")).to_have_count(1)


def select_words(page: Page, words: str) -> None:
    """Select words of the first utterance as a mouse would."""
    page.locator(".utterance-text").first.evaluate(
        """(scope, words) => {
          const piece = [...scope.querySelectorAll('[data-start]')].find((one) => one.textContent.includes(words));
          const at = piece.textContent.indexOf(words);
          const range = document.createRange();
          range.setStart(piece.firstChild, at);
          range.setEnd(piece.firstChild, at + words.length);
          getSelection().removeAllRanges();
          getSelection().addRange(range);
          scope.dispatchEvent(new MouseEvent('mouseup', {bubbles: true}));
        }""",
        words,
    )


def test_words_are_marked_with_the_mouse_and_unmarked(operator: Page) -> None:
    make_type(operator, "town")
    name = make_intent(operator)
    add(operator, f"😀 寄到北京要几天 {name}")
    select_words(operator, "北京")
    menu = operator.locator("#type-menu")
    expect(menu).to_be_visible()
    menu.get_by_role("button", name="town").click()
    mark = operator.locator("mark.span")
    expect(mark).to_contain_text("北京")
    expect(mark.locator(".span-type")).to_have_text("town")
    expect(menu).to_be_hidden()
    operator.reload()
    expect(mark.locator("[data-start]")).to_have_text("北京")
    operator.get_by_role("button", name="Remove town from “北京”").click()
    expect(mark).to_have_count(0)


def test_words_are_marked_by_keyboard_alone(operator: Page) -> None:
    make_type(operator, "town")
    name = make_intent(operator)
    add(operator, f"😀 to Oslo {name}")
    operator.get_by_role("link", name=re.compile("^Edit “😀")).press("Enter")
    editor = operator.get_by_label("Wording", exact=True)
    expect(editor).to_be_focused()
    editor.press("Home")
    # The emoji is two steps of the input's own counting, but one code point.
    for _step in range(5):
        editor.press("ArrowRight")
    for _step in range(4):
        editor.press("Shift+ArrowRight")
    key = operator.locator(".utterance-editor [data-type=town]").get_attribute("data-key")
    assert key is not None
    editor.press(key)
    expect(operator.locator("mark.span [data-start]")).to_have_text("Oslo")
    expect(operator.get_by_role("link", name=re.compile("^Edit “😀"))).to_be_focused()


def test_escape_leaves_the_wording_and_enter_saves_it(operator: Page) -> None:
    name = make_intent(operator)
    add(operator, f"before {name}")
    edit = operator.get_by_role("link", name=re.compile("^Edit “"))
    edit.click()
    operator.get_by_label("Wording", exact=True).fill("thrown away")
    operator.get_by_label("Wording", exact=True).press("Escape")
    expect(operator.locator(".utterance-text")).to_have_text(f"before {name}")
    edit.click()
    operator.get_by_label("Wording", exact=True).fill(f"after {name}")
    operator.get_by_label("Wording", exact=True).press("Enter")
    expect(operator.locator(".utterance-text")).to_have_text(f"after {name}")


def test_a_bulk_deletion_is_taken_back(operator: Page) -> None:
    name = make_intent(operator)
    add(operator, f"one {name}\ntwo {name}\nthree {name}")
    expect(operator.locator(".utterance")).to_have_count(3)
    bar = operator.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    operator.get_by_label("Select all on this page").check()
    expect(operator.get_by_text("3 selected")).to_be_visible()
    bar.get_by_role("button", name="Delete").click()
    expect(operator.locator(".utterance")).to_have_count(0)
    operator.get_by_role("button", name="Undo").click()
    expect(operator.get_by_text("3 utterances are back.")).to_be_visible()
    expect(operator.locator(".utterance")).to_have_count(3)


def test_searching_utterances_changes_the_address_and_keeps_the_cursor(operator: Page) -> None:
    name = make_intent(operator)
    add(operator, f"apple {name}\npear {name}")
    expect(operator.locator(".utterance")).to_have_count(2)
    search = operator.get_by_label("Search the utterances")
    search.press_sequentially("pear")
    expect(operator.locator(".utterance")).to_have_count(1)
    expect(operator).to_have_url(re.compile(r"\?q=pear"))
    expect(search).to_be_focused()
    operator.reload()
    expect(operator.locator(".utterance")).to_have_count(1)


def test_leaving_unsaved_replies_asks_first(operator: Page) -> None:
    make_intent(operator)
    asked: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    operator.on("dialog", on_dialog)
    operator.get_by_label("English, wording 1").fill("Nearly lost.")
    expect(operator.locator("#reply").get_by_text("not saved yet")).to_be_visible()
    operator.get_by_role("link", name="Articles", exact=True).click(no_wait_after=True)
    expect(operator.get_by_label("English, wording 1")).to_have_value("Nearly lost.")
    operator.get_by_role("button", name="Save the reply").click()
    expect(operator.get_by_text("Customers get the new reply")).to_be_visible()
    operator.get_by_role("link", name="Articles", exact=True).click()
    expect(operator).to_have_url("/console/articles/")
    assert asked == ["beforeunload"]


def test_trying_it_answers_as_live_chat_does(operator: Page) -> None:
    operator.goto("/console/try/")
    operator.get_by_label("A customer’s message").fill("where is my order")
    operator.get_by_role("button", name="Ask").click()
    result = operator.locator("#probe-result")
    expect(result.get_by_text("Open My orders to see where it is.")).to_be_visible(timeout=20_000)
    expect(result.locator(".intents li").first).to_contain_text("order status")
    assert violations(operator) == []


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "light", 1280), ("zh-hans", "dark", 320)])
def test_the_parts_of_a_message_are_marked_and_answered(
    sign_in: Callable[..., Page], language: str, theme: str, width: int
) -> None:
    page = sign_in("operator", language=language, theme=theme, viewport={"width": width, "height": 900})
    page.goto("/console/try/")
    result = page.locator("#probe-result")
    page.locator("#probe-text").fill("where is my order and how do I return this")
    page.locator("#probe-text").press("Enter")
    parts = result.locator(".message-part")
    expect(parts).to_have_text(["1where is my order", "2how do I return this"], timeout=20_000)
    expect(result.locator(".intents.several li")).to_have_count(2)
    answer = result.locator(".bubble")
    expect(answer).to_contain_text("Open My orders to see where it is.")
    expect(answer).to_contain_text("Choose Return in My orders.")
    expect(result.locator("#teach-text option")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    page.locator("#probe-text").fill("where is my order")
    page.locator("#probe-text").press("Enter")
    expect(result.locator(".marked")).to_have_text("where is my order", timeout=20_000)
    expect(parts).to_have_count(0)


def test_a_misspelt_value_is_told_from_one_that_is_written_right(operator: Page) -> None:
    operator.goto("/console/try/")
    result = operator.locator("#probe-result")
    for text, shown in (
        ("where is my iphnoe 15", "where is my iphnoe 15phone_model = iPhone 15 (misspelt, 73\u00a0%)"),
        ("where is my iphone 15", "where is my iphone 15phone_model = iPhone 15"),
    ):
        operator.get_by_label("A customer’s message").fill(text)
        operator.get_by_role("button", name="Ask").click()
        expect(result.locator(".marked")).to_have_text(shown, timeout=20_000)
        assert violations(operator) == []


def test_the_masking_box_explains_while_typing(operator: Page) -> None:
    operator.goto("/console/masking/")
    operator.get_by_label("A customer’s message").fill("call 13800138000")
    expect(operator.locator("#trial .bubble")).to_contain_text("call [")
    expect(operator.locator("#trial .span-type")).to_be_visible()
    assert violations(operator) == []


def test_an_article_is_previewed_and_published(operator: Page) -> None:
    operator.goto("/console/articles/new/")
    operator.get_by_label("Title").fill(f"Gift wrapping {next(UNIQUE)}")
    operator.get_by_label("Text", exact=True).fill("Yes, **for free**.")
    expect(operator.locator("#preview strong")).to_have_text("for free")
    operator.get_by_role("button", name="Save the draft").click()
    expect(operator.get_by_text("The draft is saved")).to_be_visible()
    operator.wait_for_load_state()
    operator.get_by_role("link", name="Publish…").click()
    operator.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(operator.get_by_text("Published. Customers find it")).to_be_visible()


def test_deleting_a_value_asks_in_the_page_s_own_dialog(operator: Page) -> None:
    make_type(operator, "fruit")
    operator.goto("/console/entity-types/")
    operator.get_by_role("link", name="fruit", exact=True).click()
    operator.get_by_label("Value", exact=True).fill("pear")
    operator.get_by_label("Synonyms", exact=True).fill("pears, 梨")
    operator.get_by_role("button", name="Add").click()
    row = operator.get_by_role("row", name=re.compile("pear"))
    expect(row).to_contain_text("梨")
    operator.wait_for_load_state()
    row.get_by_role("button", name="Delete “pear”").click()
    dialog = operator.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete “pear” with its synonyms?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(row).to_be_visible()
    row.get_by_role("button", name="Delete “pear”").click()
    dialog.get_by_role("button", name="Yes, do it").click()
    expect(row).to_have_count(0)


def test_a_new_workspace_is_taught_trained_and_activated(
    installation: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(base_url=installation.origin).new_page()
    # A session of its own: the workspace that is worked on belongs to the session.
    page.goto("/console/sign-in/?next=/console/workspaces/new/")
    page.get_by_label("Name").fill("administrator")
    page.get_by_label("Password").fill(installation.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Name", exact=True).fill("Trial")
    page.get_by_label("Short name").fill(f"trial-{next(UNIQUE)}")
    page.get_by_role("button", name="Create the workspace").click()
    expect(page.get_by_text("You are working on it now")).to_be_visible()
    page.goto("/console/intents/import/")
    lines = ["text,intent"]
    lines += [f"{verb} my parcel {number},track" for verb in ("where is", "find") for number in range(6)]
    lines += [f"{verb} my money {number},refund" for verb in ("give back", "return") for number in range(6)]
    page.get_by_label("File").set_input_files(
        {"name": "some.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".tile", has_text="Added")).to_contain_text("24")
    page.get_by_role("link", name="To the training").click()
    page.get_by_role("button", name="Start a training").click()
    expect(page.locator("#progress")).to_contain_text(re.compile("queued|running"))
    page.reload()
    expect(page.locator("#progress")).to_contain_text("is a candidate", timeout=120_000)
    expect(page.locator("#training-lists").get_by_role("link", name="v1", exact=True).first).to_be_visible()
    page.get_by_role("link", name="Activate v1").click()
    page.get_by_role("dialog").get_by_role("button", name="Activate").click()
    expect(page.get_by_text("v1 is active.")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize(
    ("value", "start", "end", "span"), [("abc", 1, 3, [1, 3]), ("😀ab", 2, 3, [1, 2]), ("北京🙂x", 4, 5, [3, 4])]
)
def test_offsets_of_inputs_count_code_points(
    operator: Page, value: str, start: int, end: int, span: list[int]
) -> None:
    operator.goto("/console/intents/")
    module = operator.evaluate(
        """async () => performance.getEntriesByType('resource')
             .map((one) => one.name).find((name) => name.includes('span-annotator'))"""
    )
    counted = operator.evaluate(
        "([module, value, start, end]) => import(module).then((m) => m.inputSpan(value, start, end))",
        [module, value, start, end],
    )
    assert counted == span

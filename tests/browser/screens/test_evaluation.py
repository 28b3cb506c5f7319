"""The evaluation set and the gate in a real browser: add by keyboard, correct, delete, read the report."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Watch

SET = "/console/evaluation/"


def test_a_case_is_added_corrected_and_deleted_by_keyboard(operator: Page, watch: Watch) -> None:
    operator.goto(SET)
    operator.get_by_label("A customer’s message").fill("is there a discount on lanterns")
    operator.get_by_label("Should be understood as").select_option(label="Out of scope")
    operator.get_by_label("A customer’s message").press("Enter")
    expect(operator.get_by_text("The case is added.")).to_be_visible()
    message = operator.get_by_label("A customer’s message")
    expect(message).to_be_focused()
    expect(operator.get_by_label("Should be understood as")).to_have_value("outside")
    watch.expect("422")
    operator.keyboard.type("IS there a discount on lanterns")
    operator.keyboard.press("Enter")
    expect(operator.get_by_role("alert")).to_contain_text("has this text already")
    assert violations(operator) == []

    operator.goto(SET)
    operator.get_by_role("link", name="Edit “is there a discount").press("Enter")
    dialog = operator.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Edit the case")).to_be_visible()
    assert violations(operator) == []
    dialog.get_by_label("Note").fill("asked every week")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(operator.get_by_text("asked every week")).to_be_visible()
    operator.wait_for_load_state()

    bar = operator.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    operator.get_by_label("Select “is there a discount").press("Space")
    bar.get_by_role("button", name="Delete").press("Enter")
    expect(dialog.get_by_role("heading", name="Delete 1 case?")).to_be_visible()
    dialog.get_by_role("button", name="Delete").press("Enter")
    expect(operator.get_by_text("1 case is deleted.")).to_be_visible()
    expect(operator.get_by_text("is there a discount")).to_have_count(0)


def test_the_gate_says_why_and_leads_to_the_messages_that_got_worse(operator: Page) -> None:
    operator.goto("/console/training/versions/2/")
    gate = operator.locator("#gate")
    expect(gate.get_by_text("gate refuses")).to_be_visible()
    expect(gate.get_by_role("row").nth(1)).to_contain_text(re.compile("Nothing unlearned.*payment", re.DOTALL))
    operator.get_by_role("link", name="Activate").click()
    dialog = operator.get_by_role("dialog")
    expect(dialog.get_by_text("The gate refuses this version")).to_be_visible()
    assert violations(operator) == []
    dialog.get_by_role("button", name="Activate against the gate").click()
    expect(dialog.get_by_label("Why customers should meet it")).to_be_focused()
    dialog.get_by_role("link", name="Cancel").click()
    gate.get_by_role("link", name=re.compile("cases got worse")).click()
    expect(operator.get_by_text("What v2 gets wrong")).to_be_visible()
    expect(operator.locator(".case-text").first).to_be_visible()


def test_comparing_again_runs_in_the_background_and_the_panel_follows(operator: Page) -> None:
    operator.goto("/console/training/versions/2/")
    gate = operator.locator("#gate")
    gate.get_by_role("button", name="Compare again").click()
    expect(gate.get_by_text("comparing…")).to_be_visible()
    expect(gate.get_by_role("button", name="Compare again")).to_be_visible(timeout=60_000)
    expect(gate.get_by_text("gate refuses")).to_be_visible()

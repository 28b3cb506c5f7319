"""Every screen in both languages and themes, wide and narrow: no finding of axe, nothing too wide."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.installation import Installation

# Each value of language, theme and width occurs with each value of the others.
LOOKS = (
    ("en", "light", 1280),
    ("zh-hans", "dark", 1280),
    ("zh-hans", "light", 320),
    ("en", "dark", 320),
)
SCREENS = {
    "operator": (
        "/console/",
        "/console/review/",
        "/console/intents/",
        "/console/intents/1/",
        "/console/intents/out-of-scope/",
        "/console/intents/import/",
        "/console/intents/export/",
        "/console/entity-types/",
        "/console/articles/",
        "/console/articles/1/",
        "/console/articles/1/revisions/1/",
        "/console/masking/",
        "/console/invitations/",
        "/console/invitations/new/",
        "/console/connections/",
        "/console/evaluation/",
        "/console/evaluation/1/",
        "/console/evaluation/import/",
        "/console/data-health/",
        "/console/data-health/?part=balance",
        "/console/training/",
        "/console/training/encoders/",
        "/console/training/generation/",
        "/console/training/proposals/",
        "/console/training/versions/1/",
        "/console/training/versions/2/",
        "/console/training/versions/2/activate/",
        "/console/try/",
        "/console/workspaces/new/",
        "/console/workspaces/settings/",
        "/console/password/",
    ),
    "administrator": (
        "/console/",
        "/console/sites/",
        "/console/sites/1/",
        "/console/sites/1/behaviour/",
        "/console/tokens/",
        "/console/tokens/new/",
        "/console/staff/",
        "/console/staff/1/",
        "/console/audit/",
    ),
}


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
@pytest.mark.parametrize("role", SCREENS)
def test_no_screen_has_a_finding(
    sign_in: Callable[..., Page], role: str, language: str, theme: str, width: int
) -> None:
    page = sign_in(role, language=language, theme=theme, viewport={"width": width, "height": 800})
    findings: dict[str, list[str]] = {}
    for path in SCREENS[role]:
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, path
        expect(page.locator("html")).to_have_attribute("lang", language)
        found = violations(page)
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if too_wide > 0:
            found.append(f"{too_wide} px wider than the screen")
        if found:
            findings[path] = found
    assert findings == {}


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_the_doors_have_no_finding(
    installation: Installation,
    new_context: Callable,
    watch,
    language: str,
    theme: str,
    width: int,
) -> None:
    context = new_context(base_url=installation.origin, viewport={"width": width, "height": 800})
    context.add_cookies(
        [
            {"name": "django_language", "value": language, "url": installation.origin},
            {"name": "theme", "value": theme, "url": installation.origin},
        ]
    )
    page = context.new_page()
    watch.expect("404")
    for path in ("/console/sign-in/", "/nothing-here/"):
        page.goto(path)
        assert violations(page) == [], path


def test_the_menu_of_a_narrow_screen_works_by_keyboard(sign_in: Callable[..., Page]) -> None:
    page = sign_in("operator", viewport={"width": 320, "height": 640})
    page.goto("/console/")
    menu = page.get_by_role("navigation", name="Screens")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).press("Enter")
    expect(menu).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).press("Enter")
    menu.get_by_role("link", name="Articles").press("Enter")
    expect(page).to_have_url("/console/articles/")


def test_the_first_stop_skips_to_the_content(operator: Page) -> None:
    operator.goto("/console/intents/")
    operator.keyboard.press("Tab")
    expect(operator.get_by_role("link", name="Skip to content")).to_be_focused()
    operator.keyboard.press("Enter")
    expect(operator.locator("#content")).to_be_focused()

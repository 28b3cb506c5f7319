"""Training data in files, in a real browser: a foreign file is loaded and read about, and taken along again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations

RASA = """version: "3.1"
nlu:
- intent: faq/lantern sizes
  examples: |
    - how tall is the [big lantern](lantern)
    a line without its dash
- lookup: lantern
  examples: |
    - big lantern
    - small lantern
- regex: lantern_no
  examples: |
    - (?=never)
"""


def test_a_file_of_rasa_is_loaded_and_the_data_taken_along(operator: Page, tmp_path: Path) -> None:
    file = tmp_path / "nlu.yml"
    file.write_text(RASA)
    operator.goto("/console/intents/")
    operator.get_by_role("link", name="Import", exact=True).press("Enter")
    operator.get_by_label("File", exact=True).set_input_files(file)
    expect(operator.get_by_label("Format")).to_have_value("auto")
    operator.get_by_role("button", name="Import").press("Enter")
    report = operator.get_by_role("region", name="What the import did")
    expect(report.get_by_role("row", name="An example must begin with “-”.")).to_contain_text("6")
    expect(report.get_by_role("row", name="RE2")).to_contain_text("13")
    names = report.get_by_text("Names that are written in another way here")
    names.press("Enter")
    expect(report.get_by_text("faq_lantern_sizes")).to_be_visible()
    assert violations(operator) == []

    operator.get_by_label("File", exact=True).set_input_files(file)
    operator.get_by_label("Format").select_option("dialogflow")
    operator.get_by_role("button", name="Import").press("Enter")
    expect(operator.get_by_text("The file is no ZIP archive, or it is damaged.")).to_be_visible()
    assert violations(operator) == []

    operator.goto("/console/intents/")
    operator.locator("summary", has_text="Export").press("Enter")
    operator.get_by_role("link", name="Training data", exact=True).press("Enter")
    expect(operator.get_by_role("heading", name="Export training data", level=1)).to_be_visible()
    with operator.expect_download() as download:
        operator.get_by_role("link", name="Download Rasa YAML").press("Enter")
    assert download.value.suggested_filename == "utterances.yml"
    written = Path(download.value.path()).read_text(encoding="utf-8")
    assert "how tall is the [big lantern](lantern)" in written
    assert "- small lantern" in written


def test_the_export_leads_to_what_a_format_cannot_carry(operator: Page, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("text,intent,locale\nthe page says [this](that),odd_pages,\n")
    operator.goto("/console/intents/import/")
    operator.get_by_label("File", exact=True).set_input_files(file)
    operator.get_by_role("button", name="Import").press("Enter")
    expect(operator.get_by_role("heading", name="What the import did")).to_be_visible()
    operator.goto("/console/intents/export/")
    rasa = operator.get_by_role("region", name="Rasa YAML")
    expect(rasa.get_by_text("its brackets would be read as a mark")).to_be_visible()
    expect(operator.get_by_role("region", name="Dialogflow").get_by_text("without a language")).to_be_visible()
    rasa.get_by_text("Which", exact=True).press("Enter")
    assert violations(operator) == []
    rasa.get_by_role("link", name="the page says [this](that)").press("Enter")
    expect(operator.get_by_role("heading", name="odd_pages", level=1)).to_be_visible()
    expect(operator.locator(".utterance")).to_have_count(1)


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("en", "light", 1280), ("zh-hans", "dark", 1280), ("zh-hans", "light", 320)]
)
def test_a_report_with_everything_in_it_has_no_finding(
    sign_in: Callable[..., Page], tmp_path: Path, language: str, theme: str, width: int
) -> None:
    page = sign_in("operator", language=language, theme=theme, viewport={"width": width, "height": 800})
    file = tmp_path / "nlu.yml"
    file.write_text(RASA)
    page.goto("/console/intents/import/")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("form.panel button").press("Enter")
    expect(page.locator("#report-title")).to_be_visible()
    page.locator("section.panel summary").first.press("Enter")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

"""The documentation names only what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_paths_and_links_exist(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:console|chat|nlu|static|templates|tests|docs|deploy)/[\w./-]+)`", text)
    missing = [path for path in named if not (ROOT / path).exists()]
    prose = re.sub(r"`[^`]*`", "", text)
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", prose)
    missing += [link for link in links if not (page.parent / link).exists()]
    assert missing == []


def test_the_readme_is_read_here():
    assert ROOT / "README.md" in PAGES

"""axe-core over a page, and over frames inside it, which axe by itself does not enter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Frame, Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(where: Page | Frame) -> list[str]:
    """Every finding as one line: rule, and what breaks it. A page that is still loading has no look yet."""
    where.wait_for_load_state()
    where.evaluate(AXE)
    found: dict[str, Any] = where.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, iframes: false})", RULES
    )
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]

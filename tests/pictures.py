"""The README's pictures, taken from a running installation: `python -m tests.pictures URL PASSWORD`.

Plays the five-minute tour: a customer asks in the demo shop in Chinese and in English and for a person, the
administrator takes over in the inbox, resolves, reads the transcript and opens the training page.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
REPLY = "您好，我是客服，正在帮您查这个包裹，请稍等。"
WIDE = {"width": 1280, "height": 800}


def ask(frame: FrameLocator, text: str, answer: str) -> None:
    """Send a message in the widget and wait for an answer with these words."""
    field = frame.locator("textarea")
    field.fill(text)
    field.press("Enter")
    expect(frame.get_by_text(answer).last).to_be_visible(timeout=15_000)


def side_by_side(browser: Browser, left: Path, right: Path) -> None:
    """One picture of two."""
    sources = [base64.b64encode(path.read_bytes()).decode() for path in (left, right)]
    page = browser.new_page(viewport={"width": 1600, "height": 520}, device_scale_factor=1)
    images = "".join(f'<img src="data:image/png;base64,{source}" style="width:784px">' for source in sources)
    page.set_content(f'<body style="margin:8px;display:flex;gap:16px;background:#f4f1ea">{images}')
    page.screenshot(path=PICTURES / "overview.png")
    page.close()


def sign_in(page: Page, origin: str, password: str) -> None:
    """As the first administrator, in English."""
    page.goto(f"{origin}/console/")
    page.get_by_label("Name").fill("admin")
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{origin}/console/")


def main() -> None:
    """Take them all."""
    origin, password = sys.argv[1].rstrip("/"), sys.argv[2]
    shop = f"http://127.0.0.1:{(urlsplit(origin).port or 80) + 1}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        customer = browser.new_context(viewport=WIDE, locale="zh-CN").new_page()
        customer.goto(shop)
        customer.locator("xiaoer-chat button").click()
        frame = customer.frame_locator("xiaoer-chat iframe")
        expect(frame.locator("textarea")).to_be_focused()
        ask(frame, "我的快递到哪了，三天没动了", "物流")
        ask(frame, "how do I send shoes back?", "Return/exchange")
        customer.screenshot(path=PICTURES / "widget.png")
        staff = browser.new_context(viewport=WIDE, locale="en-GB").new_page()
        sign_in(staff, origin, password)
        frame.get_by_role("button", name="转人工客服").first.click()
        staff.goto(f"{origin}/console/inbox/")
        staff.locator("[data-open]").first.click()
        staff.get_by_role("button", name="Take").click()
        staff.locator("#composer-text").fill(REPLY)
        staff.locator("#composer-text").press("Control+Enter")
        expect(frame.get_by_text(REPLY)).to_be_visible()
        expect(staff.locator("#messages").get_by_text(REPLY)).to_be_visible()
        staff.screenshot(path=PICTURES / "inbox.png")
        customer.screenshot(path=PICTURES / "takeover.png")
        side_by_side(browser, PICTURES / "takeover.png", PICTURES / "inbox.png")
        (PICTURES / "takeover.png").unlink()
        staff.goto(f"{origin}/console/transcripts/")
        staff.locator("tbody a").first.click()
        staff.screenshot(path=PICTURES / "transcript.png")
        staff.goto(f"{origin}/console/training/")
        staff.screenshot(path=PICTURES / "training.png")
        browser.close()


if __name__ == "__main__":
    main()

"""`make trial TRAIN=file TEXTS=file`: real utterances from the import to the transcripts, as a company would.

Starts `serve` in a folder of its own, imports TRAIN into a new workspace, trains and activates in the console (a
real browser), sends up to `--count` of TEXTS each as the first message of a fresh conversation over a WebSocket,
and compares the exported transcripts with `evaluate_nlu` on the same texts. One JSON object on stdout; exit 1 if a
message was lost, doubled, left unanswered, or understood otherwise than by `evaluate_nlu`.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import json
import re
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from websockets.asyncio.client import connect

from tests.browser.conftest import CHROMIUM
from tests.chaos.stack import Stack

WORKSPACE = "trial"
SITE = "trial"
AT_ONCE = 20
PATIENCE = 60.0
TRAINING_MS = 3_600_000


def read_texts(file: Path, count: int) -> list[dict[str, Any]]:
    """The first `count` lines."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line][:count]


def teach(stack: Stack, context: BrowserContext, password: str) -> None:
    """Sign in, choose the workspace, make a site, train, activate."""
    page = context.new_page()
    page.goto("/console/sign-in/")
    page.get_by_label("Name").fill("trainer")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    make_site(page)
    page.goto("/console/training/")
    page.get_by_role("button", name="Start a training").click()
    expect(page.locator("#progress")).to_contain_text(re.compile("queued|running"))
    expect(page.locator("#progress")).to_contain_text("is a candidate", timeout=TRAINING_MS)
    page.get_by_role("link", name="Activate v1").click()
    page.get_by_role("dialog").get_by_role("button", name="Activate").click()
    expect(page.get_by_text("v1 is active.")).to_be_visible()
    page.close()


def make_site(page: Page) -> None:
    """A place to chat from, in English."""
    page.goto("/console/sites/new/")
    page.get_by_label("Name", exact=True).fill("Trial")
    page.get_by_label("Site key").fill(SITE)
    page.locator("select[name=locale]").select_option("en")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="The tag for your pages")).to_be_visible()


def open_session(origin: str) -> dict[str, str]:
    """A new visitor's token and conversation."""
    request = Request(
        f"{origin}/api/v1/sites/{SITE}/session",
        data=b'{"locale": "en"}',
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=PATIENCE) as response:
        session: dict[str, str] = json.load(response)
    return session


async def ask(stack: Stack, number: int, text: str, gate: asyncio.Semaphore) -> dict[str, Any]:
    """One fresh conversation: how often the text was acknowledged, posted and answered; its id."""
    async with gate:
        session = await asyncio.to_thread(open_session, f"http://{stack.url}")
        seen: Counter[str] = Counter()
        address = f"ws://{stack.url}/ws/chat/{SITE}/"
        async with connect(address, origin=f"http://{stack.url}", compression=None) as socket:  # type: ignore[arg-type]
            await socket.send(frame("session.open", token=session["token"], cursors={}, locale="en"))
            await socket.send(frame("message.send", client_id=f"trial-{number}", text=text))
            try:
                async with asyncio.timeout(PATIENCE):
                    while not (seen["acknowledged"] and seen["answered"]):
                        note(json.loads(await socket.recv()), seen)
            except TimeoutError:
                seen["late"] += 1
        return {"conversation": session["conversation"], "text": text, **seen}


def frame(kind: str, **data: Any) -> str:
    """A client's frame."""
    return json.dumps({"type": kind, "v": 1, "data": data})


def note(received: dict[str, Any], seen: Counter[str]) -> None:
    """Count what a frame tells."""
    if received["type"] == "message.acknowledged":
        seen["acknowledged"] += 1
    elif received["type"] == "message.posted" and received["data"]["author"] == "bot":
        seen["answered"] += 1


async def ask_all(stack: Stack, texts: list[str]) -> list[dict[str, Any]]:
    """Ask every text, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)
    return await asyncio.gather(*(ask(stack, number, text, gate) for number, text in enumerate(texts)))


def transcripts(stack: Stack, context: BrowserContext) -> list[dict[str, str]]:
    """What the console exports."""
    response = context.request.get("/console/transcripts/export.csv")
    assert response.status == 200, response.status
    return list(csv.DictReader(io.StringIO(response.text().lstrip("\ufeff"))))


def understood(stack: Stack, texts: list[str]) -> dict[str, str]:
    """What the active model's folder says of each text as it is stored, text -> intent."""
    # Imported late: torch takes seconds to import, and the trial fails sooner for other reasons.
    from nlu.pipeline.pipeline import NluPipeline

    (folder,) = (stack.var / "models" / WORKSPACE).iterdir()
    tops = [parse.top for parse in NluPipeline.load(folder).parse_many(texts)]
    return {text: top.name if top is not None else "" for text, top in zip(texts, tops, strict=True)}


def compare(
    stack: Stack,
    asked: list[dict[str, Any]],
    lines: list[dict[str, str]],
    rows: list[dict[str, Any]],
    accuracy: float,
) -> dict[str, Any]:
    """The counts of what went wrong, and both accuracies."""
    written: dict[str, list[dict[str, str]]] = {}
    replies: Counter[str] = Counter()
    for line in lines:
        if line["author"] == "visitor":
            written.setdefault(line["conversation"], []).append(line)
        elif line["author"] == "bot":
            replies[line["conversation"]] += 1
    first = [lines[0] for lines in written.values()]
    expected = understood(stack, [line["text"] for line in first])
    counts = [len(written.get(one["conversation"], [])) for one in asked]
    right = sum(
        written[one["conversation"]][0]["intent"] == row["intent"]
        for one, row in zip(asked, rows, strict=True)
        if one["conversation"] in written
    )
    return {
        "texts": len(rows),
        "unacknowledged": sum(not one.get("acknowledged") for one in asked),
        "unanswered": sum(replies[one["conversation"]] == 0 for one in asked),
        "answered_twice": sum(replies[one["conversation"]] > 1 for one in asked),
        "lost": counts.count(0),
        "doubled": sum(count > 1 for count in counts),
        "understood_otherwise": sum(line["intent"] != expected[line["text"]] for line in first),
        "accuracy_in_transcripts": round(right / len(rows), 4),
        "accuracy_of_evaluate_nlu": round(accuracy, 4),
    }


def main() -> int:
    """Run the trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="JSON lines to import")
    parser.add_argument("--texts", type=Path, required=True, help="JSON lines to ask, with their intents")
    parser.add_argument("--count", type=int, default=500, help="how many texts are asked")
    options = parser.parse_args()
    rows = read_texts(options.texts, options.count)
    with Stack() as stack, sync_playwright() as playwright:
        imported = stack.run("manage.py", "import_utterances", str(options.train), "--workspace", WORKSPACE)
        password = stack.run("manage.py", "create_staff", "trainer", "--role", "administrator").strip()
        stack.start(until="/healthz")
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        context = browser.new_context(base_url=f"http://{stack.url}", locale="en-GB")
        teach(stack, context, password)
        # In a thread of its own: Playwright keeps a loop running in this one.
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(asyncio.run, ask_all(stack, [row["text"] for row in rows])).result()
        lines = transcripts(stack, context)
        browser.close()
        chosen = stack.var / "texts.jsonl"
        chosen.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        evaluated = json.loads(
            stack.run("manage.py", "evaluate_nlu", "--data", str(chosen), "--workspace", WORKSPACE)
        )
        report = compare(stack, asked, lines, rows, evaluated["intent_accuracy"])
    print(json.dumps({"imported": json.loads(imported), **report}))
    wrong = ("unacknowledged", "unanswered", "answered_twice", "lost", "doubled", "understood_otherwise")
    same = report["accuracy_in_transcripts"] == report["accuracy_of_evaluate_nlu"]
    return 0 if same and not any(report[name] for name in wrong) else 1


if __name__ == "__main__":
    sys.exit(main())

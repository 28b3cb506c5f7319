"""The chat page's pure functions, run in the browser that customers use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.installation import Installation

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def module(page: Page, installation: Installation) -> Any:
    """Evaluate an expression over the exports of one module: `module("clock.js", "m.f(...args)", *args)`."""
    page.goto(installation.chat())

    def run(name: str, expression: str, *args: object) -> Any:
        return page.evaluate(
            f"args => import('/static/chat/{name}').then(m => ({expression}))",
            list(args),
        )

    return run


def posted(sequence: int, previous: int, author: str = "bot", **more: object) -> dict[str, object]:
    """A `message.posted` frame."""
    return {
        "type": "message.posted",
        "data": {
            "conversation": "c",
            "sequence": sequence,
            "previous": previous,
            "author": author,
            "agent": None,
            "event": "",
            "text": f"text {sequence}",
            "citations": [],
            "quick_replies": [],
            "client_id": None,
            "at": "2026-03-18T06:30:00.000Z",
        }
        | more,
    }


OPENED = {
    "type": "session.opened",
    "data": {"conversation": "c", "status": "bot", "agent": None, "sequence": 0, "locale": "en"},
}
FOLD = """args[0].reduce((at, frame) => { const {known, behind} = m.receive(at.known, frame);
    return {known, behind: [...at.behind, behind]} }, {known: m.newConversation(), behind: []})"""


@pytest.mark.parametrize(
    ("frames", "sequences", "behind"),
    [
        ([posted(1, 0), posted(2, 1)], [1, 2], [False, False]),
        ([posted(1, 0), posted(1, 0)], [1], [False, False]),
        ([posted(1, 0), posted(3, 2)], [1], [False, True]),
        ([posted(1, 0), posted(3, 1)], [1, 3], [False, False]),
        ([posted(2, 1), posted(1, 0), posted(2, 1)], [1, 2], [True, False, False]),
        ([posted(1, 0, conversation="another")], [], [False]),
    ],
)
def test_messages_are_applied_in_order_and_once(
    module: Any, frames: list[object], sequences: list[int], behind: list[bool]
) -> None:
    """`previous` decides; copies are ignored; gaps ask for a replay; other conversations are not ours."""
    result = module("conversation.js", FOLD, [OPENED, *frames])
    assert [message["sequence"] for message in result["known"]["messages"]] == sequences
    assert result["behind"][1:] == behind


@pytest.mark.parametrize("type_", ["messages.resumed", "conversation.heartbeat", "conversation.updated"])
@pytest.mark.parametrize(("sequence", "behind"), [(1, False), (2, True)])
def test_frames_that_tell_the_last_sequence(module: Any, type_: str, sequence: int, behind: bool) -> None:
    """Each of them reveals a gap at the end."""
    told = {
        "type": type_,
        "data": {
            "conversation": "c",
            "sequence": sequence,
            "status": "bot",
            "agent": None,
            "waiting_position": None,
        },
    }
    result = module("conversation.js", FOLD, [OPENED, posted(1, 0), told])
    assert result["behind"][-1] is behind


def test_another_conversation_begins_empty(module: Any) -> None:
    """A new identity never sees the old one's messages."""
    other = {"type": "session.opened", "data": OPENED["data"] | {"conversation": "d"}}
    result = module("conversation.js", FOLD, [OPENED, posted(1, 0), other])
    assert result["known"]["messages"] == []
    assert result["known"]["cursor"] == 0


def test_state_is_never_changed_in_place(module: Any) -> None:
    """What was known stays as it was."""
    assert module(
        "conversation.js",
        """(() => { const before = Object.freeze(m.newConversation()); Object.freeze(before.messages);
        Object.freeze(before.pending); Object.freeze(before.typing);
        const after = args[0].reduce((known, frame) => m.receive(known, frame).known, before);
        return before.messages.length === 0 && after.messages.length === 1 })()""",
        [OPENED, posted(1, 0)],
    )


@pytest.mark.parametrize(
    ("attempt", "random", "wait"),
    [(0, 0, 100), (0, 1, 200), (1, 1, 400), (5, 0, 3_200), (7, 1, 20_000), (100, 1, 20_000), (100, 0, 10_000)],
)
def test_back_off(module: Any, attempt: int, random: float, wait: int) -> None:
    """From 0.2 s doubling to 20 s, half of it random."""
    assert module("connection.js", "m.waitBefore(...args)", attempt, random) == wait


def test_client_ids(module: Any) -> None:
    """128 random bits each, made of what the server accepts."""
    ids = module("outbox.js", "Array.from({length: 1000}, () => m.newClientId())")
    assert len(set(ids)) == 1000
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in ids)


@pytest.mark.parametrize(
    ("event", "sends"),
    [
        ({"key": "Enter"}, True),
        ({"key": "Enter", "shiftKey": True}, False),
        ({"key": "Enter", "isComposing": True}, False),
        ({"key": "Enter", "keyCode": 229}, False),
        ({"key": "a"}, False),
    ],
)
def test_which_key_sends(module: Any, event: dict[str, object], sends: bool) -> None:
    """Enter alone, and not while an input method uses it."""
    usual = {"shiftKey": False, "isComposing": False, "keyCode": 13}
    assert module("composer.js", "m.meansSend(args[0])", usual | event) is sends


@pytest.mark.parametrize(("text", "length"), [("abc", 3), ("你好", 2), ("😀😀", 2), ("", 0)])
def test_length_in_code_points(module: Any, text: str, length: int) -> None:
    """As Python counts, which checks the limit."""
    assert module("composer.js", "m.codePoints(args[0])", text) == length == len(text)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://a.example/x.", ["https://a.example/x"]),
        ("看https://a.example/x。然后", ["https://a.example/x"]),
        ("(http://a.example)", ["http://a.example"]),
        ("javascript:alert(1) ftp://x mailto:a@b", []),
        ("http://a.example and https://b.example", ["http://a.example", "https://b.example"]),
        ("nothing", []),
    ],
)
def test_links_in_texts(module: Any, text: str, links: list[str]) -> None:
    """Found, without the sentence's own punctuation; the pieces always add up to the text."""
    pieces = module("links.js", "m.splitLinks(args[0])", text)
    assert "".join(piece["text"] for piece in pieces) == text
    assert [piece["text"] for piece in pieces if piece["address"]] == links


@pytest.mark.parametrize(
    ("now", "name"),
    [
        ("2026-03-18T15:59:00Z", "Today"),
        ("2026-03-18T16:00:00Z", "Yesterday"),
        ("2026-03-21T06:00:00Z", "Wednesday"),
        ("2026-03-26T06:00:00Z", "18 March 2026"),
    ],
)
def test_names_of_days(module: Any, now: str, name: str) -> None:
    """By the reader's calendar (Shanghai here), not by hours."""
    code = "m.dayName(new Date('2026-03-18T06:30:00Z'), new Date(args[0]))"
    assert module("clock.js", code, now) == name


def test_outboxes_of_two_tabs(module: Any) -> None:
    """Entries of their own: what one tab settles or adds never undoes the other's."""
    texts = module(
        "outbox.js",
        """import('/static/chat/storage.js').then(({PageStorage}) => {
            const one = new m.Outbox(new PageStorage('t:')), other = new m.Outbox(new PageStorage('t:'));
            const first = one.add('text', 'a'); other.add('text', 'b'); one.settle(first.clientId);
            localStorage.setItem('t:outbox:broken', '{');
            return [one, other].map(box => box.all().map(item => item.text)) })""",
    )
    assert texts == [["b"], ["b"]]


def test_scripts_use_no_markup_sinks() -> None:
    """No text ever becomes markup or code, and nothing is written into the page's own language."""
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|Math\.random\(\)\."
    )
    for file in (ROOT / "static" / "chat").rglob("*.js"):
        text = file.read_text(encoding="utf-8")
        assert not forbidden.search(text), file.name
        assert len(text.splitlines()) < 400, file.name

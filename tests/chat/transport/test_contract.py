"""The protocol has one truth in four places: Python's events and commands, JavaScript's frames, and the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

from chat import commands
from chat.errors import ChatError
from chat.events import CATALOGUE, ERROR_CODES, FIELDS, VERSION, Citation, Error, MessagePosted, encode

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
FRAMES = (ROOT / "static/chat/frames.js").read_text(encoding="utf-8")


def literal(name: str) -> dict[str, list[str]]:
    """An object literal of lists of texts in frames.js."""
    found = re.search(rf"export const {name} = (\{{.*?\n\}});", FRAMES, re.DOTALL)
    assert found, f"frames.js exports no {name}"
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", found.group(1), flags=re.DOTALL)
    return json.loads(re.sub(r",(\s*[}\]])", r"\1", text))


def table(heading: str) -> dict[str, list[str]]:
    """Name -> the fields, in order, of the table below a heading: backquoted words of the second column.

    What stands in brackets after a field describes its values.
    """
    body = PAGE.split(heading, 1)[1].split("\n#", 1)[0]
    rows: dict[str, list[str]] = {}
    for line in body.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("| `"):
            continue
        fields = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", cells[1])
        rows[cells[0].strip("`")] = re.findall(r"`([a-z_]+)`", fields)
    return rows


def test_server_frames_are_the_same_everywhere():
    fields = {name: list(names) for name, names in FIELDS.items()}
    assert literal("SERVER") == fields
    assert table("## Server frames") == fields


def test_client_frames_are_the_same_everywhere():
    visitor = {name: list(commands.fields_of(one)) for name, one in commands.VISITOR.items()}
    desk = {name: list(commands.fields_of(one)) for name, one in commands.DESK.items()}
    assert table("### Client frames of visitors") == visitor
    assert table("## Staff: `/ws/desk/`") == desk
    # One list in JavaScript for both: a field that only one of them has is left out by the other.
    javascript = literal("CLIENT")
    assert set(javascript) == set(visitor) | set(desk)
    for name, fields in javascript.items():
        assert set(fields) == set(visitor.get(name, [])) | set(desk.get(name, []))


def test_every_field_of_a_command_has_a_check():
    for command in (*commands.VISITOR.values(), *commands.DESK.values()):
        assert set(commands.fields_of(command)) <= set(commands.CHECKS)


def test_error_codes_are_the_same_everywhere():
    listed = PAGE.split("## Error codes", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"`([a-z_]+)`", re.sub(r"\(.*?\)", "", listed, flags=re.DOTALL))) == set(ERROR_CODES)
    sent = {one.code for one in all_errors(ChatError)}
    # What a socket answers to a refusal is listed; the rest are refusals of other entrances.
    assert sent - ERROR_CODES == {"token", "no_turn_worker", "refused"}


def all_errors(base: type[ChatError]) -> list[type[ChatError]]:
    return [base, *(found for one in base.__subclasses__() for found in all_errors(one))]


def test_close_codes_are_the_same_everywhere():
    page = set(re.findall(r"\b(1012|1013|44\d\d)\b", PAGE.split("## Close codes", 1)[1]))
    found = re.search(r"export const CLOSE = \{(.*?)\}", FRAMES)
    assert found
    assert set(re.findall(r"\d{4}", found.group(1))) == page
    server = "".join(path.read_text() for path in (ROOT / "chat").rglob("*.py"))
    assert page <= set(re.findall(r"\b(1012|1013|44\d\d)\b", server))


def test_version_is_the_same_everywhere():
    assert f"export const VERSION = {VERSION};" in FRAMES
    assert f'"v": {VERSION}' in PAGE


def test_stored_message_carries_its_sequence_beside_its_data():
    posted = MessagePosted(
        conversation="c",
        sequence=4,
        previous=3,
        id="i",
        author="bot",
        agent=None,
        kind="text",
        event="",
        text="您好 \u2028",
        citations=(Citation("Hours", "/help/"),),
        quick_replies=("Yes",),
        client_id=None,
        at="2026-11-22T08:00:00.000Z",
    )
    frame = json.loads(encode(posted))
    assert (frame["type"], frame["v"], frame["sequence"]) == ("message.posted", 1, 4)
    assert frame["data"]["citations"] == [{"title": "Hours", "url": "/help/"}]
    assert "sequence" not in json.loads(encode(Error(code="busy", detail="", client_id=None)))


def test_names_tell_who_speaks():
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+|error", name) for name in CATALOGUE)
    assert not set(CATALOGUE) & (set(commands.VISITOR) | set(commands.DESK))

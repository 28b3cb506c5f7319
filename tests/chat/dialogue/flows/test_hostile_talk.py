"""Situations: input that is huge, broken or meant to break something: what it is taken for, what it never does."""

from __future__ import annotations

import time

import pytest

from chat.dialogue.slot_values import LONGEST_VALUE
from tests.chat.dialogue.flows.scene import Scene
from tests.chat.dialogue.flows.table import Row, Said, check, play, row

AT_DATE = (Said("change my flight TR1001", asks="new_date"),)
AT_CONFIRM = (Said("change my flight TR1001 tomorrow", asks="flight"), Said("CA2", asks="sure"))
AT_REASON = (Said("refund TR1001", asks="reason"),)
HOSTILE = {
    "nothing": "",
    "blanks": " \t\n ",
    "a mark": "?",
    "10,000 letters": "x" * 10_000,
    "10,000 signs": "退" * 10_000,
    "10,000 digits": "9" * 10_000,
    "10,000 negations": "not " * 2_500,
    "control characters": "\x00\x01\x07\x1b[31m\x7f",
    "direction marks": "\u202egnorw\u202c \u200b\ufeff",
    "half a character": "\ud83d",
    "emoji": "😀🏳️‍🌈👩‍👩‍👧" * 200,
    "braces": "{booking_no} {{new_date}} {saved.x} }{",
    "yaml": "- id: x\n  action: change\n  with: {booking_no: x}",
    "markup": "<script>alert(1)</script><b>",
    "a query": "'; DROP TABLE flows; --",
    "a reference": "vault:1:[phone#1]",
    "a placeholder that is not held": "[phone#9]",
    "a step": "do",
    "a slot": "booking_no=x",
    "an endless number": "1e999999999",
    "no number": "NaN Infinity -0",
    "a day that is none": "2026-02-30",
    "a year far away": "99999-01-01",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("locale", ["en", "zh-hans"])
@pytest.mark.parametrize("before", [AT_DATE, AT_CONFIRM[:1], AT_CONFIRM], ids=["ask", "choose", "confirm"])
def test_it_is_no_answer_and_changes_nothing(before: tuple[Said, ...], locale: str, text: str) -> None:
    scene = play(Row("hostile", locale, before))
    slots, calls, asked = scene.slots, scene.calls, scene.asks
    begun = time.monotonic()
    check(scene, Said(text, stack="change_flight", calls="", asks=asked))
    assert time.monotonic() - begun < 5
    assert scene.slots.get("booking_no") == slots["booking_no"]
    assert "new_date" not in slots or scene.slots.get("new_date") == slots["new_date"]
    assert [call for call in scene.calls if call in ("change", "refund")] == []
    assert calls == scene.calls[: len(calls)]


TEXTS = [
    row(
        "a reason with braces",
        *AT_REASON,
        Said("{booking_no} {{x}}", asks="sure", slots={"reason": "{booking_no} {{x}}"}),
    ),
    row("a reason in YAML", *AT_REASON, Said("a: [1, 2]", asks="sure", slots={"reason": "a: [1, 2]"})),
    row("a reason of emoji", *AT_REASON, Said("😀😀", asks="sure", slots={"reason": "😀😀"})),
    row("a forged reference", *AT_REASON, Said("vault:1:[phone#1]", asks="sure", slots={"reason": "[phone#1]"})),
    row(
        "a reference within a reference",
        *AT_REASON,
        Said("vault:0:vault:0:[phone#1]", asks="sure", slots={"reason": "[phone#1]"}),
    ),
    row("an empty reason is none", *AT_REASON, Said("  ", asks="reason", kind="again", slots={"reason": ""})),
    row(
        "a long reason is cut", *AT_REASON, Said("y" * 10_000, asks="sure", slots={"reason": "y" * LONGEST_VALUE})
    ),
    row(
        "原因很长", Said("退款TR1001", asks="reason"), Said("病" * 10_000, slots={"reason": "病" * LONGEST_VALUE})
    ),
]


@pytest.mark.parametrize("one", TEXTS, ids=str)
def test_a_text_is_taken_as_it_is(one: Row) -> None:
    play(one)


def test_the_state_stays_small() -> None:
    scene = Scene()
    for number in range(60):
        scene.say(("refund and flight status", "help desk", "x" * 9_000, "find a flight", "back")[number % 5])
    assert len(str(scene.state.to_json())) < 40_000

"""Changing a flow's document: names stay right everywhere, nothing else moves, the old document stays."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from chat.dialogue.flow_edits import (
    add_step,
    copy_step,
    free_name,
    keep_as_written,
    move_step,
    put_slot,
    put_step,
    remove_slot,
    remove_step,
    step_in,
    users_of_slot,
)
from chat.dialogue.flow_reader import flow_of
from chat.dialogue.flow_text import load_yaml
from chat.errors import InvalidInput

TEXT = """
name: f
title: {en: F}
slots:
  day: {type: date, title: {en: day}}
  pick: {type: choice, title: {en: pick}}
steps:
  - {id: a, ask: day, text: {en: "When? {day} {{day}} {{{day}}} {x.day}"}, otherwise: c}
  - {id: b, say: {en: x}, next: d}
  - {id: c, choose: pick, text: {en: x}, options: [{value: v, label: {en: "{day}"}, next: b}], otherwise: b}
  - {id: d, branch: [{when: {all: [{slot: day, filled: "true"}, {saved: day.x, is: y}]}, next: b}], otherwise: b}
  - {id: e, action: go, with: {day: "{day}"}, outcomes: {ok: b, missing: a}, clear: [day]}
  - {id: f, confirm: {en: x}, yes: b, no: b}
"""


@pytest.fixture
def document() -> dict[str, Any]:
    return load_yaml(TEXT)


def order(document: Any) -> str:
    return "".join(step["id"] for step in document["steps"])


def test_steps_are_added_moved_and_copied_where_they_should_be(document: dict[str, Any]) -> None:
    before = deepcopy(document)
    assert order(add_step(document, {"id": "n", "say": {}}, after="a")) == "anbcdef"
    assert order(add_step(document, {"id": "n", "say": {}})) == "abcdefn"
    assert order(add_step(document, {"id": "n", "say": {}}, after="gone")) == "abcdefn"
    assert order(move_step(document, "c", -1)) == "acbdef"
    assert order(move_step(document, "c", 1)) == "abdcef"
    assert order(move_step(document, "a", -1)) == order(move_step(document, "nosuch", 1)) == "abcdef"
    assert order(move_step(document, "f", 9)) == "abcdef"
    copied, new_id = copy_step(document, "b")
    assert (new_id, [step["id"] for step in copied["steps"]][:3]) == ("b_2", ["a", "b", "b_2"])
    assert step_in(copied, "b_2") == {"id": "b_2", "say": {"en": "x"}, "next": "d"}
    assert document == before
    with pytest.raises(InvalidInput):
        copy_step(document, "gone")


def test_a_new_id_is_used_wherever_the_old_one_was(document: dict[str, Any]) -> None:
    flow = flow_of(put_step(document, "b", {"id": "tell", "say": {"en": "x"}, "next": "d"}))
    assert [step.id for step in flow.steps] == ["a", "tell", "c", "d", "e", "f"]
    text = str(put_step(document, "b", {"id": "tell", "say": {"en": "x"}}))
    assert "'b'" not in text
    assert text.count("'tell'") == 8
    with pytest.raises(InvalidInput):
        put_step(document, "b", {"id": "a", "say": {"en": "x"}})
    assert order(put_step(document, "gone", {"id": "n", "say": {}})) == "abcdefn"


def test_who_led_to_a_removed_step_leads_on(document: dict[str, Any]) -> None:
    removed = remove_step(document, "b")
    assert (removed.target, removed.redirected) == ("d", ("a", "c", "d", "e", "f"))
    assert "'b'" not in str(removed.document)
    # A `yes` leads on as a `next` does; without one the step behind is where it leads, the end after the last.
    assert remove_step(document, "a").target == "b"
    assert remove_step(document, "f").target == "b"
    assert remove_step(add_step(document, {"id": "n", "say": {}}), "n").target == "end"
    assert remove_step(document, "gone").document == document
    loop = add_step(document, {"id": "n", "say": {}, "next": "n"})
    assert remove_step(loop, "n").target == "end"


@pytest.mark.parametrize(
    ("before", "way"),
    [
        ("ask: day", "next"),
        ("say: {en: x}", "next"),
        ("confirm: {en: x}", "yes"),
        ("branch: [{when: {slot: day, filled: 'true'}, next: z}]", "otherwise"),
        ("action: go, outcomes: {missing: z}", "next"),
        ("choose: pick, options: [{value: v, next: z}, {value: w}]", "next"),
        ("goto: other, return: 'true'", "next"),
    ],
)
@pytest.mark.parametrize(
    "removed",
    [
        "say: {en: x}, next: z",
        "confirm: {en: x}, yes: z",
        "action: go, outcomes: {ok: z, missing: y}",
        "branch: [], otherwise: z",
    ],
)
def test_the_step_before_a_removed_one_leads_on_too(before: str, way: str, removed: str) -> None:
    steps = f"[{{id: a, {before}}}, {{id: b, {removed}}}, {{id: y, handoff: {{}}}}, {{id: z, end: {{}}}}]"
    found = remove_step(load_yaml(f"{{steps: {steps}}}"), "b")
    assert (found.target, found.redirected) == ("z", ("a",))
    assert step_in(found.document, "a") == {**load_yaml(f"{{id: a, {before}}}"), way: "z"}


@pytest.mark.parametrize(
    "before",
    [
        "say: {en: x}, next: y",
        "end: {en: x}",
        "handoff: {en: x}",
        "confirm: {en: x}, yes: y",
        "branch: [], otherwise: y",
        "action: go, outcomes: {ok: y}",
        "choose: pick, options: [{value: v, next: y}]",
        "goto: other",
    ],
)
def test_a_step_that_did_not_lead_to_the_one_behind_it_stays(before: str) -> None:
    gone = "{id: b, say: {en: x}, next: z}"
    steps = f"[{{id: a, {before}}}, {gone}, {{id: y, handoff: {{}}}}, {{id: z, end: {{}}}}]"
    found = remove_step(load_yaml(f"{{steps: {steps}}}"), "b")
    assert found.redirected == ()
    assert step_in(found.document, "a") == load_yaml(f"{{id: a, {before}}}")


def test_a_new_name_of_a_slot_is_used_wherever_the_old_one_was(document: dict[str, Any]) -> None:
    changed = put_slot(document, "day", {"type": "date", "title": {"en": "d"}}, new_name="when")
    assert list(changed["slots"]) == ["when", "pick"]
    flow = flow_of(changed)
    assert flow.step("a").text["en"] == ("When? {when} {{day}} {{{when}}} {x.day}",)
    assert flow.step("a").slot == "when"
    assert flow.step("c").options[0].label["en"] == ("{when}",)
    assert [part.name for part in flow.step("d").cases[0].when.parts] == ["when", "day.x"]
    assert flow.step("e").clear == ("when",)
    assert flow.step("e").inputs == {"day": "{when}"}
    with pytest.raises(InvalidInput):
        put_slot(document, "day", {}, new_name="pick")


def test_slots_are_added_and_removed(document: dict[str, Any]) -> None:
    assert list(put_slot(document, "new", {"type": "text"})["slots"]) == ["day", "pick", "new"]
    assert list(remove_slot(document, "day")["slots"]) == ["pick"]
    assert users_of_slot(document, "day") == ["a", "c", "d", "e"]
    assert users_of_slot(document, "pick") == ["c"]
    assert users_of_slot(document, "none") == []


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("Ask order no.", [], "ask_order_no"),
        ("ask", ["ask", "ask_2"], "ask_3"),
        ("end", [], "end_2"),
        ("person", [], "person_2"),
        ("订单", [], "step"),
        ("9 lives", [], "step_9_lives"),
        ("x" * 200, [], "x" * 50),
    ],
)
def test_a_name_that_nobody_has(wanted: str, taken: list[str], name: str) -> None:
    assert free_name(wanted, taken) == name


def test_what_says_the_same_is_written_as_it_was() -> None:
    old = {"id": "a", "say": {"en": ["x"], "zh-hans": "y"}, "next": "b"}
    assert keep_as_written(old, {"id": "a", "say": {"en": "x", "zh-hans": "y"}, "next": "b"}) is old
    assert keep_as_written(old, {"id": "a", "say": {"en": "x", "zh-hans": "z"}}) == {
        "id": "a",
        "say": {"en": ["x"], "zh-hans": "z"},
    }

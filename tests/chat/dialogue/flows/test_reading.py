"""What the reader of flows refuses, and that each error names its place; conditions; YAML of strangers."""

from __future__ import annotations

from typing import Any

import pytest

from chat.dialogue.conditions import holds, read_condition
from chat.dialogue.flow_reader import read_flow, targets_of
from chat.dialogue.flow_text import MOST_BYTES, MOST_DEPTH, MOST_NODES, load_yaml
from chat.dialogue.flows import END
from chat.errors import InvalidInput
from tests.chat.dialogue.flows.travel_flows import CHANGE, FLOWS

HEAD = """
name: f
title: {en: F}
slots:
  s: {type: text, title: {en: s}}
  c: {type: choice, title: {en: c}}
steps:
"""
SLOTS = "name: f\ntitle: {en: F}\nsteps: [{id: a, say: {en: x}}]\nslots:\n"

STEPS = [
    ("- {id: a}", "flow.steps[0]"),
    ("- {id: a, say: {en: x}, ask: s}", "flow.steps[0]"),
    ("- {say: {en: x}}", "flow.steps[0].id"),
    ("- {id: A, say: {en: x}}", "flow.steps[0].id"),
    ("- {id: end, say: {en: x}}", "flow.steps[0].id"),
    ("- {id: person, say: {en: x}}", "flow.steps[0].id"),
    ("- {id: a, say: x}", "flow.steps.a.say"),
    ("- {id: a, say: {en: ''}}", "flow.steps.a.say.en"),
    ("- {id: a, say: {english: x}}", "flow.steps.a.say"),
    ("- {id: a, say: {en: x}, nxt: b}", "flow.steps.a.nxt"),
    ("- {id: a, say: {en: x}}\n  - {id: a, say: {en: y}}", "flow.steps"),
    ("- {id: a, say: {en: x}, clear: s}", "flow.steps.a.clear"),
    ("- {id: a, ask: s, text: {en: x}, attempts: 0}", "flow.steps.a.attempts"),
    ("- {id: a, ask: s, text: {en: x}, attempts: 6}", "flow.steps.a.attempts"),
    ("- {id: a, ask: s, text: {en: x}, optional: maybe}", "flow.steps.a.optional"),
    (
        "- {id: a, choose: c, text: {en: x}, options: [{value: v, label: {en: V}}, {value: v, label: {en: W}}]}",
        "a.options",
    ),
    ("- {id: a, choose: c, text: {en: x}, from: result, value: '{item.v}', label: {en: L}}", "flow.steps.a.from"),
    ("- {id: a, branch: x}", "flow.steps.a.branch"),
    ("- {id: a, branch: [{when: {slot: s}, next: a}]}", "flow.steps.a.branch[0].when"),
    ("- {id: a, branch: [{when: {clock: minute, is: '1'}, next: a}]}", "flow.steps.a.branch[0].when.clock"),
    (
        "- {id: a, branch: [{when: {all: [{slot: s, is: x}, {nosuch: s}]}, next: a}]}",
        "flow.steps.a.branch[0].when.all[1]",
    ),
    ("- {id: a, action: Do it}", "flow.steps.a.action"),
    ("- {id: a, action: do, with: [x]}", "flow.steps.a.with"),
    ("- {id: a, answer: {find: x}}", "flow.steps.a.answer.find"),
    ("- {id: a, answer: [x]}", "flow.steps.a.answer"),
    ("- {id: a, ask: [s]}", "flow.steps.a.ask"),
    ("- {id: a, goto: f, return: yes}", "flow.steps.a.return"),
    ("- {id: a, end: {en: x}, outcome: won}", "flow.steps.a.outcome"),
    ("- x", "flow.steps[0]"),
]


@pytest.mark.parametrize(("steps", "place"), STEPS)
def test_a_step_that_makes_no_sense_is_refused_with_its_place(steps: str, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_flow(f"{HEAD}  {steps}\n")
    assert place in str(caught.value)


@pytest.mark.parametrize(
    ("slot", "place"),
    [
        ("s: {title: {en: s}}", "flow.slots.s.type"),
        ("s: {type: text, title: s}", "flow.slots.s.title"),
        ("s: {type: text, title: {en: s}, pattern: '('}", "flow.slots.s.pattern"),
        ("s: {type: text, title: {en: s}, pattern: '(?=x)'}", "flow.slots.s.pattern"),
        ("s: {type: text, title: {en: s}, cues: {en: {before: x}}}", "flow.slots.s.cues.en.before"),
        ("s: {type: text, title: {en: s}, cues: {en: {around: [x]}}}", "flow.slots.s.cues.en.around"),
        ("S: {type: text, title: {en: s}}", "flow.slots"),
        ("s: text", "flow.slots.s"),
        ("s: {type: text, title: {en: s}, colour: red}", "flow.slots.s.colour"),
    ],
)
def test_a_slot_that_makes_no_sense_is_refused_with_its_place(slot: str, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_flow(f"{SLOTS}  {slot}\n")
    assert place in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("name: change_flight", "name: Change", "flow.name"),
        ("name: change_flight", "nom: change_flight", "flow.name"),
        ("title: {zh-hans: 改签, en: Change a flight}", "title: x", "flow.title"),
        ("triggers: [change_flight]", "triggers: change_flight", "flow.triggers"),
        ("triggers: [change_flight]", "timeout_minutes: 0", "flow.timeout_minutes"),
        ("triggers: [change_flight]", "format: 2", "flow.format"),
        ("triggers: [change_flight]", "trigger: [x]", "flow.trigger"),
        ("steps:", "stepz:", "flow.stepz"),
    ],
)
def test_a_flow_that_makes_no_sense_is_refused_with_its_place(old: str, new: str, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_flow(CHANGE.replace(old, new, 1))
    assert place in str(caught.value)


@pytest.mark.parametrize("text", FLOWS)
def test_flows_that_make_sense_are_read(text: str) -> None:
    flow = read_flow(text, version=3)
    assert flow.version == 3
    assert all(target in (*flow.places, END, "person") for step in flow.steps for target in targets_of(step))


@pytest.mark.parametrize("text", ["", "x", "[]", "- a", "42", "null"])
def test_what_is_no_mapping_is_no_flow(text: str) -> None:
    with pytest.raises(InvalidInput, match="flow"):
        read_flow(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &x 1\nb: *x", "Line 1"),
        ("a: 1\nb: !!python/object:os.system x", "Line 2"),
        ("a: 1\na: 2", "Line 2"),
        ("a: [1, 2", "Line"),
        ("a:\n\t- x", "Line 2"),
        ("{[x]: 1}", "Line 1"),
        ("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1), "deep"),
        ("[" + "1," * (MOST_NODES + 1) + "]", "parts"),
        ("x" * (MOST_BYTES + 1), "kB"),
        ("a: \x00", ""),
        ("a: 1\n---\nb: 2", ""),
    ],
)
def test_yaml_of_strangers(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_yaml(text)
    assert says in str(caught.value)


def test_words_of_yaml_stay_texts() -> None:
    assert load_yaml("no: yes\non: 1\nd: 2026-03-18\n~: null") == {
        "no": "yes",
        "on": "1",
        "d": "2026-03-18",
        "~": "null",
    }


VALUES = {
    ("slot", "n"): "10",
    ("slot", "day"): "2026-03-20",
    ("slot", "text"): "Gold",
    ("saved", "r.fee"): "50.00 CNY",
    ("clock", "hour"): "9",
}
HOLD: list[tuple[Any, bool]] = [
    ({"slot": "n", "is": "10"}, True),
    ({"slot": "n", "is": "10.0"}, True),
    ({"slot": "n", "is_not": "10"}, False),
    ({"slot": "n", "above": "9"}, True),
    ({"slot": "n", "below": "9"}, False),
    ({"slot": "n", "above": "10"}, False),
    ({"slot": "n", "in": ["1", "10"]}, True),
    ({"slot": "n", "in": ["1"]}, False),
    ({"slot": "n", "filled": "true"}, True),
    ({"slot": "none", "filled": "false"}, True),
    ({"slot": "none", "above": "0"}, False),
    ({"slot": "none", "below": "9"}, False),
    ({"slot": "none", "is_not": "x"}, True),
    ({"slot": "text", "is": "gold"}, True),
    ({"slot": "day", "above": "2026-03-19"}, True),
    ({"slot": "day", "below": "2026-03-19"}, False),
    ({"saved": "r.fee", "above": "49"}, True),
    ({"saved": "r.fee", "is": "50"}, False),
    ({"clock": "hour", "below": "18"}, True),
    ({"all": [{"slot": "n", "is": "10"}, {"slot": "text", "is": "x"}]}, False),
    ({"any": [{"slot": "n", "is": "1"}, {"slot": "text", "is": "gold"}]}, True),
    ({"not": {"slot": "n", "is": "10"}}, False),
    ({"not": {"any": [{"slot": "n", "is": "1"}, {"slot": "n", "is": "2"}]}}, True),
]


@pytest.mark.parametrize(("data", "does"), HOLD)
def test_conditions(data: Any, does: bool) -> None:
    assert holds(read_condition(data, "c"), lambda source, name: VALUES.get((source, name), "")) is does


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("x", "c"),
        ({}, "c"),
        ({"slot": "n"}, "c"),
        ({"slot": "n", "saved": "m", "is": "1"}, "c"),
        ({"slot": "n", "is": "1", "above": "2"}, "c"),
        ({"slot": "n", "in": "1"}, "c.in"),
        ({"slot": "n", "in": []}, "c.in"),
        ({"slot": "n", "filled": "perhaps"}, "c.filled"),
        ({"slot": "n", "is": "1", "und": "2"}, "c.und"),
        ({"all": []}, "c.all"),
        ({"any": {"slot": "n", "is": "1"}}, "c.any"),
        ({"all": [{"slot": "n", "is": "1"}], "any": []}, "c.any"),
        ({"not": {"slot": "n"}}, "c.not"),
        ({"any": [{"not": {"clock": "year", "is": "1"}}]}, "c.any[0].not.clock"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_with_its_place(data: Any, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_condition(data, "c")
    assert str(caught.value).startswith(f"{place}:")


@pytest.mark.parametrize("names", ["to_day, from_day, note", "from_day, to_day, note", "note, to_day, from_day"])
def test_slots_come_in_the_order_in_which_they_are_asked_for(names: str) -> None:
    slots = ", ".join(f"{name}: {{type: date, title: {{en: d}}}}" for name in names.split(", "))
    steps = "[{id: a, ask: from_day, text: {en: x}}, {id: b, ask: to_day, text: {en: x}}]"
    flow = read_flow(f"name: f\ntitle: {{en: F}}\nslots: {{{slots}}}\nsteps: {steps}")
    assert list(flow.slots) == ["from_day", "to_day", "note"]

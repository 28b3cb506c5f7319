"""What keeps a flow from being published: each problem is found at its step, and the flow without it has none."""

from __future__ import annotations

import pytest

from chat.dialogue.flow_checks import Problem, Surroundings, keeps_from_running, problems_of
from chat.dialogue.flow_reader import read_flow
from tests.chat.dialogue.flows.travel_flows import FLOWS

SOUND = """
name: change
title: {zh-hans: 改, en: Change}
triggers: [change]
slots:
  number: {type: booking_no, title: {zh-hans: 号, en: number}}
  pick: {type: choice, title: {zh-hans: 选, en: choice}}
steps:
  - {id: ask, ask: number, text: {zh-hans: 号？, en: "Number?"}}
  - {id: look, action: find, with: {number: "{number}"}, save: found, outcomes: {missing: sorry}}
  - id: choose
    choose: pick
    text: {zh-hans: 选, en: Choose}
    from: found.list
    value: "{item.no}"
    label: {zh-hans: "{item.no}", en: "{item.no}"}
  - {id: sure, confirm: {zh-hans: "{number}？", en: "{number}?"}}
  - {id: bye, end: {zh-hans: 好, en: Good.}}
  - {id: sorry, say: {zh-hans: 没有, en: None.}, clear: [number], next: ask}
"""
AROUND = Surroundings(
    locales=("zh-hans", "en"),
    entity_types={"booking_no"},
    actions={"find": {"ok", "missing"}},
    needs={"find": ["number"]},
    flows={"change"},
    articles={"rules"},
    intents={"change"},
)


def problems(text: str) -> list[Problem]:
    return problems_of(read_flow(text), AROUND)


def test_a_sound_flow_has_no_problem():
    assert problems(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("en: Change}", "de: Ändern}", Problem("untranslated", "", "en")),
        ("triggers: [change]", "triggers: [other]", Problem("unknown_intent", "", "other")),
        ("type: booking_no", "type: ticket", Problem("unknown_type", "", "ticket", slot="number")),
        ("en: number}}", "en: number}, least: yesterday}", Problem("bad_bound", "", "yesterday", slot="number")),
        ('{zh-hans: 号？, en: "Number?"}', "{zh-hans: 号？}", Problem("untranslated", "ask", "en")),
        ("en: number}}", "de: Nummer}}", Problem("untranslated", "", "en", slot="number")),
        ("action: find,", "action: seek,", Problem("unknown_action", "look", "seek")),
        ('with: {number: "{number}"},', "", Problem("missing_input", "look", "number")),
        ("{missing: sorry}", "{missing: sorry, gone: bye}", Problem("unknown_outcome", "look", "gone")),
        ('{number: "{number}"}', '{number: "{serial}"}', Problem("unknown_slot", "look", "serial")),
        ('en: "{number}?"', 'en: "{seen.day}?"', Problem("unknown_saved", "sure", "seen")),
        ('en: "{number}?"', 'en: "{number?"', Problem("stray_brace", "sure", "")),
        ("from: found.list", "from: seen.list", Problem("unknown_saved", "choose", "seen")),
        ("choose: pick\n", "choose: number\n", Problem("not_asked", slot="pick")),
        ("outcomes: {missing: sorry}}", "outcomes: {missing: bye}}", Problem("unreachable", "sorry", "")),
        ("clear: [number], next: ask}", "next: sorry}", Problem("no_exit", "sorry", "")),
        ("end: {zh-hans: 好, en: Good.}", "goto: elsewhere", Problem("unknown_flow", "bye", "elsewhere")),
        ("end: {zh-hans: 好, en: Good.}", "answer: lost", Problem("unknown_article", "bye", "lost")),
    ],
)
def test_each_problem_is_found_where_it_is(old, new, expected):
    assert old in SOUND
    assert expected in problems(SOUND.replace(old, new, 1))


def test_a_step_may_name_all_failures_at_once_and_says_nothing_of_an_action_that_is_not_there():
    assert problems(SOUND.replace("{missing: sorry}", "{missing: sorry, failed: bye}")) == []
    unknown = problems(SOUND.replace("action: find,", "action: seek,"))
    assert unknown == [Problem("unknown_action", "look", "seek")]


def test_a_circle_that_asks_nobody_is_found_and_one_that_asks_again_is_none():
    found = {(one.kind, one.step) for one in problems_of(read_flow(FLOWS[5]), AROUND)}
    assert {("no_exit", "round"), ("no_exit", "again")} <= found
    turning = SOUND.replace("clear: [number], next: ask}", "next: look}")
    assert Problem("circle", "sorry") in problems(turning)
    assert Problem("circle", "sorry") not in problems(SOUND)


def test_a_branch_names_what_is_not_there():
    text = SOUND.replace(
        "  - {id: bye,",
        "  - id: fork\n"
        "    branch: [{when: {any: [{slot: tier, is: gold}, {saved: seen.x, filled: 'true'}]}, next: bye}]\n"
        "  - {id: bye,",
    )
    assert {Problem("unknown_slot", "fork", "tier"), Problem("unknown_saved", "fork", "seen.x")} <= set(
        problems(text)
    )


INCOMPLETE = [
    ("  - {id: bye, say: {}}", Problem("missing", "bye", "text")),
    ("  - {id: bye, ask: number}", Problem("missing", "bye", "text")),
    ("  - {id: bye, ask: '', text: {zh-hans: x, en: x}}", Problem("missing", "bye", "slot")),
    ("  - {id: bye, rate: '', text: {zh-hans: x, en: x}}", Problem("missing", "bye", "slot")),
    ("  - {id: bye, ask: colour, text: {zh-hans: x, en: x}}", Problem("unknown_slot", "bye", "colour")),
    ("  - {id: bye, end: {zh-hans: x, en: x}, clear: [colour]}", Problem("unknown_slot", "bye", "colour")),
    ("  - {id: bye, end: {zh-hans: x, en: x}, next: nowhere}", Problem("unknown_step", "bye", "nowhere")),
    ("  - {id: bye, confirm: {zh-hans: x, en: x}, yes: nowhere}", Problem("unknown_step", "bye", "nowhere")),
    ("  - {id: bye, choose: pick, text: {zh-hans: x, en: x}}", Problem("missing", "bye", "options")),
    ("  - {id: bye, choose: pick, text: {zh-hans: x, en: x}, from: ''}", Problem("missing", "bye", "list")),
    (
        "  - {id: bye, choose: pick, text: {zh-hans: x, en: x}, from: found.list}",
        Problem("missing", "bye", "value"),
    ),
    (
        "  - {id: bye, choose: pick, text: {zh-hans: x, en: x}, options: [{value: v}]}",
        Problem("missing", "bye", "label"),
    ),
    ("  - {id: bye, branch: []}", Problem("missing", "bye", "conditions")),
    ("  - {id: bye, branch: [{when: {slot: number, is: x}}]}", Problem("missing", "bye", "target")),
    ("  - {id: bye, branch: [{when: {slot: number, is: x}, next: no}]}", Problem("unknown_step", "bye", "no")),
    ("  - {id: bye, action: ''}", Problem("missing", "bye", "action")),
    ("  - {id: bye, action: find, outcomes: {ok: nowhere}}", Problem("unknown_step", "bye", "nowhere")),
    ("  - {id: bye, goto: ''}", Problem("missing", "bye", "flow")),
    ("  - {id: bye, answer: ''}", Problem("missing", "bye", "article")),
    ("  - {id: bye, answer: {search: ''}}", Problem("missing", "bye", "article")),
]


@pytest.mark.parametrize(("step", "expected"), INCOMPLETE)
def test_a_draft_that_is_not_ready_is_read_and_what_it_lacks_is_said(step, expected):
    whole = "  - {id: bye, end: {zh-hans: 好, en: Good.}}"
    assert whole in SOUND
    found = problems(SOUND.replace(whole, step, 1))
    assert expected in found
    assert expected in keeps_from_running(found)
    assert not any(one.kind == "no_exit" for one in found)


def test_a_draft_may_have_no_step_and_no_title():
    found = problems("name: change\nsteps: []")
    assert found == [Problem("missing", "", "steps"), *(Problem("untranslated", "", x) for x in AROUND.locales)]
    assert keeps_from_running(found) == found[:1]

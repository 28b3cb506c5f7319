"""What keeps a flow from being published: each problem is found at its step, and the flow without it has none."""

from __future__ import annotations

import pytest

from chat.dialogue.flow_checks import Problem, Surroundings, problems_of
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
        ("type: booking_no", "type: ticket", Problem("unknown_type", "", "ticket")),
        ("en: number}}", "en: number}, least: yesterday}", Problem("bad_bound", "", "number")),
        ('{zh-hans: 号？, en: "Number?"}', "{zh-hans: 号？}", Problem("untranslated", "ask", "en")),
        ("action: find,", "action: seek,", Problem("unknown_action", "look", "seek")),
        ('{number: "{number}"}', '{number: "{serial}"}', Problem("unknown_slot", "look", "serial")),
        ('en: "{number}?"', 'en: "{seen.day}?"', Problem("unknown_saved", "sure", "seen")),
        ('en: "{number}?"', 'en: "{number?"', Problem("stray_brace", "sure", "")),
        ("from: found.list", "from: seen.list", Problem("unknown_saved", "choose", "seen")),
        ("choose: pick\n", "choose: number\n", Problem("not_asked", "", "pick")),
        ("outcomes: {missing: sorry}}", "outcomes: {missing: bye}}", Problem("unreachable", "sorry", "")),
        ("clear: [number], next: ask}", "next: sorry}", Problem("no_exit", "sorry", "")),
        ("end: {zh-hans: 好, en: Good.}", "goto: elsewhere", Problem("unknown_flow", "bye", "elsewhere")),
        ("end: {zh-hans: 好, en: Good.}", "answer: lost", Problem("unknown_article", "bye", "lost")),
    ],
)
def test_each_problem_is_found_where_it_is(old, new, expected):
    assert old in SOUND
    assert expected in problems(SOUND.replace(old, new, 1))


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

"""Situations of each kind of step: actions that fail, misses and attempts, optional, branches, goto, articles."""

from __future__ import annotations

import pytest

from chat.dialogue.calling import CALLS_AT_MOST, FAILURES
from chat.dialogue.flow_reader import read_flow
from tests.chat.dialogue.flows.scene import Backend, Scene, all_flows
from tests.chat.dialogue.flows.table import Row, Said, check, play, row

AT_CONFIRM = (Said("change my flight TR1001 tomorrow", asks="flight"), Said("CA2", asks="sure"))
AT_DATE = (Said("change my flight TR1001", asks="new_date"),)

MISSES = [
    row(
        "the last attempt at a question",
        *AT_DATE,
        Said("qq", asks="new_date", kind="again"),
        Said("zz", asks="new_date", kind="again"),
        Said("vv", handoff="flow", ended="change_flight handoff", stack=""),
    ),
    row(
        "at a choice", *AT_CONFIRM[:1], Said("qq", asks="flight"), Said("zz"), Said("vv", handoff="flow", stack="")
    ),
    row("at a confirm", *AT_CONFIRM, Said("qq", asks="sure"), Said("zz"), Said("vv", handoff="flow", calls="")),
    row(
        "at a rating nobody is pressed",
        Said("survey"),
        Said("qq", asks="stars"),
        Said("zz"),
        Said("vv", asks="recommend"),
    ),
    row(
        "at a yes or no",
        Said("survey"),
        Said("5"),
        Said("qq", asks="recommend"),
        Said("zz"),
        Said("v", handoff="flow"),
    ),
    row(
        "an answer in between begins anew",
        *AT_DATE,
        Said("qq", kind="again"),
        Said("zz", kind="again"),
        Said("Friday", asks="flight"),
        Said("qq", kind="again"),
        Said("zz", kind="again", asks="flight"),
    ),
    row("what is known already is a miss", *AT_DATE, Said("TR1001", kind="again", asks="new_date", calls="")),
    row("no at a question that is not optional", *AT_DATE, Said("no", kind="again", asks="new_date")),
    row("unknown at one that is not optional", *AT_DATE, Said("I don't know", kind="again", asks="new_date")),
    row("neither of them", *AT_CONFIRM[:1], Said("neither", kind="again", asks="flight")),
    row(
        "不是答案",
        Said("我要改签TR1001"),
        Said("啦啦", kind="again"),
        Said("嘟嘟", kind="again"),
        Said("嘀嘀", handoff="flow"),
    ),
]

MISFITS = [
    row("a day that is past", *AT_DATE, Said("yesterday", asks="new_date", kind="again", slots={"new_date": ""})),
    row("a day too far", *AT_DATE, Said("2028-01-01", asks="new_date", kind="again", slots={"new_date": ""})),
    row("the last day that fits", *AT_DATE, Said("2027-02-11", asks="flight", slots={"new_date": "2027-02-11"})),
    row("today fits", *AT_DATE, Said("today", asks="flight", slots={"new_date": "2026-03-18"})),
    row(
        "a misfit is no correction",
        *AT_CONFIRM,
        Said("make it yesterday", asks="sure", slots={"new_date": "2026-03-19"}),
    ),
    row(
        "too many people",
        Said("find a flight from Shanghai to Beijing tomorrow", asks="people"),
        Said("12", asks="people", kind="again"),
        Said("9", asks="seat", slots={"people": "9"}),
    ),
    row(
        "a misfit in the first message",
        Said("find a flight from Shanghai to Beijing tomorrow for 40 people", asks="people", slots={"people": ""}),
    ),
    row("过去的日子", Said("我要改签TR1001"), Said("昨天", asks="new_date", kind="again", slots={"new_date": ""})),
    row("人数太多", Said("查航班，明天从上海飞北京"), Said("20个人", asks="people", kind="again")),
]

OPTIONAL = [
    row("skipped", Said("flights from Shanghai to Beijing tomorrow", asks="people"), Said("skip", asks="seat")),
    row("no", Said("flights from Shanghai to Beijing tomorrow", asks="people"), Said("no", asks="seat")),
    row("no idea", Said("flights from Shanghai to Beijing tomorrow", asks="people"), Said("no idea", asks="seat")),
    row(
        "skipped and given later",
        Said("flights from Shanghai to Beijing tomorrow", asks="people"),
        Said("skip", asks="seat"),
        Said("actually 2 people", asks="seat", slots={"people": "2"}),
    ),
    row("随便", Said("查航班，明天从上海飞北京", asks="people"), Said("随便", asks="seat", slots={"people": ""})),
    row("不知道", Said("查航班，明天从上海飞北京", asks="people"), Said("不知道", asks="seat")),
]

RATINGS = [
    row("a digit", Said("survey"), Said("4", asks="recommend", slots={"stars": "4"})),
    row("stars", Said("survey"), Said("five stars", asks="recommend", slots={"stars": "5"})),
    row("ten is none", Said("survey"), Said("10", asks="stars", kind="again")),
    row("zero is none", Said("survey"), Said("0", asks="stars", kind="again")),
    row("a half is none", Said("survey"), Said("4.5", asks="stars", kind="again")),
    row("declined", Said("survey"), Said("skip", asks="recommend", slots={"stars": ""})),
    row("五分", Said("评价一下"), Said("五分", asks="recommend", slots={"stars": "5"})),
    row("不评", Said("评价一下"), Said("不要", asks="recommend", slots={"stars": ""})),
    row("yes", Said("survey"), Said("4"), Said("yes", ended="survey completed", slots={"recommend": "true"})),
    row("yes with words", Said("survey"), Said("4"), Said("yes, of course", slots={"recommend": "true"})),
    row("no with words", Said("survey"), Said("4"), Said("no, never", slots={"recommend": "false"})),
]

BRANCHES = [
    row("on slots", Said("survey"), Said("2"), Said("no", asks="phone")),
    row("on slots, otherwise", Said("survey"), Said("2"), Said("yes", ended="survey completed")),
    row(
        "on the profile",
        Said("survey"),
        Said("5"),
        Said("yes", ended="survey completed"),
        profile={"tier": "gold"},
    ),
    row("the profile fills a slot", Said("survey", slots={"level": "gold"}), profile={"tier": "gold"}),
    row(
        "a masked value goes by reference",
        Said("survey"),
        Said("1"),
        Said("no", asks="phone"),
        Said("[phone#1]", handoff="flow", slots={"phone": "vault:7:[phone#1]"}),
        references={"[phone#1]": "7"},
    ),
    row(
        "goto with return",
        Said("help desk"),
        Said("My flight", stack="help_desk flight_status"),
        Said("TR1001", ended="help_desk completed"),
    ),
    row(
        "goto, cancelled inside", Said("help desk"), Said("My flight"), Said("cancel", ended="help_desk completed")
    ),
    row("an article", Said("help desk"), Said("Bag rules", article="baggage", ended="help_desk completed")),
    row("an article by search", Said("help desk"), Said("Fees"), Said("the change fee", article="fees")),
    row("no article", Said("help desk"), Said("Fees"), Said("zebra", article="", ended="help_desk completed")),
    row(
        "a circle without end",
        Said("help desk"),
        Said("Round and round", handoff="failure", stack="", ended="help_desk failed"),
    ),
    row("帮助台", Said("帮助台"), Said("行李规定", article="baggage", ended="help_desk completed")),
]

FAULTS = [
    row(
        "an outcome that the flow names",
        Said("refund TR1001"),
        Said("ill"),
        Said("yes", ended="refund failed"),
        faults={"refund": "refused_by_rule"},
    ),
    row(
        "not found",
        Said("change my flight TR9999", asks="booking_no", slots={"booking_no": ""}, calls="find_booking"),
    ),
    row(
        "an outcome that nothing names",
        *AT_CONFIRM,
        Said("yes", handoff="flow", ended="change_flight failed"),
        faults={"change": "sold_out"},
    ),
    row(
        "not found, three times",
        Said("change my flight TR9999"),
        Said("TR9998", asks="booking_no"),
        Said("TR1001", asks="new_date"),
    ),
    row("empty list", Said("change my flight TR1001 2026-03-25", asks="new_date", calls="find_booking search")),
    row(
        "what is below is kept",
        Said("refund", asks="booking_no"),
        Said("change my flight TR1001", handoff="flow", stack="refund"),
        faults={"find_booking": "timeout"},
    ),
]


@pytest.mark.parametrize("one", [*MISSES, *MISFITS, *OPTIONAL, *RATINGS], ids=str)
def test_answers(one: Row) -> None:
    play(one)


@pytest.mark.parametrize("one", [*BRANCHES, *FAULTS], ids=str)
def test_ways(one: Row) -> None:
    play(one)


@pytest.mark.parametrize("outcome", FAILURES)
def test_a_failure_that_the_flow_says_nothing_about(outcome: str) -> None:
    play(
        row(
            outcome, *AT_CONFIRM, Said("yes", handoff="flow", calls="change", stack=""), faults={"change": outcome}
        )
    )


RETRY = """
name: refund
title: {en: Retry}
triggers: [refund]
slots:
  booking_no: {type: booking_no, title: {en: booking number}}
  day: {type: date, title: {en: day}}
  stars: {type: number, title: {en: stars}}
steps:
  - {id: which, ask: booking_no, text: {en: Which?}}
  - id: look
    action: find_booking
    with: {booking_no: "{booking_no}"}
    save: b
    outcomes: {failed: sorry, ok: when}
  - {id: sorry, say: {en: Sorry.}}
  - {id: when, ask: day, text: {en: When?}}
  - {id: sure, confirm: {en: Shall I?}}
  - {id: do, action: change, with: {booking_no: "{booking_no}", flight: "{day}"}, save: c}
  - {id: rating, rate: stars, text: {en: Stars?}}
  - {id: more, confirm: {en: "Again?"}, yes: do}
"""


def retry(**faults: str) -> Scene:
    flows = [flow for flow in all_flows() if flow.name != "refund"]
    return Scene(flows=[*flows, read_flow(RETRY, version=1)], backend=Backend(faults=dict(faults)))


def test_what_failed_to_be_read_is_tried_again() -> None:
    scene = retry(find_booking="timeout")
    check(scene, Said("refund TR1001", asks="day", calls="find_booking"))
    check(scene, Said("Friday", asks="sure", calls=""))
    scene.backend.faults.clear()
    check(scene, Said("make it Saturday", asks="sure", calls="find_booking", slots={"day": "2026-03-21"}))
    check(scene, Said("make it Sunday", asks="sure", calls="", slots={"day": "2026-03-22"}))


def written() -> Scene:
    scene = retry()
    check(scene, Said("refund TR1001 Friday", asks="sure"))
    check(scene, Said("yes", calls="change", asks="stars"))
    return scene


WRITTEN = [
    row("cancel calls nothing undone", Said("cancel", stack="", ended="refund completed")),
    row("back goes nowhere", Said("back", asks="stars", calls="", slots={"day": "2026-03-20"})),
    row("the loop does not write again", Said("5", asks="more"), Said("yes", calls="", asks="more")),
    row("a value that is known changes nothing", Said("TR1001", asks="stars", calls="", kind="again")),
    row(
        "a correction is a new wish, agreed to anew",
        Said("no, Saturday", asks="sure"),
        Said("yes", calls="change"),
    ),
    row("a correction that is then refused", Said("no, Saturday", asks="sure"), Said("no", calls="", stack="")),
    row("a side question", Said("what about baggage?", asks="stars", calls="", article="baggage")),
    row("a person", Said("Talk to a person", handoff="visitor", calls="")),
]


@pytest.mark.parametrize("one", WRITTEN, ids=str)
def test_after_writing(one: Row) -> None:
    play(one, written())


def test_after_writing_and_a_silence_nothing_is_done_again() -> None:
    scene = written()
    scene.now = scene.now.replace(hour=16)
    check(scene, Said("hm", asks="stars", calls=""))
    check(scene, Said("yes", asks="stars", calls="", stack="refund"))


def test_a_yes_to_a_text_without_values_is_about_what_was_asked_before() -> None:
    scene = retry()
    check(scene, Said("refund TR1001 Friday", asks="sure"))
    scene.backend.faults["change"] = "timeout"
    check(scene, Said("make it Saturday", asks="sure", calls=""))


def test_a_circle_of_calls_ends_with_a_person() -> None:
    circle = """
name: refund
title: {en: Circle}
slots: {n: {type: text, title: {en: n}}}
steps:
  - {id: a, answer: {search: "fee"}}
  - {id: b, action: status, with: {booking_no: x}, next: a}
"""
    scene = Scene(flows=[*(flow for flow in all_flows() if flow.name != "refund"), read_flow(circle, version=1)])
    check(scene, Said("refund", handoff="failure"))
    assert len(scene.calls) <= CALLS_AT_MOST


@pytest.mark.parametrize(
    "goto", ["{id: a, goto: nowhere}", "{id: a, goto: nowhere, return: true}", "{id: a, goto: refund}"]
)
def test_a_goto_that_leads_nowhere_is_told(goto: str) -> None:
    text = f"name: refund\ntitle: {{en: G}}\nslots: {{n: {{type: text, title: {{en: n}}}}}}\nsteps:\n  - {goto}\n"
    scene = Scene(flows=[*(flow for flow in all_flows() if flow.name != "refund"), read_flow(text, version=1)])
    check(scene, Said("refund", stack="", handoff="failure" if "refund" in goto else ""))


@pytest.mark.parametrize(
    ("clock", "ended"),
    [(9, "refund completed"), (17, "refund completed"), (8, "refund failed"), (18, "refund failed")],
)
def test_a_branch_on_the_clock(clock: int, ended: str) -> None:
    text = """
name: refund
title: {en: Hours}
slots: {n: {type: text, title: {en: n}}}
steps:
  - id: a
    branch: [{when: {all: [{clock: hour, above: "8"}, {clock: hour, below: "18"}]}, next: open}]
    otherwise: shut
  - {id: open, end: {en: Open.}}
  - {id: shut, end: {en: Shut.}, outcome: failed}
"""
    scene = Scene(flows=[*(flow for flow in all_flows() if flow.name != "refund"), read_flow(text, version=1)])
    scene.now = scene.now.replace(hour=clock)
    check(scene, Said("refund", ended=ended, stack=""))

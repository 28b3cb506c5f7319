"""Situations: silence and what comes after it, flows that are published anew mid-way, persons, stored states."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chat.dialogue.flow_reader import read_flow
from chat.dialogue.state import DialogueState
from tests.chat.dialogue.flows.scene import Scene
from tests.chat.dialogue.flows.table import Row, Said, check, play, row
from tests.chat.dialogue.flows.travel_flows import CHANGE, REFUND

LATE = timedelta(minutes=45)
DAY = timedelta(hours=25)
AT_DATE = (Said("change my flight TR1001", asks="new_date", stack="change_flight"),)
AT_CONFIRM = (Said("change my flight TR1001 tomorrow", asks="flight"), Said("CA2", asks="sure"))
AT_DATE_ZH = (Said("我要改签TR1001", asks="new_date", stack="change_flight"),)

SILENCES = [
    row("not late yet", *AT_CONFIRM, Said("yes", after=timedelta(minutes=29), calls="change")),
    row(
        "asked, and yes: read again and agreed to again",
        *AT_CONFIRM,
        Said("yes", after=LATE, asks="sure", calls="", stack="change_flight"),
        Said("yes", asks="sure", calls="find_booking search"),
        Said("yes", calls="change", ended="change_flight completed"),
    ),
    row(
        "asked, and the button",
        *AT_DATE,
        Said("hm", after=LATE),
        Said("Go on", asks="new_date", calls="find_booking"),
    ),
    row("asked, and no", *AT_DATE, Said("hm", after=LATE), Said("no", stack="", ended="change_flight cancelled")),
    row(
        "asked, and the other button",
        *AT_DATE,
        Said("hm", after=LATE),
        Said("Leave it", ended="change_flight cancelled"),
    ),
    row(
        "asked, and a new wish",
        *AT_DATE,
        Said("hm", after=LATE),
        Said("refund TR2002", stack="refund", asks="reason"),
    ),
    row("asked, and the answer", *AT_DATE, Said("hm", after=LATE), Said("Friday", asks="flight")),
    row(
        "asked, and a question",
        *AT_DATE,
        Said("hm", after=LATE),
        Said("baggage?", asks="new_date", article="baggage"),
    ),
    row("asked, and nonsense", *AT_DATE, Said("hm", after=LATE), Said("qq", asks="new_date", kind="again")),
    row("asked, and a person", *AT_DATE, Said("hm", after=LATE), Said("a human please", handoff="visitor")),
    row("late: the answer", *AT_DATE, Said("Friday", after=LATE, asks="flight", stack="change_flight")),
    row("late: a new wish", *AT_DATE, Said("refund TR2002", after=LATE, stack="refund", asks="reason")),
    row("late: the same wish", *AT_DATE, Said("change my flight", after=LATE, stack="change_flight")),
    row(
        "late: a question",
        *AT_DATE,
        Said("what about baggage?", after=LATE, article="baggage", stack="change_flight"),
    ),
    row("late: cancel", *AT_DATE, Said("cancel", after=LATE, stack="", ended="change_flight cancelled")),
    row("late: go on", *AT_DATE, Said("let's continue", after=LATE, asks="new_date", calls="find_booking")),
    row("late: a person", *AT_DATE, Said("Talk to a person", after=LATE, handoff="visitor")),
    row("a day later: forgotten", *AT_DATE, Said("Friday", after=DAY, stack="", kind="rephrase")),
    row(
        "a day later: a new task knows nothing",
        *AT_DATE,
        Said("refund", after=DAY, asks="booking_no", stack="refund"),
    ),
    row(
        "within a day a confirmed value is kept",
        *AT_CONFIRM,
        Said("yes", ended="change_flight completed"),
        Said("refund", after=timedelta(hours=23), asks="reason", slots={"booking_no": "TR1001"}),
    ),
    row(
        "a list of yesterday is no list",
        *AT_CONFIRM,
        Said("yes"),
        Said("the second one", after=DAY, stack="", kind="rephrase"),
    ),
    row(
        "隔了一会儿继续",
        *AT_DATE_ZH,
        Said("在吗", after=LATE, stack="change_flight"),
        Said("好的", asks="new_date"),
    ),
    row("隔了一会儿算了", *AT_DATE_ZH, Said("算了", after=LATE, stack="", ended="change_flight cancelled")),
    row("隔了一会儿直接答", *AT_DATE_ZH, Said("后天", after=LATE, asks="flight")),
    row("隔天再来", *AT_DATE_ZH, Said("后天", after=DAY, stack="", kind="rephrase")),
]

PERSONS = [
    row("at a question", *AT_DATE, Said("Talk to a person", handoff="visitor", asks="")),
    row("at a choice", *AT_CONFIRM[:1], Said("I want to talk to a human", handoff="visitor")),
    row("at a confirm", *AT_CONFIRM, Said("agent", handoff="visitor", calls="")),
    row("at a text", Said("refund TR1001", asks="reason"), Said("real person please", handoff="visitor")),
    row("at a rating", Said("survey", asks="stars"), Said("operator", handoff="visitor")),
    row("without a task", Said("Talk to a person", handoff="visitor")),
    row("by intent at a question", *AT_DATE, Said("I want to complain", handoff="intent")),
    row("by intent at a text", Said("refund TR1001"), Said("I want to complain", handoff="intent")),
    row(
        "and back again: asked whether to go on",
        *AT_DATE,
        Said("Talk to a person", handoff="visitor"),
        Said("hello again", asks="", stack="change_flight"),
        Said("yes", asks="new_date"),
    ),
    row(
        "and back again with the answer",
        *AT_DATE,
        Said("Talk to a person", handoff="visitor"),
        Said("Friday", asks="flight"),
    ),
    row("by a step", Said("survey"), Said("2"), Said("no"), Said("skip", handoff="flow", ended="survey handoff")),
    row("转人工", *AT_DATE_ZH, Said("转人工", handoff="visitor")),
    row("确认时找客服", *AT_DATE_ZH, Said("后天"), Said("1"), Said("我要找客服", handoff="visitor", calls="")),
    row("给我叫个人来", *AT_DATE_ZH, Said("给我叫个人来", handoff="visitor")),
    row("投诉", *AT_DATE_ZH, Said("我要投诉你们", handoff="intent")),
]


@pytest.mark.parametrize("one", SILENCES, ids=str)
def test_silences(one: Row) -> None:
    play(one)


@pytest.mark.parametrize("one", PERSONS, ids=str)
def test_persons(one: Row) -> None:
    play(one)


def at_date() -> Scene:
    scene = Scene()
    check(scene, Said("change my flight TR1001", asks="new_date"))
    return scene


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(("{zh-hans: 改到哪天？", "{zh-hans: 哪天"), Said("Friday", asks="flight"), id="same steps"),
        pytest.param(
            ("- id: when", "- id: day"), Said("Friday", asks="flight"), id="step gone, the answer counts"
        ),
        pytest.param(("- id: when", "- id: day"), Said("hm", asks="new_date"), id="step gone, no answer"),
        pytest.param(
            ("- id: when", "- id: day"), Said("cancel", ended="change_flight cancelled"), id="step gone, cancel"
        ),
        pytest.param(
            ("- id: when", "- id: day"), Said("Talk to a person", handoff="visitor"), id="step gone, person"
        ),
        pytest.param(
            ("- id: when", "- id: day"),
            Said("baggage?", asks="new_date", article="baggage"),
            id="step gone, aside",
        ),
        pytest.param(("- id: when", "- id: day"), Said("back", asks="new_date"), id="step gone, back"),
        pytest.param(("booking_no", "order_no"), Said("Friday", asks="order_no"), id="slot gone"),
    ],
)
def test_version_that_is_gone(change: tuple[str, str], said: Said) -> None:
    scene = at_date()
    text = CHANGE.replace(*change).replace("next: when", "next: which")
    if change[0] == "booking_no":
        text = text.replace("type: order_no", "type: booking_no").replace('{order_no: "', '{booking_no: "')
    scene.flows["change_flight"] = read_flow(text, version=2)
    check(scene, said)
    assert said.handoff or all(frame.version == 2 for frame in scene.state.frames)


def test_a_pinned_version_is_kept() -> None:
    scene = at_date()
    scene.pinned[("change_flight", 1)] = scene.flows["change_flight"]
    scene.flows["change_flight"] = read_flow(REFUND.replace("name: refund", "name: change_flight"), version=2)
    check(scene, Said("Friday", asks="flight"))
    check(scene, Said("1", asks="sure"))
    check(scene, Said("yes", calls="change", ended="change_flight completed"))
    check(scene, Said("change my flight", asks="reason"))
    assert scene.state.frames[-1].version == 2


@pytest.mark.parametrize("text", ["Friday", "back", "hm", "what about baggage?"])
def test_a_flow_that_is_gone(text: str) -> None:
    scene = at_date()
    del scene.flows["change_flight"]
    check(scene, Said(text, stack=""))


def test_a_flow_that_is_gone_below() -> None:
    scene = at_date()
    check(scene, Said("refund", asks="reason"))
    del scene.flows["change_flight"]
    check(scene, Said("cancel", stack="", ended="refund cancelled"))


def test_a_wish_whose_flow_is_gone() -> None:
    scene = Scene()
    del scene.flows["refund"]
    check(scene, Said("refund", stack=""))
    check(scene, Said("change my flight and refund", stack="change_flight", asks="booking_no"))


def test_a_state_of_version_1() -> None:
    scene = Scene()
    stored = {
        "version": 1,
        "previous_intents": ["baggage"],
        "last_bot_act": "article",
        "previous_message": "baggage",
        "offered": [],
        "confirmations": 0,
        "rephrasings": 0,
        "turns": 3,
    }
    scene.state = DialogueState.from_json(stored)
    check(scene, Said("refund TR1001", asks="reason", stack="refund"))
    assert scene.state.turns == 4


@pytest.mark.parametrize("at", ["", "yesterday", "2026-03-18T14:00:00", "2099-01-01T00:00:00+00:00"])
def test_a_time_that_cannot_be_read_is_no_silence(at: str) -> None:
    scene = at_date()
    scene.state = replace(scene.state, at=at)
    check(scene, Said("Friday", asks="flight"))

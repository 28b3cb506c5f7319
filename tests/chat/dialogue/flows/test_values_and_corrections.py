"""Situations: several values in any order, cue words, corrections and denials at every kind of step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chat.dialogue.flows.scene import Scene, all_flows
from tests.chat.dialogue.flows.table import Row, Said, play, row

AT_CONFIRM = (Said("change my flight TR1001 tomorrow", asks="flight"), Said("CA2", asks="sure"))
AT_CONFIRM_ZH = (
    Said("我要改签TR1001，明天的", asks="flight"),
    Said("第二个", asks="sure", slots={"flight": "CA2"}),
)
FROM_TO = {"from_city": "Shanghai", "to_city": "Beijing"}
ALL = {**FROM_TO, "date": "2026-03-19", "people": "2"}

VALUES = [
    row(
        "all values at once",
        Said("find a flight from Shanghai to Beijing tomorrow, 2 people", asks="seat", slots=ALL),
    ),
    row("the destination first", Said("find a flight to Beijing from Shanghai tomorrow for 2 people", slots=ALL)),
    row("the date first", Said("tomorrow, 2 people: flights from Shanghai to Beijing", asks="seat", slots=ALL)),
    row("no cue: in the order of the flow", Said("find a flight Shanghai Beijing", asks="date", slots=FROM_TO)),
    row("only the destination", Said("find a flight to Beijing", asks="from_city", slots={"to_city": "Beijing"})),
    row(
        "one is missing",
        Said("find flights to Beijing tomorrow", asks="from_city", slots={"to_city": "Beijing"}),
        Said("Shanghai", asks="people", slots=FROM_TO),
    ),
    row(
        "the answer has more than was asked for",
        Said("find a flight", asks="from_city"),
        Said("from Shanghai to Beijing", asks="date", slots=FROM_TO),
    ),
    row(
        "what comes later is said first",
        Said("find a flight", asks="from_city"),
        Said("tomorrow", asks="from_city", slots={"date": "2026-03-19", "from_city": ""}),
        Said("Shanghai", asks="to_city"),
        Said("Beijing", asks="people", slots=FROM_TO),
    ),
    row(
        "a cue beats the slot that was asked for",
        Said("find a flight", asks="from_city"),
        Said("to Beijing", asks="from_city", slots={"to_city": "Beijing", "from_city": ""}),
    ),
    row(
        "a choice in the first message",
        Said("find a flight by the window", asks="from_city", slots={"seat": "window"}),
    ),
    row("a booking and a day", Said("rebook TR1001 to Friday", asks="flight", slots={"new_date": "2026-03-20"})),
    row("lower case", Said("rebook tr1001", asks="new_date", slots={"booking_no": "TR1001"})),
    row("一次说全", Said("查航班，明天从上海飞北京，两个人", asks="seat", slots=ALL)),
    row("目的地在前", Said("查航班，到北京，从上海出发，明天，2个人", asks="seat", slots=ALL)),
    row("没有提示词", Said("查航班，上海到北京", asks="date", slots=FROM_TO)),
    row("后置提示词", Said("查航班，上海出发", asks="to_city", slots={"from_city": "Shanghai"})),
    row(
        "多答一项",
        Said("查航班", asks="from_city"),
        Said("上海，明天走", asks="to_city", slots={"from_city": "Shanghai", "date": "2026-03-19"}),
    ),
    row(
        "一个人不是找人工",
        Said("查航班，明天从上海飞北京", asks="people"),
        Said("一个人", asks="seat", slots={"people": "1"}),
    ),
    row("选项的别名", Said("查航班，要窗边", asks="from_city", slots={"seat": "window"})),
    row("mixed languages", Said("查航班 from 上海 to Beijing tomorrow", slots={**FROM_TO, "date": "2026-03-19"})),
    row("english in a chinese talk", Said("我要改签"), Said("TR1001 tomorrow", asks="flight")),
    row("chinese in an english talk", Said("change my flight"), Said("TR1001，明天", asks="flight"), locale="en"),
]

CORRECTIONS = [
    row(
        "not X, Y",
        Said("find a flight from Shanghai to Beijing", asks="date"),
        Said("not Beijing, Guangzhou", asks="date", slots={"to_city": "Guangzhou", "from_city": "Shanghai"}),
    ),
    row(
        "Y instead of X",
        Said("find a flight from Shanghai to Beijing", asks="date"),
        Said("Guangzhou instead of Beijing", slots={"to_city": "Guangzhou", "from_city": "Shanghai"}),
    ),
    row(
        "actually from",
        Said("find a flight from Shanghai to Beijing", asks="date"),
        Said("actually from Guangzhou", asks="date", slots={"from_city": "Guangzhou", "to_city": "Beijing"}),
    ),
    row(
        "what was said last is meant",
        Said("find a flight", asks="from_city"),
        Said("Shanghai", asks="to_city"),
        Said("Beijing", asks="date"),
        Said("sorry, Guangzhou", asks="date", slots={"to_city": "Guangzhou", "from_city": "Shanghai"}),
    ),
    row(
        "make it Friday, at a choice",
        Said("change my flight TR1001 tomorrow", asks="flight"),
        Said("make it Friday", asks="flight", slots={"new_date": "2026-03-20"}, calls="search"),
    ),
    row(
        "make it Friday, at a confirm",
        *AT_CONFIRM,
        Said(
            "make it Friday", asks="sure", slots={"new_date": "2026-03-20"}, calls="search", stack="change_flight"
        ),
        Said("yes", ended="change_flight completed", calls="change"),
    ),
    row("no, Friday", *AT_CONFIRM, Said("no, Friday", asks="sure", slots={"new_date": "2026-03-20"})),
    row(
        "yes, but Friday",
        *AT_CONFIRM,
        Said("yes but on Friday", asks="sure", slots={"new_date": "2026-03-20"}, calls="search"),
    ),
    row(
        "another option at the confirm",
        *AT_CONFIRM,
        Said("CA3", asks="sure", slots={"flight": "CA3"}, calls=""),
        Said("yes", calls="change", ended="change_flight completed", slots={"flight": "CA3"}),
    ),
    row(
        "two corrections in one message",
        *AT_CONFIRM,
        Said(
            "no, booking TR2002 on Friday", asks="sure", slots={"booking_no": "TR2002", "new_date": "2026-03-20"}
        ),
    ),
    row("the value of a reading action", *AT_CONFIRM, Said("no, TR2002", asks="sure", calls="find_booking")),
    row(
        "to a booking that does not exist",
        *AT_CONFIRM,
        Said(
            "no, TR9999",
            asks="booking_no",
            calls="find_booking",
            slots={"booking_no": "", "new_date": "2026-03-19"},
        ),
        Said("TR2002", asks="sure", slots={"new_date": "2026-03-19", "flight": "CA2"}),
    ),
    row(
        "to a day without flights",
        *AT_CONFIRM,
        Said("make it 2026-03-25", asks="new_date", calls="search", slots={"new_date": ""}),
        Said("Friday", asks="flight", calls="search", slots={"flight": ""}),
    ),
    row(
        "only the title is named",
        *AT_CONFIRM,
        Said("the date is wrong", asks="new_date", slots={"new_date": "", "booking_no": "TR1001"}, calls=""),
        Said("Friday", asks="sure", calls="search"),
    ),
    row("no, wrong date", *AT_CONFIRM, Said("no, wrong date", asks="new_date", stack="change_flight")),
    row("change the date, at a choice", *AT_CONFIRM[:1], Said("I want to change the date", asks="new_date")),
    row("the booking number is wrong", *AT_CONFIRM, Said("booking number is wrong", asks="booking_no")),
    row("the flight is wrong", *AT_CONFIRM, Said("wrong flight", asks="flight", slots={"flight": ""}, calls="")),
    row("the same value again at a confirm", *AT_CONFIRM, Said("yes, TR1001", calls="change")),
    row(
        "a value is denied without another",
        Said("find a flight from Shanghai to Beijing", asks="date"),
        Said("not to Beijing", asks="to_city", slots={"to_city": "", "from_city": "Shanghai"}),
    ),
    row(
        "a denied value does not fill what was asked",
        Said("change my flight TR1001", asks="new_date"),
        Said("not tomorrow", asks="new_date", slots={"new_date": ""}),
    ),
    row(
        "denied and given at once",
        Said("change my flight TR1001", asks="new_date"),
        Said("not tomorrow, Friday", asks="flight", slots={"new_date": "2026-03-20"}),
    ),
    row(
        "not the first one, the second",
        *AT_CONFIRM[:1],
        Said("not the first one, the second", asks="sure", slots={"flight": "CA2"}),
    ),
    row("not the second one", *AT_CONFIRM[:1], Said("not the second one", asks="flight", slots={"flight": ""})),
    row(
        "after writing it is a wish of its own",
        Said("survey", asks="stars"),
        Said("4", asks="recommend"),
        Said("yes", ended="survey completed"),
    ),
    row(
        "不是A，是B",
        Said("查航班，从上海飞北京", asks="date"),
        Said("不是北京，是广州", asks="date", slots={"to_city": "Guangzhou"}),
    ),
    row(
        "改成",
        Said("查航班，从上海飞北京", asks="date"),
        Said("出发城市改成广州", asks="date", slots={"from_city": "Guangzhou"}),
    ),
    row(
        "确认时改日期",
        *AT_CONFIRM_ZH,
        Said("改成后天", asks="sure", slots={"new_date": "2026-03-20"}, calls="search"),
    ),
    row("确认时否定再改", *AT_CONFIRM_ZH, Said("不对，改到周五", asks="sure", slots={"new_date": "2026-03-20"})),
    row("确认时换航班", *AT_CONFIRM_ZH, Said("换第三个", slots={"flight": "CA3"}, asks="sure")),
    row("只说字段名", *AT_CONFIRM_ZH, Said("日期错了", asks="new_date", slots={"new_date": ""})),
    row("改一下日期", *AT_CONFIRM_ZH, Said("我想改日期", asks="new_date", slots={"new_date": ""})),
    row("换个航班", *AT_CONFIRM_ZH, Said("换个航班", asks="flight", slots={"flight": ""})),
    row("订单号填错了", *AT_CONFIRM_ZH, Said("订单号填错了", asks="booking_no")),
    row(
        "两处一起改",
        *AT_CONFIRM_ZH,
        Said("不对，是TR2002，后天", asks="sure", slots={"booking_no": "TR2002", "new_date": "2026-03-20"}),
    ),
    row("不要第一个", *AT_CONFIRM_ZH[:1], Said("不要第一个", asks="flight", slots={"flight": ""})),
    row(
        "否定一个值",
        Said("查航班，从上海飞北京", asks="date"),
        Said("不去北京了", asks="to_city", slots={"to_city": ""}),
    ),
]


@pytest.mark.parametrize("one", [*VALUES, *CORRECTIONS], ids=str)
def test_values(one: Row) -> None:
    play(one)


def test_a_slot_without_a_title_is_named_by_its_name() -> None:
    """A draft may have none yet when somebody tries it out."""
    flows = all_flows()
    untitled = [
        replace(flow, slots={name: replace(slot, title={}) for name, slot in flow.slots.items()}) for flow in flows
    ]
    replies = []
    for found in (flows, untitled):
        scene = Scene(flows=found)
        scene.say("find a flight from Shanghai to Beijing")
        replies.append(str(scene.say("no, to Guangzhou").text))
    assert "<changed to_city Guangzhou>" in replies[1]
    assert "<changed to_city" not in replies[0]
    assert "<changed " in replies[0]

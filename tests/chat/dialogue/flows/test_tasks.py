"""Situations: tasks that interrupt each other, are stopped, stepped back in, referred to and declined."""

from __future__ import annotations

import pytest

from tests.chat.dialogue.flows.table import Row, Said, play, row

AT_CONFIRM = (Said("change my flight TR1001 tomorrow", asks="flight"), Said("CA2", asks="sure"))
CHANGED = (*AT_CONFIRM, Said("yes", ended="change_flight completed"))
AT_REASON = (Said("refund TR1001", asks="reason", stack="refund"),)
AT_DATE = (Said("change my flight TR1001", asks="new_date", stack="change_flight"),)
AT_DATE_ZH = (Said("我要改签TR1001", asks="new_date", stack="change_flight"),)
AT_CONFIRM_ZH = (Said("我要改签TR1001，明天的", asks="flight"), Said("第二个", asks="sure"))

SWITCHES = [
    row(
        "interrupted and taken up again",
        *AT_DATE,
        Said("flight status of TR2002", asks="new_date", stack="change_flight", ended="flight_status completed"),
        Said("Friday", asks="flight", slots={"booking_no": "TR1001"}),
    ),
    row(
        "three tasks on the stack",
        *AT_DATE,
        Said("find a flight", asks="from_city", stack="change_flight search_flights"),
        Said("refund", asks="reason", stack="change_flight search_flights refund", slots={"booking_no": "TR1001"}),
        Said("ill", asks="sure"),
        Said("yes", stack="change_flight search_flights", asks="from_city", ended="refund completed"),
        Said("cancel", stack="change_flight", asks="new_date", ended="search_flights cancelled"),
        Said("cancel", stack="", ended="change_flight cancelled"),
    ),
    row(
        "back to a lower task by its name",
        *AT_DATE,
        Said("find a flight", stack="change_flight search_flights"),
        Said(
            "change my flight",
            stack="search_flights change_flight",
            asks="new_date",
            slots={"booking_no": "TR1001"},
        ),
    ),
    row(
        "back to a lower task with a value",
        *AT_DATE,
        Said("refund", stack="change_flight refund"),
        Said("no, change my flight to Friday", stack="refund change_flight", asks="flight"),
    ),
    row("at a choice", *AT_CONFIRM[:1], Said("refund TR2002", stack="change_flight refund", asks="reason")),
    row(
        "at a confirm, and back to it",
        *AT_CONFIRM,
        Said("flight status", stack="change_flight", asks="sure", calls="status"),
        Said("yes", calls="change", ended="change_flight completed"),
    ),
    row(
        "five at most",
        Said("change my flight", stack="change_flight"),
        Said("refund", stack="change_flight refund"),
        Said("find a flight", stack="change_flight refund search_flights"),
        Said("survey", stack="change_flight refund search_flights survey", asks="stars"),
        Said("help desk", stack="change_flight refund search_flights survey help_desk", asks="topic"),
        Said("flight status", stack="refund search_flights survey help_desk flight_status", asks="booking_no"),
    ),
    row("the same wish again is none", *AT_DATE, Said("change my flight", stack="change_flight", asks="new_date")),
    row(
        "被打断后回来",
        *AT_DATE_ZH,
        Said("TR2002的航班动态", stack="change_flight", asks="new_date", calls="status"),
    ),
    row(
        "三层任务",
        *AT_DATE_ZH,
        Said("查航班", stack="change_flight search_flights"),
        Said("退款", stack="change_flight search_flights refund", asks="reason"),
        Said("算了", stack="change_flight search_flights", ended="refund cancelled"),
        Said("还是改签吧", stack="search_flights change_flight", asks="new_date"),
    ),
]

STEERING = [
    row("cancel at a question", *AT_DATE, Said("never mind", stack="", ended="change_flight cancelled")),
    row("cancel at a choice", *AT_CONFIRM[:1], Said("cancel", stack="", ended="change_flight cancelled")),
    row("cancel at a confirm", *AT_CONFIRM, Said("forget it", ended="change_flight cancelled", calls="")),
    row("cancel at a rating", Said("survey", asks="stars"), Said("cancel", ended="survey cancelled")),
    row("cancel at a text", *AT_REASON, Said("cancel", ended="refund cancelled", calls="")),
    row("no at a confirm", *AT_CONFIRM, Said("no", ended="change_flight refused", calls="")),
    row("no, thanks at a confirm", *AT_CONFIRM, Said("no, thanks", ended="change_flight refused", calls="")),
    row("nothing to cancel", Said("cancel", kind="flow", stack="", ended="")),
    row("cancel an order is another wish", *AT_DATE, Said("cancel my order", stack="change_flight", kind="again")),
    row("back at the first question", Said("refund"), Said("back", asks="booking_no", stack="refund")),
    row("back at the only question", *AT_REASON, Said("back", asks="reason", slots={"booking_no": "TR1001"})),
    row(
        "back after a question",
        Said("refund", asks="booking_no"),
        Said("TR1001", asks="reason"),
        Said("back", asks="booking_no", slots={"booking_no": ""}),
        Said("TR2002", asks="reason"),
        Said("ill", asks="sure", slots={"booking_no": "TR2002"}),
    ),
    row("back after a choice", *AT_CONFIRM, Said("go back", asks="flight", slots={"flight": ""}, calls="")),
    row(
        "twice back",
        Said("change my flight TR1001", asks="new_date"),
        Said("Friday", asks="flight"),
        Said("1", asks="sure"),
        Said("back", asks="flight"),
        Said("back", asks="new_date", slots={"new_date": ""}),
        Said("back", asks="new_date", kind="flow"),
    ),
    row(
        "back to a skipped question",
        Said("find a flight from Shanghai to Beijing tomorrow", asks="people"),
        Said("skip", asks="seat"),
        Said("back", asks="people"),
        Said("3", asks="seat", slots={"people": "3"}),
    ),
    row("repeat a question", *AT_DATE, Said("what?", asks="new_date", kind="flow")),
    row("repeat a list", *AT_CONFIRM[:1], Said("say that again", asks="flight"), Said("2", asks="sure")),
    row("repeat a confirm", *AT_CONFIRM, Said("pardon", asks="sure"), Said("yes", calls="change")),
    row("repeat at a text", *AT_REASON, Said("sorry?", asks="reason", slots={"reason": ""})),
    row("repeat an answer", Said("baggage", kind="article"), Said("again", kind="flow", stack="")),
    row("aside at a question", *AT_DATE, Said("how much baggage is free?", asks="new_date", article="baggage")),
    row("aside at a choice", *AT_CONFIRM[:1], Said("what about baggage?", asks="flight", article="baggage")),
    row("aside at a confirm", *AT_CONFIRM, Said("what about baggage?", asks="sure", article="baggage", calls="")),
    row("aside at a text", *AT_REASON, Said("what about baggage?", asks="reason", article="baggage")),
    row("aside at a rating", Said("survey"), Said("what about baggage?", asks="stars", article="baggage")),
    row("aside at a yes or no", Said("survey"), Said("4"), Said("baggage?", asks="recommend", article="baggage")),
    row("thanks at a text is no reason", *AT_REASON, Said("thanks", asks="reason", slots={"reason": ""})),
    row("a yes with a question is none", *AT_CONFIRM, Said("yes, but what about baggage?", asks="sure", calls="")),
    row("ok wait", *AT_CONFIRM, Said("ok wait", asks="sure", calls="")),
    row("no problem is a yes", *AT_CONFIRM, Said("no problem", calls="change", ended="change_flight completed")),
    row("询问时取消", *AT_DATE_ZH, Said("算了，不改了", stack="", ended="change_flight cancelled")),
    row("确认时说不用了", *AT_CONFIRM_ZH, Said("不用了", ended="change_flight refused", calls="")),
    row("确认时说不", *AT_CONFIRM_ZH, Said("不对", ended="change_flight refused", calls="")),
    row("返回上一步", *AT_CONFIRM_ZH, Said("上一步", asks="flight", slots={"flight": ""})),
    row("第一个问题不能再退", Said("退款"), Said("返回", asks="booking_no", stack="refund")),
    row("没听清", *AT_DATE_ZH, Said("没看懂", asks="new_date", kind="flow")),
    row("旁问", *AT_DATE_ZH, Said("行李额是多少", asks="new_date", article="baggage")),
    row("确认时旁问", *AT_CONFIRM_ZH, Said("好的，不过行李额是多少？", asks="sure", article="baggage", calls="")),
    row("没问题就是同意", *AT_CONFIRM_ZH, Said("没问题", calls="change")),
    row("原因里谢谢不算", Said("退款TR1001", asks="reason"), Said("谢谢", asks="reason", slots={"reason": ""})),
]

REFERENCES = [
    row(
        "when does it arrive",
        *CHANGED,
        Said("when does it arrive?", calls="status", slots={"booking_no": "TR1001"}),
    ),
    row(
        "the same one",
        Said("refund"),
        Said("TR2002", asks="reason"),
        Said("cancel"),
        Said("change my flight", asks="booking_no"),
        Said("the same one", asks="new_date", slots={"booking_no": "TR2002"}),
    ),
    row(
        "the second one after the end", *CHANGED, Said("and the third one?", asks="sure", slots={"flight": "CA3"})
    ),
    row("the last one of a list", *AT_CONFIRM[:1], Said("the last one", asks="sure", slots={"flight": "CA3"})),
    row("a place that is not there", *AT_CONFIRM[:1], Said("number 7", asks="flight", slots={"flight": ""})),
    row("the one at 09:00", *AT_CONFIRM[:1], Said("the one at 09:00", asks="sure", slots={"flight": "CA2"})),
    row(
        "a date is no place",
        *AT_CONFIRM[:1],
        Said("make it the first of April", asks="flight", slots={"new_date": "2026-04-01"}),
    ),
    row(
        "another at the confirm", *AT_CONFIRM, Said("the third one instead", asks="sure", slots={"flight": "CA3"})
    ),
    row("it, without anything said before", Said("when does it land?", asks="booking_no", stack="flight_status")),
    row(
        "confirmed values are offered to later tasks",
        *CHANGED,
        Said("refund", asks="reason", slots={"booking_no": "TR1001"}),
    ),
    row(
        "它什么时候到",
        *AT_CONFIRM_ZH,
        Said("确认"),
        Said("它什么时候到", calls="status", slots={"booking_no": "TR1001"}),
    ),
    row("第三个呢", *AT_CONFIRM_ZH, Said("确认"), Said("那第三个呢", asks="sure", slots={"flight": "CA3"})),
    row(
        "还是那个订单",
        Said("退款TR2002"),
        Said("算了"),
        Said("改签"),
        Said("还是那个订单", slots={"booking_no": "TR2002"}),
    ),
    row("最后一班", *AT_CONFIRM_ZH[:1], Said("最后一班", asks="sure", slots={"flight": "CA3"})),
    row("前者", *AT_CONFIRM_ZH[:1], Said("要第一个", asks="sure", slots={"flight": "CA1"})),
]

SEVERAL = [
    row(
        "two flows",
        Said("refund TR1001 and flight status", stack="refund", asks="reason"),
        Said("ill"),
        Said("yes", calls="refund status", stack="", ended="flight_status completed"),
    ),
    row(
        "two flows, the first cancelled",
        Said("refund TR1001 and flight status", asks="reason"),
        Said("cancel", ended="flight_status completed", calls="status"),
    ),
    row(
        "an answer and a question",
        *AT_DATE,
        Said("Friday, and how much baggage is free?", asks="flight", article="baggage"),
    ),
    row(
        "article and flow",
        Said("what about baggage, and I want a refund of TR1001", asks="reason", stack="refund"),
    ),
    row("flow and person", Said("refund TR1001, and I want to complain", handoff="intent")),
    row(
        "the running flow and another",
        Said("refund", asks="booking_no"),
        Said("refund TR1001 and then the flight status", stack="refund", asks="reason"),
        Said("ill"),
        Said("yes", ended="flight_status completed", calls="refund status"),
    ),
    row(
        "asked for twice, queued once",
        Said("change my flight and flight status", asks="booking_no"),
        Said("change my flight and flight status", asks="booking_no"),
        Said("TR1001", asks="new_date"),
        Said("cancel", ended="flight_status completed", calls="status", stack=""),
    ),
    row(
        "not a refund, a change", Said("I don't want a refund, I want to change my flight", stack="change_flight")
    ),
    row("no refund", *AT_REASON, Said("I don't want a refund", stack="", ended="refund cancelled")),
    row(
        "not this but that, under way",
        *AT_REASON,
        Said(
            "no refund, change my flight", stack="change_flight", asks="new_date", slots={"booking_no": "TR1001"}
        ),
    ),
    row(
        "a lower one is declined",
        *AT_REASON,
        Said("find a flight"),
        Said("no refund any more", stack="search_flights"),
    ),
    row("I did not get my refund", Said("I did not get my refund", stack="refund", asks="booking_no")),
    row("not sure about the refund", *AT_REASON, Said("why no refund?", stack="refund")),
    row("我不是要退款，我要改签", Said("我不是要退款，我要改签", stack="change_flight", asks="booking_no")),
    row("不要退款了", Said("退款TR1001", asks="reason"), Said("我不想退款了", stack="", ended="refund cancelled")),
    row("进行中换任务", Said("退款TR1001"), Said("不退款了，改签吧", stack="change_flight", asks="new_date")),
    row("你们不给我退款", Said("你们一直不给我退款", stack="refund", asks="booking_no")),
    row(
        "两件事",
        Said("TR1001退款，再看航班动态", stack="refund", asks="reason"),
        Said("病了"),
        Said("是的", calls="refund status"),
    ),
    row("答案加问题", *AT_DATE_ZH, Said("后天吧，行李额是多少？", asks="flight", article="baggage")),
    row("投诉并退款", Said("我要投诉，还要退款", handoff="intent")),
]


@pytest.mark.parametrize("one", [*SWITCHES, *STEERING], ids=str)
def test_steering(one: Row) -> None:
    play(one)


@pytest.mark.parametrize("one", [*REFERENCES, *SEVERAL], ids=str)
def test_references_and_several(one: Row) -> None:
    play(one)

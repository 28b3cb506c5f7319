"""Answers in free words: agreement, refusal, options by what tells them apart, values in few words, pauses.

Each wish in both languages, with a twin beside it that must not be taken so.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.dialogue.assent import verdict_in
from chat.dialogue.cues import Cue
from chat.dialogue.decision import Decision
from chat.dialogue.engine import respond
from chat.dialogue.flow_reader import read_flow
from chat.dialogue.flows import Slot
from chat.dialogue.listed import ListedValues
from chat.dialogue.options import Offered, picked
from chat.dialogue.people import people_in
from chat.dialogue.slot_filling import fill
from chat.dialogue.slot_values import Candidate, candidates_of, free_text
from nlu.pipeline.entity_resolver import EntityCatalogue, EntityList, EntityPattern, ListValue
from nlu.types import IntentScore
from tests.chat.dialogue.flows.scene import CLOCK, Scene, parse
from tests.chat.dialogue.flows.table import Row, Said, play, row
from tests.chat.dialogue.flows.travel_flows import SEARCH

HOLD = ("座位保留 30 分钟，要占座吗？", "Shall I hold the seats for 30 minutes?")
CANCEL = ("现在取消扣 300 元。确认取消吗？", "Cancelling now costs 300 yuan. Shall I cancel it?")
CHANGE = ("手续费 100 元。确认改签吗？", "The fee is 100 yuan. Shall I change it?")
HELPED = ("这样处理后好了吗？", "Did that help?")
STILL = ("现在还漏水吗？", "Is it still leaking?")
MOVE = ("改个时间也是免费的，要改约吗？", "Moving it is free too. Shall we move it instead?")
ORDER = ("共 299 元。要下单吗？", "299 yuan in all. Shall I order it?")

AGREED = (
    (MOVE, "改天吧|好，改天吧|换一天", "yes, another time then|another day please"),
    (
        HOLD,
        "占上|给我占着|留着吧|帮我们留着|就这班了|得，占吧|麻烦占一下|要",
        "hold it please|book it|let's do that|why not",
    ),
    (CANCEL, "取消|取消吧|退吧|没办法，取消了吧|行，退", "cancel it|fine, cancel it then|go ahead and cancel"),
    (
        CHANGE,
        "改|改吧|那就改了|就改这趟|换吧|不用补钱那就改",
        "change it|ok move it|swap it|nothing to pay? then do it",
    ),
    (HELPED, "好了|现在能用了|正常了|解决了", "it works now|fixed, thanks|yes it did|yep sorted"),
    (STILL, "还在漏|是的还漏", "yes still leaking|it still leaks"),
    (ORDER, "下单吧|买吧|来一份|就要这个", "I'll take it|place the order|get it for me please|yes order please"),
)
REFUSED = (
    (MOVE, "不了，改天再说|不改约", "no, not another day|no thanks"),
    (
        HOLD,
        "不占|不占了太贵|再看看|太贵了吧|回头再说|等我问下老公",
        "not yet|too pricey|I'd rather not|I'll pass|wait, no",
    ),
    (
        CANCEL,
        "不取消了|别取消|那留着吧|还是去吧|扣这么多，不退了",
        "keep it|don't cancel|a whole night? no, keep it",
    ),
    (CHANGE, "不改|先别改|还是原来的吧|太贵了不改|保持原样", "leave it|keep my old flight|not worth it"),
    (HELPED, "还是不行|没用|还是老样子|依旧不亮", "no luck|still the same|it still doesn't work"),
    (STILL, "不漏了|好了", "no it stopped|it's fixed"),
    (ORDER, "改天吧", "another time"),
    (ORDER, "不买了|再考虑考虑|贵了点|下次吧", "no thanks too dear|I'll think about it|skip it"),
)
NEITHER = (
    (
        HOLD,
        "有没有更便宜的|等一下|换个时间行吗|好的，不过能退吗|多少钱来着",
        "can I bring a dog?|hold on|yes, but is it refundable?",
    ),
    (CANCEL, "退款几天能到|扣多少", "when does the refund arrive?|another flight please"),
    (ORDER, "什么时候发货|有别的颜色吗", "drop table orders|is it in stock"),
)


def spread(rows: tuple[tuple[tuple[str, str], str, str], ...]) -> list[tuple[str, str]]:
    """(answer, question) for each answer of the rows, in its language."""
    return [
        (text, question[place])
        for question, *both in rows
        for place, texts in enumerate(both)
        for text in texts.split("|")
    ]


@pytest.mark.parametrize(("text", "question"), spread(AGREED))
def test_an_agreement(text: str, question: str) -> None:
    assert verdict_in(text, question) == Cue.YES


@pytest.mark.parametrize(("text", "question"), spread(REFUSED))
def test_a_refusal(text: str, question: str) -> None:
    assert verdict_in(text, question) == Cue.NO


@pytest.mark.parametrize(("text", "question"), spread(NEITHER))
def test_neither_agrees_nor_refuses(text: str, question: str) -> None:
    assert verdict_in(text, question) is None


SHIRTS = (
    Offered("linen", "亚麻衬衫，蓝色，199 元", ("linen shirt, blue, ¥199",)),
    Offered("cotton", "纯棉衬衫，白色，99 元", ("cotton shirt, white, ¥99",)),
    Offered("down", "羽绒外套，黑色，599 元", ("down coat, black, ¥599",)),
)
FLIGHTS = (
    Offered("YH4101", "YH4101 09:00 700 元"),
    Offered("BC4183", "BC4183 13:30 650 元"),
    Offered("SO4185", "SO4185 21:15 880 元"),
)
COURIERS = (Offered("a", "顺丰到付"), Offered("b", "门店自取"))


@pytest.mark.parametrize(
    ("offered", "text", "value"),
    [
        (SHIRTS, "the linen shirt, please", "linen"),
        (SHIRTS, "the blue one", "linen"),
        (SHIRTS, "白色那件", "cotton"),
        (SHIRTS, "羽绒的吧", "down"),
        (SHIRTS, "the linnen one", "linen"),
        (SHIRTS, "not the linen one, the cotton one", "cotton"),
        (SHIRTS, "the shirt", ""),
        (SHIRTS, "最便宜的", "cotton"),
        (SHIRTS, "the cheapest", "cotton"),
        (SHIRTS, "不要最便宜的", ""),
        (SHIRTS, "something else", ""),
        (COURIERS, "顺丰那个", "a"),
        (COURIERS, "自己去门店拿", "b"),
        (COURIERS, "都不要", ""),
        (FLIGHTS, "4183", "BC4183"),
        (FLIGHTS, "41", ""),
        (FLIGHTS, "第二个", "BC4183"),
        (FLIGHTS, "the last one", "SO4185"),
        (FLIGHTS, "2", "BC4183"),
        (FLIGHTS, "7", ""),
        (FLIGHTS, "9点那班", "YH4101"),
        (FLIGHTS, "the one at 1:30 pm", "BC4183"),
        (FLIGHTS, "晚上那班", "SO4185"),
        (FLIGHTS, "最早的", "YH4101"),
        (FLIGHTS, "the latest", "SO4185"),
        (FLIGHTS, "5点那班", ""),
    ],
)
def test_an_option_by_what_tells_it_apart(offered: tuple[Offered, ...], text: str, value: str) -> None:
    option = picked(text, offered)
    assert (option.value if option else "") == value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("两个大人一个小孩", 3),
        ("2大1小", 3),
        ("一家三口", 3),
        ("我和老婆带两个孩子", 4),
        ("就我一个人", 1),
        ("2 adults and a child", 3),
        ("the three of us", 3),
        ("me and my wife", 2),
        ("just me", 1),
        ("大人的票", None),
        ("my wife's booking", None),
        ("三张票", None),
    ],
)
def test_people_counted_in_parts(text: str, number: int | None) -> None:
    counted = people_in(text, alone=True)
    assert (counted[0] if counted else None) == number


@pytest.mark.parametrize(
    ("title", "pattern", "text", "value"),
    [
        ("入住人", "", "入住人写赵敏", "赵敏"),
        ("入住人", "", "赵敏", "赵敏"),
        ("guest", "", "the name is Sam Fletcher, please", "Sam Fletcher"),
        ("guest", "", "Sam Fletcher", "Sam Fletcher"),
        ("reason", "", "because it is too small", "it is too small"),
        ("税号", "[0-9A-Z]{15,20}", "税号是91310115MA1K4ABC7X", "91310115MA1K4ABC7X"),
        ("税号", "[0-9A-Z]{15,20}", "9131 0115 MA1K 4ABC 7X", "91310115MA1K4ABC7X"),
        ("税号", "[0-9A-Z]{15,20}", "我不知道税号", ""),
    ],
)
def test_free_text_without_what_leads_up_to_it(title: str, pattern: str, text: str, value: str) -> None:
    assert free_text(Slot("s", "text", {"en": title, "zh-hans": title}, pattern=pattern), text) == value


AT_DATE = Said("change my flight TR1001", asks="new_date")
AT_DATE_ZH = Said("我要改签TR1001", asks="new_date")
AT_FLIGHT = Said("change my flight TR1001 tomorrow", asks="flight")
AT_FLIGHT_ZH = Said("我要改签TR1001，明天", asks="flight")
AT_SURE = (AT_FLIGHT, Said("CA2", asks="sure"))
AT_SURE_ZH = (AT_FLIGHT_ZH, Said("第二个", asks="sure"))
AT_PEOPLE = Said("flights from Shanghai to Beijing tomorrow", asks="people")
AT_PEOPLE_ZH = Said("查航班，明天从上海飞北京", asks="people")
DONE = "change_flight completed"
REFUSED_IT = "change_flight refused"

TALKS = [
    row("the task's own words agree", *AT_SURE, Said("change it then", ended=DONE, calls="change")),
    row("用任务的词同意", *AT_SURE_ZH, Said("改吧", ended=DONE, calls="change")),
    row("another task's words do not", *AT_SURE, Said("get me a refund", stack="change_flight refund", calls="")),
    row("别的任务的词不算同意", *AT_SURE_ZH, Said("给我退票吧", stack="change_flight refund", calls="")),
    row("a question agrees to nothing", *AT_SURE, Said("when does it arrive", calls="status")),
    row("问句不算同意", *AT_SURE_ZH, Said("行李能带多少", asks="sure", calls="", article="baggage")),
    row(
        "a refusal with a question",
        *AT_SURE,
        Said("no. how much baggage is free?", ended=REFUSED_IT, article="baggage"),
    ),
    row("拒绝并提问", *AT_SURE_ZH, Said("不改了，行李额是多少？", ended=REFUSED_IT, article="baggage")),
    row("a yes and another task", *AT_SURE, Said("yes, and then a refund too", calls="change", stack="refund")),
    row("同意并另办一件", *AT_SURE_ZH, Said("对，然后再退票", calls="change", stack="refund")),
    row("hold on is no miss", AT_DATE, Said("hold on", asks="new_date", kind="flow"), Said("qq", kind="again")),
    row(
        "稍等不算没听懂",
        AT_DATE_ZH,
        Said("稍等，我看一下", asks="new_date", kind="flow"),
        Said("嘟嘟", kind="again"),
    ),
    row("ok is no answer to a date", AT_DATE, Said("ok", asks="new_date", kind="flow")),
    row(
        "寒暄不打断",
        AT_DATE_ZH,
        Said("你好", asks="new_date", kind="flow"),
        Said("谢谢", asks="new_date", kind="flow"),
    ),
    row("nothing else skips", AT_PEOPLE, Said("no, nothing else", asks="seat", slots={"people": ""})),
    row("不用了就跳过", AT_PEOPLE_ZH, Said("不用了", asks="seat", slots={"people": ""})),
    row("elsewhere it stops", AT_DATE_ZH, Said("不用了", ended="change_flight cancelled"), locale="zh-hans"),
    row("people counted in parts", AT_PEOPLE, Said("two adults and a child", asks="seat", slots={"people": "3"})),
    row("两大一小", AT_PEOPLE_ZH, Said("两个大人一个小孩", asks="seat", slots={"people": "3"})),
    row("a day without its month", AT_DATE, Said("the 28th", asks="flight", slots={"new_date": "2026-03-28"})),
    row("只说几号", AT_DATE_ZH, Said("2号吧", asks="flight", slots={"new_date": "2026-04-02"})),
    row("an hour is no day", AT_DATE, Said("at 8", asks="new_date", slots={"new_date": ""})),
    row("months in small letters", AT_DATE, Said("22 march", asks="flight", slots={"new_date": "2026-03-22"})),
    row("an option by its digits", AT_FLIGHT, Said("the one at 9", asks="sure", slots={"flight": "CA2"})),
    row("按时间选", AT_FLIGHT_ZH, Said("最早那班", asks="sure", slots={"flight": "CA1"})),
    row("giving up with a reason", AT_DATE, Said("never mind, too much trouble", ended="change_flight cancelled")),
    row("算了并说原因", AT_DATE_ZH, Said("算了，太麻烦了", ended="change_flight cancelled")),
    row(
        "a person in a long message",
        AT_DATE,
        Said("that is wrong, pass me to one of your staff", handoff="visitor"),
    ),
    row("话里找人", AT_DATE_ZH, Said("这样不行，换个真人跟我说吧", handoff="visitor")),
    row(
        "staff that is only mentioned",
        AT_DATE,
        Said("your staff said Friday", asks="flight", slots={"new_date": "2026-03-20"}),
    ),
]


@pytest.mark.parametrize("one", TALKS, ids=str)
def test_talks(one: Row) -> None:
    play(one)


@pytest.mark.parametrize(
    ("guessed", "text", "city"),
    [
        (True, "yes, Canton it is", "Beijing"),
        (False, "yes, Canton it is", "Guangzhou"),
        (True, "sorry, I meant Canton", "Guangzhou"),
    ],
)
def test_a_guess_changes_nothing_that_nobody_objects_to(guessed: bool, text: str, city: str) -> None:
    start = text.index("Canton")
    said = Candidate(start, start + 6, "city", "Guangzhou", guessed=guessed)
    known = {"from_city": "Shanghai", "to_city": "Beijing"}
    found = fill(
        [said],
        read_flow(SEARCH),
        filled=known,
        text=text,
        locale="en",
        now=CLOCK,
        recent=("to_city",),
        asked="to_city",
    )
    assert {**known, **found.values}["to_city"] == city


TWO = (IntentScore("change_flight", 0.4), IntentScore("refund", 0.35))


def unsure(scene: Scene, text: str, *intents: IntentScore) -> Decision:
    """A turn whose intents are only plausible."""
    said = replace(parse(text, scene.locale), intents=intents, in_scope=True, several=())
    talk = respond(parse=said, hits=(), state=scene.state, knowledge=scene.knowledge(), now=scene.now)
    result = None
    try:
        while True:
            result = scene.backend(talk.send(result))
    except StopIteration as end:
        scene.state = end.value.state
        return end.value


def test_a_plausible_task_begins_where_the_message_names_it_and_its_values() -> None:
    scene = Scene()
    unsure(scene, "a refund maybe, for TR1001", *TWO)
    assert (scene.flow, scene.slots["booking_no"]) == ("refund", "TR1001")


def test_a_bare_guess_is_asked_about() -> None:
    scene = Scene()
    assert unsure(scene, "my trip is odd", *TWO).kind == "confirm"
    assert scene.stack == []


@pytest.mark.parametrize("text", ["yes", "是的"])
def test_a_yes_to_what_was_offered_begins_it_with_what_was_said_before(text: str) -> None:
    scene = Scene()
    assert unsure(scene, "something about TR1001", *TWO).kind == "confirm"
    scene.say(text)
    assert scene.flow == "change_flight"
    assert scene.slots["booking_no"] == "TR1001"


def test_a_no_to_what_was_offered_begins_nothing() -> None:
    scene = Scene()
    unsure(scene, "something about TR1001", *TWO)
    scene.say("no")
    assert scene.stack == []


LISTED = ListedValues(
    EntityCatalogue(
        lists=(
            EntityList(
                "people",
                (ListValue("2位", ("2个人",)), ListValue("2 people", ("2 adults",)), ListValue("3位", ("3个人",))),
            ),
            EntityList("district", (ListValue("Minhang", ("闵行区",)), ListValue("Jing'an", ("静安区",)))),
        ),
        patterns=(EntityPattern("order_no", "(?i)LM[0-9]{6}"),),
    )
)


@pytest.mark.parametrize(
    ("kind", "text", "locale", "value"),
    [
        ("people", "2", "zh-hans", "2位"),
        ("people", "two of them", "en", "2 people"),
        ("people", "我和老婆", "zh-hans", "2位"),
        ("people", "7", "zh-hans", ""),
        ("district", "minhamg", "en", "Minhang"),
        ("district", "在静安", "zh-hans", "Jing'an"),
        ("district", "Mars", "en", ""),
        ("order_no", "lm 123 456", "en", "lm123456"),
        ("order_no", "lm 123", "en", ""),
    ],
)
def test_a_listed_value_in_few_words_where_it_was_asked_for(kind: str, text: str, locale: str, value: str) -> None:
    slot = Slot("s", kind, {"en": "s"})
    said = replace(parse(text, locale), entities=())
    found = candidates_of(said, [slot], now=CLOCK, references={}, asked=slot, listed=LISTED)
    assert [one.value for one in found if one.type == kind] == ([value] if value else [])

"""Tables for cues: what a whole message commands, and what only looks like it; corrections, denials, places."""

from __future__ import annotations

import pytest

from chat.dialogue.cues import (
    NEGATED_BEFORE,
    Cue,
    asks,
    corrects,
    cue_of,
    declines,
    leading_answer,
    ordinal_of,
    refers,
    stars_of,
)

COMMANDS: dict[Cue, tuple[str, str]] = {
    Cue.YES: (
        "是|是的|对|对的|没错|好|好的|好吧|行|可以|确认|确定|同意|没问题|嗯|嗯嗯|好的谢谢|那好吧|"
        "就这样吧|对对对|可以啊",
        "yes|Yes, please|yep|sure|ok|OK!|okay thanks|correct|that's right|go ahead|no problem|yes I do|"
        "sounds good|of course|confirm|right|yeah|absolutely|fine|perfect",
    ),
    Cue.NO: (
        "不|不是|不对|不行|不要|不可以|错了|没有|不同意",
        "no|No!|nope|no thanks|nah|not really|that's wrong|wrong|not now|no way|not yet|no, thank you|"
        "don't|incorrect",
    ),
    Cue.CANCEL: (
        "取消|算了|不办了|算了吧|不用了|先不要|我不想改了|退出|停止|结束|先不办了|不继续了|放弃|不退了|"
        "算了不改了|取消吧",
        "cancel|Cancel it|never mind|nevermind|forget it|stop|quit|please cancel|changed my mind|"
        "leave it|abort|let's stop|cancel that please|scrap that",
    ),
    Cue.BACK: (
        "返回|上一步|返回上一步|回到上一步|后退|重选|上一个问题|我要返回",
        "back|go back|go back please|previous|previous question|can I go back|undo|step back",
    ),
    Cue.REPEAT: (
        "再说一遍|没听清|什么|你说什么|重复一下|没看懂|什么意思|再说一次",
        "what?|repeat|say that again|pardon|sorry?|come again|again please|can you repeat that|"
        "once more|what was the question",
    ),
    Cue.SKIP: (
        "跳过|不知道|不清楚|随便|都行|无所谓|忘了|我不知道",
        "skip|skip it|I don't know|no idea|whatever|not sure|any|doesn't matter|pass",
    ),
    Cue.PERSON: (
        "人工|转人工|找人工客服|我要人工|人工客服|真人|客服|我想找客服|帮我转人工|叫人来|转人工服务",
        "agent|human|a human please|talk to a person|I want to talk to a human|speak to an agent|"
        "representative|can I talk to someone|real person please|operator|get me a person|"
        "customer service|talk to a real person",
    ),
    Cue.RESUME: (
        "继续|接着办|继续办理",
        "continue|go on|let's continue|carry on|resume|keep going",
    ),
}
NO_COMMANDS = (
    "取消订单|不用谢|我要取消我的订单|一个人|两个人|怎么退款|不是北京是广州|返回机票|客服电话是多少|"
    "人工费多少钱|行李|不知道订单号怎么办|好的订单号是TR1001|是明天|没收到货|停电了|结束时间|人|"
    "他是客服吗|继续教育|跳过这段话是什么意思呢|可以退款吗|不行就退款|对面的航班|上一个订单|"
    "取消费用|没问题吗|重复扣款|什么时候到|错过航班|确认收货了吗"
    "|"
    "cancel my order|how do I cancel|back seat|I want my money back|"
    "no problem with the date but the flight|a person stole my bag|what time|yes but|"
    "sure thing is broken|not the second one|stop sending mails|my agent told me|previous booking|"
    "continue with the refund of TR1001|any flights|right side|fine print|skip the line|"
    "again tomorrow|human resources|correct my name|ok google|no refund|wrong item|"
    "sorry for the delay|one person|what is the fee|the operator changed|pass the test|"
    "leave it at the door|do it tomorrow|undo the change of my booking|forget my password|"
    "go on strike|I don't know my number"
)
"""Messages that begin or end like commands and are none."""


@pytest.mark.parametrize(
    ("cue", "text"), [(cue, text) for cue, both in COMMANDS.items() for texts in both for text in texts.split("|")]
)
def test_a_whole_message_is_a_command(cue: Cue, text: str) -> None:
    assert cue_of(text) == cue
    assert cue_of(f" {text}。") == cue


@pytest.mark.parametrize("text", NO_COMMANDS.split("|"))
def test_what_only_has_words_of_a_command_is_none(text: str) -> None:
    assert cue_of(text) is None


@pytest.mark.parametrize("text", ["", " ", "?", "😀", "{}", "\x00", "好" * 41, "yes " * 20, "cancel" * 1000])
def test_nothing_or_too_much_is_no_command(text: str) -> None:
    assert cue_of(text) is None


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("yes, on Friday", Cue.YES),
        ("yes it is", Cue.YES),
        ("好的，订单号是TR1001", Cue.YES),
        ("是的，没错", Cue.YES),
        ("no, on Friday", Cue.NO),
        ("no Friday", Cue.NO),
        ("不对，是周五", Cue.NO),
        ("不是，订单号错了", Cue.NO),
        ("yes, but what does it cost?", None),
        ("ok wait", None),
        ("right, is it free?", None),
        ("好的，不过多少钱", None),
        ("可以，等一下", None),
        ("行，能不能换一天", None),
        ("no problem, go ahead", None),
        ("no wonder", None),
        ("yesterday", None),
        ("行李多少", None),
        ("对不起", None),
        ("nothing", None),
    ],
)
def test_an_answer_that_goes_on(text: str, cue: Cue | None) -> None:
    assert leading_answer(text) == cue


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("make it Friday", True),
        ("I meant Beijing", True),
        ("change the date", True),
        ("sorry, TR2002", True),
        ("改成周五", True),
        ("日期填错了", True),
        ("我想改日期", True),
        ("换个航班", True),
        ("应该是后天", True),
        ("我要改签", False),
        ("Friday", False),
        ("TR1001", False),
        ("明天", False),
        ("exchanged", False),
    ],
)
def test_corrections(text: str, does: bool) -> None:
    assert corrects(text) is does


@pytest.mark.parametrize(
    ("text", "keywords", "does"),
    [
        ("I don't want a refund", ("refund",), True),
        ("no refund please", ("refund",), True),
        ("not the refund, the other", ("refund",), True),
        ("I did not get my refund", ("refund",), False),
        ("I never received the refund", ("refund",), False),
        ("why no refund?", ("refund",), False),
        ("I know the refund rules", ("refund",), False),
        ("refund", ("refund",), False),
        ("我不是要退款", ("退款",), True),
        ("不想退款了", ("退款", "退票"), True),
        ("别给我退票", ("退款", "退票"), True),
        ("你们不给我退款", ("退款",), False),
        ("商家一直不退款", ("退款",), False),
        ("为什么不退款", ("退款",), False),
        ("能不能退款", ("退款",), False),
        ("退款", ("退款",), False),
    ],
)
def test_a_task_is_declined(text: str, keywords: tuple[str, ...], does: bool) -> None:
    assert declines(text, keywords) is does


@pytest.mark.parametrize(
    ("text", "bare", "place"),
    [
        ("the second one", False, 2),
        ("2nd", False, 2),
        ("option 3", False, 3),
        ("the last one", False, -1),
        ("the latter", False, -1),
        ("the former", False, 1),
        ("not the first one, the second", False, 2),
        ("not the second one", True, None),
        ("第二个", False, 2),
        ("第10个", False, 10),
        ("选三号", True, 3),
        ("不要第一个", True, None),
        ("不是第一个，是第三个", False, 3),
        ("最后一班", False, -1),
        ("前者", False, 1),
        ("2", True, 2),
        ("2", False, None),
        ("二", True, 2),
        ("22 people", True, None),
        ("tomorrow", True, None),
        ("seconds", True, None),
    ],
)
def test_places(text: str, bare: bool, place: int | None) -> None:
    assert ordinal_of(text, bare=bare) == place


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("5", "5"),
        ("4 stars", "4"),
        ("five", "5"),
        ("三星", "3"),
        ("给两分", "2"),
        ("10", ""),
        ("0", ""),
        ("4.5", ""),
        ("4 or 5", ""),
        ("TR1001", ""),
        ("it was good when it was 4 years ago", ""),
    ],
)
def test_stars(text: str, stars: str) -> None:
    assert stars_of(text) == stars


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("它到哪了", True),
        ("那个订单", True),
        ("that one", True),
        ("the same", True),
        ("item", False),
        ("订单", False),
    ],
)
def test_pronouns(text: str, does: bool) -> None:
    assert refers(text) is does


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("how much", True),
        ("多少钱", True),
        ("可以吗", True),
        ("TR1001?", True),
        ("TR1001", False),
        ("somehow", False),
    ],
)
def test_questions(text: str, does: bool) -> None:
    assert asks(text) is does


@pytest.mark.parametrize(
    ("before", "does"),
    [
        ("not ", True),
        ("instead of ", True),
        ("isn't in ", True),
        ("不是", True),
        ("不去", True),
        ("knot ", False),
        ("是", False),
    ],
)
def test_denied_values(before: str, does: bool) -> None:
    assert bool(NEGATED_BEFORE.search(before)) is does

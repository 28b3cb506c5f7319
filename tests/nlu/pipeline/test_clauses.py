"""Where messages are cut, as a table: "|" stands between the clauses, and what is no clause is left out."""

from __future__ import annotations

import pytest

from nlu.pipeline.clauses import LONGEST_CUT, MOST_CLAUSES, added_clauses, clauses_of

CUT = [
    ("取消订单并且退款", "取消订单|退款"),
    ("我要退货，另外发票什么时候开", "我要退货|发票什么时候开"),
    ("怎么退货？运费谁出？", "怎么退货|运费谁出？"),
    ("帮我改地址，顺便再加一件衣服", "帮我改地址|加一件衣服"),
    ("我要退货 还要开发票", "我要退货|要开发票"),
    ("黑色和白色有什么区别", "黑色|白色有什么区别"),
    ("什么时候发货\n能开发票吗", "什么时候发货|能开发票吗"),
    ("cancel my order and refund me", "cancel my order|refund me"),
    ("where is my parcel and can I change the address?", "where is my parcel|can I change the address?"),
    ("Cancel it, and then also refund me.", "Cancel it|refund me."),
    ("cancel my order and can I also get a refund", "cancel my order|can I also get a refund"),
    ("where is it? I paid twice; send an invoice", "where is it|I paid twice|send an invoice"),
    ("我的优惠券过期了，还有发票没开", "我的优惠券过期了|发票没开"),
    ("取消订单，并退款", "取消订单|退款"),
    ("I want a refund. Second, an invoice", "I want a refund|an invoice"),
    ("a refund plus an invoice", "a refund|an invoice"),
    ("Where is my parcel. Smith waits for it", "Where is my parcel|Smith waits for it"),
    ("  return it,   refund me  ", "return it|refund me"),
]
WHOLE = [
    "怎么退货",
    "where is my parcel",
    "你好，请问怎么退货",
    "Hi, where is my parcel?",
    "我还有一个包裹没到",
    "一边听歌一边走路可以吗",
    "再次下单会便宜吗",
    "和平门店几点开门",
    "I paid 1,299.50 for it",
    "handmade sandals for Andorra",
    "还款日是哪天",
    "两个订单能合并发货吗",
    "优惠券还有效吗",
    "where is my second order",
    "my parcel went to Mr. Smith",
    "may I pay e.g. by voucher",
    "is the iPhone 15 Plus in stock",
    "",
    "，。！",
    "and",
]
KEPT = [
    ("《傲慢与偏见，和别的》还有货吗", ()),
    ('is "salt and pepper" in stock', ()),
    ("Does Bath and Body ship abroad", ((5, 18),)),
    ("我的手机号是[手机号#1]", ()),
]


@pytest.mark.parametrize(("text", "clauses"), CUT)
def test_a_message_is_cut_at_conjunctions_and_ends(text: str, clauses: str) -> None:
    assert "|".join(text[start:end] for start, end in clauses_of(text)) == clauses


@pytest.mark.parametrize("text", WHOLE)
def test_what_says_one_thing_is_left_whole(text: str) -> None:
    assert clauses_of(text) == []


@pytest.mark.parametrize(("text", "kept"), KEPT)
def test_names_quotations_and_placeholders_are_never_cut(text: str, kept: tuple[tuple[int, int], ...]) -> None:
    assert clauses_of(text, kept) == []


def test_only_the_name_keeps_a_conjunction_from_cutting() -> None:
    assert len(clauses_of("Does Bath and Body ship abroad")) == 2


def test_a_story_is_read_as_one() -> None:
    assert len(clauses_of("，".join(["我要退货"] * MOST_CLAUSES))) == MOST_CLAUSES
    assert clauses_of("，".join(["我要退货"] * (MOST_CLAUSES + 1))) == []
    text = "我要退货，怎么退款" + "很" * (LONGEST_CUT - 9)
    assert len(clauses_of(text)) == 2
    assert clauses_of(text + "很") == []


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("取消订单并且退款", [False, True]),
        ("取消订单，再退款", [False, False]),
        ("我要退货，另外发票什么时候开，地址也要改", [False, True, False]),
        ("cancel my order and refund me", [False, False]),
        ("cancel my order and also refund me", [False, True]),
        ("cancel my order, then refund me. By the way, where is my parcel", [False, False, True]),
        ("cancel my order, can you also send me an invoice", [False, True]),
        ("Cancel my order. Please also refund me", [False, True]),
        ("cancel it, send the money to my card also", [False, False]),
        ("取消订单，请另外开发票", [False, True]),
        ("取消订单，我还要开发票", [False, True]),
        ("怎么退货", []),
    ],
)
def test_additive_conjunctions_are_told_from_what_merely_tells_on(text: str, added: list[bool]) -> None:
    assert added_clauses(text, clauses_of(text)) == added

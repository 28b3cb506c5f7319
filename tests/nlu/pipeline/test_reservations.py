"""Which messages are not read clause by clause, because a clause refuses or supposes what it names."""

from __future__ import annotations

import pytest

from nlu.pipeline.clauses import clauses_of

RESERVED = [
    "暂不转人工，我的订单到哪了",
    "先不转人工，我想查一下物流",
    "不转人工，帮我查订单",
    "谢谢不用人工，查下我的订单",
    "我自己来不用人工，发票怎么开",
    "用不上人工，我要退款",
    "我不太想找人工，怎么退款",
    "Thanks but I don't want an agent, where is my order",
    "sorry I don't want an agent, where is my order",
    "no agent, where is my order",
    "I dont wanna talk to a human, where is my order",
    "不用转人工，我要退款",
    "别转人工，怎么退款",
    "我不想退款，只要开发票",
    "我要退款，但是不要换货",
    "你好，我现在不想退款，开发票",
    "人工我不要，我要退款",
    "人工就不用了，我要退款",
    "我要退款，转人工就免了吧",
    "真人客服不需要，开发票就行",
    "没必要找人工，怎么退款",
    "能不转人工吗，我要退款",
    "可以不转人工吗，我要退款",
    "我没说要转人工，我要退款",
    "我拒绝转人工，我要退款",
    "不麻烦人工了，我要退款",
    "人工我就不找了，我要退款",
    "如果退款，发票还要寄回吗",
    "退款的话，发票要寄回吗",
    "要是不退款，我可以开发票吗",
    "I want a refund, I do not want to talk to a human",
    "I want a refund, don’t transfer me to a human",
    "I'm not asking for a refund, send me an invoice",
    "I no longer need the invoice, refund me",
    "refund me, not a voucher",
    "no human please, I want a refund",
    "I want a refund, a human is not necessary",
    "I want a refund, I'd rather not talk to a human",
    "you need not transfer me to a human, I want a refund",
    "stop offering me a human, I want a refund",
    "never mind the human, I want a refund",
    "can I skip the human and get a refund",
    "I have no wish to talk to a human, I want a refund",
    "I refuse to talk to a human, I want a refund",
    "I never asked for a human, I want a refund",
    "I can do without a human, I want a refund",
    "there's no need for a human, I want a refund",
    "you don't have to transfer me to a human, I want a refund",
    "let's leave the human out of it, I want a refund",
    "an invoice won't be needed, I want a refund",
    "if I return it, do I get an invoice",
    "send an invoice, and unless it arrives refund me",
]
ASKED = [
    "不要机器人，我要退货",
    "我不想跟机器人说话，我的退款到哪了",
    "不是已经发货了吗，我要退款",
    "I don't want to talk to a bot, refund my order",
    "I got no answer from support please, cancel my order",
    "转人工，我要退款",
    "怎么退款，我要开发票",
    "我没收到货，我要退款",
    "付不了款，怎么办退款",
    "特别慢，我要退款",
    "别忘了开发票，我要退款",
    "没想到这么慢，我要退款",
    "退款不要了，开发票吧",
    "可以不可以退款，要开发票",
    "需不需要发票，怎么退款",
    "你们拒绝退款，怎么转人工",
    "退款就不行了吗，转人工",
    "有没有必要退货，怎么退款",
    "要不要发票，怎么退款",
    "能不能退款，要开发票",
    "优惠券用不了，我要退款",
    "I want a refund, I want to talk to a human",
    "there is no invoice, refund me please",
    "the refund is not there, send an invoice",
    "I forgot the password, refund me",
    "I did not receive it, I want a refund",
    "I cannot pay, send me an invoice",
    "it does not work, refund me",
    "No, I want a refund",
    "don't know how to pay, and where is my parcel",
]


@pytest.mark.parametrize("text", RESERVED)
def test_a_message_that_refuses_or_supposes_something_stays_one(text: str) -> None:
    assert clauses_of(text) == []


@pytest.mark.parametrize("text", ASKED)
def test_what_is_asked_or_does_not_work_is_a_clause(text: str) -> None:
    assert len(clauses_of(text)) == 2

"""A visitor asks for several things at once and gets one reply that answers them all, over the socket."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async

from chat.answering import answer
from chat.live.turn_worker import TurnWorker
from chat.models import Conversation, IntentHandling, ReplyTemplate, Turn
from nlu.inference import PipelineCache, version_dir
from nlu.models import Intent, IntentTitle, ModelVersion
from tests.nlu.pipeline.corpus import train_shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.socket]

REPLIES = {
    "refund": ("退款", "退款三天内到账。", "reply"),
    "invoice": ("发票", "发票在订单页下载。", "reply"),
    "human": ("人工客服", "马上为您转接。", "handoff"),
    "delivery_time": ("配送时间", "两天送到。", "reply"),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    train_shop(root / "1")
    return root


@pytest.fixture
def answers(settings, models: Path, workspace):
    """Answers what waits with the trained model, as a turn worker does."""
    settings.MODEL_DIR = models
    for name, (title, reply, kind) in REPLIES.items():
        intent = Intent.objects.create(workspace=workspace, name=name)
        IntentTitle.objects.create(intent=intent, locale="zh-hans", title=title)
        ReplyTemplate.objects.create(intent=intent, locale="zh-hans", text=reply)
        IntentHandling.objects.create(intent=intent, kind=kind)
    version = ModelVersion(workspace=workspace, number=1, status="active", folder="1", dataset_fingerprint="0")
    version.manifest_hash = hashlib.sha256((version_dir(version) / "manifest.json").read_bytes()).hexdigest()
    version.save()
    cache = PipelineCache()

    def answer_waiting(inputs):
        return answer(inputs, models=cache)

    worker = TurnWorker(prepare=lambda: (answer_waiting, dict))
    return sync_to_async(lambda: worker.step(answer_waiting))


async def told(sockets, visitor, answers, text: str) -> dict:
    socket = await sockets.chat(visitor)
    await socket.send("message.send", client_id="c1", text=text)
    await socket.expect("message.acknowledged", client_id="c1")
    assert await answers()
    return await socket.expect("message.posted", author="bot")


async def test_both_are_answered_in_the_order_said(sockets, visitor, answers):
    posted = await told(sockets, visitor, answers, "我要退款，还有开一张发票")
    assert posted["text"] == "关于“退款”：\n退款三天内到账。\n\n关于“发票”：\n发票在订单页下载。"
    turn = await Turn.objects.aget()
    assert [(row["name"], turn.parse["text"][row["start"] : row["end"]]) for row in turn.parse["several"]] == [
        ("refund", "我要退款"),
        ("invoice", "开一张发票"),
    ]
    assert turn.decision["answered"] == ["refund", "invoice"]
    assert (turn.outcome, turn.reply_sequence) == ("reply", posted["sequence"])
    conversation = await Conversation.objects.aget()
    assert conversation.dialogue_state["previous_intents"] == ["invoice", "refund"]


async def test_messages_in_a_burst_are_parts_as_well(sockets, visitor, answers):
    socket = await sockets.chat(visitor)
    for number, text in enumerate(("开一张发票", "怎么申请退款")):
        await socket.send("message.send", client_id=f"c{number}", text=text)
        await socket.expect("message.acknowledged", client_id=f"c{number}")
    assert await answers()
    posted = await socket.expect("message.posted", author="bot")
    assert posted["text"].index("发票在订单页下载。") < posted["text"].index("退款三天内到账。")


async def test_one_concern_gets_its_reply_alone(sockets, visitor, answers):
    posted = await told(sockets, visitor, answers, "我要退款，怎么申请退款")
    assert posted["text"] == "退款三天内到账。"
    turn = await Turn.objects.aget()
    assert (turn.parse["several"], turn.decision["answered"]) == ([], [])


async def test_a_person_comes_after_the_answer(sockets, visitor, answers):
    posted = await told(sockets, visitor, answers, "我要转人工，退款")
    assert posted["text"] == "关于“退款”：\n退款三天内到账。\n\n关于“人工客服”：\n马上为您转接。"
    assert (await Conversation.objects.aget()).status == "waiting"
    assert (await Turn.objects.aget()).decision["answered"] == ["refund", "human"]

"""A tiny shop in two languages: enough to learn in a second, not enough to be any good."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.entity_resolver import EntityCatalogue, EntityList, EntityPattern, ListValue
from nlu.training.dataset import Dataset
from nlu.training.trainer import TrainingResult, train
from nlu.types import DialogueContext, Example

QUICK = dataclasses.replace(
    PipelineConfig(),
    embedding_size=32,
    hidden_size=32,
    tagger_hidden_size=24,
    context_size=16,
    epochs=8,
    folds=2,
    least_steps=200,
    learning_rate=6e-3,
)

CITIES = ("上海", "北京", "广州", "深圳", "杭州", "成都")
PLACES = ("Paris", "London", "Berlin", "Madrid", "Vienna", "Oslo")


def shop_examples() -> list[Example]:
    """Four intents, city entities in both languages, no contexts."""
    examples = []
    for city in CITIES:
        for text in (f"寄到{city}要几天", f"{city}什么时候能送到"):
            start = text.index(city)
            examples.append(Example(text, "delivery_time", ((start, start + len(city), "city"),)))
    for place in PLACES:
        text = f"when will my parcel reach {place}?"
        start = text.index(place)
        examples.append(Example(text, "delivery_time", ((start, start + len(place), "city"),)))
    for text in (
        "我要退款",
        "怎么申请退款",
        "把钱退给我",
        "退货退款怎么弄",
        "I want my money back",
        "how do I get a refund",
    ):
        examples.append(Example(text, "refund"))
    for text in (
        "开一张发票",
        "发票抬头写错了",
        "电子发票在哪里下载",
        "I need an invoice",
        "send me the invoice please",
    ):
        examples.append(Example(text, "invoice"))
    for text in ("转人工", "我要找真人客服", "叫你们客服来", "talk to a human", "let me speak with an agent"):
        examples.append(Example(text, "human"))
    return examples


def shop_catalogue() -> EntityCatalogue:
    """A list, a pattern and a placeholder name."""
    return EntityCatalogue(
        lists=(
            EntityList(
                "colour", (ListValue("red", ("红色", "大红", "crimson red")), ListValue("blue", ("蓝色",)))
            ),
        ),
        patterns=(EntityPattern("order_no", r"(?:\bno\.?|订单)\s*(\d{6,})"),),
        placeholders=(("手机号", "phone"),),
    )


def follow_up_examples() -> list[Example]:
    """Only the context tells what 是的 and yes mean."""
    asked = {"confirm_refund": "ask_refund", "confirm_address": "ask_address"}
    examples = []
    for intent, act in asked.items():
        for text in ("是的", "对", "好的", "没错", "yes", "right", "sure", "ok"):
            examples.append(Example(text, intent, context=DialogueContext(last_bot_act=act)))
    return examples


def train_shop(folder: Path, *, seed: int = 0, config: PipelineConfig = QUICK) -> TrainingResult:
    """Train the shop's model quickly."""
    dataset = Dataset.of(shop_examples())
    return train(dataset, output_dir=folder, config=config, catalogue=shop_catalogue(), seed=seed, version="shop")

"""What a model learns from, and is measured on, is masked as in a chat; labels stay where their words are."""

from __future__ import annotations

import pytest

from nlu.training.dataset import Dataset
from nlu.training.masked import default_mask, masked_dataset, masked_example
from nlu.types import DialogueContext, Example

MOBILE = "13800138000"
CARD = "6222021234567890128"


@pytest.mark.parametrize(
    ("text", "words", "masked", "kept"),
    [
        ("寄到上海", ["上海"], "寄到上海", ["上海"]),
        (f"寄到上海，电话{MOBILE}", ["上海"], "寄到上海，电话[手机号#1]", ["上海"]),
        (f"电话{MOBILE}，寄到上海", ["上海"], "电话[手机号#1]，寄到上海", ["上海"]),
        (
            f"{CARD}付款，{MOBILE}，寄到上海",
            ["付款", "上海"],
            "[银行卡号#1]付款，[手机号#1]，寄到上海",
            ["付款", "上海"],
        ),
        (f"电话{MOBILE}上海", ["电话", "上海"], "电话[手机号#1]上海", ["电话", "上海"]),
        (f"电话{MOBILE}，寄到上海", [MOBILE, "上海"], "电话[手机号#1]，寄到上海", ["上海"]),
        (f"电话{MOBILE}，寄到上海", [f"电话{MOBILE}", "8000，寄", "上海"], "电话[手机号#1]，寄到上海", ["上海"]),
        (f"😀电话{MOBILE}，😀上海", ["😀上海"], "😀电话[手机号#1]，😀上海", ["😀上海"]),
    ],
)
def test_entities_move_with_their_words_unless_masked(
    text: str, words: list[str], masked: str, kept: list[str]
) -> None:
    entities = tuple((text.index(word), text.index(word) + len(word), "thing") for word in words)
    example = masked_example(Example(text, "delivery", entities), default_mask())
    assert example.text == masked
    assert [example.text[start:end] for start, end, _ in example.entities] == kept
    assert example.intent == "delivery"


def test_an_example_without_personal_data_is_the_same_object() -> None:
    example = Example("第12345号订单，共1,380,013,800元", "order", ((1, 6, "number"),))
    assert masked_example(example, default_mask()) is example


def test_the_message_before_is_masked_too() -> None:
    context = DialogueContext(previous_intents=("call",), previous_message=f"我的电话{MOBILE}")
    example = masked_example(Example("对的", "confirm", ((0, 1, "yes"),), context), default_mask())
    assert example.context == DialogueContext(previous_intents=("call",), previous_message="我的电话[手机号#1]")
    assert (example.text, example.entities) == ("对的", ((0, 1, "yes"),))


def test_a_dataset_stays_labelled_when_its_only_entity_is_masked() -> None:
    dataset = Dataset.of([Example(f"电话{MOBILE}", "call", ((2, 13, "phone"),)), Example("你好", "greet")])
    masked = masked_dataset(dataset, default_mask())
    assert masked.labelled_entities
    assert [example.entities for example in masked.examples] == [(), ()]
    plain = Dataset.of([Example("你好", "greet")])
    assert masked_dataset(plain, default_mask()).fingerprint() == plain.fingerprint()

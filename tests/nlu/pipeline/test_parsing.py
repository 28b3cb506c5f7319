from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset
from nlu.training.trainer import train
from nlu.types import DialogueContext, Parse
from tests.nlu.pipeline.corpus import QUICK, follow_up_examples


def content(parse: Parse) -> dict[str, object]:
    return {key: value for key, value in parse.to_json().items() if key != "milliseconds"}


def test_a_known_text_is_matched_word_for_word(shop: NluPipeline) -> None:
    parse = shop.parse("我要退款 ", locale="zh-hans")
    assert (parse.matched_by, parse.intents[0].name, parse.intents[0].confidence) == ("exact", "refund", 1.0)
    assert parse.in_scope
    assert parse.locale == "zh-hans"


def test_a_new_text_is_understood_by_the_model(shop: NluPipeline) -> None:
    parse = shop.parse("请问怎么退款呢")
    assert (parse.matched_by, parse.intents[0].name) == ("model", "refund")
    assert sum(score.confidence for score in parse.intents) == pytest.approx(1, abs=1e-6)
    confidences = [score.confidence for score in parse.intents]
    assert confidences == sorted(confidences, reverse=True)


def test_a_stranger_scores_below_a_friend(shop: NluPipeline) -> None:
    assert shop.parse("量子力学の講義").scope_score < shop.parse("怎么申请退款呀").scope_score


@pytest.mark.parametrize("text", ["", " ", "😀", "\u200b", "[手机号#1]", "啊" * 5000, "\x00\x01", "\ud83d"])
def test_nothing_that_can_be_typed_breaks_it(shop: NluPipeline, text: str) -> None:
    parse = shop.parse(text)
    assert parse.text == text
    assert parse.intents
    assert 0 <= parse.scope_score <= 1


def test_a_batch_gives_what_single_texts_give(shop: NluPipeline) -> None:
    texts = ["我要退款", "寄到上海要几天啊", "", "invoice?", "打[手机号#1]给我"]
    assert [content(parse) for parse in shop.parse_many(texts)] == [content(shop.parse(text)) for text in texts]
    assert shop.parse_many([]) == []
    with pytest.raises(ValueError, match="one context"):
        shop.parse_many(["a", "b"], [DialogueContext()])


def test_threads_may_parse_at_once(shop: NluPipeline) -> None:
    texts = [f"寄到上海要{n}天" for n in range(40)]
    alone = [content(shop.parse(text)) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert [content(parse) for parse in pool.map(shop.parse, texts)] == alone


def test_a_context_changes_nothing_where_training_had_none(shop: NluPipeline) -> None:
    context = DialogueContext(("refund",), "returns", "order", "ask_order", "我想退款")
    assert content(shop.parse("那发票呢", context=context)) == content(shop.parse("那发票呢"))


def test_the_context_decides_where_only_it_can(tmp_path: Path) -> None:
    pipeline = NluPipeline.load(
        train(Dataset.of(follow_up_examples()), output_dir=tmp_path / "m", config=QUICK).folder
    )
    for text in ("是的", "yes", "对的"):
        for intent, act in (("confirm_refund", "ask_refund"), ("confirm_address", "ask_address")):
            assert pipeline.parse(text, context=DialogueContext(last_bot_act=act)).intents[0].name == intent


def test_the_engine_imports_no_web_framework() -> None:
    program = (
        "import sys, nlu.pipeline.pipeline, nlu.training.trainer\n"
        "print([m for m in ('django', 'channels', 'celery', 'rest_framework', 'joblib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

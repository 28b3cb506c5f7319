"""Several intents in the clauses of one message, read by a model of one intent a message."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from nlu.pipeline.pipeline import NluPipeline
from nlu.pipeline.several import divide
from nlu.training.dataset import Dataset
from nlu.training.evaluation import evaluate
from nlu.training.trainer import train
from nlu.types import Example, IntentScore, IntentSpan, Parse
from tests.nlu.pipeline.corpus import QUICK, shop_examples
from tests.nlu.pipeline.test_artifacts import edit_manifest

FOUND = [
    ("我要退款，还有开一张发票", [("refund", "我要退款"), ("invoice", "开一张发票")]),
    ("怎么退款并且帮我开发票", [("refund", "怎么退款"), ("invoice", "帮我开发票")]),
    (
        "I want my money back and send me an invoice",
        [("refund", "I want my money back"), ("invoice", "send me an invoice")],
    ),
    ("talk to a human, I want a refund", [("human", "talk to a human"), ("refund", "I want a refund")]),
]
ONE = [
    "我要退款",
    "请问怎么退款呢",
    "我要退款，怎么申请退款",
    "黑色和白色有什么区别",
    "terms and conditions",
    "buy one and get one",
    "量子力学，然后弦论",
    "不用转人工，我要退款",
    "我不想退款，只要开发票",
    "如果退款，发票还要寄回吗",
    "I want a refund, I do not want to talk to a human",
]


def said(parse: Parse) -> list[tuple[str, str]]:
    return [(span.name, parse.text[span.start : span.end]) for span in parse.several]


@pytest.mark.parametrize(("text", "spans"), FOUND)
def test_every_intent_is_found_where_it_is_said(
    shop: NluPipeline, text: str, spans: list[tuple[str, str]]
) -> None:
    parse = shop.parse(text)
    assert said(parse) == spans
    assert all(0 < span.confidence <= 1 for span in parse.several)
    assert shop.found(parse) == {name for name, _ in spans}


@pytest.mark.parametrize("text", ONE)
def test_one_concern_stays_one(shop: NluPipeline, text: str) -> None:
    parse = shop.parse(text)
    assert parse.several == ()
    assert shop.found(parse) == ({parse.intents[0].name} if parse.in_scope else frozenset())


def test_clauses_are_read_in_the_pass_of_their_batch(shop: NluPipeline) -> None:
    texts = ["我要退款", *(text for text, _ in FOUND), "寄到上海要几天啊", ""]
    together = shop.parse_many(texts)
    assert [said(parse) for parse in together] == [said(shop.parse(text)) for text in texts]
    assert [said(parse) for parse in together[1:-2]] == [spans for _, spans in FOUND]
    assert [parse.several for parse in (together[0], *together[-2:])] == [()] * 3


def test_the_bound_is_learned_and_kept(shop: NluPipeline) -> None:
    assert 0.3 <= shop.thresholds.several < 1


CANCEL = (
    "取消订单",
    "我要取消订单",
    "怎么取消订单",
    "取消订单并且别发货了",
    "取消订单并且不要了",
    "订单取消后钱退到哪",
    "取消订单后会退吗",
    "没发货的订单全退了取消掉",
    "帮我取消昨天的订单",
    "我要取消订单并且换别家买",
    "cancel my order",
    "please cancel the order I placed",
)


def test_a_message_that_is_all_one_intent_as_a_whole_may_say_two(tmp_path: Path) -> None:
    examples = [*shop_examples(), *(Example(text, "cancel_order") for text in CANCEL)]
    folder = train(Dataset.of(examples), output_dir=tmp_path / "m", config=QUICK).folder
    two, one = "取消订单并且退款", "取消订单后钱退到哪，多久到"
    learned = NluPipeline.load(folder)
    parse = learned.parse(two)
    assert parse.intents[0].name == "cancel_order"
    assert parse.intents[0].confidence > 0.98
    assert said(parse) == [("cancel_order", "取消订单"), ("refund", "退款")]
    assert said(learned.parse(f"我要{two}")) == [("cancel_order", "我要取消订单"), ("refund", "退款")]
    assert learned.parse(one).several == ()
    edit_manifest(folder, lambda manifest: manifest["thresholds"].update(added_says=1e-5))
    strict = NluPipeline.load(folder)
    assert strict.parse(two).several == ()


def test_a_text_of_the_training_data_has_one_intent_whatever_its_clauses_say(tmp_path: Path) -> None:
    taught = Example("我要退款，还有开一张发票", "human")
    pipeline = NluPipeline.load(
        train(Dataset.of([*shop_examples(), taught]), output_dir=tmp_path / "m", config=QUICK).folder
    )
    parse = pipeline.parse(taught.text)
    assert (parse.matched_by, parse.several, parse.intents[0].name) == ("exact", (), "human")


def test_a_model_of_several_intents_says_which_but_not_where(tmp_path: Path) -> None:
    texts = {
        "refund": ("我要退款", "怎么退款"),
        "invoice": ("开发票", "要一张发票"),
        "human": ("转人工", "找客服"),
    }
    examples = [Example(text, intents=(name,)) for name, group in texts.items() for text in group] * 4
    examples += [Example("我要退款开发票", intents=("refund", "invoice"))] * 4
    pipeline = NluPipeline.load(train(Dataset.of(examples), output_dir=tmp_path / "m", config=QUICK).folder)
    parse = pipeline.parse("我要退款开发票")
    assert {(span.name, span.start, span.end) for span in parse.several} == {
        ("refund", None, None),
        ("invoice", None, None),
    }
    assert pipeline.parse("转人工").several == ()
    assert pipeline.found(parse) == {"refund", "invoice"}
    rejected = pipeline.parse("我要退款开发票 quantum theory of strings")
    assert {score.name for score in rejected.intents if score.confidence > pipeline.thresholds.present} == {
        "refund",
        "invoice",
    }
    assert (rejected.in_scope, rejected.several) == (False, ())
    assert pipeline.found(rejected) == {"refund", "invoice"}


def test_evaluation_counts_the_intents_that_clauses_say(shop: NluPipeline) -> None:
    several = [Example(text, intents=tuple(name for name, _ in spans)) for text, spans in FOUND]
    metrics = evaluate(shop, Dataset.of([*several, Example("我要退款", intents=("refund",))]))
    assert (metrics.exact_match, metrics.micro_f1) == (1.0, 1.0)
    wrong = [dataclasses.replace(one, intents=(*one.intents, "delivery_time")) for one in several]
    assert evaluate(shop, Dataset.of(wrong)).exact_match == 0.0


def test_the_json_of_a_parse_keeps_the_spans_and_old_ones_have_none(shop: NluPipeline) -> None:
    parse = shop.parse(FOUND[0][0])
    stored = parse.to_json()
    again = Parse.from_json(stored)
    assert [(s.name, s.start, s.end) for s in again.several] == [(s.name, s.start, s.end) for s in parse.several]
    del stored["several"]
    assert Parse.from_json(stored).several == ()
    assert IntentSpan("x", 0.5).start is None
    assert again.intents[0] == IntentScore(again.intents[0].name, round(parse.intents[0].confidence, 6))


SURE, OTHER = [0.96, 0.02, 0.02], [0.02, 0.96, 0.02]
DIVISIONS = [
    ("two", [SURE, OTHER], [True, True], [(0, 0, 0), (1, 1, 1)]),
    ("one is not certain", [SURE, [0.3, 0.55, 0.15]], [True, True], []),
    ("one", [SURE, SURE], [True, True], []),
    ("a stranger beside it", [SURE, OTHER], [True, False], []),
    (
        "an unsure beginning belongs to what follows",
        [[0.25, 0.25, 0.25], SURE, OTHER],
        [True] * 3,
        [(0, 0, 1), (1, 2, 2)],
    ),
    ("a stranger between", [SURE, OTHER, OTHER], [True, False, True], [(0, 0, 0), (1, 2, 2)]),
    ("a stranger first", [OTHER, SURE, OTHER], [False, True, True], [(0, 1, 1), (1, 2, 2)]),
    (
        "a stranger between what is the same",
        [SURE, SURE, SURE, OTHER],
        [True, False, True, True],
        [(0, 0, 0), (1, 3, 3)],
    ),
    (
        "what is unsure behind a stranger belongs to what follows",
        [SURE, SURE, [0.25, 0.25, 0.25], OTHER],
        [True, False, True, True],
        [(0, 0, 0), (1, 2, 3)],
    ),
    ("twice with another between", [SURE, OTHER, SURE], [True] * 3, [(0, 0, 0), (1, 1, 1)]),
    ("side by side", [SURE, SURE, OTHER], [True] * 3, [(0, 0, 1), (1, 2, 2)]),
]


@pytest.mark.parametrize(
    ("clauses", "inside", "concerns"), [row[1:] for row in DIVISIONS], ids=[row[0] for row in DIVISIONS]
)
def test_clauses_become_concerns(clauses, inside, concerns) -> None:
    division = divide(np.array([0.5, 0.45, 0.05]), np.array(clauses), inside, 0.6, [0.01] * len(clauses))
    found = [(one.intent, one.first, one.last) for one in division.concerns] if division else []
    assert found == concerns


def test_the_score_falls_with_each_kind_of_doubt() -> None:
    def score(whole: list[float], *clauses: list[float]) -> float:
        inside = [True] * len(clauses)
        division = divide(np.array(whole), np.array(clauses), inside, 0.5, [0.01] * len(clauses))
        assert division is not None
        return division.score

    clear = score([0.5, 0.45, 0.05], SURE, OTHER)
    assert 0 < score([0.5, 0.45, 0.05], SURE, [0.25, 0.6, 0.15]) < clear < 1
    assert score([0.99, 0.001, 0.009], SURE, OTHER) < clear
    assert score([0.5, 0.45, 0.05], SURE, [0.45, 0.52, 0.03]) < clear


def test_what_the_whole_message_says_against_an_intent_ends_where_it_was_learned_to() -> None:
    def score(whole: list[float], says: float = 0.01) -> float:
        division = divide(np.array(whole), np.array([SURE, OTHER]), [True, True], 0.5, [0.0, says])
        assert division is not None
        return division.score

    at, below, above = [0.985, 0.01, 0.005], [0.9999, 1e-5, 9e-5], [0.88, 0.1, 0.02]
    assert score(below) == score(at) < score(above)
    assert score(below, 1e-5) < score(at, 1e-5) < score(above, 1e-5) == score(above)
    assert 0 < score([1.0, 0.0, 0.0], 0.0) == score(below, 1e-5)


def test_of_three_concerns_the_least_word_of_the_whole_message_counts() -> None:
    third = [0.02, 0.02, 0.96]

    def score(*says: float) -> float:
        clauses = np.array([SURE, OTHER, OTHER, third])
        division = divide(np.array([0.9999, 5e-5, 5e-5]), clauses, [True, True, False, True], 0.5, says)
        assert division is not None
        return division.score

    assert score(0.0, 0.1, 0.01, 0.01) == score(0.0, 0.01, 0.01, 0.1) == score(0.0, 0.01, 0.01, 0.01)
    assert score(0.0, 0.1, 0.1, 0.01) == score(0.0, 0.1, 0.01, 0.1) > score(0.0, 0.01, 0.01, 0.01)

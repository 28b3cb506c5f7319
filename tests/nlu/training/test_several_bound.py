"""What a training rehearses, and the bound that comes of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nlu.pipeline.network import ExpertLogits
from nlu.pipeline.scope import ScopeModel
from nlu.pipeline.several import ADDED_SAYS, WHOLE_SAYS
from nlu.training.fitted_bounds import Bounds, HeldOut
from nlu.training.several_bound import NEVER, Rehearsal, fit_several, rehearsal_of, with_several
from nlu.types import Example, Thresholds

BOUNDS = Bounds((1.0, 0.0), (1.0, 1.0), 1.0, Thresholds(confidence=0.5, scope=0.0), ScopeModel(), 1.0, 0.0)
EXAMPLES = [
    Example("我要退款，等了很久", "refund"),
    Example("怎么退钱", "refund"),
    Example("开一张发票", "invoice"),
    Example("发票怎么开", "invoice"),
    Example("where is my parcel", "delivery"),
    Example("when does my order arrive", "delivery"),
    Example("send me an invoice", "invoice"),
    Example("天气怎么样，聊聊吧"),
]
SINGLE = ((8.0, 0.0), (8.0, 0.0))
CLEAR = ((8.0, 0.0), (0.0, 8.0))
DOUBTFUL = ((1.0, 0.0), (0.0, 1.0))


def rehearsed(
    *rows: tuple[bool, bool, tuple[tuple[float, float], ...]],
    whole: tuple[float, float] = (1.0, 1.0),
    joint: str = ", ",
) -> list[tuple[Rehearsal, HeldOut]]:
    """Messages of two clauses: (has several intents, is joined, logits of both clauses)."""
    second = 1 + len(joint)
    rehearsal = Rehearsal(
        tuple(Example(f"a{joint}b") for _ in rows),
        tuple(((0, 1), (second, second + 1)) for _ in rows),
        tuple(several for several, _, _ in rows),
        tuple(joined for _, joined, _ in rows),
    )
    logits = [whole] * len(rows) + [clause for _, _, clauses in rows for clause in clauses]
    said = torch.tensor(logits)
    ones = np.ones(len(logits), dtype=np.float32)
    held = HeldOut(
        ExpertLogits((said, said)),
        torch.zeros(len(logits), 2),
        ones,
        ones,
        np.array(["en"] * len(logits), dtype=np.str_),
    )
    return [(rehearsal, held)]


def test_a_rehearsal_joins_texts_of_one_language_and_keeps_what_can_be_cut() -> None:
    rehearsal = rehearsal_of(EXAMPLES, folds=20, seed=3)
    alone = [
        message.text for message, joined in zip(rehearsal.messages, rehearsal.joined, strict=True) if not joined
    ]
    assert alone == ["我要退款，等了很久"]
    joined = [message.text for message, joined in zip(rehearsal.messages, rehearsal.joined, strict=True) if joined]
    assert joined
    assert all(
        text.isascii() or not any(letter.isascii() and letter.isalpha() for letter in text) for text in joined
    )
    assert not any("天气" in text for text in joined)
    assert {True, False} == set(rehearsal.several)
    assert len(rehearsal.examples()) == len(rehearsal.messages) + sum(map(len, rehearsal.clauses))
    assert rehearsal_of(EXAMPLES, folds=20, seed=3) == rehearsal


def test_examples_without_an_intent_alone_are_nothing_to_rehearse() -> None:
    assert rehearsal_of([Example("a, b"), Example("c and d", intents=("x", "y"))], folds=1, seed=0).messages == ()


def test_a_bound_lies_above_the_utterances_that_are_one_and_below_clear_pairs() -> None:
    rows = [(True, True, CLEAR)] * 20 + [(False, False, SINGLE)] * 60
    clear = fit_several(rehearsed(*rows), BOUNDS, 2)
    raised = fit_several(rehearsed(*rows, *[(False, False, DOUBTFUL)] * 4), BOUNDS, 2)
    assert clear == pytest.approx(0.3, abs=1e-3)
    assert clear < raised < NEVER


def test_few_utterances_that_can_be_cut_make_the_bound_careful() -> None:
    pairs = [(True, True, CLEAR)] * 20
    for count, bound in ((0, 0.5), (29, 0.5), (30, 0.3)):
        singles = [(False, False, SINGLE)] * count
        assert fit_several(rehearsed(*pairs, *singles), BOUNDS, 2) == pytest.approx(bound, abs=1e-3)


def test_one_false_alarm_in_a_hundred_is_allowed_and_two_are_not() -> None:
    rows = [(True, True, CLEAR)] * 20 + [(False, False, SINGLE)] * 120
    one = fit_several(rehearsed(*rows, (False, False, CLEAR)), BOUNDS, 2)
    two = fit_several(rehearsed(*rows, *[(False, False, CLEAR)] * 2), BOUNDS, 2)
    assert one < NEVER
    assert two == NEVER


def test_pairs_of_one_intent_count_against_it() -> None:
    pairs = [(True, True, CLEAR)] * 20
    assert fit_several(rehearsed(*pairs, *[(False, True, CLEAR)] * 2), BOUNDS, 2) < NEVER
    assert fit_several(rehearsed(*pairs, *[(False, True, CLEAR)] * 3), BOUNDS, 2) == NEVER


def test_the_bound_is_learned_with_what_the_whole_message_may_say_and_keeps_it() -> None:
    rows = [(False, False, CLEAR)] + [(True, True, ((8.0, -8.0), (-8.0, 8.0)))] * 20
    sure, surer = (9.0, 0.0), (90.0, 0.0)
    bound = fit_several(rehearsed(*rows, whole=sure), BOUNDS, 2)
    assert fit_several(rehearsed(*rows, whole=surer), BOUNDS, 2) == bound
    assert bound < fit_several(rehearsed(*rows, whole=sure, joint=", also "), BOUNDS, 2) < NEVER
    kept = with_several(BOUNDS, rehearsed(*rows), 2).thresholds
    assert (kept.whole_says, kept.added_says) == (WHOLE_SAYS, ADDED_SAYS)


def test_without_a_rehearsal_or_a_choice_nothing_is_said_to_be_several() -> None:
    pairs = rehearsed(*[(True, True, CLEAR)] * 20)
    assert with_several(BOUNDS, [], 2).thresholds.several == NEVER
    assert with_several(BOUNDS, pairs, 1).thresholds.several == NEVER
    assert with_several(BOUNDS, pairs, 2).thresholds.several < NEVER

"""Thin and heavy intents, missing languages, few examples of out of scope; labels that a model doubted."""

from __future__ import annotations

from nlu.data_health.balance import find_imbalance
from nlu.data_health.doubts import Opinion, find_doubts
from nlu.data_health.texts import OUTSIDE, TaughtText


def some(intent: int, count: int, locale: str = "en") -> list[TaughtText]:
    return [TaughtText(intent * 1000 + number, f"text {number}", intent, locale) for number in range(count)]


def problems(texts: list[TaughtText], intents: tuple[int, ...]) -> set[tuple[str, int, str]]:
    found = find_imbalance(texts, intents, default_locale="en", enough=10)
    return {(one.problem, one.intent, one.locale) for one in found}


def test_even_data_has_no_finding() -> None:
    assert problems([*some(1, 10), *some(2, 50), *some(3, 12), *some(OUTSIDE, 50)], (1, 2, 3)) == set()


def test_thin_and_heavy_intents_and_few_strangers() -> None:
    texts = [*some(1, 9), *some(2, 12), *some(3, 61), *some(4, 12), *some(OUTSIDE, 49)]
    assert problems(texts, (1, 2, 3, 4, 5)) == {
        ("thin", 1, ""),
        ("thin", 5, ""),
        ("heavy", 3, ""),
        ("outside", OUTSIDE, ""),
    }


def test_a_language_that_others_are_taught_in() -> None:
    texts = [*some(1, 10), *some(2, 10), *some(1, 10, "zh-hans"), *some(3, 10, "zh-hans"), *some(OUTSIDE, 50)]
    assert problems(texts, (1, 2, 3)) == {("language", 2, "zh-hans"), ("language", 3, "en")}


def test_a_language_of_one_slip_is_not_served() -> None:
    texts = [text for intent in range(1, 6) for text in some(intent, 10)]
    assert problems([*texts, *some(1, 1, "de"), *some(OUTSIDE, 50)], (1, 2, 3, 4, 5)) == set()


def test_no_intents_no_finding() -> None:
    assert problems([], ()) == set()


TEXTS = [TaughtText(1, "a", 1), TaughtText(2, "b", 2), TaughtText(3, "c", OUTSIDE), TaughtText(4, "d", 1)]
NAMES = {"track": 1, "refund": 2}


def test_certain_opinions_against_the_label_are_doubts_the_most_certain_first() -> None:
    opinions = {
        1: Opinion("track", "refund", 0.8, certain=True),
        2: Opinion("refund", "refund", 0.99, certain=True),
        3: Opinion("", "track", 0.9, certain=True),
        4: Opinion("track", "refund", 0.9, certain=False),
    }
    found = find_doubts(TEXTS, opinions, NAMES)
    assert [(one.utterance, one.intent, one.suggested, one.confidence) for one in found] == [
        (3, OUTSIDE, 1, 0.9),
        (1, 1, 2, 0.8),
    ]


def test_a_doubt_below_four_in_five_is_not_worth_a_look() -> None:
    assert find_doubts(TEXTS, {1: Opinion("track", "refund", 0.79, certain=True)}, NAMES) == ()
    assert len(find_doubts(TEXTS, {1: Opinion("track", "refund", 0.8, certain=True)}, NAMES)) == 1


def test_what_has_changed_since_is_no_doubt() -> None:
    moved = {1: Opinion("refund", "track", 0.9, certain=True)}
    gone = {1: Opinion("track", "gone", 0.9, certain=True)}
    stranger = {1: Opinion("track", "", 0.9, certain=True)}
    renamed = {1: Opinion("old_name", "refund", 0.9, certain=True)}
    for opinions in (moved, gone, stranger, renamed):
        assert find_doubts(TEXTS, opinions, NAMES) == ()

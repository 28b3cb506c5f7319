"""The baseline: known values, the last one said, carried forward."""

from __future__ import annotations

from chat.evaluation.carried_values import CarriedValues
from nlu.dialogue_tracking.types import AnnotatedDialogue, AnnotatedTurn, FormSlot, SystemMessage, joined

CITY, DISHES = FormSlot("trip", "city"), FormSlot("trip", "dishes")


def _dialogue(*turns: tuple[str, dict]) -> AnnotatedDialogue:
    made = (AnnotatedTurn(text, SystemMessage(), state, ("trip",)) for text, state in turns)
    return AnnotatedDialogue("1", ("trip",), tuple(made))


TRAINING = [
    _dialogue(("", {CITY: ("York", "York city")}), ("", {CITY: ("New York",)}), ("", {CITY: ("dontcare",)})),
    _dialogue(("", {DISHES: (joined(("pie", "peas")),)})),
]


def _states(*texts: str) -> list[dict]:
    baseline = CarriedValues(TRAINING, frozenset({DISHES}))
    return [dict(state) for state in baseline.states(_dialogue(*((text, {}) for text in texts)))]


def test_a_value_is_carried_until_another_one_is_said():
    assert _states("to york", "thanks", "no, NEW YORK") == [{CITY: "York"}, {CITY: "York"}, {CITY: "New York"}]


def test_the_last_value_of_a_message_wins():
    assert _states("not New York but York") == [{CITY: "York"}]


def test_a_value_inside_a_longer_one_or_inside_a_word_is_not_said():
    assert _states("New York", "Yorkshire") == [{CITY: "New York"}, {CITY: "New York"}]


def test_a_slot_of_several_values_gets_all_that_are_said():
    assert _states("pie and peas") == [{DISHES: joined(("pie", "peas"))}]


def test_dontcare_is_no_word_to_look_for():
    assert _states("dontcare") == [{}]

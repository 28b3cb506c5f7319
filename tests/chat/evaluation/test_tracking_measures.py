"""The measures of state tracking, on states whose figures can be counted by hand."""

from __future__ import annotations

import pytest

from chat.evaluation.tracking_measures import TrackingScore, frame_score, score_by_form, score_whole
from nlu.dialogue_tracking.types import AnnotatedDialogue, AnnotatedTurn, FormSlot, SystemMessage, joined

CITY, TIME, ROOM = FormSlot("trip", "city"), FormSlot("trip", "time"), FormSlot("hotel", "room")


def test_any_of_the_annotated_values_is_right_whatever_its_case_and_blanks():
    assert frame_score({TIME: "9 AM"}, {TIME: ("nine", "9am")}) == TrackingScore(1, 1, 1, 1, 1)
    assert frame_score({TIME: "9 pm"}, {TIME: ("nine", "9am")}) == TrackingScore(1, 0, 0, 1, 1)


def test_the_parts_of_a_list_count_in_any_order_but_all_of_them():
    annotated = {ROOM: (joined(("bath", "balcony")),)}
    assert frame_score({ROOM: joined(("balcony", "bath"))}, annotated).right_frames == 1
    assert frame_score({ROOM: "bath"}, annotated).right_frames == 0


def test_a_frame_is_right_only_without_a_missing_or_an_extra_slot():
    assert frame_score({CITY: "Bath"}, {CITY: ("Bath",), TIME: ("noon",)}) == TrackingScore(1, 0, 1, 1, 2)
    assert frame_score({CITY: "Bath", TIME: "noon"}, {CITY: ("Bath",)}) == TrackingScore(1, 0, 1, 2, 1)
    assert frame_score({}, {}) == TrackingScore(1, 1, 0, 0, 0)


def test_rates_of_added_counts():
    total = TrackingScore.total([TrackingScore(1, 1, 2, 2, 2), TrackingScore(3, 1, 1, 2, 4)])
    assert total.joint_goal_accuracy == pytest.approx(0.5)
    assert total.slot_f1 == pytest.approx(2 * 3 / (4 + 6))
    assert TrackingScore().joint_goal_accuracy is None
    assert TrackingScore().slot_f1 is None


def test_by_form_only_the_forms_that_a_turn_is_about_are_judged():
    turns = (
        AnnotatedTurn("to Bath", SystemMessage(), {CITY: ("Bath",)}, ("trip",)),
        AnnotatedTurn("a room", SystemMessage(), {CITY: ("Bath",), ROOM: ("single",)}, ("hotel",)),
    )
    dialogue = AnnotatedDialogue("1", ("trip", "hotel"), turns)
    states = [{CITY: "Bath"}, {CITY: "York", ROOM: "single"}]
    assert score_by_form(dialogue, states) == {
        "trip": TrackingScore(1, 1, 1, 1, 1),
        "hotel": TrackingScore(1, 1, 1, 1, 1),
    }
    assert score_whole(dialogue, states) == TrackingScore(2, 1, 2, 3, 3)

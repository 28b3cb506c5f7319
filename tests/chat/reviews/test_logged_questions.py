"""What encoders learn from customers' questions: what a person said they mean, or nobody had a doubt about."""

from __future__ import annotations

import pytest

from chat.actions.review_filing import file_turns
from chat.actions.reviews import correct_turn
from chat.logged_questions import logged_questions
from nlu.actions.encoder_sources import logged_questions as asked_from_below
from nlu.actions.encoder_sources import meanings_of
from nlu.actions.workspaces import create_workspace

pytestmark = pytest.mark.django_db
CERTAIN = (("track", 0.98), ("pay", 0.01))


def told(desk, limit: int = 10) -> list[tuple[str, str]]:
    found = logged_questions(workspace_id=desk.workspace.pk, limit=limit)
    return [(one.text, one.intent) for one in found]


def test_a_certain_answer_that_nobody_minded_counts_and_a_doubtful_one_does_not(desk):
    desk.ask("where is the box, call 13800138000", intents=CERTAIN)
    desk.ask("hm, that thing", intents=(("refund", 0.35), ("track", 0.3)))
    desk.ask("sing to me", intents=CERTAIN, in_scope=False)
    file_turns(workspace=desk.workspace)
    (text, intent) = told(desk)[0]
    assert intent == "track"
    assert "where is the box" in text
    assert "13800138000" not in text
    assert len(told(desk)) == 1


def test_what_a_person_said_wins(desk, supervisor):
    wrong = desk.ask("the money for the box", intents=CERTAIN)
    doubtful = desk.ask("how do I settle it", intents=(("refund", 0.35), ("track", 0.3)))
    strange = desk.ask("sing to me", intents=CERTAIN)
    file_turns(workspace=desk.workspace)
    correct_turn(turn=wrong, intent=desk.intents["refund"], actor=supervisor)
    correct_turn(turn=doubtful, intent=desk.intents["pay"], actor=supervisor)
    correct_turn(turn=strange, intent=None, actor=supervisor)
    assert sorted(told(desk)) == [("how do I settle it", "pay"), ("the money for the box", "refund")]
    assert len(told(desk, limit=1)) == 1
    assert {one.name for one in meanings_of(desk.workspace, ["chat"])} == {"intent pay", "intent refund"}


def test_they_reach_the_ground_floor_by_its_signal_for_one_workspace(desk):
    desk.ask("where is the box", intents=CERTAIN)
    file_turns(workspace=desk.workspace)
    assert [one.intent for one in asked_from_below(desk.workspace)] == ["track"]
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    assert list(asked_from_below(other)) == []

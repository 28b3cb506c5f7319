"""Trying a flow out through a turn worker: from a message, from any step, with calls that are held back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from chat.actions.flow_trials import (
    FORGET_TASK,
    decide_call,
    definition_of,
    forget_stale_trials,
    fresh_trial,
    pending_of,
    say_in_trial,
    start_trial,
    turns_of,
)
from chat.actions.flows import save_draft
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.trials import Start, Trial
from chat.errors import FlowNotReady, InvalidInput, NoTurnWorker, TrialWentOn
from chat.models import FlowTrial, Turn
from chat.trial_turns import TrialTurn
from nlu.models import AuditEntry, Job, VaultEntry
from tests.chat.flows.conftest import DAY, FLOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


def talk(trial: FlowTrial, *texts: str) -> FlowTrial:
    for text in texts:
        trial = say_in_trial(trial=trial, text=text, after=len(trial.turns))
    return trial


def last(trial: FlowTrial) -> TrialTurn:
    return turns_of(trial)[-1]


def at(flow, operator, step: str = "", **slots: str) -> FlowTrial:
    return start_trial(flow=flow, staff=operator, locale="en", start=Start(step, slots))


def test_a_message_begins_the_draft_as_it_would_begin_for_a_customer(flow, operator, worker):
    save_draft(flow=flow, definition=load_yaml(FLOW.replace("Which day did", "On which day did")), actor=operator)
    flow.refresh_from_db()
    trial = talk(start_trial(flow=flow, staff=operator, locale="en"), "I want my money back")
    turn = last(trial)
    assert turn.reply == "On which day did you order?"
    assert (turn.flow, turn.asks, turn.steps) == ("refund_order", "day", (("refund_order", "which"),))
    assert turn.understood.intents[0][0] == "refund"
    published = flow.versions.get()
    trial = talk(start_trial(flow=flow, staff=operator, locale="en", version=published), "I want my money back")
    assert last(trial).reply == "Which day did you order?"
    assert definition_of(trial).version == 1
    assert Turn.objects.count() == 0


def test_a_reading_action_is_called_and_what_it_brought_is_shown_masked(flow, operator, worker, backend):
    trial = talk(at(flow, operator, "which"), DAY)
    turn = last(trial)
    assert [seen.line.split()[:2] for seen in backend.seen] == [["GET", f"/api/orders?day={DAY}"]]
    (call,) = turn.calls
    assert (call.action, call.inputs, call.outcome, call.how) == ("find_order", {"day": DAY}, "ok", "made")
    assert call.outputs["total"] == "50"
    assert call.outputs["lines"] == ({"name": "tea"},)
    assert "13800138000" not in str(trial.turns) + str(trial.state)
    assert turn.filled == {"day": DAY}
    assert [step for _flow, step in turn.steps][-2:] == ["find", "why"]


def test_it_starts_at_any_step_with_what_is_known(flow, operator, worker, backend):
    trial = at(flow, operator, "sure", day=DAY, reason="broken")
    turn = last(trial)
    assert (turn.text, turn.asks, turn.slots) == ("", "sure", {"day": DAY, "reason": "broken"})
    assert turn.reply.startswith("Refund")
    assert backend.seen == []


@pytest.mark.parametrize(
    ("outcome", "steps", "ended", "handed_off"),
    [
        ("ok", ["do", "bye"], "completed", False),
        ("too_late", ["do", "late"], "refused", False),
        ("timeout", ["do", "broken"], "handoff", True),
    ],
)
def test_a_writing_action_waits_for_a_person_who_chooses_what_it_brings(
    flow, operator, worker, backend, outcome, steps, ended, handed_off
):
    trial = talk(at(flow, operator, "sure", day=DAY, reason="broken"), "yes")
    waiting = pending_of(trial)
    assert len(trial.turns) == 1
    assert waiting.withheld.action == "refund"
    assert waiting.withheld.inputs == {"day": DAY}
    assert waiting.steps[-1] == ("refund_order", "do")
    with pytest.raises(TrialWentOn):
        say_in_trial(trial=trial, text="hello", after=1)
    trial = decide_call(trial=trial, key=waiting.withheld.key, outcome=outcome, outputs={"number": "R9"})
    turn = last(trial)
    assert backend.seen == []
    assert [step for _flow, step in turn.steps][-2:] == steps
    assert (turn.outcome, turn.handed_off) == (ended, handed_off)
    assert [(call.outcome, call.how) for call in turn.calls] == [(outcome, "chosen")]
    assert ("R9" in turn.reply) is (outcome == "ok")
    assert trial.pending == {}
    with pytest.raises(TrialWentOn):
        decide_call(trial=trial, key=waiting.withheld.key, outcome="ok")


def test_it_is_really_done_where_a_person_says_so_and_only_once(flow, operator, worker, backend):
    trial = talk(at(flow, operator, "sure", day=DAY, reason="broken"), "yes")
    trial = decide_call(trial=trial, key=pending_of(trial).withheld.key, really=True)
    assert [seen.line.split()[0] for seen in backend.seen] == ["POST"]
    assert last(trial).reply == "Done: R1."
    assert [call.how for call in last(trial).calls] == ["made"]
    entry = AuditEntry.objects.get(action="flow.tried_for_real")
    assert (entry.actor, entry.summary) == (operator, "refund_order: refund")


def test_what_was_read_for_a_message_is_read_once_though_the_message_is_decided_twice(
    flow, operator, worker, backend
):
    changed = FLOW.replace(
        "  - {id: why,", '  - {id: now, action: refund, with: {day: "{day}"}, next: bye}\n  - {id: why,'
    )
    save_draft(flow=flow, definition=load_yaml(changed), actor=operator)
    flow.refresh_from_db()
    trial = talk(at(flow, operator, "which"), DAY)
    assert pending_of(trial).withheld.action == "refund"
    trial = decide_call(trial=trial, key=pending_of(trial).withheld.key, outcome="ok")
    assert [(call.action, call.how) for call in last(trial).calls] == [
        ("find_order", "made"),
        ("refund", "chosen"),
    ]
    assert len(backend.seen) == 1


def test_the_talk_is_there_after_a_reload_for_its_person_alone_and_for_a_day(flow, operator, worker):
    trial = talk(at(flow, operator, "which"), DAY)
    found = fresh_trial(flow=flow, staff=operator)
    assert found.turns == trial.turns
    assert fresh_trial(flow=flow, staff=User.objects.create_user("other")) is None
    FlowTrial.objects.update(touched_at=timezone.now() - timedelta(days=1, minutes=1))
    assert fresh_trial(flow=flow, staff=operator) is None
    kept = at(flow, User.objects.get(username="other"), "which")
    Job.objects.all().delete()
    forget_stale_trials()
    assert FlowTrial.objects.get() == kept
    planned = Job.objects.get(task=FORGET_TASK)
    assert planned.run_after > timezone.now() + timedelta(days=1)
    FlowTrial.objects.all().delete()
    planned.delete()
    forget_stale_trials()
    assert not Job.objects.exists()


def test_starting_again_forgets_the_talk_before(flow, operator, worker):
    before = talk(at(flow, operator, "which"), DAY)
    after = at(flow, operator, "which")
    assert FlowTrial.objects.get() == after
    assert after.uuid != before.uuid
    with pytest.raises(TrialWentOn):
        say_in_trial(trial=before, text="hello", after=len(before.turns))


def test_two_windows_do_not_mix_the_talk(flow, operator, worker):
    trial = at(flow, operator, "which")
    talk(trial, DAY)
    with pytest.raises(TrialWentOn):
        say_in_trial(trial=trial, text=DAY, after=1)
    with pytest.raises(TrialWentOn):
        say_in_trial(trial=fresh_trial(flow=flow, staff=operator), text=DAY, after=1)


def test_masked_values_of_a_talk_are_kept_with_it_and_go_with_it(flow, operator, worker, workspace):
    workspace.masking_rules.update(keeps_original=True)
    trial = talk(at(flow, operator, "why", day=DAY), "call me at 13900139000")
    assert "13900139000" not in str(trial.turns) + str(trial.state)
    assert VaultEntry.objects.filter(scope=str(trial.uuid)).count() == 1
    trial.delete()
    assert VaultEntry.objects.count() == 0


def test_without_a_worker_the_talk_stays_as_it_was(flow, operator, model):
    trial = start_trial(flow=flow, staff=operator, locale="en")
    with pytest.raises(NoTurnWorker):
        say_in_trial(trial=trial, text="money back", after=0)
    assert fresh_trial(flow=flow, staff=operator).turns == []
    assert Turn.objects.count() == 0


def test_a_draft_that_cannot_run_is_refused_with_its_problems(flow, operator):
    save_draft(flow=flow, definition=load_yaml(FLOW.replace("next: which", "next: gone")), actor=operator)
    flow.refresh_from_db()
    with pytest.raises(FlowNotReady) as caught:
        start_trial(flow=flow, staff=operator, locale="en")
    assert [problem.kind for problem in caught.value.problems] == ["unknown_step"]
    assert start_trial(flow=flow, staff=operator, locale="en", version=flow.published).version == flow.published


@pytest.mark.parametrize(
    "start",
    [Start("gone"), Start("which", {"nothing": "x"}), Start("which", {"day": "x" * 501})],
    ids=["step", "slot", "long"],
)
def test_nonsense_to_begin_with_is_refused(flow, operator, start):
    with pytest.raises(InvalidInput):
        start_trial(flow=flow, staff=operator, locale="en", start=start)
    assert FlowTrial.objects.count() == 0


@pytest.mark.parametrize("text", ["", " \n\x00", "x" * 2_001], ids=["empty", "blank", "long"])
def test_messages_that_are_none_are_refused(flow, operator, text):
    trial = start_trial(flow=flow, staff=operator, locale="en")
    with pytest.raises(InvalidInput):
        say_in_trial(trial=trial, text=text, after=0)


def test_a_trial_and_a_turn_survive_being_stored():
    trial = Trial({"name": "x"}, 3, Start("which", {"day": DAY}), scope="s", turn=2, profile={"name": "W"})
    assert Trial.from_json(trial.to_json()) == trial
    turn = TrialTurn("hello", "hi", steps=(("a", "b"),), filled={"x": "y"}, taps=("Yes",), milliseconds=2.5)
    assert TrialTurn.from_json(turn.to_json()) == turn
    assert TrialTurn.from_json(replace(turn, kind="handoff").to_json()).handed_off

"""Recorded conversations: kept from a talk, had again against a draft or as published, in the background."""

from __future__ import annotations

import threading

import pytest

from chat.actions.flow_trials import decide_call, pending_of, say_in_trial, start_trial
from chat.actions.flows import create_flow, save_draft
from chat.actions.packs import install_connection
from chat.actions.recordings import delete_recording, expect, import_recordings, record_trial, rewrite
from chat.actions.rehearsals import (
    TASK,
    cancel_rehearsal,
    open_rehearsal,
    request_rehearsal,
    run_rehearsal,
)
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.scripts import read_scripts
from chat.dialogue.trials import Start
from chat.errors import FlowNotReady, InvalidInput, InvalidTransition, RehearsalRefused
from chat.models import RecordedConversation, RehearsalResult, RehearsalRun
from chat.packs import read_pack
from chat.recorded_results import conversations_of, results_of_draft
from chat.recordings import claims_of, flows_named, scripts_text
from chat.tasks import rehearse
from nlu.actions import jobs
from nlu.job_runner import run_job
from nlu.models import Job
from nlu.models.jobs import JobStatus
from tests.chat.flows.conftest import DAY, FLOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


@pytest.fixture
def recorded(flow, operator, worker) -> RecordedConversation:
    """A talk from its first message to its end, with every outcome chosen."""
    trial = start_trial(flow=flow, staff=operator, locale="en")
    for text in ("I want my money back", DAY, "it is broken", "yes"):
        trial = say_in_trial(trial=trial, text=text, after=len(trial.turns))
    trial = decide_call(trial=trial, key=pending_of(trial).withheld.key, outcome="ok", outputs={"number": "R9"})
    return record_trial(trial=trial, name="money back", actor=operator)


def run(workspace, conversations, draft_of=None) -> RehearsalRun:
    made = request_rehearsal(workspace=workspace, conversations=conversations, draft_of=draft_of, actor=None)
    assert run_rehearsal(made.pk)
    made.refresh_from_db()
    return made


def test_a_talk_is_kept_with_everything_that_can_be_expected(recorded, flow):
    turns = {one.place: {claim.key: claim.value for claim in one.claims} for one in claims_of(recorded.script, {})}
    assert turns[1] == {"1.flow": "refund_order", "1.asks": "day", "1.calls": ""}
    assert turns[2] == {
        "2.flow": "refund_order",
        "2.asks": "reason",
        "2.calls": f"find_order(day={DAY})",
        "2.slots.day": DAY,
    }
    assert turns[0]["0.outcome"] == "completed"
    assert turns[0]["0.calls"] == f"find_order(day={DAY}), refund(day={DAY})"
    assert flows_named(recorded.script) == {"refund_order"}
    assert "13800138000" not in str(recorded.script)


def test_it_goes_the_same_way_again_without_any_system_being_asked(recorded, flow, workspace, backend):
    asked = len(backend.seen)
    for draft_of in (flow, None):
        done = run(workspace, [recorded], draft_of)
        result = done.results.get()
        assert (done.status, done.passed, done.failed) == ("done", 1, 0)
        assert result.mismatches == []
        assert result.talk[-1]["reply"] == "Done: R9."
    assert len(backend.seen) == asked
    assert results_of_draft(flow).passed == 1


def test_a_draft_that_leads_elsewhere_is_found_out_where_it_does(recorded, flow, workspace, operator):
    changed = FLOW.replace(
        "  - {id: why,", '  - {id: early, end: {en: "No refunds."}, outcome: refused}\n  - {id: why,'
    )
    save_draft(flow=flow, definition=load_yaml(changed), actor=operator)
    flow.refresh_from_db()
    assert results_of_draft(flow).missing == 1
    done = run(workspace, [recorded], flow)
    assert (done.passed, done.failed, done.revision) == (0, 1, flow.revision)
    mismatches = done.results.get().mismatches
    assert [2, "flow", "refund_order", ""] in mismatches
    assert [2, "asks", "reason", ""] in mismatches
    assert [one.conversation for one in results_of_draft(flow).failed] == [recorded]
    assert run(workspace, [recorded]).passed == 1


def test_only_what_is_ticked_is_expected(recorded, flow, workspace, operator):
    changed = FLOW.replace("Which day did", "On which day did").replace("id: why, ask", "id: because, ask")
    save_draft(flow=flow, definition=load_yaml(changed.replace("DAY", "D")), actor=operator)
    flow.refresh_from_db()
    expect(recording=recorded, kept={"2.slots.day", "0.outcome", "9.flow", "nonsense"}, actor=operator)
    recorded.refresh_from_db()
    assert recorded.script["turns"][1] == {"user": DAY, "slots": {"day": DAY}}
    assert recorded.script["end"] == {"outcome": "completed"}
    ticked = {one.key for turn in claims_of(recorded.script, recorded.seen) for one in turn.claims if one.expected}
    assert ticked == {"2.slots.day", "0.outcome"}
    expect(recording=recorded, kept={"2.asks"}, actor=operator)
    recorded.refresh_from_db()
    assert recorded.script["turns"][1] == {"user": DAY, "asks": "reason"}
    assert run(workspace, [recorded], flow).passed == 1


def test_a_talk_from_a_step_begins_there_again(flow, operator, worker, workspace):
    start = Start("sure", {"day": DAY, "reason": "broken"})
    trial = start_trial(flow=flow, staff=operator, locale="en", start=start)
    trial = say_in_trial(trial=trial, text="no", after=1)
    recorded = record_trial(trial=trial, name="refused", actor=operator)
    assert recorded.script["start"] == {"flow": "refund_order", "step": "sure", "slots": dict(start.slots)}
    assert recorded.script["end"]["outcome"] == "refused"
    for draft_of in (flow, None):
        done = run(workspace, [recorded], draft_of)
        assert done.passed == 1
        assert done.results.get().talk[0]["text"] == ""


def test_the_file_is_what_the_command_reads(recorded, workspace, operator):
    text = scripts_text([recorded.script])
    (script,) = read_scripts(text)
    assert script.name == "money back"
    assert [one.call.action for one in script.results] == ["find_order", "refund"]
    assert load_yaml(text) == [recorded.script]
    delete_recording(recording=recorded, actor=operator)
    assert import_recordings(workspace=workspace, locale="en", text=text, actor=operator) == 1
    again = RecordedConversation.objects.get()
    assert (again.name, again.script, again.flow.name) == ("money back", recorded.script, "refund_order")
    assert run(workspace, [again]).passed == 1


@pytest.mark.parametrize(
    "text",
    [
        "- name: x\n  turns: []",
        "- {name: x, turns: [{user: hi, flwo: a}]}",
        "- &a {name: x, turns: [{user: hi}]}\n- *a",
        "- {name: x, turns: [{user: hi}]}\n- {name: x, turns: [{user: hi}]}",
        "- {name: x, turns: [{user: hi}], results: [{call: a, outputs: {b: {c: d}}}]}",
        "!!python/object/apply:os.system ['true']",
        "{" * 40,
    ],
    ids=["no_turns", "misspelt", "alias", "twice", "outputs", "tag", "deep"],
)
def test_files_that_make_no_sense_add_nothing(workspace, operator, text):
    with pytest.raises(InvalidInput):
        import_recordings(workspace=workspace, locale="en", text=text, actor=operator)
    assert RecordedConversation.objects.count() == 0


def test_names_are_taken_once_in_a_language(recorded, workspace, operator):
    text = "- {name: money back, turns: [{user: hello}]}"
    with pytest.raises(InvalidInput):
        import_recordings(workspace=workspace, locale="en", text=text, actor=operator)
    assert import_recordings(workspace=workspace, locale="zh-hans", text=text, actor=operator) == 1
    other = RecordedConversation.objects.get(locale="zh-hans")
    with pytest.raises(InvalidInput):
        rewrite(recording=other, text="- {name: x, turns: []}", actor=operator)
    assert rewrite(recording=other, text="{name: else, turns: [{user: 你好}]}", actor=operator).name == "else"


def test_one_run_at_a_time_and_none_without_anything_to_do(recorded, workspace, flow, model):
    made = request_rehearsal(workspace=workspace, conversations=[recorded], actor=None)
    assert open_rehearsal(workspace) == made
    with pytest.raises(RehearsalRefused):
        request_rehearsal(workspace=workspace, conversations=[recorded], actor=None)
    cancel_rehearsal(run=made, actor=None)
    with pytest.raises(InvalidTransition):
        cancel_rehearsal(run=made, actor=None)
    with pytest.raises(RehearsalRefused):
        request_rehearsal(workspace=workspace, conversations=[], actor=None)
    model.status = "retired"
    model.save()
    with pytest.raises(RehearsalRefused):
        request_rehearsal(workspace=workspace, conversations=[recorded], actor=None)


def test_a_draft_that_cannot_run_is_not_run(recorded, workspace, flow, operator):
    save_draft(flow=flow, definition=load_yaml(FLOW.replace("next: which", "next: gone")), actor=operator)
    flow.refresh_from_db()
    with pytest.raises(FlowNotReady):
        request_rehearsal(workspace=workspace, conversations=[recorded], draft_of=flow, actor=None)
    assert run(workspace, [recorded]).passed == 1


def test_a_run_goes_on_in_pieces_and_stops_where_it_is_cancelled(recorded, workspace, operator):
    texts = [f"- {{name: talk {number}, turns: [{{user: hello}}]}}" for number in range(3)]
    import_recordings(workspace=workspace, locale="en", text="\n".join(texts), actor=operator)
    made = request_rehearsal(workspace=workspace, conversations=conversations_of(workspace), actor=None)
    assert made.total == 4
    assert not run_rehearsal(made.pk, seconds=0)
    made.refresh_from_db()
    assert (made.status, made.done, len(made.waiting)) == ("running", 1, 3)
    assert not run_rehearsal(made.pk, seconds=0)
    cancel_rehearsal(run=made, actor=operator)
    assert run_rehearsal(made.pk)
    made.refresh_from_db()
    assert (made.status, made.results.count(), made.waiting) == ("cancelled", 2, [])


def test_the_job_does_it_and_a_job_that_died_ends_the_run(recorded, workspace):
    made = request_rehearsal(workspace=workspace, conversations=[recorded], actor=None)
    job = Job.objects.get(task=TASK)
    assert [claimed.job_id for claimed in jobs.claim_due()] == [job.pk]
    lost = threading.Event()
    assert run_job(job.pk, rehearse, on_lost=lost.set)
    made.refresh_from_db()
    assert made.status == "done"
    other = request_rehearsal(workspace=workspace, conversations=[recorded], actor=None)
    job = Job.objects.get(task=TASK, status=JobStatus.QUEUED)
    job.attempts = job.max_attempts
    job.save()
    jobs.claim_due()
    other.refresh_from_db()
    assert other.status == "failed"


def test_what_cannot_be_had_is_a_failed_result_and_what_was_deleted_is_passed_over(recorded, workspace, operator):
    text = "- {name: lost, start: {flow: gone}, turns: [{user: hello}]}"
    import_recordings(workspace=workspace, locale="en", text=text, actor=operator)
    lost = RecordedConversation.objects.get(name="lost")
    made = request_rehearsal(workspace=workspace, conversations=[recorded, lost], actor=None)
    delete_recording(recording=recorded, actor=operator)
    assert run_rehearsal(made.pk)
    made.refresh_from_db()
    assert (made.status, made.total, made.failed) == ("done", 1, 1)
    assert "gone" in RehearsalResult.objects.get().error


def test_one_conversation_that_breaks_does_not_keep_the_others_from_being_had(workspace, operator, recorded):
    text = "- {name: at the end of time, clock: '9999-12-31T23:59:59', turns: [{user: hello}, {user: hello}]}"
    import_recordings(workspace=workspace, locale="en", text=text, actor=operator)
    done = run(workspace, conversations_of(workspace))
    assert (done.status, done.passed, done.failed) == ("done", 1, 1)
    errors = {one.name: one.error for one in done.results.all()}
    assert errors == {"at the end of time": "OverflowError", "money back": ""}


def test_what_was_not_recorded_is_asked_of_a_demo_backend_with_fresh_data(workspace, operator, model):
    pack = read_pack("ecommerce")
    assert pack.actions is not None
    install_connection(workspace, pack.actions)
    (document,) = (one.definition for one in pack.flows if one.name == "order_status")
    made = create_flow(workspace=workspace, definition=document, actor=operator)
    script = """
    - name: {name}
      clock: 2026-03-18T14:30
      start: {{flow: order_status, step: find, slots: {{order_no: {order_no}}}}}
      turns: [{{user: talk to a human, calls: []}}]
      end: {{slots: {{order_no: {order_no}}}, calls: [{{name: find_order, with: {{order_no: {order_no}}}}}]}}
    """
    for name, order_no in (("there", "LM20260318001234"), ("not there", "LM20260318009999")):
        text = script.format(name=name, order_no=order_no)
        import_recordings(workspace=workspace, locale="en", text=text, actor=operator)
    done = run(workspace, conversations_of(workspace, made), made)
    openings = {one.name: one.talk[0] for one in done.results.all()}
    assert openings["there"]["calls"][0]["outcome"] == "ok"
    assert "LM20260318001234" in openings["there"]["reply"]
    assert openings["not there"]["calls"][0]["outcome"] == "not_found"
    assert "find_order" in str(done.results.get(name="there").talk)

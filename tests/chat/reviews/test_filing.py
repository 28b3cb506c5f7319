"""The queue of real messages: what gets into it, once for each wording, in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from chat.actions.finishing import finish_turns
from chat.actions.handoffs import request_handoff
from chat.actions.messages import visitor_message
from chat.actions.probes import create_probe
from chat.actions.review_filing import BATCH, SETTLED_AFTER, file_everything, file_turns
from chat.actions.storing import store_message
from chat.actions.turns import MOST_ERRORS, claim_turns, fail_turn
from chat.dialogue.state import DialogueState
from chat.models import Review, Turn
from chat.models.turns import Filing, TurnStatus
from chat.review_need import Uncertainty, need_of, says_again
from nlu.actions.workspaces import create_workspace
from nlu.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


def test_least_certain_first_then_what_customers_objected_to_then_the_rest(desk):
    desk.ask("certain", intents=(("pay", 0.97), ("track", 0.01)))
    desk.ask("by heart", intents=(("pay", 1.0),), stage="exact")
    declined = desk.ask("I cannot pay with the card", intents=(("pay", 0.95), ("track", 0.01)))
    desk.ask("no", conversation=declined.conversation, kind="rephrase", reason="the offers were declined")
    desk.ask("close together", intents=(("refund", 0.46), ("track", 0.44)))
    desk.ask("low", intents=(("refund", 0.5), ("track", 0.1)))
    both = desk.ask("low and unhappy", intents=(("refund", 0.45), ("track", 0.1)))
    desk.ask("a person!", conversation=both.conversation, kind="handoff", handoff_reason="visitor")
    assert file_turns(workspace=desk.workspace) is True
    queue = desk.queue()
    assert queue[:4] == ["low and unhappy", "close together", "low", "I cannot pay with the card"]
    assert queue[-1] == "by heart"
    rows = {row.turn.parse["text"]: row for row in Review.objects.select_related("turn")}
    assert (rows["close together"].doubt, rows["low"].doubt, rows["certain"].doubt) == ("lead", "confidence", "")
    assert rows["I cannot pay with the card"].objection == "declined"
    assert rows["low and unhappy"].objection == "person"


def test_near_the_bound_of_scope_and_nothing_recognised_are_doubts(desk):
    desk.ask("at the edge", scope_score=0.31)
    desk.ask("far away", in_scope=False, scope_score=0.02, kind="rephrase")
    desk.ask("no model", intents=(), in_scope=False, stage="none", kind="handoff")
    file_turns(workspace=desk.workspace)
    rows = {row.turn.parse["text"]: row for row in Review.objects.select_related("turn")}
    assert {text: row.doubt for text, row in rows.items()} == {
        "at the edge": "scope",
        "far away": "",
        "no model": "nothing",
    }
    assert (rows["at the edge"].understood, rows["far away"].understood) == ("refund", "")


def test_one_row_for_each_wording_shows_the_neediest_turn_and_counts(desk):
    first = desk.ask("Where is my refund?")
    second = desk.ask("where is  MY refund?", intents=(("refund", 0.4), ("track", 0.38)))
    third = desk.ask("Where is my refund?")
    file_turns(workspace=desk.workspace)
    [row] = Review.objects.all()
    assert (row.seen, row.turn, row.doubt) == (3, second, "lead")
    assert row.last_seen_at == third.created_at
    desk.ask("Where is my refund?")
    file_turns(workspace=desk.workspace)
    row.refresh_from_db()
    assert (row.seen, row.turn) == (4, second)
    assert set(row.turns.all()) == set(Turn.objects.all())
    assert first.conversation != second.conversation


def test_probes_taps_open_turns_and_other_workspaces_stay_out(desk):
    asked = desk.ask("how do I pay", quick_replies=("Talk to a person",))
    create_probe(workspace=desk.workspace, text="a trial", locale="en", state=DialogueState())
    [probe] = claim_turns(worker="w")
    finish_turns(answers=[(probe, replace(desk.answered, turn_id=probe.input.turn_id))])
    desk.ask("Talk to a person", conversation=asked.conversation, kind="handoff", handoff_reason="visitor")
    visitor = desk.conversation()
    store_message(
        visitor_message(
            conversation_id=visitor.pk, workspace_id=desk.workspace.pk, client_id="failing", text="fails"
        )
    )
    for _ in range(MOST_ERRORS):
        Turn.objects.update(lease_until=None)
        [claim] = claim_turns(worker="w")
        fail_turn(claim=claim, error="RuntimeError")
    store_message(
        visitor_message(
            conversation_id=desk.conversation().pk, workspace_id=desk.workspace.pk, client_id="open", text="open"
        )
    )
    assert set(Turn.objects.values_list("status", flat=True)) == {"done", "failed", "pending"}
    file_turns(workspace=desk.workspace)
    assert desk.queue() == ["how do I pay"]
    assert Review.objects.get().objection == "person"
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    file_turns(workspace=other)
    assert Review.objects.filter(workspace=other).count() == 0


def test_saying_it_again_is_an_objection(desk):
    first = desk.ask("the lantern arrived broken")
    desk.ask("my lantern arrived broken!", conversation=first.conversation)
    desk.ask("thank you", conversation=first.conversation)
    file_turns(workspace=desk.workspace)
    rows = {row.turn.parse["text"]: row.objection for row in Review.objects.select_related("turn")}
    assert rows == {
        "the lantern arrived broken": "rephrased",
        "my lantern arrived broken!": "",
        "thank you": "",
    }


def test_what_happens_later_is_noticed_until_the_turn_is_settled(desk):
    fallback = desk.ask("can you engrave it", kind="handoff")
    asked = desk.ask("where is it")
    quiet = desk.ask("bye")
    file_turns(workspace=desk.workspace)
    desk.agent_answers(fallback, "Yes, for free.")
    request_handoff(conversation=asked.conversation, reason="visitor", actor=None)
    file_turns(workspace=desk.workspace)
    rows = {row.turn_id: row.objection for row in Review.objects.all()}
    assert rows == {fallback.pk: "agent", asked.pk: "person", quiet.pk: ""}
    assert set(Turn.objects.values_list("filing", flat=True)) == {Filing.FILED}
    Turn.objects.update(finished_at=timezone.now() - SETTLED_AFTER - timedelta(seconds=1))
    file_turns(workspace=desk.workspace)
    assert set(Turn.objects.values_list("filing", flat=True)) == {None}


def test_a_reply_of_an_agent_to_something_else_is_no_objection(desk):
    fallback = desk.ask("can you engrave it", kind="rephrase")
    desk.ask("where is my parcel now", conversation=fallback.conversation)
    desk.agent_answers(fallback, "On its way.")
    file_turns(workspace=desk.workspace)
    assert set(Review.objects.values_list("objection", flat=True)) == {""}


def test_a_large_backlog_is_left_to_a_job(desk):
    turn = desk.ask("number 0")
    fields = {
        name: getattr(turn, name) for name in ("decision", "outcome", "intent", "finished_at", "conversation")
    }
    Turn.objects.bulk_create(
        Turn(
            workspace=desk.workspace,
            status=TurnStatus.DONE,
            filing=Filing.NEW,
            parse={**turn.parse, "text": f"number {number}"},
            **fields,
        )
        for number in range(1, BATCH + 20)
    )
    assert file_turns(workspace=desk.workspace) is False
    job = Job.objects.get()
    assert (job.task, job.arguments) == ("chat.file_reviews", {"workspace": desk.workspace.pk})
    assert file_everything(workspace_id=desk.workspace.pk) == 20
    assert Review.objects.count() == BATCH + 20
    assert file_turns(workspace=desk.workspace) is True


def test_a_row_whose_conversation_is_erased_shows_another_or_goes(desk):
    kept = desk.ask("where is it")
    erased = desk.ask("where is it", intents=(("track", 0.4), ("pay", 0.39)))
    alone = desk.ask("only once")
    file_turns(workspace=desk.workspace)
    erased.conversation.delete()
    alone.conversation.delete()
    desk.ask("something new")
    file_turns(workspace=desk.workspace)
    row = Review.objects.get(turn=kept)
    assert (row.seen, row.doubt) == (1, "")
    assert sorted(desk.queue()) == ["something new", "where is it"]


def test_order_of_needs():
    sure, unsure = Uncertainty("", 0.4), Uncertainty("lead", 0.1)
    needs = [need_of(unsure, "agent"), need_of(unsure, ""), need_of(sure, "person"), need_of(sure, "agent")]
    assert needs == sorted(needs, reverse=True)
    assert need_of(sure, "") < needs[-1]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("我的快递到哪了", "我的快递现在到哪了", True),
        ("我的快递到哪了", "谢谢", False),
        ("where is my parcel", "WHERE is my parcel??", True),
        ("", "", False),
    ],
)
def test_says_again(before, after, expected):
    assert says_again(before, after) is expected

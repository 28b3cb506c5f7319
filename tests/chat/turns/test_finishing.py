"""A batch of turns is written down together, and ends as if each of them had been written down alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.actions.finishing import finish_turns
from chat.actions.turns import claim_turns, finish_turn, release_claims
from chat.actions.visitors import create_visitor
from chat.models import Conversation, Message, Turn
from chat.models.messages import Author
from chat.models.turns import Filing, TurnStatus
from nlu.types import EntitySpan

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


@pytest.fixture
def talking(site, visitor_writes):
    """Makes so many conversations, each with a message that waits for its answer."""

    def talk(count: int) -> list[Conversation]:
        conversations = [create_visitor(site=site, locale="en").conversation for _ in range(count)]
        for number, conversation in enumerate(conversations):
            visitor_writes(conversation, f"question {number}")
        return conversations

    return talk


def claimed(assistant, worker="w"):
    claims = claim_turns(worker=worker)
    return list(zip(claims, assistant([claim.input for claim in claims]), strict=True))


def replies(conversation) -> list[str]:
    said = Message.objects.filter(conversation=conversation, author=Author.BOT).order_by("sequence")
    return list(said.values_list("text", flat=True))


def kept(model, pk):
    """All columns of a row but what tells one turn from another."""
    [row] = model.objects.filter(pk=pk).values()
    for name in ("id", "uuid", "visitor_id", "conversation_id"):
        row.pop(name, None)
    return {name: value for name, value in row.items() if not name.endswith("_at")}


def test_together_they_end_as_each_would_alone(talking, assistant):
    together, alone = talking(2)
    for conversation in (together, alone):
        Message.objects.filter(conversation=conversation).update(text="the same question")
    first, second = claimed(assistant)
    [done] = finish_turns(answers=[first])
    lone = finish_turn(claim=second[0], answer=second[1])
    assert kept(Turn, done.pk) == kept(Turn, lone.pk)
    assert kept(Turn, done.pk)["filing"] == Filing.NEW
    assert kept(Conversation, together.pk) == kept(Conversation, alone.pk)
    one, other = (Message.objects.get(conversation=c, author=Author.BOT) for c in (together, alone))
    assert {**kept(Message, one.pk), "client_id": ""} == {**kept(Message, other.pk), "client_id": ""}
    assert [one.client_id, other.client_id] == [f"turn:{done.uuid}", f"turn:{lone.uuid}"]
    assert done.status == TurnStatus.DONE
    assert done.reply_sequence == 2


def test_more_turns_take_no_more_statements(talking, assistant):
    talking(2)
    with CaptureQueriesContext(connection) as few:
        finish_turns(answers=claimed(assistant))
    conversations = talking(12)
    with CaptureQueriesContext(connection) as many:
        finish_turns(answers=claimed(assistant))
    assert [len(replies(conversation)) for conversation in conversations] == [1] * 12
    # Writing many rows with one prepared statement is noted once for each row by some databases, once by others.
    distinct = [len({query["sql"].split(" WHERE ")[0][:60] for query in log}) for log in (few, many)]
    assert distinct[1] <= distinct[0]
    read = [sum(query["sql"].startswith("SELECT") for query in log) for log in (few, many)]
    assert read[1] <= read[0]


def test_one_that_cannot_be_written_down_goes_back_alone(talking, assistant):
    good, bad, last = talking(3)
    answers = claimed(assistant)
    claim, answer = answers[1]
    strange = EntitySpan(0, 1, "city", "q", object(), 1.0, "model")
    answers[1] = claim, replace(answer, parse=replace(answer.parse, entities=(strange,)))
    done = finish_turns(answers=answers)
    assert [turn.status for turn in done] == [TurnStatus.DONE, TurnStatus.PENDING, TurnStatus.DONE]
    assert [replies(conversation) for conversation in (good, bad, last)] == [
        ["Answer to question 0"],
        [],
        ["Answer to question 2"],
    ]
    bad.refresh_from_db()
    assert (bad.sequence, bad.answered_sequence) == (1, 0)


def test_a_lost_claim_is_left_to_whoever_has_it(talking, assistant):
    mine, other = talking(2)
    answers = claimed(assistant)
    release_claims()
    Turn.objects.filter(conversation=mine).update(
        status=TurnStatus.CLAIMED, claimed_by="w", attempts=answers[0][0].attempt
    )
    [taken] = claim_turns(worker="v")
    done, lost = finish_turns(answers=answers)
    assert done is not None
    assert lost is None
    assert (len(replies(mine)), len(replies(other))) == (1, 0)
    assert Turn.objects.get(conversation=other).claimed_by == taken.worker == "v"


def test_a_batch_of_all_kinds_ends_in_its_order(talking, visitor_writes, assistant):
    plain, handed, newer, last = talking(4)
    assistant.handoff["question 1"] = "intent"
    answers = claimed(assistant)
    visitor_writes(newer, "and one more thing")
    done = finish_turns(answers=answers)
    assert [turn.conversation_id for turn in done] == [c.pk for c in (plain, handed, newer, last)]
    assert [turn.outcome for turn in done] == ["reply", "handoff", "", "reply"]
    assert [len(replies(conversation)) for conversation in (plain, handed, newer, last)] == [1, 1, 0, 1]
    handed.refresh_from_db()
    assert handed.status == "waiting"


def test_what_is_said_already_is_not_said_twice(talking, assistant):
    [conversation] = talking(1)
    answers = claimed(assistant)
    [done] = finish_turns(answers=answers)
    Turn.objects.update(status=TurnStatus.CLAIMED, claimed_by="w")
    conversation.refresh_from_db()
    [again] = finish_turns(answers=answers)
    assert again.reply_sequence == done.reply_sequence
    assert len(replies(conversation)) == 1


def test_nothing_to_finish_is_no_error(db):
    assert finish_turns(answers=[]) == []

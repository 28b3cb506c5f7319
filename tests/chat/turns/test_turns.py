"""The assistant's queue: claiming, answering once, superseding, giving up."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from chat.actions.agents import ensure_agent
from chat.actions.conversations import return_to_bot, take_conversation
from chat.actions.finishing import finish_turns
from chat.actions.handoffs import request_handoff
from chat.actions.turns import MOST_CLAIMS, claim_turns, fail_turn, finish_turn, release_claims
from chat.actions.visitors import create_visitor
from chat.answering import answer
from chat.models import Conversation, Message, Turn
from chat.models.messages import Author
from chat.models.turns import TurnStatus
from nlu.actions.articles import create_article, publish_article
from nlu.inference import PipelineCache

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


def answer_next(assistant, worker="w"):
    """Claim everything that waits, answer and finish it."""
    claims = claim_turns(worker=worker)
    answers = assistant([claim.input for claim in claims]) if claims else []
    return finish_turns(answers=list(zip(claims, answers, strict=True)))


def replies(conversation) -> list[str]:
    return list(
        Message.objects.filter(conversation=conversation, author=Author.BOT)
        .order_by("sequence")
        .values_list("text", flat=True)
    )


def only_turn() -> Turn:
    return Turn.objects.get()


def expire_leases() -> None:
    Turn.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_message_is_answered_once_and_the_turn_says_why(conversation, visitor_writes, assistant):
    visitor_writes(conversation, "hello")
    [turn] = answer_next(assistant)
    assert replies(conversation) == ["Answer to hello"]
    assert turn.status == TurnStatus.DONE
    assert (turn.intent, turn.confidence, turn.outcome) == ("greeting", 0.9, "reply")
    assert turn.parse["matched_by"] == "model"
    assert turn.decision["thresholds"]["confidence"] == pytest.approx(0.6)
    assert turn.reply_sequence == 2
    reply = Message.objects.get(conversation=conversation, sequence=2)
    assert reply.citations == [{"title": "Opening hours", "url": "/help/shop/en/opening-hours/"}]
    assert reply.quick_replies == ["Thank you"]
    conversation.refresh_from_db()
    assert conversation.answered_sequence == 1
    assert conversation.last_intent == "greeting"
    assert conversation.dialogue_state["previous_intents"] == ["greeting"]
    assert answer_next(assistant) == []


def test_the_next_turn_knows_the_state_of_the_dialogue(conversation, visitor_writes, assistant):
    visitor_writes(conversation, "hello")
    answer_next(assistant)
    visitor_writes(conversation, "bye")
    answer_next(assistant)
    assert assistant.seen[1].state.previous_intents == ("greeting",)


def test_a_burst_is_one_turn(conversation, visitor_writes, assistant):
    for text in ("hello", "where is", "my order"):
        visitor_writes(conversation, text)
    answer_next(assistant)
    assert replies(conversation) == ["Answer to hello\nwhere is\nmy order"]


def test_a_long_paste_does_not_hide_the_question_after_it(conversation, visitor_writes, assistant):
    paste = "log line " * 400
    for text in (paste, "my oven is broken", "how do I return it"):
        visitor_writes(conversation, text)
    answer_next(assistant)
    assert assistant.seen[0].text == "my oven is broken\nhow do I return it"
    assert assistant.seen[0].question == "my oven is broken\nhow do I return it"
    conversation.refresh_from_db()
    assert conversation.answered_sequence == 3


def test_the_question_after_a_long_paste_finds_its_article(conversation, visitor_writes):
    article = create_article(
        workspace=conversation.site.workspace,
        locale="en",
        title="How to return an item",
        body="Open the order and tap Return.",
        actor=None,
    )
    publish_article(article=article, actor=None)
    for text in ("delivery invoice voucher " * 30, "how do I return an item"):
        visitor_writes(conversation, text)
    answer_next(partial(answer, models=PipelineCache()))
    turn = only_turn()
    assert [passage["article_slug"] for passage in turn.passages] == [article.slug]
    assert turn.parse["text"].startswith("delivery")


def test_what_was_said_before_is_read_as_far_as_it_fits(conversation, visitor_writes, assistant):
    oldest, middle, newest = "a" * 1000, "b" * 989, "c" * 10
    for text in (oldest, middle, newest):
        visitor_writes(conversation, text)
    answer_next(assistant)
    assert assistant.seen[0].text == f"{middle}\n{newest}"
    assert assistant.seen[0].question == newest


def test_all_is_read_that_just_fits(conversation, visitor_writes, assistant):
    texts = ["a" * 1000, "b" * 988, "c" * 10]
    for text in texts:
        visitor_writes(conversation, text)
    answer_next(assistant)
    assert assistant.seen[0].text == "\n".join(texts)


def test_the_newest_message_is_read_however_long_it_is(conversation, visitor_writes, assistant):
    for text in ("hello", "d" * 3000):
        visitor_writes(conversation, text)
    answer_next(assistant)
    assert assistant.seen[0].text == assistant.seen[0].question == "d" * 3000


def test_a_batch_answers_many_conversations_at_once(site, visitor_writes, assistant):
    conversations = [create_visitor(site=site, locale="en").conversation for _ in range(5)]
    for number, one in enumerate(conversations):
        visitor_writes(one, f"question {number}")
    answer_next(assistant)
    assert assistant.batches == [5]
    assert [replies(one) for one in conversations] == [[f"Answer to question {n}"] for n in range(5)]


def test_a_claim_belongs_to_one_worker(conversation, visitor_writes):
    visitor_writes(conversation, "hello")
    assert len(claim_turns(worker="a")) == 1
    assert claim_turns(worker="b") == []


def test_a_dead_workers_turn_is_answered_by_another_and_only_once(conversation, visitor_writes, assistant):
    visitor_writes(conversation, "hello")
    [slow] = claim_turns(worker="slow")
    expire_leases()
    answer_next(assistant, worker="quick")
    late = assistant([slow.input])[0]
    assert finish_turn(claim=slow, answer=late) is None
    assert replies(conversation) == ["Answer to hello"]


def test_the_only_worker_takes_over_its_dead_predecessors_claims_at_once(conversation, visitor_writes, assistant):
    visitor_writes(conversation, "hello")
    claim_turns(worker="dead")
    assert release_claims() == 1
    answer_next(assistant, worker="new")
    assert replies(conversation) == ["Answer to hello"]


def test_a_newer_message_sends_the_turn_back_once(conversation, visitor_writes, assistant):
    visitor_writes(conversation, "where is")
    assistant.during.append(lambda: visitor_writes(conversation, "my order"))
    [turn] = answer_next(assistant)
    assert turn.status == TurnStatus.PENDING
    assert replies(conversation) == []
    answer_next(assistant)
    assert replies(conversation) == ["Answer to where is\nmy order"]


def test_who_keeps_typing_is_answered_the_second_time_and_the_rest_gets_a_turn(
    conversation, visitor_writes, assistant
):
    visitor_writes(conversation, "one")
    assistant.during.append(lambda: visitor_writes(conversation, "two"))
    answer_next(assistant)
    assistant.during.append(lambda: visitor_writes(conversation, "three"))
    answer_next(assistant)
    assert replies(conversation) == ["Answer to one\ntwo"]
    answer_next(assistant)
    assert replies(conversation) == ["Answer to one\ntwo", "Answer to three"]
    conversation.refresh_from_db()
    assert conversation.answered_sequence == conversation.visitor_sequence
    covered = [(turn.first_sequence, turn.last_sequence) for turn in Turn.objects.order_by("id")]
    assert covered == [(1, 2), (3, 3)]


def test_the_assistant_is_silent_once_a_person_has_the_conversation(conversation, visitor_writes, assistant):
    visitor_writes(conversation, "hello")
    assistant.during.append(lambda: request_handoff(conversation=conversation, reason="visitor", actor=None))
    [turn] = answer_next(assistant)
    assert turn.status == TurnStatus.DONE
    assert turn.outcome == "not_owner"
    assert turn.intent == "greeting"
    assert replies(conversation) == []


def test_what_came_before_the_handoff_is_covered_by_the_turn(conversation, visitor_writes, assistant):
    visitor_writes(conversation, "one")

    def writes_and_asks():
        visitor_writes(conversation, "two")
        request_handoff(conversation=conversation, reason="visitor", actor=None)

    assistant.during.append(writes_and_asks)
    [turn] = answer_next(assistant)
    assert (turn.first_sequence, turn.last_sequence, turn.outcome) == (1, 2, "not_owner")


def test_a_handoff_at_the_second_try_covers_what_came_meanwhile(conversation, visitor_writes, assistant):
    assistant.handoff["person"] = "intent"
    visitor_writes(conversation, "a person")
    assistant.during.append(lambda: visitor_writes(conversation, "please"))
    answer_next(assistant)
    assistant.during.append(lambda: visitor_writes(conversation, "quickly"))
    [turn] = answer_next(assistant)
    assert (turn.first_sequence, turn.last_sequence, turn.outcome) == (1, 3, "handoff")
    assert Turn.objects.count() == 1


def test_a_decision_to_hand_off_is_said_and_done(conversation, visitor_writes, assistant):
    assistant.handoff["person"] = "intent"
    visitor_writes(conversation, "a person please")
    [turn] = answer_next(assistant)
    assert turn.outcome == "handoff"
    conversation.refresh_from_db()
    assert conversation.status == "waiting"
    assert conversation.handoffs.get().reason == "intent"
    said = Message.objects.filter(conversation=conversation).order_by("sequence").values_list("author", "event")
    assert list(said) == [("visitor", ""), ("bot", ""), ("system", "handoff_requested")]


def test_an_error_is_tried_again_later_and_then_a_person_takes_over(conversation, visitor_writes):
    visitor_writes(conversation, "hello")
    for attempt in (1, 2):
        [claim] = claim_turns(worker="w")
        assert claim.attempt == attempt
        assert fail_turn(claim=claim, error="KeyError").status == TurnStatus.PENDING
        assert claim_turns(worker="w") == []
        expire_leases()
    [claim] = claim_turns(worker="w")
    turn = fail_turn(claim=claim, error="KeyError")
    assert (turn.status, turn.outcome, turn.error) == (TurnStatus.FAILED, "failure", "KeyError")
    conversation.refresh_from_db()
    assert conversation.status == "waiting"
    assert conversation.handoffs.get().reason == "failure"
    assert conversation.answered_sequence == conversation.visitor_sequence
    assert Message.objects.filter(conversation=conversation, event="handoff_requested").exists()


def test_a_turn_that_kills_its_workers_goes_to_a_person(conversation, visitor_writes):
    visitor_writes(conversation, "hello")
    for _ in range(MOST_CLAIMS):
        assert len(claim_turns(worker="w")) == 1
        expire_leases()
    assert claim_turns(worker="w") == []
    assert only_turn().status == TurnStatus.FAILED
    conversation.refresh_from_db()
    assert conversation.status == "waiting"


def test_one_turn_that_cannot_be_finished_does_not_take_its_batch_along(site, visitor_writes, assistant):
    good = create_visitor(site=site, locale="en").conversation
    bad = create_visitor(site=site, locale="en").conversation
    visitor_writes(bad, "bad")
    visitor_writes(good, "good")
    assistant.handoff["bad"] = "no such reason"
    answer_next(assistant)
    assert replies(good) == ["Answer to good"]
    assert replies(bad) == []
    assert Turn.objects.get(conversation=bad).status == TurnStatus.PENDING
    assert Conversation.objects.get(pk=bad.pk).status == "bot"


def test_a_conversation_given_back_is_answered_again(conversation, visitor_writes, assistant, django_user_model):
    user = django_user_model.objects.create_user("ann")
    user.groups.add(Group.objects.get_or_create(name="agent")[0])
    ensure_agent(user)
    visitor_writes(conversation, "hello")
    answer_next(assistant)
    take_conversation(conversation=conversation, actor=user)
    visitor_writes(conversation, "for the agent")
    assert claim_turns(worker="w") == []
    return_to_bot(conversation=conversation, actor=user)
    visitor_writes(conversation, "for the assistant")
    answer_next(assistant)
    assert replies(conversation) == ["Answer to hello", "Answer to for the assistant"]

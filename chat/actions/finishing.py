"""Writing down how a batch of turns ended: what is alike with a handful of statements, the rest turn by turn."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from django.db import DatabaseError, transaction

from chat.actions.invitations import note_flow_end
from chat.actions.learning import keep_what_was_learned
from chat.actions.messages import bot_reply
from chat.actions.row_updates import update_rows
from chat.actions.storing import store_messages
from chat.actions.turns import CLOSED, ClaimedTurn, conclude, explain, fail_turn, finish_turn, said
from chat.answering import TurnAnswer
from chat.errors import ChatError
from chat.models import Conversation, Turn
from chat.models.conversations import ConversationStatus
from chat.models.turns import TurnStatus

logger = logging.getLogger(__name__)

Answered = tuple[ClaimedTurn, TurnAnswer]


def finish_turns(*, answers: Sequence[Answered]) -> list[Turn | None]:
    """Finish a batch in one transaction; the turns in the order of the answers, as `finish_turn` gives them.

    A turn whose finishing fails is put back (`fail_turn`) and does not take the others with it. An error of the
    database itself undoes the batch; its turns are claimed again when their lease ends.
    """
    finished: dict[int, Turn | None] = {}
    failed: list[tuple[ClaimedTurn, Exception]] = []
    with transaction.atomic():
        conversations = _locked(answers)
        finished |= _finish_plain([one for one in answers if _is_plain(*one, conversations)], conversations)
        for claim, answer in answers:
            if claim.input.turn_id in finished:
                continue
            try:
                finished[claim.input.turn_id] = finish_turn(claim=claim, answer=answer)
            except DatabaseError:
                raise
            except Exception as error:  # noqa: BLE001 - one poisoned turn must not fail its batch
                failed.append((claim, error))
    for claim, raised in failed:
        logger.error("turn %s could not be finished: %s", claim.input.turn_id, type(raised).__name__)
        finished[claim.input.turn_id] = fail_turn(claim=claim, error=type(raised).__name__)
    return [finished[claim.input.turn_id] for claim, _answer in answers]


def _locked(answers: Sequence[Answered]) -> dict[int, Conversation]:
    """The batch's conversations, locked in the order that the writer locks them in, so that neither waits for the
    other for ever."""
    ids = {claim.conversation_id for claim, _answer in answers if claim.conversation_id is not None}
    rows = Conversation.objects.filter(pk__in=ids).order_by("pk").select_for_update()
    return {conversation.pk: conversation for conversation in rows}


def _is_plain(claim: ClaimedTurn, answer: TurnAnswer, conversations: Mapping[int, Conversation]) -> bool:
    """Whether the assistant just replies: it has the conversation and keeps it, and the visitor wrote no more."""
    conversation = conversations.get(claim.conversation_id or 0)
    return (
        conversation is not None
        and conversation.status == ConversationStatus.BOT
        and conversation.visitor_sequence == claim.last_sequence
        and answer.decision.kind != "handoff"
    )


def _finish_plain(
    answers: Sequence[Answered], conversations: Mapping[int, Conversation]
) -> dict[int, Turn | None]:
    """Turn id -> what became of it, for all of these at once; nothing at all if one of them cannot be finished.

    Does to each what `finish_turn` does.
    """
    try:
        with transaction.atomic():
            return _finish_together(answers, conversations)
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - which one it was is found turn by turn
        logger.warning("%d turns could not be finished at once: %s", len(answers), type(error).__name__)
        return {}


def _finish_together(
    answers: Sequence[Answered], conversations: Mapping[int, Conversation]
) -> dict[int, Turn | None]:
    ids = [claim.input.turn_id for claim, _answer in answers]
    held = Turn.objects.select_for_update().filter(pk__in=ids, status=TurnStatus.CLAIMED).order_by("pk")
    turns = {(turn.pk, turn.claimed_by, turn.attempts): turn for turn in held}
    finished: dict[int, Turn | None] = dict.fromkeys(ids)
    closed: list[tuple[Turn, Conversation, TurnAnswer]] = []
    for claim, answer in answers:
        turn = turns.get((claim.input.turn_id, claim.worker, claim.attempt))
        if turn is not None:
            finished[turn.pk] = turn
            closed.append((turn, conversations[claim.conversation_id or 0], answer))
    replying = [(turn, answer.decision) for turn, _conversation, answer in closed if answer.decision.text]
    outcomes = store_messages([bot_reply(turn=turn, **said(decision)) for turn, decision in replying])
    for (turn, _decision), outcome in zip(replying, outcomes, strict=True):
        if isinstance(outcome, ChatError):
            raise outcome
        turn.reply_sequence = outcome.message.sequence
    for turn, conversation, answer in closed:
        explain(turn, answer)
        conclude(turn, outcome=answer.decision.kind)
        conversation.dialogue_state = answer.decision.state.to_json()
        conversation.last_intent = answer.decision.intent or turn.intent
        conversation.answered_sequence = max(conversation.answered_sequence, turn.last_sequence)
        note_flow_end(conversation_id=conversation.pk, decision=answer.decision)
        keep_what_was_learned(conversation, answer.decision)
    update_rows([turn for turn, _conversation, _answer in closed], CLOSED)
    update_rows(
        [conversation for _turn, conversation, _answer in closed],
        ("dialogue_state", "last_intent", "answered_sequence"),
    )
    return finished

"""The assistant's queue: claiming turns under a lease, and writing down how each ended.

Whoever claims a turn answers it outside any transaction and then finishes it in one: the reply, the explanation
and the state of the dialogue are stored together, or none of them. A claim is known by worker and attempt, so a
worker that was too slow (its lease ended and another has the turn) writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chat.actions.handoffs import request_handoff
from chat.actions.invitations import note_flow_end
from chat.actions.learning import keep_what_was_learned
from chat.actions.messages import post_bot_reply
from chat.actions.row_updates import update_rows
from chat.answering import TurnAnswer, TurnInput
from chat.dialogue.decision import Decision
from chat.dialogue.state import DialogueState
from chat.dialogue.trials import Trial, to_go_on
from chat.models import Conversation, Turn
from chat.models.conversations import ConversationStatus
from chat.models.handoffs import HandoffReason
from chat.models.turns import Filing, TurnKind, TurnStatus
from chat.profiles import NOTHING_KNOWN, usable_profiles
from chat.turn_texts import masked_values, newest, visitor_messages
from chat.wakeup import hint_turn_worker
from nlu.knowledge.index import LONGEST_QUERY
from nlu.types import LONGEST_READ

LEASE: Final = timedelta(seconds=30)
BATCH: Final = 64
MOST_ERRORS: Final = 3
"""Errors after which a person takes over."""
MOST_CLAIMS: Final = 6
"""Claims after which a turn is believed to kill its worker, and a person takes over."""
RETRY_AFTER: Final = timedelta(seconds=1)
EXPLAINED: Final = (
    "parse",
    "passages",
    "decision",
    "intent",
    "confidence",
    "model_version",
    "to_shadow",
    "milliseconds",
)
"""The fields that `explain` fills in."""
CLOSED: Final = (
    *EXPLAINED,
    "status",
    "outcome",
    "filing",
    "error",
    "lease_until",
    "finished_at",
    "reply_sequence",
)
"""The fields that a turn may have other values in when it is answered."""
NOT_OWNER: Final = "not_owner"
FAILURE: Final = "failure"


@dataclass(frozen=True, slots=True)
class ClaimedTurn:
    """A turn that this worker answers now. `last_sequence` is the newest message that `input` contains.

    A probe has no conversation.
    """

    input: TurnInput
    worker: str
    attempt: int
    conversation_id: int | None
    last_sequence: int
    was_superseded: bool


def claimable(now: datetime) -> Q:
    """Turns that wait (and not for a later try), and those of a worker whose lease ended."""
    waiting = Q(status=TurnStatus.PENDING) & (Q(lease_until__isnull=True) | Q(lease_until__lte=now))
    return waiting | Q(status=TurnStatus.CLAIMED, lease_until__lte=now)


def claim_turns(*, worker: str, limit: int = BATCH) -> list[ClaimedTurn]:
    """Take up to `limit` turns, oldest first, with everything that answering them needs.

    Turns that were claimed too often go to a person.
    """
    now = timezone.now()
    if not Turn.objects.filter(claimable(now)).exists():
        return []  # without the write lock that a claim takes on SQLite
    hopeless: list[Turn] = []
    taken: list[Turn] = []
    with transaction.atomic():
        rows = Turn.objects.select_for_update(skip_locked=True).filter(claimable(now)).order_by("id")[:limit]
        for turn in rows:
            if turn.attempts >= MOST_CLAIMS:
                hopeless.append(turn)
                continue
            turn.status = TurnStatus.CLAIMED
            turn.claimed_by = worker
            turn.attempts += 1
            turn.lease_until = now + LEASE
            taken.append(turn)
        update_rows(taken, ("status", "claimed_by", "attempts", "lease_until"))
    for turn in hopeless:
        conclude_with_failure(turn_id=turn.pk, error="The turn was claimed too often", attempt=turn.attempts)
    return read_inputs(taken, worker)


def read_inputs(turns: Sequence[Turn], worker: str) -> list[ClaimedTurn]:
    """The texts, dialogue states and usable profiles of the claimed turns, in a handful of queries."""
    conversations = Conversation.objects.in_bulk([turn.conversation_id for turn in turns if turn.conversation_id])
    profiles = usable_profiles(conversations.values(), timezone.now()) if conversations else {}
    live = [turn for turn in turns if turn.kind == TurnKind.LIVE]
    rows = visitor_messages(live)
    said = {turn_id: [text for _sequence, text in messages] for turn_id, messages in rows.items()}
    places = {turn_id: masked_values(messages) for turn_id, messages in rows.items()}
    claims: list[ClaimedTurn] = []
    for turn in turns:
        conversation = conversations.get(turn.conversation_id or 0)
        probe = turn.probe if turn.kind == TurnKind.PROBE else {}
        trial = Trial.from_json(probe["trial"]) if probe.get("trial") else None
        known = profiles.get(conversation.pk, NOTHING_KNOWN) if conversation is not None else NOTHING_KNOWN
        messages = said.get(turn.pk, []) if conversation is not None else [probe.get("text", "")]
        given = TurnInput(
            turn_id=turn.pk,
            workspace_id=turn.workspace_id,
            locale=conversation.locale if conversation is not None else probe.get("locale", ""),
            text=newest(messages, LONGEST_READ),
            question=newest(messages, LONGEST_QUERY),
            state=DialogueState.from_json(
                conversation.dialogue_state if conversation is not None else probe.get("state", {})
            ),
            conversation=str(conversation.uuid) if conversation is not None else "",
            references=places.get(turn.pk, {}) if trial is None else trial.references,
            profile=trial.profile if trial is not None else known.profile,
            facts=known.facts,
            keeping=known.keeping,
            now=trial.now if trial is not None else None,
            trial=trial,
            begins=turn.begins,
        )
        claims.append(
            ClaimedTurn(
                input=given,
                worker=worker,
                attempt=turn.attempts,
                conversation_id=turn.conversation_id,
                last_sequence=turn.last_sequence,
                was_superseded=turn.superseded_count > 0,
            )
        )
    return claims


@transaction.atomic
def finish_turn(*, claim: ClaimedTurn, answer: TurnAnswer) -> Turn | None:
    """Store the answer and post the reply, if the turn is still this worker's and the conversation the
    assistant's.

    If the visitor wrote again since the claim, the turn goes back to the queue with the new message, but only
    once: the second time it is answered, and what came later gets a turn of its own. So it is, too, if an action
    has changed something at the visitor's wish already. None when the claim was lost.
    """
    conversation = None
    if claim.conversation_id is not None:
        conversation = Conversation.objects.select_for_update().get(pk=claim.conversation_id)
    turn = locked_claim(claim)
    if turn is None:
        return None
    if conversation is None:
        explain(turn, answer)
        return close(turn, outcome=answer.decision.kind)
    if conversation.status != ConversationStatus.BOT:
        # It also covers what came between the claim and the handoff: that is for the person now.
        explain(turn, answer)
        cover(conversation, turn.last_sequence)
        return close(turn, outcome=NOT_OWNER)
    newer = conversation.visitor_sequence > claim.last_sequence
    wrote = answer.decision.trace is not None and answer.decision.trace.wrote
    if newer and not claim.was_superseded and not wrote:
        turn.last_sequence = conversation.visitor_sequence
        turn.superseded_count += 1
        return put_back(turn, until=None)
    decision = answer.decision
    hands_off = decision.kind == "handoff"
    turn.last_sequence = conversation.visitor_sequence if hands_off else claim.last_sequence
    explain(turn, answer)
    if decision.text:
        turn.reply_sequence = post_bot_reply(turn=turn, even_if_newer=wrote, **said(decision)).sequence
    conversation.dialogue_state = decision.state.to_json()
    conversation.last_intent = decision.intent or turn.intent
    conversation.save(update_fields=["dialogue_state", "last_intent"])
    note_flow_end(conversation_id=conversation.pk, decision=decision)
    cover(conversation, turn.last_sequence)
    close(turn, outcome=decision.kind)
    keep_what_was_learned(conversation, decision)
    if hands_off:
        request_handoff(conversation=conversation, reason=decision.handoff_reason, actor=None)
    elif newer:
        queue_rest(conversation, turn)
    return turn


def said(decision: Decision) -> dict[str, Any]:
    """What a reply consists of, as `post_bot_reply` takes it."""
    return {
        "text": decision.text,
        "citations": [citation.to_json() for citation in decision.citations],
        "quick_replies": list(decision.quick_replies),
    }


def queue_rest(conversation: Conversation, turn: Turn) -> Turn:
    """A turn for the messages that came while the given one was being answered for the second time."""
    rest = Turn.objects.create(
        workspace_id=turn.workspace_id,
        conversation=conversation,
        first_sequence=turn.last_sequence + 1,
        last_sequence=conversation.visitor_sequence,
    )
    transaction.on_commit(hint_turn_worker)
    return rest


def locked_claim(claim: ClaimedTurn) -> Turn | None:
    """The turn's locked row while the claim holds, else None."""
    return (
        Turn.objects.select_for_update()
        .filter(
            pk=claim.input.turn_id,
            status=TurnStatus.CLAIMED,
            claimed_by=claim.worker,
            attempts=claim.attempt,
        )
        .first()
    )


def explain(turn: Turn, answer: TurnAnswer) -> None:
    """Note on the row what was understood, found and decided, with the bounds that it was decided by."""
    top = answer.parse.top
    turn.parse = answer.parse.to_json()
    turn.passages = [passage.to_json() for passage in answer.passages]
    turn.decision = {
        **answer.decision.to_json(),
        "thresholds": answer.thresholds.to_json(),
        "promised_error": answer.promised_error,
        "locale": answer.locale,
        "context": answer.context.to_json(),
    }
    if turn.probe.get("trial"):
        turn.decision |= to_go_on(answer.decision.state, answer.calls)
    turn.intent = top.name if top is not None else ""
    turn.confidence = top.confidence if top is not None else None
    turn.model_version_id = answer.model_version_id
    turn.to_shadow_id = answer.shadow_run_id if turn.kind == TurnKind.LIVE else None
    turn.milliseconds = round(answer.milliseconds, 3)


def conclude(turn: Turn, *, outcome: str) -> None:
    """The turn is done; the caller saves `CLOSED`, and fills in what else the turn keeps."""
    turn.status = TurnStatus.DONE
    turn.outcome = outcome
    # Nobody can review a turn in which the visitor said nothing.
    said_something = not turn.begins or bool(turn.parse.get("text"))
    turn.filing = Filing.NEW if turn.kind == TurnKind.LIVE and said_something else None
    turn.error = ""
    turn.lease_until = None
    turn.finished_at = timezone.now()


def close(turn: Turn, *, outcome: str) -> Turn:
    """Conclude the turn and save what it has become."""
    conclude(turn, outcome=outcome)
    turn.save()
    return turn


def cover(conversation: Conversation, sequence: int) -> None:
    """The visitor's messages up to `sequence` are answered, or somebody else's business."""
    conversation.answered_sequence = max(conversation.answered_sequence, sequence)
    conversation.save(update_fields=["answered_sequence"])


def put_back(turn: Turn, *, until: datetime | None) -> Turn:
    """Pending again, at once or not before `until`."""
    turn.status = TurnStatus.PENDING
    turn.claimed_by = ""
    turn.lease_until = until
    turn.save()
    if until is None:
        transaction.on_commit(hint_turn_worker)
    return turn


def fail_turn(*, claim: ClaimedTurn, error: str) -> Turn | None:
    """Answering raised `error` (a class name, never a text): try again in a few seconds, then give up.

    None when the claim was lost.
    """
    if claim.attempt >= MOST_ERRORS:
        return conclude_with_failure(turn_id=claim.input.turn_id, attempt=claim.attempt, error=error)
    with transaction.atomic():
        turn = locked_claim(claim)
        if turn is None:
            return None
        turn.error = error[:300]
        return put_back(turn, until=timezone.now() + RETRY_AFTER * claim.attempt)


@transaction.atomic
def conclude_with_failure(*, turn_id: int, attempt: int, error: str) -> Turn | None:
    """The assistant cannot answer: a person takes over, and the visitor is told.

    None if the turn went on meanwhile.
    """
    conversation = Conversation.objects.select_for_update(of=("self",)).filter(turns__pk=turn_id).first()
    turn = (
        Turn.objects.select_for_update()
        .filter(pk=turn_id, attempts=attempt, status__in=(TurnStatus.PENDING, TurnStatus.CLAIMED))
        .first()
    )
    if turn is None:
        return None
    turn.status = TurnStatus.FAILED
    turn.outcome = FAILURE
    turn.error = error[:300]
    turn.lease_until = None
    turn.finished_at = timezone.now()
    if conversation is not None:
        turn.last_sequence = conversation.visitor_sequence
        cover(conversation, turn.last_sequence)
    turn.save()
    if conversation is not None and conversation.status == ConversationStatus.BOT:
        request_handoff(conversation=conversation, reason=HandoffReason.FAILURE, actor=None)
    return turn


@transaction.atomic
def release_claims() -> int:
    """Give back every claim: for the start of an installation's only turn worker, whose predecessor is dead.

    Harmless if it is not the only one: the other's claim no longer holds, so it writes nothing.
    """
    return Turn.objects.filter(status=TurnStatus.CLAIMED).update(
        status=TurnStatus.PENDING, claimed_by="", lease_until=None
    )

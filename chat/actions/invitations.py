"""Invitations: offered by the rules, shown once, then accepted, dismissed, or never again.

An offer is a row that the visitor's page must take up before it shows anything: of two tabs that were offered the
same, one shows it. Accepting lets the assistant begin the flow in a turn of its own, which the turn worker answers
like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chat.actions.behaviour import opt_out
from chat.actions.conversations import locked
from chat.actions.storing import NewMessage, body_hash, store_message
from chat.behaviour import Refusal, policy_in_force, refusal_of
from chat.dialogue.decision import Decision
from chat.errors import InvalidInput, InvalidTransition, NotFound
from chat.hints import ConversationHint
from chat.invitation_facts import Place, caps_of, past_of, rule_of, rules_of_site, situation_of
from chat.models import BehaviourChoice, Conversation, Invitation, Turn
from chat.models.conversations import ConversationStatus
from chat.models.messages import Author, MessageKind
from chat.models.turns import TurnKind, TurnStatus
from chat.proactive.rules import Situation, Words, barriers, decide
from chat.publish import publish_after_commit

OFFER_LASTS: Final = timedelta(minutes=10)
COUNTS_FOR: Final = timedelta(days=1)
"""A flow that is completed later than this after an invitation was accepted is not put down to it."""
"""How long an offer that no page took up is given again instead of making another."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page is told: the invitation to show, or when to ask again."""

    invitation: Invitation | None = None
    words: Words | None = None
    ask_again: int | None = None


def offer_invitation(*, conversation: Conversation, place: Place, refusal: Refusal) -> Offer:
    """Let the rules decide, and keep the offer. Select the visitor and the site with the conversation."""
    policy = policy_in_force(conversation.site_id)
    if refusal or policy is None:
        return Offer()
    workspace_id = conversation.site.workspace_id
    rules = rules_of_site(workspace_id=workspace_id, site_id=conversation.site_id)
    if not rules:
        return Offer()
    situation = situation_of(conversation=conversation, place=place, refusal=refusal)
    outcome = decide(rules, situation, caps_of(policy))
    if outcome.chosen is None:
        return Offer(ask_again=outcome.ask_again)
    rule = outcome.chosen
    with transaction.atomic():
        fresh = locked(conversation)
        waiting = Invitation.objects.filter(
            visitor_id=fresh.visitor_id,
            rule_id=rule.id,
            shown_at=None,
            offered_at__gt=timezone.now() - OFFER_LASTS,
            locale=place.locale,
        ).first()
        invitation = waiting or Invitation.objects.create(
            rule_id=rule.id,
            visitor_id=fresh.visitor_id,
            conversation=fresh,
            locale=place.locale,
            page=place.page,
            flow=rule.flow,
            offered_at=timezone.now(),
        )
    return Offer(invitation, rule.words[place.locale])


def find_invitation(*, conversation: Conversation, uuid: UUID) -> Invitation:
    """The invitation of this visitor, locked. NotFound for anybody else's."""
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("rule__flow")
        .filter(uuid=uuid, conversation=conversation)
        .first()
    )
    if found is None:
        raise NotFound("No such invitation")
    return found


@transaction.atomic
def show_invitation(*, conversation: Conversation, uuid: UUID) -> Invitation:
    """A page is about to show it. InvalidTransition if another page did, or if it must not be shown.

    The caps are looked at again, under the conversation's lock: the visitor may have two pages open.
    """
    fresh = locked(conversation)
    invitation = find_invitation(conversation=fresh, uuid=uuid)
    policy = policy_in_force(fresh.site_id)
    choice = BehaviourChoice.objects.filter(visitor_id=fresh.visitor_id).first()
    now = timezone.now()
    past = past_of(fresh.visitor_id)
    if invitation.shown_at is not None or policy is None or refusal_of(policy, choice):
        raise InvalidTransition("It is not to be shown")
    situation = Situation(
        now=timezone.localtime(now),
        page=invitation.page,
        locale=invitation.locale,
        past=past,
        with_person=fresh.status in (ConversationStatus.WAITING, ConversationStatus.ACTIVE),
    )
    seen = sum(one.rule == invitation.rule_id for one in past)
    if (
        any(barriers(situation, caps_of(policy)))
        or seen >= invitation.rule.most_ever
        or not invitation.rule.is_on
        or now - invitation.offered_at > OFFER_LASTS
    ):
        raise InvalidTransition("It is not to be shown any more")
    invitation.shown_at = now
    invitation.save(update_fields=["shown_at"])
    return invitation


@transaction.atomic
def dismiss_invitation(*, conversation: Conversation, uuid: UUID, for_good: bool = False) -> Invitation:
    """The visitor does not want it; `for_good`: nor any other, ever. One that was accepted stays accepted."""
    invitation = find_invitation(conversation=conversation, uuid=uuid)
    if invitation.shown_at is not None and invitation.accepted_at is None and invitation.dismissed_at is None:
        invitation.dismissed_at = timezone.now()
        invitation.save(update_fields=["dismissed_at"])
    if for_good:
        opt_out(visitor=invitation.visitor)
    return invitation


@transaction.atomic
def accept_invitation(*, conversation: Conversation, uuid: UUID, reply: str = "") -> bool:
    """The visitor wants it: the invitation becomes the assistant's first line, and its flow begins.

    `reply` is the quick reply that was tapped, which the visitor says; the flow is the answer to it. Whether the
    flow begins: it does not if a person has the conversation, if the flow is gone, or if the assistant is just
    about to answer something else. InvalidTransition if it was never shown, or dismissed; InvalidInput for a reply
    that was not offered. A second time changes nothing.
    """
    fresh = locked(conversation)
    invitation = find_invitation(conversation=fresh, uuid=uuid)
    if invitation.shown_at is None or invitation.dismissed_at is not None:
        raise InvalidTransition("It was not shown, or is dismissed")
    if invitation.accepted_at is not None:
        return Turn.objects.filter(conversation=fresh, begins=invitation.flow).exists()
    words = rule_of(invitation.rule).words.get(invitation.locale)
    if reply and (words is None or reply not in words.quick_replies):
        raise InvalidInput("That was not offered")
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    if fresh.status in (ConversationStatus.WAITING, ConversationStatus.ACTIVE):
        return False
    _hand_to_assistant(fresh, invitation.locale)
    begins = _can_begin(fresh, invitation)
    if words is not None:
        _say(fresh, Author.BOT, words.text, f"invitation:{invitation.uuid}")
    if reply:
        fresh.visitor_sequence = _say(
            fresh, Author.VISITOR, reply, f"invitation-reply:{invitation.uuid}", opens_turn=not begins
        )
    if begins:
        _begin_flow(fresh, invitation.flow)
    return begins


def _say(conversation: Conversation, author: str, text: str, client_id: str, *, opens_turn: bool = False) -> int:
    """Store a line; its sequence."""
    line = NewMessage(
        conversation_id=conversation.pk,
        author=author,
        text=text,
        client_id=client_id,
        body_hash=body_hash(author=author, kind=MessageKind.TEXT, agent_id=None, text=text),
        opens_turn=opens_turn,
    )
    return store_message(line).message.sequence


def _hand_to_assistant(conversation: Conversation, locale: str) -> None:
    """A resolved conversation goes on with the assistant, in the language of the invitation."""
    fields = []
    if conversation.status == ConversationStatus.RESOLVED:
        conversation.transition(ConversationStatus.BOT)
        conversation.assignee = None
        conversation.resolved_at = None
        conversation.waiting_since = None
        conversation.dialogue_state = {}
        fields += ["status", "assignee", "resolved_at", "waiting_since", "dialogue_state"]
    if conversation.locale != locale:
        conversation.locale = locale
        fields.append("locale")
    if fields:
        conversation.save(update_fields=fields)
        publish_after_commit([ConversationHint(str(conversation.uuid))])


def _can_begin(conversation: Conversation, invitation: Invitation) -> bool:
    flow = invitation.rule.flow
    if flow is None or not flow.is_on or flow.published_id is None or flow.name != invitation.flow:
        return False
    open_turns = Turn.objects.filter(
        conversation=conversation, kind=TurnKind.LIVE, status__in=(TurnStatus.PENDING, TurnStatus.CLAIMED)
    )
    return not open_turns.exists()


def _begin_flow(conversation: Conversation, flow: str) -> None:
    said = conversation.visitor_sequence
    Turn.objects.create(
        workspace_id=conversation.site.workspace_id,
        conversation=conversation,
        # Nothing was said yet: what the visitor writes before it is answered joins it.
        first_sequence=said + 1,
        last_sequence=said,
        begins=flow,
    )
    publish_after_commit([], turns_waiting=True)


def note_flow_end(*, conversation_id: int, decision: Decision) -> None:
    """If a flow was completed in this turn, so was the invitation that led to it, unless that was long ago."""
    trace = decision.trace
    if trace is None or not trace.ended or trace.outcome != "completed":
        return
    invitation = (
        Invitation.objects.filter(
            conversation_id=conversation_id,
            flow=trace.ended,
            accepted_at__gt=timezone.now() - COUNTS_FOR,
            completed_at=None,
        )
        .order_by("-accepted_at")
        .first()
    )
    if invitation is not None:
        invitation.completed_at = timezone.now()
        invitation.save(update_fields=["completed_at"])

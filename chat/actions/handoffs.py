"""Passing a conversation to people."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chat.actions.conversations import locked, tell
from chat.actions.storing import NewMessage, Stored, body_hash, store_message
from chat.models import Conversation, Handoff
from chat.models.conversations import ConversationStatus
from chat.models.handoffs import HandoffReason
from chat.models.messages import Author, MessageKind
from chat.queueing import place_of
from nlu.actions.audit import Actor, record

WAITING: Final = (
    *("status", "waiting_since", "was_handed_off", "assignee", "answered_sequence"),
    *("priority", "preferred_agent", "routing_reason"),
)
"""The fields of a conversation that change when it begins to wait."""


@transaction.atomic
def request_handoff(*, conversation: Conversation, reason: str, actor: Actor) -> Conversation:
    """Put the conversation into the queue for a person and tell the visitor so.

    Nothing happens if it waits or is with a person already; InvalidTransition if it is resolved. `actor` is None
    when the assistant or the visitor asks.
    """
    fresh = locked(conversation)
    if fresh.status in (ConversationStatus.WAITING, ConversationStatus.ACTIVE):
        return fresh
    fresh.transition(ConversationStatus.WAITING)
    now = timezone.now()
    fresh.waiting_since = now
    fresh.was_handed_off = True
    fresh.assignee = None
    # From here on the visitor's messages are for people: none of them is one that the assistant left unanswered.
    fresh.answered_sequence = fresh.visitor_sequence
    place = place_of(fresh, now)
    fresh.priority, fresh.preferred_agent, fresh.routing_reason = place.priority, place.agent, place.reason
    fresh.save(update_fields=WAITING)
    Handoff.objects.create(conversation=fresh, reason=HandoffReason(reason), requested_at=now)
    if actor is not None:
        record(
            actor=actor,
            action="conversation.handoff_requested",
            target=fresh,
            workspace=fresh.site.workspace,
            summary=reason,
        )
    with translation.override(fresh.locale):
        text = _("A person will take over. You can keep writing; everything is passed on.")
    return tell(fresh, event="handoff_requested", text=text)


@transaction.atomic
def request_person(*, conversation: Conversation, client_id: str) -> Stored:
    """The visitor asks for a person: their request as a line of their own, then the handoff.

    A repeated `client_id` finds the first request and changes nothing. A resolved conversation is reopened first.
    """
    fresh = locked(conversation)
    with translation.override(fresh.locale):
        text = _("I would like to talk to a person.")
    stored = store_message(
        NewMessage(
            conversation_id=fresh.pk,
            author=Author.VISITOR,
            text=text,
            client_id=client_id,
            # The same for every language: the page may have been switched between two tries.
            body_hash=body_hash(
                author=Author.VISITOR, kind=MessageKind.TEXT, agent_id=None, text="handoff.request"
            ),
            opens_turn=False,
        )
    )
    if stored.created:
        request_handoff(conversation=fresh, reason=HandoffReason.VISITOR, actor=None)
    return stored

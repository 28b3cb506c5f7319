"""Who has a conversation: taking it, giving it back, resolving it, and the language that it is held in.

Every change of hands locks the row, writes a line into the conversation and tells its followers and the inbox
after the commit, so that nobody learns of a change that did not happen.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chat.access import agent_of, can_lead, can_use_desk
from chat.actions.storing import NewMessage, store_message
from chat.errors import AlreadyTaken, AtCapacity, Forbidden, InvalidTransition, NotOwner
from chat.hints import ConversationHint, InboxHint
from chat.models import Agent, Conversation, Handoff
from chat.models.conversations import ConversationStatus
from chat.models.handoffs import HandoffReason
from chat.models.messages import Author, MessageKind
from chat.publish import publish_after_commit
from nlu.actions.audit import Actor, record


def locked(conversation: Conversation) -> Conversation:
    """The conversation as it is now, its row locked until the transaction ends.

    Without joins: PostgreSQL reads the locked row anew after waiting for it, but not the rows joined to it.
    """
    return Conversation.objects.select_for_update().get(pk=conversation.pk)


def tell(conversation: Conversation, *, event: str, text: str, agent: Agent | None = None) -> Conversation:
    """Write a system line and announce the new state; the caller has saved it. Call inside its transaction."""
    stored = store_message(
        NewMessage(
            conversation_id=conversation.pk,
            author=Author.SYSTEM,
            kind=MessageKind.EVENT,
            event=event,
            text=text,
            agent_id=agent.pk if agent is not None else None,
            agent_name=agent.display_name if agent is not None else None,
        )
    )
    conversation.sequence = stored.message.sequence
    publish_after_commit(
        [
            ConversationHint(str(conversation.uuid)),
            InboxHint(conversation.site.workspace_id, str(conversation.uuid)),
        ]
    )
    return conversation


def _audit(conversation: Conversation, *, actor: Actor, action: str, summary: str = "") -> None:
    record(
        actor=actor,
        action=action,
        target=conversation,
        workspace=conversation.site.workspace,
        summary=summary,
    )


@transaction.atomic
def take_conversation(*, conversation: Conversation, actor: Actor) -> Conversation:
    """Make the actor's agent the one who has the conversation, from the queue, the assistant or a resolved state.

    AlreadyTaken (its message is the other agent's name), AtCapacity, Forbidden without a desk role. Taking what
    one has already changes nothing.
    """
    if not can_use_desk(actor):
        raise Forbidden("The role does not answer conversations")
    # The agent's row is locked as well: two conversations taken at once must both count.
    agent = Agent.objects.select_for_update().get(pk=agent_of(actor).pk)
    fresh = locked(conversation)
    if fresh.status == ConversationStatus.ACTIVE:
        if fresh.assignee_id == agent.pk:
            return fresh
        raise AlreadyTaken(fresh.assignee.display_name if fresh.assignee is not None else "")
    held = Conversation.objects.filter(assignee=agent, status=ConversationStatus.ACTIVE).count()
    if held >= agent.capacity:
        raise AtCapacity("The agent has as many conversations as the profile allows")
    now = timezone.now()
    asked = fresh.handoffs.filter(accepted_at=None, ended_at=None).order_by("-id").first()
    if asked is None:
        asked = Handoff(conversation=fresh, reason=HandoffReason.AGENT, requested_at=now)
    asked.accepted_at = now
    asked.accepted_by = agent
    asked.save()
    fresh.transition(ConversationStatus.ACTIVE)
    fresh.assignee = agent
    fresh.waiting_since = None
    fresh.resolved_at = None
    fresh.was_handed_off = True
    fresh.save(update_fields=["status", "assignee", "waiting_since", "resolved_at", "was_handed_off"])
    _audit(fresh, actor=actor, action="conversation.taken")
    with translation.override(fresh.locale):
        text = _("%(name)s has joined the conversation.") % {"name": agent.display_name}
    return tell(fresh, event="agent_joined", text=text, agent=agent)


def _check_may_end(conversation: Conversation, actor: Actor) -> None:
    """An active conversation is its agent's business, or that of who leads; everything else any desk's."""
    if not can_use_desk(actor):
        raise Forbidden("The role does not answer conversations")
    if conversation.status != ConversationStatus.ACTIVE or can_lead(actor):
        return
    if conversation.assignee_id != agent_of(actor).pk:
        raise NotOwner("The conversation is not yours")


@transaction.atomic
def return_to_bot(*, conversation: Conversation, actor: Actor) -> Conversation:
    """Give a waiting or active conversation back to the assistant, which answers the visitor's next message.

    NotOwner for another agent's conversation (unless the actor leads), InvalidTransition from any other state.
    """
    fresh = locked(conversation)
    _check_may_end(fresh, actor)
    if fresh.status == ConversationStatus.RESOLVED:
        raise InvalidTransition("A resolved conversation is reopened by its visitor")
    fresh.transition(ConversationStatus.BOT)
    _end_handoffs(fresh)
    fresh.assignee = None
    fresh.waiting_since = None
    fresh.dialogue_state = {}
    fresh.answered_sequence = fresh.visitor_sequence
    fresh.save(update_fields=["status", "assignee", "waiting_since", "dialogue_state", "answered_sequence"])
    _audit(fresh, actor=actor, action="conversation.returned")
    with translation.override(fresh.locale):
        text = _("You are talking with the assistant again.")
    return tell(fresh, event="returned_to_bot", text=text)


@transaction.atomic
def resolve_conversation(*, conversation: Conversation, actor: Actor) -> Conversation:
    """Close the conversation; the visitor's next message reopens it with the assistant.

    NotOwner for another agent's conversation (unless the actor leads), InvalidTransition if it is resolved
    already.
    """
    fresh = locked(conversation)
    _check_may_end(fresh, actor)
    fresh.transition(ConversationStatus.RESOLVED)
    _end_handoffs(fresh)
    fresh.waiting_since = None
    fresh.resolved_at = timezone.now()
    fresh.dialogue_state = {}
    fresh.answered_sequence = fresh.visitor_sequence
    fresh.save(update_fields=["status", "waiting_since", "resolved_at", "dialogue_state", "answered_sequence"])
    _audit(fresh, actor=actor, action="conversation.resolved")
    with translation.override(fresh.locale):
        text = _("This conversation is closed. Write again whenever you need us.")
    return tell(fresh, event="resolved", text=text)


def _end_handoffs(conversation: Conversation) -> None:
    conversation.handoffs.filter(ended_at=None).update(ended_at=timezone.now())


@transaction.atomic
def change_locale(*, conversation: Conversation, locale: str) -> Conversation:
    """Hold the conversation in another language from now on, as the visitor's page asked for."""
    fresh = locked(conversation)
    if fresh.locale == locale:
        return fresh
    fresh.locale = locale
    fresh.save(update_fields=["locale"])
    fresh.visitor.locale = locale
    fresh.visitor.save(update_fields=["locale"])
    return fresh

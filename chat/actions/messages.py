"""Saying something in a conversation, by whoever may: agents, staff in notes, and the assistant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from chat.access import desk_agent_of
from chat.actions.storing import NewMessage, body_hash, store_message
from chat.errors import NotOwner, StaleTurn
from chat.models import Agent, Conversation, Message, Turn
from chat.models.conversations import ConversationStatus
from chat.models.messages import Author, MessageKind
from nlu.actions.audit import Actor
from nlu.actions.masking import mask_text
from nlu.actions.vault import kept_values


def visitor_message(*, conversation_id: int, workspace_id: int, client_id: str, text: str) -> NewMessage:
    """A visitor's words, masked and ready for the writer."""
    masked = mask_text(workspace_id, text)
    return NewMessage(
        conversation_id=conversation_id,
        author=Author.VISITOR,
        text=masked.text,
        kept=kept_values(masked),
        client_id=client_id,
        body_hash=body_hash(author=Author.VISITOR, kind=MessageKind.TEXT, agent_id=None, text=text),
    )


def agent_message(
    *, conversation_id: int, workspace_id: int, agent: Agent, client_id: str | None, text: str
) -> NewMessage:
    """An agent's words to the visitor, masked; stored only while the agent has the conversation."""
    masked = mask_text(workspace_id, text)
    return NewMessage(
        conversation_id=conversation_id,
        author=Author.AGENT,
        text=masked.text,
        kept=kept_values(masked),
        client_id=client_id,
        body_hash=body_hash(author=Author.AGENT, kind=MessageKind.TEXT, agent_id=agent.pk, text=text),
        agent_id=agent.pk,
        agent_name=agent.display_name,
        by_owner=True,
    )


def note(*, conversation_id: int, workspace_id: int, agent: Agent, client_id: str | None, text: str) -> NewMessage:
    """A note of staff, masked; visitors never see it."""
    masked = mask_text(workspace_id, text)
    return NewMessage(
        conversation_id=conversation_id,
        author=Author.AGENT,
        kind=MessageKind.NOTE,
        text=masked.text,
        kept=kept_values(masked),
        client_id=client_id,
        body_hash=body_hash(author=Author.AGENT, kind=MessageKind.NOTE, agent_id=agent.pk, text=text),
        agent_id=agent.pk,
        agent_name=agent.display_name,
    )


def post_agent_message(
    *, conversation: Conversation, actor: Actor, text: str, client_id: str | None = None
) -> Message:
    """Answer the visitor as the conversation's agent. NotOwner if the actor does not have it.

    Forbidden if the actor may not use the desk (any more).
    """
    new = agent_message(
        conversation_id=conversation.pk,
        workspace_id=conversation.site.workspace_id,
        agent=desk_agent_of(actor),
        client_id=client_id,
        text=text,
    )
    return store_message(new).message


def add_note(*, conversation: Conversation, actor: Actor, text: str, client_id: str | None = None) -> Message:
    """Leave a note for colleagues, in any state of the conversation.

    Forbidden if the actor may not use the desk (any more).
    """
    new = note(
        conversation_id=conversation.pk,
        workspace_id=conversation.site.workspace_id,
        agent=desk_agent_of(actor),
        client_id=client_id,
        text=text,
    )
    return store_message(new).message


def bot_reply(
    *, turn: Turn, text: str, citations: Sequence[Mapping[str, str]] = (), quick_replies: Sequence[str] = ()
) -> NewMessage:
    """What the assistant says in a turn. Nothing is masked: replies consist of templates and articles."""
    return NewMessage(
        conversation_id=turn.conversation_id or 0,
        author=Author.BOT,
        text=text,
        client_id=f"turn:{turn.uuid}",
        body_hash=body_hash(author=Author.BOT, kind=MessageKind.TEXT, agent_id=None, text=text),
        citations=[{"title": one["title"], "url": one["url"]} for one in citations],
        quick_replies=list(quick_replies),
    )


@transaction.atomic
def post_bot_reply(
    *,
    turn: Turn,
    text: str,
    citations: Sequence[Mapping[str, str]] = (),
    quick_replies: Sequence[str] = (),
    even_if_newer: bool = False,
) -> Message:
    """Answer as the assistant, if it still has the conversation and no newer visitor message came.

    `even_if_newer`: the reply tells of something that was done, so it is said all the same.

    NotOwner if a person has it or it is resolved; StaleTurn if the visitor wrote after `turn.last_sequence`,
    unless the turn was superseded before: who keeps typing is answered the second time. A turn that has replied
    already gives back that reply.
    """
    if turn.conversation is None:
        raise NotOwner("A probe has no conversation to reply in")
    conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=turn.conversation.pk)
    reply = bot_reply(turn=turn, text=text, citations=citations, quick_replies=quick_replies)
    stored = Message.objects.filter(conversation=conversation, client_id=reply.client_id).first()
    if stored is not None:
        return stored
    if conversation.status != ConversationStatus.BOT:
        raise NotOwner("The assistant does not have the conversation any more")
    if conversation.visitor_sequence > turn.last_sequence and not (turn.superseded_count or even_if_newer):
        raise StaleTurn("The visitor wrote again")
    return store_message(reply).message

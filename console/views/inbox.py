"""The agents' inbox as pages and fragments. Everything that changes something goes through the desk's socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from chat.access import can_lead
from chat.customer_context import CustomerContext, MessageRange, customer_context, read_messages
from chat.customer_history import CustomerCard, customer_card
from chat.explanations import intent_titles
from chat.inbox_lists import InboxList, inbox_counts, list_inbox, within_reach
from chat.models import Agent, Conversation, Message
from chat.models.conversations import ConversationStatus
from chat.models.messages import Author, MessageKind
from chat.transcripts import readable_transcripts
from console.permissions import StaffRequest, has_permission, requires
from console.tables import search_text

EVENTS: Final = ("handoff_requested", "agent_joined", "returned_to_bot", "resolved", "reopened", "")


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """A conversation as the middle and the right pane show it. `mode` says what the reader can do about it:

    `mine` reply; `free` take; `other` somebody else has it. Whose it is and who leads may end it.
    """

    conversation: Conversation
    messages: MessageRange
    context: CustomerContext
    mode: str
    may_return: bool
    may_resolve: bool
    may_read_transcript: bool
    card: CustomerCard
    titles: dict[str, str]


@require_GET
@requires("inbox", workspace=False)
def inbox(request: StaffRequest, conversation: UUID | None = None) -> HttpResponseBase:
    """The page; with a conversation it is open. A fragment request gets the conversation's panes alone."""
    agent = agent_of(request)
    opened = open_conversation(request, conversation, agent) if conversation is not None else None
    context: dict[str, object] = {"agent": agent, "opened": opened, **list_context(request, agent, conversation)}
    if request.htmx and opened is not None:
        return render(request, "console/inbox/conversation.html", context)
    return render(request, "console/inbox/inbox.html", {**context, "samples": samples(agent)})


@require_GET
@requires("inbox", workspace=False)
def rows(request: StaffRequest) -> HttpResponse:
    """The list alone, with the numbers on its tabs."""
    return render(request, "console/inbox/list.html", list_context(request, agent_of(request), None))


@require_GET
@requires("inbox", workspace=False)
def messages(request: StaffRequest, conversation: UUID) -> HttpResponse:
    """Older messages of a conversation: those before the sequence `before`."""
    row = get_object_or_404(reach_of(request, agent_of(request)), uuid=conversation)
    before = request.GET.get("before", "")
    found = read_messages(row, before=int(before) if before.isdecimal() and len(before) < 10 else None)
    return render(request, "console/inbox/messages.html", {"messages": found, "conversation": row})


def agent_of(request: StaffRequest) -> Agent | None:
    """The reader's profile; it is made when they first connect to the desk."""
    return Agent.objects.filter(user=request.user).first()


def reach_of(request: StaffRequest, agent: Agent | None) -> QuerySet[Conversation]:
    """The conversations that the reader may open."""
    return within_reach(agent=agent, everything=has_permission(request.user, "transcripts"))


def list_context(request: StaffRequest, agent: Agent | None, conversation: UUID | None) -> dict[str, object]:
    """The chosen list, its search and its rows. The chosen row is the open conversation."""
    name = request.GET.get("list", "")
    if name not in InboxList.values:
        name = InboxList.WAITING.value
    query = search_text(request)
    everything = has_permission(request.user, "transcripts")
    counts = inbox_counts(agent)
    return {
        "list_name": name,
        "query": query,
        "counts": counts,
        "tabs": (
            (InboxList.WAITING, counts.waiting),
            (InboxList.MINE, counts.mine),
            (InboxList.OPEN, counts.open),
        ),
        "page": list_inbox(name=name, agent=agent, query=query, everything=everything),
        "chosen": str(conversation or request.GET.get("open", "")),
    }


def open_conversation(request: StaffRequest, uuid: UUID, agent: Agent | None) -> OpenConversation:
    """Read a conversation with its last messages and what the assistant knows; 404 if the reader may open none."""
    rows = reach_of(request, agent).select_related("visitor__customer", "visitor__site", "site", "assignee")
    conversation = get_object_or_404(rows, uuid=uuid)
    status = conversation.status
    if status != ConversationStatus.ACTIVE:
        mode = "free"
    elif agent is not None and conversation.assignee_id == agent.pk:
        mode = "mine"
    else:
        mode = "other"
    may_end = mode != "other" or can_lead(request.user)
    return OpenConversation(
        conversation=conversation,
        messages=read_messages(conversation),
        context=customer_context(conversation),
        mode=mode,
        may_return=may_end and status in {ConversationStatus.WAITING, ConversationStatus.ACTIVE},
        may_resolve=may_end and status != ConversationStatus.RESOLVED,
        may_read_transcript=readable_transcripts(
            workspace=None, only_of=agent, restricted=not has_permission(request.user, "transcripts")
        )
        .filter(pk=conversation.pk)
        .exists(),
        card=customer_card(conversation, get_language() or ""),
        titles=intent_titles(conversation.site.workspace_id, get_language() or ""),
    )


def samples(agent: Agent | None) -> tuple[Message, ...]:
    """Empty messages of every kind: the page's script fills copies of them, so that there is one markup."""
    now = timezone.now()
    spoken = tuple(
        Message(author=author, kind=kind, agent=agent if author == Author.AGENT else None, created_at=now)
        for author, kind in (
            (Author.VISITOR, MessageKind.TEXT),
            (Author.BOT, MessageKind.TEXT),
            (Author.AGENT, MessageKind.TEXT),
            (Author.AGENT, MessageKind.NOTE),
        )
    )
    told = tuple(
        Message(author=Author.SYSTEM, kind=MessageKind.EVENT, event=event, created_at=now) for event in EVENTS
    )
    return spoken + told

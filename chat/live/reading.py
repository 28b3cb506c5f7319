"""What sockets read: the state of a conversation and its messages, in few queries. Runs in database threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from chat.access import can_read_all
from chat.actions.visitors import find_conversation
from chat.errors import Forbidden, NotFound
from chat.events import MessagePosted
from chat.inbox_lists import within_reach
from chat.models import Agent, Conversation, Message, Site, Visitor
from chat.models.conversations import ConversationStatus
from chat.models.messages import MessageKind
from chat.posted import posted
from nlu.models import Workspace

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class ConversationRef:
    """What a socket needs to know of a conversation to follow it."""

    id: int
    uuid: UUID
    workspace_id: int


@dataclass(frozen=True, slots=True)
class VisitorSession:
    """Whom a token stands for."""

    visitor: Visitor
    ref: ConversationRef
    locale: str


@dataclass(frozen=True, slots=True)
class ConversationState:
    """Who has the conversation, and its last sequence."""

    status: str
    agent: str | None
    assignee_id: int | None
    waiting_position: int | None
    sequence: int
    locale: str


@dataclass(frozen=True, slots=True)
class Page:
    """Messages after a sequence that the reader may see, oldest first. `scanned`: all up to it were considered."""

    state: ConversationState
    messages: tuple[MessagePosted, ...]
    scanned: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """A conversation's last sequence and status, for heartbeats."""

    sequence: int
    status: str


@dataclass(frozen=True, slots=True)
class InboxLine:
    """What the inbox shows of a conversation, and how many wait in its workspace."""

    status: str
    assignee_id: int | None
    waiting: int


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """How many conversations wait, and how many the agent has."""

    waiting: int
    mine: int


def read_visitor_session(*, site_key: str, token: str) -> VisitorSession:
    """The session of a token. Forbidden if the site is unknown or not in use, InvalidToken otherwise."""
    site = Site.objects.filter(key=site_key, enabled=True).first()
    if site is None:
        raise Forbidden("No such site")
    conversation = find_conversation(site=site, token=token)
    return VisitorSession(
        visitor=conversation.visitor,
        ref=ConversationRef(conversation.pk, conversation.uuid, site.workspace_id),
        locale=conversation.locale,
    )


def read_ref(*, conversation: UUID, user_id: int) -> ConversationRef:
    """The conversation with that uuid, if the desk user may open it. NotFound."""
    found = _reach_of(user_id).filter(uuid=conversation).values_list("pk", "uuid", "site__workspace_id").first()
    if found is None:
        raise NotFound("No such conversation")
    return ConversationRef(*found)


def may_open(ref: ConversationRef, *, user_id: int) -> bool:
    """Whether the desk user may open the conversation now."""
    return _reach_of(user_id).filter(pk=ref.id).exists()


def _reach_of(user_id: int) -> QuerySet[Conversation]:
    user = User.objects.filter(pk=user_id).first()
    agent = Agent.objects.filter(user_id=user_id).first()
    return within_reach(agent=agent, everything=can_read_all(user))


def read_state(ref: ConversationRef) -> ConversationState:
    """The conversation's state. NotFound if it was deleted."""
    found = (
        Conversation.objects.filter(pk=ref.id)
        .values_list(
            "status", "assignee__display_name", "assignee_id", "waiting_since", "sequence", "locale", "priority"
        )
        .first()
    )
    if found is None:
        raise NotFound("No such conversation")
    status, agent, assignee_id, waiting_since, sequence, locale, priority = found
    position = None
    if status == ConversationStatus.WAITING:
        before = Q(priority__gt=priority) | Q(priority=priority, waiting_since__lt=waiting_since)
        position = 1 + waiting_in(ref.workspace_id).filter(before).count()
    return ConversationState(
        status=status,
        agent=agent if status == ConversationStatus.ACTIVE else None,
        assignee_id=assignee_id if status == ConversationStatus.ACTIVE else None,
        waiting_position=position,
        sequence=sequence,
        locale=locale,
    )


def waiting_in(workspace_id: int) -> QuerySet[Conversation]:
    """The workspace's conversations that wait for a person."""
    return Conversation.objects.filter(status=ConversationStatus.WAITING, site__workspace_id=workspace_id)


def read_page(ref: ConversationRef, *, after: int, previous: int, notes: bool, limit: int = PAGE) -> Page:
    """The state, and up to `limit` messages after the sequence `after`, notes only if asked for.

    `previous` is the last sequence that the reader has seen. The state is read first: every message up to its
    sequence is committed, because the conversation's row is locked while one is stored.
    """
    state = read_state(ref)
    rows = Message.objects.filter(
        conversation_id=ref.id, sequence__gt=after, sequence__lte=state.sequence
    ).order_by("sequence")
    if not notes:
        rows = rows.exclude(kind=MessageKind.NOTE)
    conversation = str(ref.uuid)
    messages: list[MessagePosted] = []
    for message in rows.select_related("agent")[:limit]:
        agent = message.agent.display_name if message.agent is not None else None
        messages.append(posted(message, conversation=conversation, agent=agent, previous=previous))
        previous = message.sequence
    scanned = messages[-1].sequence if len(messages) == limit else max(after, state.sequence)
    return Page(state=state, messages=tuple(messages), scanned=scanned)


def last_visible(ref: ConversationRef, *, upto: int) -> int:
    """The last sequence up to `upto` that a visitor may see; 0 if there is none."""
    return (
        Message.objects.filter(conversation_id=ref.id, sequence__lte=upto)
        .exclude(kind=MessageKind.NOTE)
        .order_by("-sequence")
        .values_list("sequence", flat=True)
        .first()
        or 0
    )


def read_pulses(ids: Sequence[int]) -> dict[int, Pulse]:
    """Conversation id -> last sequence and status."""
    rows = Conversation.objects.filter(pk__in=ids).values_list("pk", "sequence", "status")
    return {pk: Pulse(sequence, status) for pk, sequence, status in rows}


def read_inbox_lines(conversations: Sequence[str]) -> dict[str, InboxLine]:
    """Conversation uuid -> its line of the inbox."""
    rows = list(
        Conversation.objects.filter(uuid__in=conversations).values_list(
            "uuid", "status", "assignee_id", "site__workspace_id"
        )
    )
    waiting = dict(
        Conversation.objects.filter(
            status=ConversationStatus.WAITING, site__workspace_id__in={workspace_id for *_, workspace_id in rows}
        )
        .order_by()
        .values_list("site__workspace_id")
        .annotate(count=Count("pk"))
    )
    return {
        str(uuid): InboxLine(
            status=status,
            assignee_id=assignee_id if status == ConversationStatus.ACTIVE else None,
            waiting=waiting.get(workspace_id, 0),
        )
        for uuid, status, assignee_id, workspace_id in rows
    }


def read_desk_counts(agent_ids: Sequence[int]) -> dict[int, DeskCounts]:
    """Agent id -> counts over all workspaces."""
    waiting = Conversation.objects.filter(status=ConversationStatus.WAITING).count()
    mine = dict(
        Conversation.objects.filter(status=ConversationStatus.ACTIVE, assignee_id__in=agent_ids)
        .order_by()
        .values_list("assignee_id")
        .annotate(count=Count("pk"))
    )
    return {agent_id: DeskCounts(waiting, mine.get(agent_id, 0)) for agent_id in agent_ids}


def read_workspace_ids() -> list[int]:
    """Every workspace: desks see the conversations of all sites."""
    return list(Workspace.objects.values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class ValidVisitor:
    """Whether the visitor's site is in use, and the hash of the token that is good now."""

    site_enabled: bool
    token_hash: str


def read_valid_visitors(ids: Sequence[int]) -> dict[int, ValidVisitor]:
    """Those of the visitors that exist, are not revoked, and are vouched for where that is required."""
    vouched = Q(site__identity_required=False) | Q(customer__isnull=False, identified_until__gt=timezone.now())
    rows = Visitor.objects.filter(vouched, pk__in=ids, revoked_at=None)
    found = rows.values_list("pk", "site__enabled", "token_hash")
    return {pk: ValidVisitor(enabled, token_hash) for pk, enabled, token_hash in found}

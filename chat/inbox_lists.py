"""The lists of the agents' inbox, read from the rows: hints on sockets only say when to read them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import models
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Agent, Conversation, Handoff, Message
from chat.models.conversations import ConversationStatus
from chat.models.messages import Author, MessageKind

LISTED_AT_MOST: Final = 100
"""Rows of one list; a longer one says how many it leaves out."""
PREVIEW_LENGTH: Final = 140
ASSISTANT_RECENT: Final = timedelta(hours=24)
"""A conversation with the assistant counts as open for this long after its last message."""
SHORTEST_SEARCH: Final = 2


class InboxList(models.TextChoices):
    """Who waits for anybody, who is mine, and everything that is not resolved."""

    WAITING = "waiting", _("Waiting")
    MINE = "mine", _("Mine")
    OPEN = "open", _("All open")


class Clock(models.TextChoices):
    """What a row's time means."""

    WAITING = "waiting", _("waiting for a person")
    UNANSWERED = "unanswered", _("waiting for a reply")
    QUIET = "quiet", _("last message")


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How many conversations each list has; `waiting_ids` names the waiting ones, longest first.

    `mine_heard` has the customer's last sequence in each of the agent's own conversations, whatever list is shown.
    """

    waiting: int
    mine: int
    open: int
    waiting_ids: tuple[UUID, ...]
    mine_heard: tuple[tuple[UUID, int], ...]


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One conversation as a list shows it. `since` is the moment that `clock` counts from.

    `visitor_sequence` is the customer's last message: a reader who saw less has something unread. While it waits,
    `priority` and `reason` say where it comes in the queue, `offered_to` which agent it would best go to.
    """

    uuid: UUID
    label: str
    status: str
    locale: str
    site: str
    preview: str
    preview_author: str
    clock: str
    since: datetime
    agent: str
    is_mine: bool
    visitor_sequence: int
    priority: int
    reason: str
    offered_to: str
    is_offered_to_me: bool


@dataclass(frozen=True, slots=True)
class InboxPage:
    """The first rows of a list and how many it has in all."""

    rows: tuple[InboxRow, ...]
    total: int

    @property
    def left_out(self) -> int:
        """How many rows are not shown."""
        return self.total - len(self.rows)


def is_with_people() -> Q:
    """Waiting for a person, or with one."""
    return Q(status__in=(ConversationStatus.WAITING, ConversationStatus.ACTIVE))


def is_with_assistant() -> Q:
    """Lately with the assistant; never somebody who has not said anything."""
    return is_fresh() & Q(visitor_sequence__gt=0)


def is_fresh() -> Q:
    """Lately with the assistant, or just begun."""
    return Q(status=ConversationStatus.BOT, last_activity_at__gte=timezone.now() - ASSISTANT_RECENT)


def is_open() -> Q:
    """Either of the two."""
    return is_with_people() | is_with_assistant()


def is_mine(agent: Agent | None) -> Q:
    """Conversations that the agent answers now; nothing for somebody without a profile."""
    if agent is None:
        return Q(pk__in=())
    return Q(status=ConversationStatus.ACTIVE, assignee=agent)


def inbox_counts(agent: Agent | None) -> InboxCounts:
    """The numbers on the lists' tabs, over all sites."""
    # Each count has an index of its own; one statement for all would read every conversation there ever was.
    rows = Conversation.objects
    waiting = rows.filter(status=ConversationStatus.WAITING).order_by("waiting_since", "pk")
    mine = rows.filter(is_mine(agent))
    return InboxCounts(
        waiting=waiting.count(),
        mine=mine.count(),
        open=rows.filter(is_with_people()).count() + rows.filter(is_with_assistant()).count(),
        waiting_ids=tuple(waiting.values_list("uuid", flat=True)[:LISTED_AT_MOST]),
        mine_heard=tuple(
            mine.order_by("-last_activity_at", "-pk").values_list("uuid", "visitor_sequence")[:LISTED_AT_MOST]
        ),
    )


def list_inbox(*, name: str, agent: Agent | None, query: str = "", everything: bool = False) -> InboxPage:
    """The rows of a list, most urgent first.

    With a `query` of two characters or more: conversations where somebody said it, or whose visitor's label it
    is, newest first. A search looks through what is open and what the agent ever took part in; with `everything`
    through all conversations.
    """
    query = query.strip()
    if len(query) >= SHORTEST_SEARCH:
        reach = within_reach(agent=agent, everything=everything).filter(visitor_sequence__gt=0)
        found = reach.filter(said(query) | labelled(query)).order_by("-last_activity_at", "-pk")
    elif name == InboxList.WAITING:
        found = Conversation.objects.filter(status=ConversationStatus.WAITING).order_by(
            "-priority", preference(agent), "waiting_since", "pk"
        )
    elif name == InboxList.MINE:
        found = with_clock(Conversation.objects.filter(is_mine(agent))).order_by(
            F("unanswered_since").asc(nulls_last=True), "-last_activity_at", "-pk"
        )
    else:
        urgency = Case(
            When(status=ConversationStatus.WAITING, then=Value(0)),
            When(status=ConversationStatus.ACTIVE, then=Value(1)),
            default=Value(2),
        )
        with_priority = Case(When(status=ConversationStatus.WAITING, then=-F("priority")), default=Value(0))
        found = Conversation.objects.filter(is_open()).order_by(
            urgency, with_priority, F("waiting_since").asc(nulls_last=True), "-last_activity_at", "-pk"
        )
    # First which rows, then what they show: the previews are looked up for those alone.
    shown = list(found.values_list("pk", flat=True)[:LISTED_AT_MOST])
    filled = with_preview(with_clock(Conversation.objects.filter(pk__in=shown)))
    by_key = {row.pk: row for row in filled.select_related("visitor", "site", "assignee", "preferred_agent")}
    rows = tuple(as_row(by_key[key], agent) for key in shown if key in by_key)
    return InboxPage(rows=rows, total=found.count() if len(shown) == LISTED_AT_MOST else len(rows))


def preference(agent: Agent | None) -> Case:
    """Among those of one priority: the agent's own first, then nobody's, then those that another knows better."""
    mine = agent.pk if agent is not None else 0
    return Case(
        When(preferred_agent=mine, then=Value(0)),
        When(preferred_agent__isnull=True, then=Value(1)),
        default=Value(2),
    )


def within_reach(*, agent: Agent | None, everything: bool) -> QuerySet[Conversation]:
    """What may be opened at a desk: what is open and what the agent ever took part in; with `everything` all."""
    conversations = Conversation.objects.all()
    return conversations if everything else conversations.filter(is_with_people() | is_fresh() | took_part(agent))


def took_part(agent: Agent | None) -> Q:
    """Conversations that the agent has, accepted or wrote in."""
    if agent is None:
        return Q(pk__in=())
    wrote = Message.objects.filter(conversation=OuterRef("pk"), agent=agent)
    accepted = Handoff.objects.filter(conversation=OuterRef("pk"), accepted_by=agent)
    return Q(assignee=agent) | Q(Exists(wrote)) | Q(Exists(accepted))


def said(query: str) -> Q:
    """Conversations in which the words occur, in a text or a note."""
    return Q(
        Exists(
            Message.objects.filter(conversation=OuterRef("pk"), text__icontains=query).exclude(
                kind=MessageKind.EVENT
            )
        )
    )


def labelled(query: str) -> Q:
    """The visitor whose label ends in the query (`3f2a`, or `Visitor 3f2a`)."""
    code = query.split()[-1].lower()
    is_code = 4 <= len(code) <= 32 and all(letter in "0123456789abcdef" for letter in code)
    return Q(visitor__uuid__startswith=code) if is_code else Q(pk__in=())


def with_clock(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Add `unanswered_since`: the customer's first words after the last reply, None if all are answered."""
    texts = Message.objects.filter(conversation=OuterRef("pk"), kind=MessageKind.TEXT)
    replies = texts.exclude(author=Author.VISITOR).order_by("-sequence")
    unanswered = texts.filter(author=Author.VISITOR, sequence__gt=OuterRef("replied_sequence")).order_by(
        "sequence"
    )
    return conversations.annotate(
        replied_sequence=Coalesce(Subquery(replies.values("sequence")[:1]), 0),
    ).annotate(
        unanswered_since=Subquery(unanswered.values("created_at")[:1], output_field=DateTimeField(null=True)),
    )


def with_preview(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Add `last_text` and `last_author`: the last words that the customer could read."""
    last = Message.objects.filter(conversation=OuterRef("pk"), kind=MessageKind.TEXT).order_by("-sequence")
    return conversations.annotate(
        last_text=Subquery(last.values("text")[:1]),
        last_author=Subquery(last.values("author")[:1]),
    )


def as_row(conversation: Conversation, agent: Agent | None) -> InboxRow:
    """A conversation that carries both annotations as a row."""
    unanswered: datetime | None = conversation.unanswered_since  # type: ignore[attr-defined]
    if conversation.status == ConversationStatus.WAITING and conversation.waiting_since is not None:
        clock, since = Clock.WAITING, conversation.waiting_since
    elif conversation.status == ConversationStatus.ACTIVE and unanswered is not None:
        clock, since = Clock.UNANSWERED, unanswered
    else:
        clock, since = Clock.QUIET, conversation.last_activity_at
    text: str = conversation.last_text or ""  # type: ignore[attr-defined]
    assignee, preferred = conversation.assignee, conversation.preferred_agent
    waits = conversation.status == ConversationStatus.WAITING
    return InboxRow(
        uuid=conversation.uuid,
        label=conversation.visitor.label,
        status=conversation.status,
        locale=conversation.locale,
        site=conversation.site.name,
        preview=" ".join(text.split())[:PREVIEW_LENGTH],
        preview_author=conversation.last_author or "",  # type: ignore[attr-defined]
        clock=clock,
        since=since,
        agent=assignee.display_name if assignee is not None else "",
        is_mine=agent is not None and conversation.assignee_id == agent.pk,
        visitor_sequence=conversation.visitor_sequence,
        priority=conversation.priority if waits else 0,
        reason=conversation.routing_reason if waits else "",
        offered_to=preferred.display_name if waits and preferred is not None else "",
        is_offered_to_me=waits and agent is not None and conversation.preferred_agent_id == agent.pk,
    )

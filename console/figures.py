"""The numbers of the overview page: read-only questions to the rows, each with its unit in its name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Count, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate
from django.utils import timezone

from chat.models import Conversation, Handoff, Message, Site, Turn, WorkerHeartbeat
from chat.models.conversations import ConversationStatus
from chat.models.messages import Author, MessageKind
from chat.models.turns import TurnKind
from chat.models.workers import WorkerRole
from nlu.export import ENOUGH_UTTERANCES
from nlu.models import Article, ModelVersion, Workspace
from nlu.models.articles import ArticleStatus
from nlu.models.training import VersionStatus


@dataclass(frozen=True, slots=True)
class Today:
    """What happened since midnight in the installation's time zone. None where nothing can be divided."""

    day: date
    conversations: int
    waiting: int
    longest_wait_seconds: float | None
    handed_off: int
    contained_share: float | None
    median_response_seconds: float | None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the chart: conversations with a customer's message, and how many of them went to a person."""

    day: date
    contained: int
    handed_off: int

    @property
    def conversations(self) -> int:
        """Both together."""
        return self.contained + self.handed_off


@dataclass(frozen=True, slots=True)
class Part:
    """A background process: when it was last seen, and whether that is recent enough."""

    role: str
    seen_at: datetime | None
    alive: bool


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """Whether the assistant can answer right now."""

    version: ModelVersion | None
    parts: tuple[Part, ...]


def start_of(day: date) -> datetime:
    """The first moment of the day in the installation's time zone."""
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - made aware here


def end_of(day: date) -> datetime:
    """The first moment of the day after."""
    return start_of(day + timedelta(days=1))


def days_ago(days: int) -> date:
    """The date so many days before today, in the installation's time zone."""
    return timezone.localdate() - timedelta(days=days)


def visitor_messages(workspace: Workspace, since: datetime) -> QuerySet[Message]:
    """What customers of the workspace's sites wrote since then."""
    return Message.objects.filter(
        conversation__site__workspace=workspace, author=Author.VISITOR, created_at__gte=since
    )


def handoffs(workspace: Workspace, since: datetime) -> QuerySet[Handoff]:
    """Requests for a person since then."""
    return Handoff.objects.filter(conversation__site__workspace=workspace, requested_at__gte=since)


def today(workspace: Workspace) -> Today:
    """The five numbers at the top of the overview."""
    day = timezone.localdate()
    since = start_of(day)
    talked = set(visitor_messages(workspace, since).values_list("conversation_id", flat=True))
    handed = set(handoffs(workspace, since).values_list("conversation_id", flat=True))
    waiting = Conversation.objects.filter(site__workspace=workspace, status=ConversationStatus.WAITING)
    oldest = waiting.aggregate(oldest=Min("waiting_since"))["oldest"]
    everyone = talked | handed
    return Today(
        day=day,
        conversations=len(everyone),
        waiting=waiting.count(),
        longest_wait_seconds=(timezone.now() - oldest).total_seconds() if oldest else None,
        handed_off=len(handed),
        contained_share=1 - len(handed) / len(everyone) if everyone else None,
        median_response_seconds=median_response(workspace, since),
    )


def median_response(workspace: Workspace, since: datetime) -> float | None:
    """Seconds from a request for a person to the first words of an agent, the middle one; None without any."""
    first_words = (
        Message.objects.filter(
            conversation=OuterRef("conversation"),
            author=Author.AGENT,
            kind=MessageKind.TEXT,
            created_at__gte=OuterRef("requested_at"),
        )
        .order_by("created_at")
        .values("created_at")[:1]
    )
    pairs = (
        handoffs(workspace, since)
        .annotate(first_words_at=Subquery(first_words))
        .filter(first_words_at__isnull=False)
        .values_list("requested_at", "first_words_at")
    )
    waits = [(answered - requested).total_seconds() for requested, answered in pairs]
    return median(waits) if waits else None


def last_days(workspace: Workspace, days: int = 14) -> tuple[Day, ...]:
    """The last `days` days, today last, days without anything included."""
    end = timezone.localdate()
    first = end - timedelta(days=days - 1)
    since = start_of(first)
    talked = Counter(
        dict(
            visitor_messages(workspace, since)
            .annotate(day=TruncDate("created_at"))
            .values("day")
            .annotate(total=Count("conversation", distinct=True))
            .values_list("day", "total")
        )
    )
    handed = Counter(
        dict(
            handoffs(workspace, since)
            .annotate(day=TruncDate("requested_at"))
            .values("day")
            .annotate(total=Count("conversation", distinct=True))
            .values_list("day", "total")
        )
    )
    span = [first + timedelta(days=number) for number in range(days)]
    return tuple(Day(day, max(talked[day] - handed[day], 0), handed[day]) for day in span)


def system_status(workspace: Workspace) -> SystemStatus:
    """The active model of the workspace, and the latest sign of life of each kind of background process."""
    parts = []
    for role in (WorkerRole.TURNS, WorkerRole.DISPATCHER):
        seen = WorkerHeartbeat.objects.filter(role=role).aggregate(latest=Max("seen_at"))["latest"]
        parts.append(Part(role, seen, WorkerHeartbeat.objects.alive(role).exists()))
    version = ModelVersion.objects.filter(workspace=workspace, status=VersionStatus.ACTIVE).first()
    return SystemStatus(version, tuple(parts))


def recognized_counts(workspace: Workspace, days: int = 7) -> dict[str, int]:
    """How often each intent was recognised in live conversations of the last `days` days."""
    since = timezone.now() - timedelta(days=days)
    return dict(
        Turn.objects.filter(workspace=workspace, kind=TurnKind.LIVE, created_at__gte=since)
        .exclude(intent="")
        .values("intent")
        .annotate(total=Count("id"))
        .values_list("intent", "total")
    )


@dataclass(frozen=True, slots=True)
class Setup:
    """What a new installation still lacks; every flag is True when that step is done."""

    has_intents: bool
    has_enough_utterances: bool
    has_model: bool
    has_articles: bool
    has_site: bool
    has_conversation: bool

    @property
    def is_complete(self) -> bool:
        """Nothing left to do."""
        return all(
            (
                self.has_intents,
                self.has_enough_utterances,
                self.has_model,
                self.has_articles,
                self.has_site,
                self.has_conversation,
            )
        )


def setup_steps(workspace: Workspace) -> Setup:
    """How far the workspace is from answering its first customer."""
    totals = list(workspace.intents.annotate(total=Count("utterances")).values_list("total", flat=True))
    return Setup(
        has_intents=len(totals) >= 2,
        has_enough_utterances=len(totals) >= 2 and all(total >= ENOUGH_UTTERANCES for total in totals),
        has_model=ModelVersion.objects.filter(workspace=workspace, status=VersionStatus.ACTIVE).exists(),
        has_articles=Article.objects.filter(workspace=workspace, status=ArticleStatus.PUBLISHED).exists(),
        has_site=any(site.allowed_origins for site in Site.objects.filter(workspace=workspace, enabled=True)),
        has_conversation=Conversation.objects.filter(site__workspace=workspace, sequence__gt=0).exists(),
    )

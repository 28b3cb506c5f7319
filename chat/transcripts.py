"""Finding and reading what was said: the lists, pages and rows of the transcripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.explanations import Explanation, explain_turn
from chat.inbox_lists import labelled, said, took_part
from chat.models import Agent, Conversation, Message, Turn
from chat.models.messages import Author, MessageKind
from chat.models.turns import TurnKind, TurnStatus
from nlu.models import Workspace

MESSAGES_A_PAGE: Final = 200
FIRST_DAY: Final = date(1970, 1, 1)
LAST_DAY: Final = date(9998, 12, 31)
"""Days beyond these have no moments in every time zone."""


class Outcome(models.TextChoices):
    """What happened in a conversation, as people who look for problems ask for it."""

    ANSWERED = "answered", _("answered by the assistant")
    ASKED = "asked", _("the assistant asked back")
    NOT_UNDERSTOOD = "not_understood", _("not understood")
    OUT_OF_SCOPE = "out_of_scope", _("out of scope")
    HANDED_OFF = "handed_off", _("handed to a person")
    FAILED = "failed", _("the assistant failed")


TURN_OUTCOMES: Final[dict[str, tuple[str, ...]]] = {
    Outcome.ANSWERED: ("reply", "article", "flow"),
    Outcome.ASKED: ("confirm", "offer"),
    Outcome.NOT_UNDERSTOOD: ("rephrase", "again"),
    Outcome.FAILED: ("failure",),
}


@dataclass(frozen=True, slots=True)
class TranscriptFilter:
    """What to look for; empty fields do not narrow. Days are whole days of the installation's time zone.

    locale: the conversation's language, in which it is answered. written: the language of one of its messages.
    """

    query: str = ""
    first_day: date | None = None
    last_day: date | None = None
    intent: str = ""
    outcome: str = ""
    status: str = ""
    site_id: int | None = None
    locale: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Messages that belong together: a turn's with its explanation, or what was said without the assistant."""

    messages: tuple[Message, ...]
    explanation: Explanation | None


@dataclass(frozen=True, slots=True)
class TranscriptPage:
    """A part of a conversation in order, and the sequences where the neighbouring parts begin."""

    exchanges: tuple[Exchange, ...]
    earlier: int | None
    later: int | None


def start_of_day(day: date) -> datetime:
    """Midnight at the beginning of a day in the installation's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of_day(day: date) -> datetime:
    """The last moment of a day in the installation's time zone."""
    return timezone.make_aware(datetime.combine(day, time.max))


def readable_transcripts(
    *, workspace: Workspace | None, only_of: Agent | None, restricted: bool
) -> QuerySet[Conversation]:
    """The conversations, of one workspace or all, that somebody may read; `restricted` to the agent's own."""
    conversations = Conversation.objects.filter(sequence__gt=0)
    if workspace is not None:
        conversations = conversations.filter(site__workspace=workspace)
    return conversations.filter(took_part(only_of)) if restricted else conversations


def find_transcripts(conversations: QuerySet[Conversation], wanted: TranscriptFilter) -> QuerySet[Conversation]:
    """Narrow the conversations, newest first.

    A date range keeps conversations in which something was said in it; intent, outcome and the language of a
    message look at the turns within the same range.
    """
    within = Q()
    turns_within = Q()
    if wanted.first_day is not None:
        within &= Q(created_at__gte=start_of_day(wanted.first_day))
        turns_within &= Q(created_at__gte=start_of_day(wanted.first_day))
    if wanted.last_day is not None:
        within &= Q(created_at__lte=end_of_day(wanted.last_day))
        turns_within &= Q(created_at__lte=end_of_day(wanted.last_day))
    if within:
        conversations = conversations.filter(Exists(Message.objects.filter(within, conversation=OuterRef("pk"))))
    if wanted.query:
        conversations = conversations.filter(said(wanted.query) | labelled(wanted.query))
    turns = Turn.objects.filter(turns_within, kind=TurnKind.LIVE, conversation=OuterRef("pk"))
    if wanted.intent:
        conversations = conversations.filter(Exists(turns.filter(intent=wanted.intent)))
    if wanted.outcome == Outcome.HANDED_OFF:
        conversations = conversations.filter(was_handed_off=True)
    elif wanted.outcome == Outcome.OUT_OF_SCOPE:
        conversations = conversations.filter(Exists(turns.filter(parse__in_scope=False)))
    elif wanted.outcome:
        conversations = conversations.filter(Exists(turns.filter(outcome__in=TURN_OUTCOMES[wanted.outcome])))
    if wanted.status:
        conversations = conversations.filter(status=wanted.status)
    if wanted.site_id is not None:
        conversations = conversations.filter(site_id=wanted.site_id)
    if wanted.locale:
        conversations = conversations.filter(locale=wanted.locale)
    if wanted.written:
        conversations = conversations.filter(Exists(turns.filter(parse__locale=wanted.written)))
    return conversations.order_by("-last_activity_at", "-pk")


def with_opening(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Add what a list shows: `first_text` of the visitor and `last_outcome` of the assistant."""
    first = Message.objects.filter(
        conversation=OuterRef("pk"), author=Author.VISITOR, kind=MessageKind.TEXT
    ).order_by("sequence")
    finished = Turn.objects.filter(
        conversation=OuterRef("pk"), kind=TurnKind.LIVE, status__in=(TurnStatus.DONE, TurnStatus.FAILED)
    ).order_by("-id")
    return conversations.select_related("visitor", "site", "assignee").annotate(
        first_text=Subquery(first.values("text")[:1]),
        last_outcome=Subquery(finished.values("outcome")[:1]),
    )


def intents_in(workspace: Workspace) -> tuple[str, ...]:
    """The intents that were ever recognised in the workspace's conversations, by name."""
    turns = Turn.objects.filter(workspace=workspace, kind=TurnKind.LIVE).exclude(intent="")
    return tuple(turns.order_by("intent").values_list("intent", flat=True).distinct())


def read_transcript(conversation: Conversation, *, start: int = 1) -> TranscriptPage:
    """Up to 200 messages from the sequence `start` on, each turn's together with its explanation."""
    rows = conversation.messages.select_related("agent").order_by("sequence")
    messages = list(rows.filter(sequence__gte=start)[: MESSAGES_A_PAGE + 1])
    later = messages[MESSAGES_A_PAGE].sequence if len(messages) > MESSAGES_A_PAGE else None
    messages = messages[:MESSAGES_A_PAGE]
    if not messages:
        return TranscriptPage((), None, None)
    first, last = messages[0].sequence, messages[-1].sequence
    turns = (
        conversation.turns.filter(kind=TurnKind.LIVE, first_sequence__lte=last)
        .filter(Q(last_sequence__gte=first) | Q(reply_sequence__gte=first))
        .select_related("model_version")
        .order_by("id")
    )
    earlier = max(1, start - MESSAGES_A_PAGE) if start > 1 else None
    return TranscriptPage(tuple(exchanges(messages, [explain_turn(turn) for turn in turns])), earlier, later)


def page_start(sequence: int) -> int:
    """Where the page begins that contains the message with this sequence."""
    return (max(sequence, 1) - 1) // MESSAGES_A_PAGE * MESSAGES_A_PAGE + 1


def exchanges(messages: Sequence[Message], explanations: Iterable[Explanation]) -> Iterator[Exchange]:
    """Group messages in their order: those of one turn (the burst and the reply), and runs of the others.

    What was said between a burst and its reply belongs to the turn as well, so that order is never changed.
    """
    known = list(explanations)
    shown: set[int] = set()
    group: list[Message] = []
    current: Explanation | None = None

    def grouped() -> Exchange:
        # A turn that another one interrupts comes in two groups and is explained beside the first.
        if current is None or current.turn_id in shown:
            return Exchange(tuple(group), None)
        shown.add(current.turn_id)
        return Exchange(tuple(group), current)

    for message in messages:
        owner = turn_of(message, known)
        if owner is None and current is not None and message.sequence < (current.reply_sequence or 0):
            owner = current
        if group and owner is not current:
            yield grouped()
            group = []
        current = owner
        group.append(message)
    if group:
        yield grouped()


def turn_of(message: Message, explanations: Sequence[Explanation]) -> Explanation | None:
    """The turn that a message caused or that it answers."""
    for explanation in explanations:
        if message.author == Author.VISITOR and message.kind == MessageKind.TEXT:
            if explanation.first_sequence <= message.sequence <= explanation.last_sequence:
                return explanation
        elif explanation.reply_sequence == message.sequence:
            return explanation
    return None

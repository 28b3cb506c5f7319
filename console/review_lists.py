"""What the review queue shows: the filtered rows, each message with its dialogue, and how far people have come."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from chat.explanations import Explanation, explain_turn
from chat.models import Message, Review, ShadowScore
from chat.models.messages import Author, MessageKind
from chat.models.reviews import ReviewStatus
from chat.review_need import taken_for
from chat.transcripts import end_of_day, start_of_day
from nlu.models import EntityType, Intent, Workspace
from nlu.types import IntentScore

OUTSIDE: Final = "outside"
SHADOW: Final = "shadow"
"""The reason to review of what a shadow understands differently."""
PAGE: Final = 20
BEFORE: Final = 3
"""Messages shown before the one in question."""
CHOICES: Final = 5


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """What to look for; empty fields do not narrow. `intent` is what the assistant understood, or `outside`."""

    state: str = ReviewStatus.OPEN
    reason: str = ""
    intent: str = ""
    was_right: bool | None = None
    site_id: int | None = None
    locale: str = ""
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """An intent that the assistant thought of; `key` answers with it, `confidence` in 0-1.

    by_shadow: it is what the shadow would have understood.
    """

    key: int
    intent_id: int
    name: str
    confidence: float
    was_taken: bool
    by_shadow: bool = False


@dataclass(frozen=True, slots=True)
class ReviewCard:
    """A message with what was said before it and after, and what can be answered. `turn` is None once erased.

    marks: spans of the text that can be taught as they are; may_draft: an agent has answered; score: what a shadow
    that disagrees made of this wording.
    """

    review: Review
    turn: Explanation | None
    before: tuple[Message, ...]
    reply: Message | None
    choices: tuple[Choice, ...]
    marks: tuple[tuple[int, int, str], ...]
    may_draft: bool
    score: ShadowScore | None = None

    @property
    def was_outside(self) -> bool:
        """Whether the assistant took it for out of scope."""
        return not self.review.understood

    @property
    def shadow_rejected(self) -> bool:
        """Whether the shadow would have taken it for out of scope."""
        return self.score is not None and not self.score.said


@dataclass(frozen=True, slots=True)
class Progress:
    """How far people have come. `right_share` in 0-1 of all reviewed messages, None before the first."""

    today: int
    waiting: int
    reviewed: int
    right: int
    right_share: float | None
    held: int

    @property
    def total_today(self) -> int:
        """What was reviewed today, and what still waits."""
        return self.today + self.waiting

    @property
    def wrong(self) -> int:
        """Reviewed messages that the assistant got wrong."""
        return self.reviewed - self.right


def find_reviews(workspace: Workspace, wanted: ReviewFilter) -> QuerySet[Review]:
    """The rows, in the queue's order; what is done, newest first."""
    rows = Review.objects.filter(workspace=workspace, status=wanted.state)
    if wanted.reason == SHADOW:
        rows = rows.filter(shadow__isnull=False)
    elif wanted.reason:
        rows = rows.filter(Q(doubt=wanted.reason) | Q(objection=wanted.reason))
    if wanted.intent:
        rows = rows.filter(understood="" if wanted.intent == OUTSIDE else wanted.intent)
    if wanted.was_right is not None:
        rows = rows.filter(was_right=wanted.was_right)
    if wanted.site_id is not None:
        rows = rows.filter(site_id=wanted.site_id)
    if wanted.locale:
        rows = rows.filter(locale=wanted.locale)
    moment = "last_seen_at" if wanted.state == ReviewStatus.OPEN else "answered_at"
    if wanted.first_day is not None:
        rows = rows.filter(**{f"{moment}__gte": start_of_day(wanted.first_day)})
    if wanted.last_day is not None:
        rows = rows.filter(**{f"{moment}__lte": end_of_day(wanted.last_day)})
    if wanted.state == ReviewStatus.OPEN:
        return rows.filter(turn__isnull=False).order_by("-need", "-id")
    return rows.order_by("-answered_at", "-id")


def held_by_others(person: User) -> Q:
    """Rows that somebody else has on the screen now."""
    return Q(held_until__gt=timezone.now()) & Q(held_by__isnull=False) & ~Q(held_by=person)


def with_details(rows: QuerySet[Review]) -> QuerySet[Review]:
    """Read along what a card shows."""
    return rows.select_related(
        "turn__model_version",
        "turn__conversation",
        "site",
        "answer",
        "answered_by",
        "held_by",
        "utterance",
        "case",
        "article",
        "shadow__run__version",
    )


def cards_of(workspace: Workspace, rows: Sequence[Review]) -> list[ReviewCard]:
    """The cards of rows that were read `with_details`, in a fixed number of queries."""
    intents = dict(Intent.objects.filter(workspace=workspace).values_list("name", "pk"))
    types = frozenset(EntityType.objects.filter(workspace=workspace).values_list("name", flat=True))
    around = messages_around(rows)
    answered = answered_by_agents(rows)
    return [card_of(row, intents, types, around.get(row.pk, ()), may_draft=row.pk in answered) for row in rows]


def card_of(
    row: Review, intents: dict[str, int], types: frozenset[str], around: Sequence[Message], *, may_draft: bool
) -> ReviewCard:
    """One card."""
    turn = row.turn
    if turn is None:
        return ReviewCard(row, None, (), None, (), (), may_draft=False)
    explained = explain_turn(turn)
    taken = taken_for(explained)
    contest = row.shadow
    # One intent would be no answer to several: these are confirmed as they are, or corrected part by part.
    offered = [] if explained.answers_several else choices_of(explained, contest, intents)
    return ReviewCard(
        review=row,
        turn=explained,
        before=tuple(one for one in around if one.sequence < turn.first_sequence)[-BEFORE:],
        reply=next((one for one in around if one.sequence == turn.reply_sequence), None),
        choices=tuple(
            Choice(
                key,
                intents[one.name],
                one.name,
                one.confidence,
                was_taken=one.name == taken,
                by_shadow=contest is not None and one.name == contest.said,
            )
            for key, one in enumerate(offered, start=1)
        ),
        marks=teachable_marks(explained, types),
        may_draft=may_draft,
        score=contest,
    )


def choices_of(turn: Explanation, contest: ShadowScore | None, intents: Container[str]) -> list[IntentScore]:
    """The intents to choose from by number: the most probable that still exist, and in any case the shadow's and
    the one that a part said, if that was answered.
    """
    known = [score for score in turn.intents if score.name in intents][:CHOICES]
    part = next((span for span in turn.several if span.name in turn.answered and span.name in intents), None)
    if part is not None and all(score.name != part.name for score in known):
        known = [IntentScore(part.name, part.confidence), *known[: CHOICES - 1]]
    said = contest.said if contest is not None else ""
    if contest is not None and said in intents and all(score.name != said for score in known):
        return [*known[: CHOICES - 1], IntentScore(said, contest.confidence)]
    return known


def teachable_marks(turn: Explanation, types: frozenset[str]) -> tuple[tuple[int, int, str], ...]:
    """The spans that were found and can be taught: of a type that exists, not masked, not overlapping."""
    found: list[tuple[int, int, str]] = []
    for piece in turn.segments:
        span = piece.entity
        if span is not None and span.type in types and span.source != "placeholder":
            found.append((span.start, span.end, span.type))
    return tuple(found)


def messages_around(rows: Iterable[Review]) -> dict[int, list[Message]]:
    """Review id -> what was said shortly before its message, and the reply, in order."""
    wanted = Q(pk__in=())
    owners: dict[int, list[tuple[int, range]]] = {}
    for row in rows:
        turn = row.turn
        if turn is None or turn.conversation_id is None:
            continue
        first = max(turn.first_sequence - 2 * BEFORE, 0)
        last = max(turn.reply_sequence or 0, turn.last_sequence)
        wanted |= Q(conversation_id=turn.conversation_id, sequence__gte=first, sequence__lte=last)
        owners.setdefault(turn.conversation_id, []).append((row.pk, range(first, last + 1)))
    found: dict[int, list[Message]] = {}
    said = Message.objects.filter(wanted, kind=MessageKind.TEXT).exclude(author=Author.SYSTEM)
    for message in said.select_related("agent").order_by("sequence"):
        for review_id, sequences in owners.get(message.conversation_id, ()):
            if message.sequence in sequences:
                found.setdefault(review_id, []).append(message)
    return found


def answered_by_agents(rows: Iterable[Review]) -> set[int]:
    """The ids of reviews after whose message an agent wrote."""
    wanted = Q(pk__in=())
    last: dict[int, list[tuple[int, int]]] = {}
    for row in rows:
        turn = row.turn
        if turn is not None and turn.conversation_id is not None:
            wanted |= Q(conversation_id=turn.conversation_id, sequence__gt=turn.last_sequence)
            last.setdefault(turn.conversation_id, []).append((row.pk, turn.last_sequence))
    said = Message.objects.filter(wanted, author=Author.AGENT, kind=MessageKind.TEXT).order_by()
    return {
        review_id
        for conversation_id, sequence in said.values_list("conversation_id", "sequence")
        for review_id, after in last[conversation_id]
        if sequence > after
    }


def progress_of(workspace: Workspace, person: User) -> Progress:
    """The counts of the workspace, by three questions to an index."""
    rows = Review.objects.filter(workspace=workspace)
    # Rows whose turn was erased count until they are tidied up: the index knows nothing of turns.
    waiting = rows.filter(status=ReviewStatus.OPEN)
    answered = rows.filter(status=ReviewStatus.ANSWERED)
    totals = answered.aggregate(
        reviewed=Count("pk"),
        right=Count("pk", filter=Q(was_right=True)),
        today=Count("pk", filter=Q(answered_at__gte=start_of_day(timezone.localdate()))),
    )
    held = rows.filter(held_by_others(person), status=ReviewStatus.OPEN).count()
    return Progress(
        today=totals["today"],
        waiting=waiting.count(),
        reviewed=totals["reviewed"],
        right=totals["right"],
        right_share=totals["right"] / totals["reviewed"] if totals["reviewed"] else None,
        held=held,
    )

"""Finished turns into the review queue: one row for each wording, by need; looked at again when more is known.

Nothing of this happens while a visitor waits: turns are filed when somebody opens the queue, a hundred at
once, and what is left over by a job.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from chat.explanations import Explanation, explain_turn
from chat.models import Handoff, Message, Review, Turn
from chat.models.conversations import ConversationStatus
from chat.models.handoffs import HandoffReason
from chat.models.messages import Author, MessageKind
from chat.models.reviews import Objection, ReviewStatus
from chat.models.turns import Filing, TurnKind
from chat.review_need import (
    CONTESTED,
    Uncertainty,
    need_of,
    says_again,
    taken_for,
    uncertainty_of,
    without_contest,
)
from nlu.actions.jobs import enqueue
from nlu.models import Job, Workspace
from nlu.pipeline.normalizer import canonical

TASK: Final = "chat.file_reviews"
BATCH: Final = 100
SETTLED_AFTER: Final = timedelta(minutes=30)
"""What a customer does later has nothing to do with the answer."""
AGAIN_WITHIN: Final = timedelta(minutes=5)
GAVE_UP: Final = frozenset({"rephrase", "again", "handoff", "offer", "confirm"})
"""Outcomes that leave the answer to somebody else."""


@dataclass(slots=True)
class Filed:
    """A turn on its way into the queue."""

    turn: Turn
    explained: Explanation
    key: str
    uncertainty: Uncertainty
    objection: str = ""

    @property
    def need(self) -> float:
        """Its place in the queue, whatever shadows say."""
        return need_of(self.uncertainty, self.objection)


def text_hash(text: str) -> str:
    """The key of a wording within its workspace."""
    return hashlib.sha256(canonical(text).encode("utf-8", "surrogatepass")).hexdigest()


def file_turns(*, workspace: Workspace) -> bool:
    """File a batch of finished turns and look again at a batch of filed ones; what is left over gets a job.

    Whether everything is filed.
    """
    done = file_batch(workspace_id=workspace.pk) < BATCH
    settle_batch(workspace_id=workspace.pk)
    if not done:
        queue_filing(workspace_id=workspace.pk)
    return done


@transaction.atomic
def queue_filing(*, workspace_id: int) -> Job:
    """A job that files all turns of the workspace; one at a time.

    Under the workspace's lock: of two people who open the queue at once, the second finds the job of the first.
    """
    lock_workspace(workspace_id)
    return enqueue(
        task=TASK,
        arguments={"workspace": workspace_id},
        unique_key=f"reviews:{workspace_id}",
        max_attempts=3,
    )


def file_everything(*, workspace_id: int) -> int:
    """File all finished turns, in short transactions; how many there were."""
    total = 0
    while (count := file_batch(workspace_id=workspace_id)) > 0:
        total += count
    while settle_batch(workspace_id=workspace_id) > 0:
        pass
    return total


def to_file(workspace_id: int, filing: Filing) -> QuerySet[Turn]:
    """Answered turns of visitors at this point of their way, oldest first."""
    return Turn.objects.filter(workspace_id=workspace_id, filing=filing).order_by("id")


def file_batch(*, workspace_id: int) -> int:
    """File the oldest turns that are not filed yet; how many were looked at.

    Everything is read and judged before the transaction: nobody who writes a message waits for that.
    """
    rows = to_file(workspace_id, Filing.NEW).select_related("conversation", "model_version")
    turns = list(rows[:BATCH])
    if not turns:
        return 0
    before = previous_turns(turns)
    filed = judged(turns, before)
    with transaction.atomic():
        if lock_workspace(workspace_id):
            still = to_file(workspace_id, Filing.NEW).filter(pk__in=[turn.pk for turn in turns])
            mine = set(still.values_list("pk", flat=True))
            store(workspace_id, [one for one in turns if one.pk in mine], before, filed)
    return len(turns)


def lock_workspace(workspace_id: int) -> bool:
    """Take the lock that everybody takes who changes reviews; False if the workspace is gone."""
    return Workspace.objects.select_for_update(no_key=True).filter(pk=workspace_id).exists()


def judged(turns: Sequence[Turn], before: dict[int, Turn]) -> dict[int, Filed]:
    """Turn id -> the turn as the queue sees it; without those that have nothing to review."""
    filed: dict[int, Filed] = {}
    for turn in turns:
        explained = explain_turn(turn)
        if explained.text.strip() and not is_tap(explained.text, before.get(turn.pk)):
            filed[turn.pk] = Filed(turn, explained, text_hash(explained.text), uncertainty_of(explained))
    return filed


def store(workspace_id: int, turns: Sequence[Turn], before: dict[int, Turn], filed: dict[int, Filed]) -> None:
    """Put the turns into the rows of their wordings; the caller holds the workspace's lock."""
    object_to_previous(workspace_id, turns, before, filed)
    by_key: dict[str, list[Filed]] = {}
    for turn in turns:
        if turn.pk in filed:
            by_key.setdefault(filed[turn.pk].key, []).append(filed[turn.pk])
    known = {row.text_hash: row for row in Review.objects.filter(workspace=workspace_id, text_hash__in=by_key)}
    rows: list[Review] = []
    for key, group in by_key.items():
        row = known.get(key) or Review(workspace_id=workspace_id, text_hash=key, seen=0, need=-1.0)
        seen_at = [one.turn.created_at for one in group]
        row.seen += len(group)
        row.last_seen_at = max([row.last_seen_at, *seen_at] if row.seen > len(group) else seen_at)
        show_neediest(row, group)
        rows.append(row)
    written = Review.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["workspace", "text_hash"],
        update_fields=[*SHOWN_FIELDS, "seen", "last_seen_at"],
    )
    ids = {row.text_hash: row.pk for row in written}
    for one in filed.values():
        one.turn.review_id = ids.get(one.key, one.turn.review_id)
    link(turns)


def link(turns: Sequence[Turn]) -> None:
    """Tell the turns their rows. One statement for all of them: `bulk_update` takes half a second for 100."""
    for turn in turns:
        turn.filing = Filing.FILED if turn.review_id is not None else None
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE chat_turn SET review_id = %s, filing = %s WHERE id = %s",
            [(turn.review_id, turn.filing, turn.pk) for turn in turns],
        )


SHOWN_FIELDS: Final = ("turn", "site", "locale", "understood", "doubt", "objection", "need")


def show_neediest(row: Review, group: Iterable[Filed]) -> None:
    """Let the row show the turn that needs a look most; one that was answered keeps what was answered.

    A contest by a shadow is the wording's: it neither chooses the turn nor goes with it.
    """
    if row.status == ReviewStatus.ANSWERED:
        return
    for one in group:
        if one.need >= without_contest(row.need) or row.turn_id is None:
            row.turn = one.turn
            conversation = one.turn.conversation
            row.site_id = conversation.site_id if conversation is not None else None
            row.locale = one.explained.locale[:12]
            row.understood = taken_for(one.explained)[:120]
            row.doubt = one.uncertainty.doubt
            row.objection = one.objection
            row.need = one.need + (CONTESTED if row.shadow_id is not None else 0.0)


def previous_turns(turns: Sequence[Turn]) -> dict[int, Turn]:
    """Turn id -> the turn before it in the same conversation."""
    earlier = Turn.objects.filter(
        conversation=OuterRef("conversation"), kind=TurnKind.LIVE, pk__lt=OuterRef("pk")
    ).order_by("-pk")
    rows = Turn.objects.filter(pk__in=[turn.pk for turn in turns])
    pairs = dict(rows.annotate(before=Subquery(earlier.values("pk")[:1])).values_list("pk", "before"))
    found = Turn.objects.select_related("conversation", "model_version").in_bulk(
        [pk for pk in pairs.values() if pk is not None]
    )
    own = {turn.pk: turn for turn in turns}
    return {pk: own.get(before, found[before]) for pk, before in pairs.items() if before in found}


def is_tap(text: str, before: Turn | None) -> bool:
    """Whether the message is one of the assistant's own quick replies, tapped: nothing a customer worded."""
    if before is None or not isinstance(before.decision, dict):
        return False
    return text.strip() in before.decision.get("quick_replies", ())


def object_to_previous(
    workspace_id: int, turns: Sequence[Turn], before: dict[int, Turn], filed: dict[int, Filed]
) -> None:
    """What a turn says of the answer before it: declined, a person asked for, said again."""
    late: dict[int, str] = {}
    for turn in turns:
        previous = before.get(turn.pk)
        if previous is None:
            continue
        objection = objection_in(previous, turn)
        if objection and previous.pk in filed:
            filed[previous.pk].objection = filed[previous.pk].objection or objection
        elif objection:
            late[previous.pk] = objection
    if late:
        note_objections(workspace_id, late)


def objection_in(previous: Turn, turn: Turn) -> str:
    """How the turn objects to the answer of the one before, or empty."""
    decision = turn.decision if isinstance(turn.decision, dict) else {}
    if decision.get("handoff_reason") == HandoffReason.VISITOR:
        return Objection.PERSON
    if decision.get("reason") == "the offers were declined":
        return Objection.DECLINED
    texts = [str(one.parse.get("text", "")) if isinstance(one.parse, dict) else "" for one in (previous, turn)]
    soon = turn.created_at - (previous.finished_at or previous.created_at) <= AGAIN_WITHIN
    if soon and says_again(*texts):
        return Objection.REPHRASED
    return ""


def note_objections(workspace_id: int, objections: dict[int, str]) -> None:
    """Turn id -> objection, into the open rows that show these turns."""
    rows = Review.objects.filter(
        workspace=workspace_id, turn__in=objections, status=ReviewStatus.OPEN, objection=""
    ).select_related("turn__model_version")
    changed = []
    for row in rows:
        if row.turn is not None:
            row.objection = objections[row.turn.pk]
            uncertainty = uncertainty_of(explain_turn(row.turn))
            row.need = need_of(uncertainty, row.objection, contested=row.shadow_id is not None)
            changed.append(row)
    Review.objects.bulk_update(changed, ["objection", "need"])


def settle_batch(*, workspace_id: int) -> int:
    """Look again at filed turns: did the customer ask for a person, did an agent have to answer?

    Turns of half an hour ago are not looked at again; how many those were.
    """
    turns = list(to_file(workspace_id, Filing.FILED).select_related("conversation")[:BATCH])
    if not turns:
        return 0
    objections = later_objections(turns)
    limit = timezone.now() - SETTLED_AFTER
    old = [turn.pk for turn in turns if (turn.finished_at or turn.created_at) < limit or is_over(turn)]
    with transaction.atomic():
        if lock_workspace(workspace_id):
            note_objections(workspace_id, objections)
            Turn.objects.filter(pk__in=old, filing=Filing.FILED).update(filing=None)
            adopt_orphans(workspace_id)
    return len(old)


def is_over(turn: Turn) -> bool:
    """Whether nothing more can follow: the conversation is resolved."""
    return turn.conversation is not None and turn.conversation.status == ConversationStatus.RESOLVED


def later_objections(turns: Sequence[Turn]) -> dict[int, str]:
    """What happened after each turn and before the visitor's next one, without a turn of its own."""
    conversations = {turn.conversation_id for turn in turns}
    handoffs: dict[int, list[Handoff]] = {}
    for handoff in Handoff.objects.filter(conversation__in=conversations, reason=HandoffReason.VISITOR):
        handoffs.setdefault(handoff.conversation_id, []).append(handoff)
    answers: dict[int, list[int]] = {}
    said = Message.objects.filter(
        conversation__in=conversations, author=Author.AGENT, kind=MessageKind.TEXT
    ).order_by("sequence")
    for conversation_id, sequence in said.values_list("conversation_id", "sequence"):
        answers.setdefault(conversation_id, []).append(sequence)
    following = next_turns(turns)
    found: dict[int, str] = {}
    for turn in turns:
        after = following.get(turn.pk)
        begun = turn.finished_at or turn.created_at
        ended = after.created_at if after is not None else begun + SETTLED_AFTER
        conversation_id = turn.conversation_id or 0
        asked = any(begun <= one.requested_at <= ended for one in handoffs.get(conversation_id, ()))
        if asked and turn.outcome != "handoff":  # that one was the turn's own doing
            found[turn.pk] = Objection.PERSON
        elif turn.outcome in GAVE_UP and any(
            sequence > turn.last_sequence and (after is None or sequence < after.first_sequence)
            for sequence in answers.get(conversation_id, ())
        ):
            found[turn.pk] = Objection.AGENT
    return found


def next_turns(turns: Sequence[Turn]) -> dict[int, Turn]:
    """Turn id -> the turn after it in the same conversation."""
    later = Turn.objects.filter(
        conversation=OuterRef("conversation"), kind=TurnKind.LIVE, pk__gt=OuterRef("pk")
    ).order_by("pk")
    rows = Turn.objects.filter(pk__in=[turn.pk for turn in turns])
    pairs = dict(rows.annotate(after=Subquery(later.values("pk")[:1])).values_list("pk", "after"))
    found = Turn.objects.only("id", "created_at", "first_sequence").in_bulk([pk for pk in pairs.values() if pk])
    return {pk: found[after] for pk, after in pairs.items() if after in found}


def adopt_orphans(workspace_id: int) -> None:
    """Rows whose turn was erased show another turn of the same wording, or go if there is none."""
    orphans = list(
        Review.objects.filter(workspace=workspace_id, turn__isnull=True).exclude(status=ReviewStatus.ANSWERED)[
            :BATCH
        ]
    )
    for row in orphans:
        turn = row.turns.select_related("conversation", "model_version").order_by("-pk").first()
        if turn is None:
            row.delete()
            continue
        explained = explain_turn(turn)
        show_neediest(row, [Filed(turn, explained, row.text_hash, uncertainty_of(explained))])
        row.seen = row.turns.count()
        row.save(update_fields=[*SHOWN_FIELDS, "seen"])


def review_of(turn: Turn) -> Review:
    """The row of the turn's wording, filed now if need be; the caller holds the workspace's lock."""
    if turn.review_id is None:
        before = previous_turns([turn])
        explained = explain_turn(turn)
        # A tapped quick reply is not in the queue, but may be corrected all the same.
        filed = Filed(turn, explained, text_hash(explained.text), uncertainty_of(explained))
        store(turn.workspace_id, [turn], before, {turn.pk: filed})
    return Review.objects.select_for_update(of=("self",)).get(turns=turn)

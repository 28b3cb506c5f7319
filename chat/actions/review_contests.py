"""A shadow's disagreements at the head of the review queue, for as long as the shadow runs.

As with filing, nothing of this happens while a visitor waits, but when somebody opens the queue.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from chat.actions.review_filing import (
    BATCH,
    SHOWN_FIELDS,
    Filed,
    lock_workspace,
    queue_filing,
    show_neediest,
)
from chat.explanations import explain_turn
from chat.models import Review, ShadowScore
from chat.models.reviews import ReviewStatus
from chat.models.turns import Filing
from chat.review_need import CONTESTED, uncertainty_of
from nlu.models import Workspace

LOWERED_AT_ONCE: Final = 200


def file_disagreements(*, workspace: Workspace) -> bool:
    """Put what the shadow understands differently first; what is left over gets a job. Whether all is done.

    Rows of a shadow that has ended go back to the place that they would have without it.
    """
    lower_ended(workspace.pk)
    done = contest_batch(workspace.pk) < BATCH
    if not done:
        queue_filing(workspace_id=workspace.pk)
    return done


def file_all_disagreements(*, workspace_id: int) -> int:
    """The same to the end, in short transactions; how many scores there were."""
    lower_ended(workspace_id)
    total = 0
    while (count := contest_batch(workspace_id)) > 0:
        total += count
    return total


def waiting_scores(workspace_id: int) -> QuerySet[ShadowScore]:
    """Disagreements of the shadow that runs whose turns are in the queue, oldest first."""
    return (
        ShadowScore.objects.filter(run__workspace=workspace_id, run__ended_at__isnull=True, to_file=True)
        .exclude(turn__filing=Filing.NEW)
        .order_by("pk")
    )


@transaction.atomic
def contest_batch(workspace_id: int) -> int:
    """Let the rows of the oldest waiting disagreements show them; how many were looked at.

    An answered row stays as it is: people have said already what that wording means. A skipped one stays skipped.
    """
    if not lock_workspace(workspace_id):
        return 0
    rows = waiting_scores(workspace_id).select_related("turn__conversation", "turn__model_version", "turn__review")
    scores = list(rows[:BATCH])
    reviews: dict[int, Review] = {}
    for score in scores:
        turn = score.turn
        if turn.review_id is None or turn.review is None:
            continue  # a tapped quick reply
        row = reviews.setdefault(turn.review_id, turn.review)
        explained = explain_turn(turn)
        objection = row.objection if row.turn_id == turn.pk else ""
        filed = Filed(turn, explained, row.text_hash, uncertainty_of(explained), objection, score)
        show_neediest(row, [filed])
    # Faster by far than `bulk_update`.
    Review.objects.bulk_create(
        reviews.values(), update_conflicts=True, unique_fields=["id"], update_fields=list(SHOWN_FIELDS)
    )
    ShadowScore.objects.filter(pk__in=[score.pk for score in scores]).update(to_file=False)
    return len(scores)


def lower_ended(workspace_id: int) -> int:
    """Rows that are first because of a shadow that has ended are so no longer; how many there were."""
    rows = Review.objects.filter(
        workspace=workspace_id, shadow__isnull=False, shadow__run__ended_at__isnull=False
    ).exclude(status=ReviewStatus.ANSWERED)
    total = 0
    while ids := list(rows.values_list("pk", flat=True)[:LOWERED_AT_ONCE]):
        with transaction.atomic():
            if not lock_workspace(workspace_id):
                return total
            total += rows.filter(pk__in=ids).update(need=F("need") - CONTESTED, shadow=None)
    return total

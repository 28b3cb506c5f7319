"""A shadow's disagreements at the head of the review queue, for as long as the shadow runs.

As with filing, nothing of this happens while a visitor waits, but when somebody opens the queue: a batch at once,
and what is left over by the job. Nobody's lock is taken when there is nothing to change.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from chat.actions.review_filing import BATCH, lock_workspace, queue_filing
from chat.models import Review, ShadowScore
from chat.models.reviews import ReviewStatus
from chat.models.turns import Filing
from chat.review_need import CONTESTED, without_contest
from nlu.models import Workspace
from nlu.models.training import VersionStatus

LOWERED_AT_ONCE: Final = 200


def file_disagreements(*, workspace: Workspace) -> bool:
    """Put what the shadow understands differently first; what is left over gets a job. Whether all is done.

    Rows whose contest is over go back to the place that they would have without it.
    """
    lowered = lower_batch(workspace.pk) < LOWERED_AT_ONCE
    done = contest_batch(workspace.pk) < BATCH and lowered
    if not done:
        queue_filing(workspace_id=workspace.pk)
    return done


def file_all_disagreements(*, workspace_id: int) -> int:
    """The same to the end, in short transactions; how many scores there were."""
    while lower_batch(workspace_id) > 0:
        pass
    total = 0
    while (count := contest_batch(workspace_id)) > 0:
        total += count
    return total


def waiting_scores(workspace_id: int) -> QuerySet[ShadowScore]:
    """Disagreements of the running shadow with the active version whose turns are in the queue, oldest first."""
    return (
        ShadowScore.objects.filter(
            run__workspace=workspace_id,
            run__ended_at__isnull=True,
            active__status=VersionStatus.ACTIVE,
            to_file=True,
        )
        .exclude(turn__filing=Filing.NEW)
        .order_by("pk")
    )


def contest_batch(workspace_id: int) -> int:
    """Let the rows of the oldest waiting disagreements come first; how many were looked at.

    An answered row stays as it is: people have said already what that wording means. A skipped one stays skipped.
    """
    ids = list(waiting_scores(workspace_id).values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    with transaction.atomic():
        if not lock_workspace(workspace_id):
            return 0
        scores = list(waiting_scores(workspace_id).filter(pk__in=ids).select_related("turn__review__shadow"))
        rows: dict[int, Review] = {}
        for score in scores:
            row = score.turn.review
            if row is not None and row.status != ReviewStatus.ANSWERED:  # None: a tapped quick reply
                contest(rows.setdefault(row.pk, row), score)
        # Faster by far than `bulk_update`.
        Review.objects.bulk_create(
            rows.values(), update_conflicts=True, unique_fields=["id"], update_fields=["shadow", "need"]
        )
        ShadowScore.objects.filter(pk__in=[score.pk for score in scores]).update(to_file=False)
    return len(ids)


def contest(row: Review, score: ShadowScore) -> None:
    """Put the row first, with the score beside it: the newest, unless it has that of the turn that it shows.

    What the row shows, and why it needs a look, stays: it must be there when the shadow has ended.
    """
    before = row.shadow
    if before is not None and before.turn_id == row.turn_id and is_alike(before, score):
        return
    row.need = without_contest(row.need) + CONTESTED
    row.shadow = score


def is_alike(one: ShadowScore, other: ShadowScore) -> bool:
    """Whether the two compare the same versions in the same run."""
    return (one.run_id, one.active_id) == (other.run_id, other.active_id)


def lower_batch(workspace_id: int) -> int:
    """Some rows whose contest is over come first no longer; how many they were.

    It is over when the shadow has ended, when the version that it disagreed with is not the active one any more,
    and when the contested turn was erased. Should that version be activated again, its contests come back.
    """
    over = (
        Q(shadow__isnull=True)
        | Q(shadow__run__ended_at__isnull=False)
        | ~Q(shadow__active__status=VersionStatus.ACTIVE)
    )
    rows = Review.objects.filter(
        over,
        workspace=workspace_id,
        status__in=(ReviewStatus.OPEN, ReviewStatus.SKIPPED),
        need__gte=CONTESTED,
    )
    ids = list(rows.values_list("pk", flat=True)[:LOWERED_AT_ONCE])
    if not ids:
        return 0
    with transaction.atomic():
        if not lock_workspace(workspace_id):
            return 0
        mine = list(rows.filter(pk__in=ids).values_list("pk", "shadow"))
        ShadowScore.objects.filter(pk__in=[score for _, score in mine], run__ended_at__isnull=True).update(
            to_file=True
        )
        Review.objects.filter(pk__in=[pk for pk, _ in mine]).update(need=F("need") - CONTESTED, shadow=None)
    return len(ids)

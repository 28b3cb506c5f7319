"""What turn workers do for a shadow: which turns wait for its score, and keeping what it made of them.

The queue is a column of the turns themselves, so a worker that dies loses no score, and no reply waits for one:
the worker only notes, with the explanation that it writes anyway, that the turn is to be scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from chat.models import ShadowScore, Turn, WorkerHeartbeat
from chat.models.workers import WorkerRole
from chat.recent_messages import AskedTurn, asked_turns
from chat.shadowing import BATCH, ShadowReading
from nlu.actions.shadows import note_shadow_problem
from nlu.models import ShadowRun
from nlu.models.shadows import ShadowProblem

LEFT_BEHIND: Final = timedelta(seconds=20)
"""After so long any worker scores the turn of one that is gone; before, it may only be starting again."""
CLEARED_AT_ONCE: Final = 200


def open_runs() -> list[ShadowRun]:
    """The runs of all workspaces that go on, with their versions."""
    return list(ShadowRun.objects.filter(ended_at__isnull=True).select_related("version").order_by("pk"))


def turns_to_score(*, run: ShadowRun, worker: str, limit: int = BATCH) -> list[int]:
    """The ids of the oldest turns that wait for this worker's score; of its own first.

    When none of its own waits: of those that others left behind, which show no sign of life any more.
    """
    waiting = Turn.objects.filter(to_shadow=run).order_by("pk").values_list("pk", flat=True)
    if own := list(waiting.filter(claimed_by=worker)[:limit]):
        return own
    alive = WorkerHeartbeat.objects.alive(WorkerRole.TURNS).values("name")
    left = waiting.filter(finished_at__lt=timezone.now() - LEFT_BEHIND).exclude(claimed_by__in=alive)
    return list(left[:limit])


def read_turns(ids: Sequence[int]) -> list[AskedTurn]:
    """Their texts, contexts and understood results."""
    return asked_turns(Turn.objects.filter(pk__in=ids), len(ids))


@transaction.atomic
def store_scores(*, run: ShadowRun, ids: Sequence[int], readings: Sequence[ShadowReading]) -> int:
    """Keep the readings of the turns with these ids, which wait no longer; how many readings were kept.

    Turns that say nothing have an id and no reading. Nothing is kept, and nothing waits, once the run has ended.
    A turn that another worker has scored meanwhile stays as it is.
    """
    still = Turn.objects.filter(pk__in=ids, to_shadow=run)
    waiting = set(still.values_list("pk", flat=True))
    still.update(to_shadow=None)
    if not ShadowRun.objects.filter(pk=run.pk, ended_at__isnull=True).exists():
        return 0
    rows = [
        ShadowScore(
            run=run,
            turn_id=one.asked.turn_id,
            active_id=one.asked.version_id,
            understood=one.understood[:120],
            said=one.said[:120],
            intent=one.intent[:120],
            confidence=one.confidence,
            rejected=one.rejected,
            disagrees=one.disagrees,
            to_file=one.disagrees,
        )
        for one in readings
        if one.asked.turn_id in waiting and one.asked.version_id is not None
    ]
    ShadowScore.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def give_up_scoring(*, run: ShadowRun, turn_id: int) -> None:
    """The candidate fails on this turn: it waits no longer, and the run says so."""
    if Turn.objects.filter(pk=turn_id, to_shadow=run).update(to_shadow=None):
        note_shadow_problem(run_id=run.pk, problem=ShadowProblem.FAILED, unscored=1)


def forget_ended_runs() -> int:
    """Let no turn wait for a shadow that has ended, a few at a time; how many there were."""
    # Asked every two seconds: in no order, so that the small index of waiting turns answers it.
    ended = Turn.objects.filter(to_shadow__isnull=False, to_shadow__ended_at__isnull=False).order_by()
    total = 0
    while ids := list(ended.values_list("pk", flat=True)[:CLEARED_AT_ONCE]):
        total += Turn.objects.filter(pk__in=ids).update(to_shadow=None)
    return total


def count_waiting(run: ShadowRun) -> int:
    """How many turns wait for the shadow's score."""
    return Turn.objects.filter(to_shadow=run).count()

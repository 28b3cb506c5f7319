"""What a version found as a shadow: how many turns, how many understood differently, by pair, and which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, F, Max, Q, QuerySet

from chat.actions.reviews import PARTS
from chat.actions.shadows import count_waiting
from chat.explanations import Explanation, explain_turn
from chat.models import ShadowScore, WorkerHeartbeat
from chat.models.reviews import ReviewStatus
from chat.models.workers import WorkerRole
from nlu.actions.shadows import open_shadow
from nlu.models import ModelVersion, ShadowRun
from nlu.models.training import VersionStatus
from nlu.types import OUT_OF_SCOPE

PAIRS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Pair:
    """What the active version understood, and what the shadow did (empty: out of scope), how often."""

    understood: str
    said: str
    count: int

    @property
    def understood_label(self) -> str:
        """As addresses and files name it."""
        return self.understood or OUT_OF_SCOPE

    @property
    def said_label(self) -> str:
        """As addresses and files name it."""
        return self.said or OUT_OF_SCOPE


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What people answered, since the run began, about wordings that the two versions understand differently."""

    shadow_right: int
    active_right: int
    neither: int

    @property
    def total(self) -> int:
        """All wordings that were answered."""
        return self.shadow_right + self.active_right + self.neither


@dataclass(frozen=True, slots=True)
class ShadowPanel:
    """The newest run of a version, None before the first; `other`: the workspace's shadow, if another version.

    `compared` is the active version whose turns are counted: of several during one run, the newest. `waiting`
    turns are not scored yet. `alive`: a turn worker is there to score. `may_start`: nothing stands against it.
    """

    run: ShadowRun | None
    other: ModelVersion | None
    compared: ModelVersion | None
    scored: int
    disagree: int
    rejected: int
    pairs: tuple[Pair, ...]
    more_pairs: int
    verdicts: Verdicts
    waiting: int
    alive: bool
    may_start: bool

    @property
    def running(self) -> bool:
        """Whether the version scores at present."""
        return self.run is not None and self.run.is_open

    @property
    def share(self) -> float | None:
        """Share in 0-1 of the scored turns that are understood differently; None before the first."""
        return self.disagree / self.scored if self.scored else None


@dataclass(frozen=True, slots=True)
class ShadowTurn:
    """One scored turn."""

    score: ShadowScore
    turn: Explanation


def shadow_panel(version: ModelVersion, active: ModelVersion | None) -> ShadowPanel:
    """Read from the newest run's scores, by one index; only answers are looked up by the disagreeing turns."""
    run = newest_run(version)
    compared = compared_version(run)
    running = open_shadow(version.workspace_id)
    other = running.version if running is not None and running.version_id != version.pk else None
    scores = counted_scores(run, compared)
    totals = scores.aggregate(
        scored=Count("pk"), disagree=Count("pk", filter=Q(disagrees=True)), rejected=Count("pk", filter=Q(said=""))
    )
    pairs = [
        Pair(row["understood"], row["said"], row["count"])
        for row in scores.filter(disagrees=True)
        .order_by()
        .values("understood", "said")
        .annotate(count=Count("pk"))
        .order_by("-count", "understood", "said")
    ]
    return ShadowPanel(
        run=run,
        other=other,
        compared=compared,
        scored=totals["scored"],
        disagree=totals["disagree"],
        rejected=totals["rejected"],
        pairs=tuple(pairs[:PAIRS_SHOWN]),
        more_pairs=len(pairs[PAIRS_SHOWN:]),
        verdicts=verdicts_on(scores),
        waiting=count_waiting(run) if run is not None and run.is_open else 0,
        alive=WorkerHeartbeat.objects.alive(WorkerRole.TURNS).exists(),
        may_start=version.status == VersionStatus.CANDIDATE and active is not None and running is None,
    )


def newest_run(version: ModelVersion) -> ShadowRun | None:
    """The version's newest run."""
    runs = ShadowRun.objects.filter(version=version).select_related("version", "started_by", "ended_by")
    return runs.order_by("-pk").first()


def compared_version(run: ShadowRun | None) -> ModelVersion | None:
    """The active version beside which the newest turn was scored."""
    newest = ShadowScore.objects.filter(run=run).select_related("active").order_by("-pk").first() if run else None
    return newest.active if newest is not None else None


def counted_scores(run: ShadowRun | None, compared: ModelVersion | None) -> QuerySet[ShadowScore]:
    """The run's scores beside its `compared_version`."""
    if compared is None:
        return ShadowScore.objects.none()
    return ShadowScore.objects.filter(run=run, active=compared)


def verdicts_on(scores: QuerySet[ShadowScore]) -> Verdicts:
    """What the answers in the review queue say of the disagreements, each wording once, by its newest score.

    Answers from before the run do not count: the candidate may have been trained on them. Neither do those about
    parts of a message: what is compared are whole messages.
    """
    answered = scores.filter(
        disagrees=True,
        turn__review__status=ReviewStatus.ANSWERED,
        turn__review__answered_at__gte=F("run__started_at"),
    )
    answered = answered.exclude(turn__review__effects__has_key=PARTS)
    newest = answered.order_by().values("turn__review").annotate(newest=Max("pk")).values("newest")
    answer = F("turn__review__answer_name")
    totals = ShadowScore.objects.filter(pk__in=newest).aggregate(
        all=Count("pk"), shadow=Count("pk", filter=Q(said=answer)), active=Count("pk", filter=Q(understood=answer))
    )
    return Verdicts(totals["shadow"], totals["active"], totals["all"] - totals["shadow"] - totals["active"])


def scored_turns(
    run: ShadowRun | None, compared: ModelVersion | None, understood: str, said: str, *, everything: bool
) -> QuerySet[ShadowScore]:
    """The scores to list, newest first: the disagreements, or all; of one pair if it is named."""
    scores = counted_scores(run, compared)
    if not everything:
        scores = scores.filter(disagrees=True)
    if understood:
        scores = scores.filter(understood="" if understood == OUT_OF_SCOPE else understood)
    if said:
        scores = scores.filter(said="" if said == OUT_OF_SCOPE else said)
    return scores.order_by("-pk")


def with_turns(scores: QuerySet[ShadowScore]) -> QuerySet[ShadowScore]:
    """Read along what a line of the list shows."""
    return scores.select_related("turn__conversation", "turn__model_version", "turn__review")


def lines_of(scores: Iterator[ShadowScore] | list[ShadowScore]) -> Iterator[ShadowTurn]:
    """The lines of scores that were read `with_turns`."""
    return (ShadowTurn(score, explain_turn(score.turn)) for score in scores)

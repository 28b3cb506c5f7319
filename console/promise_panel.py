"""What the panel of a version's promise shows: the bound in force, the one that is chosen, and the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from console.charts import RiskChart, risk_curve
from console.held_out_lists import HeldOutRow, chosen_answers, rows_of
from nlu.actions.promises import Evidence, checked_percent, read_evidence, state_of
from nlu.errors import CorruptArtifact, InvalidData, NoHeldOutAnswers
from nlu.inference import read_promise
from nlu.models import ModelVersion
from nlu.promise import (
    LEAST_PERCENT,
    MOST_PERCENT,
    STEP,
    ErrorPromise,
    Split,
    least_promise,
    promise_of,
    split_of,
)
from nlu.risk_coverage import Curve, Point, curve_of, least_examples
from nlu.types import OUT_OF_SCOPE, Thresholds

PROPOSED: Final = 5.0
"""Where the slider stands while nothing is promised."""
SHOWN_MOVED: Final = 8
TABLE_ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class CurveRow:
    """A line of the curve's table; shares in 0-1."""

    bound: float
    coverage: float
    risk: float | None


@dataclass(frozen=True, slots=True)
class Shares:
    """What becomes of messages, in shares in 0-1 of all; `wrong` of those answered alone, None where none is."""

    alone: float
    wrong: float | None
    asked: float
    left: float

    @classmethod
    def of(cls, split: Split) -> Shares:
        """From counts."""
        return cls(split.share(split.alone), split.risk, split.share(split.asked), split.share(split.left))


@dataclass(frozen=True, slots=True)
class Preview:
    """What a percentage would change."""

    version: ModelVersion
    chosen: ErrorPromise
    current: ErrorPromise | None
    now: Thresholds
    then: Thresholds
    split_now: Split
    split: Split
    strangers: int
    moved: tuple[HeldOutRow, ...]
    moved_total: int
    chart: RiskChart
    table: tuple[CurveRow, ...]
    least: float | None
    needed: int
    state: str

    @property
    def percent(self) -> str:
        """The percentage as an address and a field hold it."""
        return f"{self.chosen.percent:g}"

    @property
    def shares(self) -> Shares:
        """The split with the chosen threshold, in shares."""
        return Shares.of(self.split)

    @property
    def shares_now(self) -> Shares:
        """The split with the threshold in force."""
        return Shares.of(self.split_now)

    @property
    def is_new(self) -> bool:
        """Whether saving would change anything."""
        return self.chosen != self.current

    @property
    def least_share(self) -> float | None:
        """The smallest promise that the examples show, as a share in 0-1."""
        return self.least / 100 if self.least is not None else None

    @property
    def least_percent(self) -> str:
        """The same for an address."""
        return f"{self.least:g}" if self.least is not None else ""


@dataclass(frozen=True, slots=True)
class PromisePanel:
    """The slider's ends and place, and the preview; `problem` says why there is none.

    Problems: missing, empty, older (the version has no held-out answers to choose on), damaged, percent.
    """

    least: float
    most: float
    step: float
    percent: str
    problem: str = ""
    message: str = ""
    preview: Preview | None = None

    @property
    def has_slider(self) -> bool:
        """Whether there is anything to choose on."""
        return self.problem in ("", "percent")


def promise_panel(version: ModelVersion, asked: str | None) -> PromisePanel:
    """The panel for a percentage from an address; without one for what is promised, else for a proposal."""
    current = read_promise(version)
    start = current.percent if current is not None else version.workspace.promised_error or PROPOSED
    shown, problem, message = asked if asked is not None else f"{start:g}", "", ""
    preview = None
    try:
        evidence = read_evidence(version)
        percent = checked_percent(shown)
        shown = f"{percent:g}"
        preview = preview_of(version, evidence, current, percent)
    except NoHeldOutAnswers as error:
        problem = error.code
    except CorruptArtifact:
        problem = "damaged"
    except InvalidData as error:
        problem, message = "percent", str(error)
    return PromisePanel(LEAST_PERCENT, MOST_PERCENT, STEP, shown[:10], problem, message, preview)


def preview_of(version: ModelVersion, evidence: Evidence, current: ErrorPromise | None, percent: float) -> Preview:
    """Everything that the percentage would change."""
    own, answers = evidence.own, evidence.answers
    curve = curve_of(answers, own.margin)
    chosen = promise_of(percent, curve)
    now = current.applied_to(own) if current is not None else own
    then = chosen.applied_to(own)
    moved = chosen_answers(answers, "moved", now, then)
    return Preview(
        version=version,
        chosen=chosen,
        current=current,
        now=now,
        then=then,
        split_now=split_of(answers, now),
        split=split_of(answers, then),
        strangers=sum(answer.gold == OUT_OF_SCOPE for answer in answers),
        moved=rows_of(version.workspace_id, moved[:SHOWN_MOVED], now, then),
        moved_total=len(moved),
        chart=risk_curve(
            [(curve.coverage(point), point.risk or 0.0) for point in curve.points],
            target=percent / 100,
            chosen=place_of(curve, curve.at(then.confidence)),
            current=place_of(curve, curve.at(now.confidence)),
        ),
        table=table_of(curve),
        least=least_promise(curve) if not chosen.shown else None,
        needed=least_examples(percent / 100),
        state=state_of(version),
    )


def place_of(curve: Curve, point: Point) -> tuple[float, float]:
    """A point's coverage and risk, both shares in 0-1."""
    return curve.coverage(point), point.risk or 0.0


def table_of(curve: Curve) -> tuple[CurveRow, ...]:
    """About ten points of the curve, evenly spaced by what is answered; the least careful one is the last."""
    count = len(curve.points)
    places = sorted({round(count * step / TABLE_ROWS) for step in range(1, TABLE_ROWS + 1)} - {0})
    points = [curve.points[place - 1] for place in places]
    return tuple(CurveRow(point.bound, curve.coverage(point), point.risk) for point in points)


def bounds_for(version: ModelVersion, evidence: Evidence, asked: str | None) -> tuple[Thresholds, Thresholds]:
    """The bounds in force, and those of a percentage from an address (of no or a wrong one: the same)."""
    current = read_promise(version)
    now = current.applied_to(evidence.own) if current is not None else evidence.own
    if not asked:
        return now, now
    try:
        percent = checked_percent(asked)
    except InvalidData:
        return now, now
    return now, promise_of(percent, curve_of(evidence.answers, evidence.own.margin)).applied_to(evidence.own)

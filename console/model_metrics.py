"""The figures of a model version, read tolerantly: old versions lack what newer ones measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nlu.models import ModelVersion

MATRIX_INTENTS: Final = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """One number beside that of the active version. `better` says whether more is better."""

    title: str | Promise
    hint: str | Promise
    value: float | None
    other: float | None
    more_is_better: bool

    @property
    def change(self) -> float | None:
        """In points of a hundred; None where either is missing."""
        return None if self.value is None or self.other is None else (self.value - self.other) * 100

    @property
    def tone(self) -> str:
        """`good`, `bad` or empty for a change too small to mean anything (below a tenth of a point)."""
        change = self.change
        if change is None or abs(change) < 0.1:
            return ""
        return "good" if (change > 0) == self.more_is_better else "bad"


@dataclass(frozen=True, slots=True)
class IntentFigures:
    """How well one intent is recognised; `support` is the number of held-out utterances."""

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """So many utterances of `gold` were taken for `predicted`."""

    gold: str
    predicted: str
    count: int


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A cell of the confusion table; `level` 0-4 is the strength of its ground."""

    predicted: str
    count: int
    level: int


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """Where the utterances of one intent went."""

    gold: str
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True, slots=True)
class Metrics:
    """Everything that a version's page shows."""

    figures: tuple[Figure, ...]
    per_intent: tuple[IntentFigures, ...]
    confusions: tuple[Confusion, ...]
    seconds: float | None
    size_bytes: float | None


def number(value: object) -> float | None:
    """The number, or None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def rows(value: object) -> Sequence[Mapping[str, Any]]:
    """A list of objects, or an empty one for anything else."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def auroc(metrics: Mapping[str, Any]) -> float | None:
    """The out-of-scope measure, if there is one."""
    outside = metrics.get("out_of_scope")
    return number(outside.get("auroc")) if isinstance(outside, Mapping) else None


def read_confusions(metrics: Mapping[str, Any]) -> list[Confusion]:
    """What was taken for something else; right answers are not confusions."""
    return [
        Confusion(str(row.get("gold", "")), str(row.get("predicted", "")), int(number(row.get("count")) or 0))
        for row in rows(metrics.get("confusion"))
        if row.get("gold") != row.get("predicted")
    ]


def read_metrics(version: ModelVersion, active: ModelVersion | None) -> Metrics:
    """The version's figures beside those of the active one (None: nothing to compare with)."""
    mine: Mapping[str, Any] = version.metrics
    theirs: Mapping[str, Any] = active.metrics if active is not None and active.pk != version.pk else {}

    def figure(title: str | Promise, hint: str | Promise, key: str, *, more_is_better: bool = True) -> Figure:
        return Figure(title, hint, number(mine.get(key)), number(theirs.get(key)), more_is_better)

    return Metrics(
        figures=(
            figure(_("Accuracy"), _("share of held-out utterances given the right intent"), "intent_accuracy"),
            figure(_("Macro-F1"), _("the same with every intent weighing the same"), "macro_f1"),
            figure(
                _("Calibration error"),
                _("how far confidence is from being right; less is better"),
                "calibration_error",
                more_is_better=False,
            ),
            Figure(
                _("Out-of-scope AUROC"),
                _("how well strange messages are told from known ones; half is guessing"),
                auroc(mine),
                auroc(theirs),
                more_is_better=True,
            ),
            figure(_("Entity F1"), _("marked words found with the right type and ends"), "entity_f1"),
        ),
        per_intent=tuple(
            IntentFigures(
                name=str(row.get("intent", "")),
                precision=number(row.get("precision")),
                recall=number(row.get("recall")),
                f1=number(row.get("f1")),
                support=int(number(row.get("support")) or 0),
            )
            for row in rows(mine.get("per_intent"))
        ),
        confusions=tuple(sorted(read_confusions(mine), key=lambda one: (-one.count, one.gold, one.predicted))),
        seconds=number(mine.get("seconds")),
        size_bytes=number(mine.get("size_bytes")),
    )


def matrix(confusions: Sequence[Confusion]) -> tuple[MatrixRow, ...]:
    """The most confused intents against each other: rows are what was meant, columns what was understood."""
    weight: dict[str, int] = {}
    for one in confusions:
        weight[one.gold] = weight.get(one.gold, 0) + one.count
        weight[one.predicted] = weight.get(one.predicted, 0) + one.count
    names = sorted(sorted(weight, key=lambda name: (-weight[name], name))[:MATRIX_INTENTS])
    counts = {(one.gold, one.predicted): one.count for one in confusions}
    most = max(counts.values(), default=1)
    return tuple(
        MatrixRow(
            gold,
            tuple(
                MatrixCell(name, count, 0 if not count else max(1, round(count / most * 4)))
                for name in names
                for count in (counts.get((gold, name), 0),)
            ),
        )
        for gold in names
    )

"""Plain measures of classification; numpy only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nlu.pipeline.scope import Scores


@dataclass(frozen=True, slots=True)
class IntentReport:
    """Precision, recall and F1 in 0-1 of one intent, and its number of gold examples."""

    intent: str
    precision: float
    recall: float
    f1: float
    support: int


def ratio(part: float, whole: float) -> float:
    """part / whole, and 0 where there is nothing to divide by."""
    return part / whole if whole else 0.0


def f1_score(hits: float, predicted: float, gold: float) -> float:
    """Harmonic mean of precision and recall from counts."""
    return ratio(2 * hits, predicted + gold)


def intent_reports(gold: Sequence[str], predicted: Sequence[str]) -> list[IntentReport]:
    """One report per label that occurs in gold or predicted, in alphabetical order."""
    hits = Counter(g for g, p in zip(gold, predicted, strict=True) if g == p)
    said, asked = Counter(predicted), Counter(gold)
    return [
        IntentReport(
            name,
            ratio(hits[name], said[name]),
            ratio(hits[name], asked[name]),
            f1_score(hits[name], said[name], asked[name]),
            asked[name],
        )
        for name in sorted({*said, *asked})
    ]


def macro_f1(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean F1 over the labels that occur in gold or predicted, as scikit-learn counts."""
    reports = intent_reports(gold, predicted)
    return ratio(sum(report.f1 for report in reports), len(reports))


def matthews(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Multi-class Matthews correlation coefficient, -1 to 1 (Gorodkin 2004)."""
    n = len(gold)
    asked, said = Counter(gold), Counter(predicted)
    right = sum(g == p for g, p in zip(gold, predicted, strict=True))
    joint = sum(asked[name] * said[name] for name in asked)
    spread_said = n * n - sum(count * count for count in said.values())
    spread_asked = n * n - sum(count * count for count in asked.values())
    return ratio(right * n - joint, (spread_said * spread_asked) ** 0.5)


def auroc(inside: Scores, outside: Scores) -> float:
    """Probability that a random inside score exceeds a random outside score, ties half (Mann & Whitney 1947)."""
    everything = np.concatenate([inside, outside])
    _, places, counts = np.unique(everything, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    total = ranks[: len(inside)].sum() - len(inside) * (len(inside) + 1) / 2
    return float(total / (len(inside) * len(outside)))


def multi_label_counts(
    gold: Iterable[frozenset[str]], predicted: Iterable[frozenset[str]]
) -> tuple[int, int, int]:
    """(hits, predicted, gold) summed over examples, for micro-averaged scores."""
    hits = said = asked = 0
    for g, p in zip(gold, predicted, strict=True):
        hits, said, asked = hits + len(g & p), said + len(p), asked + len(g)
    return hits, said, asked

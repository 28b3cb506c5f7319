"""What each kind of evidence of scope weighs, and where the bound lies; fitted on held-out examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.scope import ScopeModel, Scores, balanced_threshold, keeping_threshold
from nlu.pipeline.vocabulary import Floats

ENOUGH_OF_A_SCRIPT = 20
# What evidence is taken to vary by at least; it keeps the weights of data in which nothing varies within bounds.
LEAST_SPREAD = 0.02
# By how much logarithms of probabilities and the other evidence vary where nothing can be measured.
USUAL_LOGS, USUAL_SPREAD = 0.5, 0.07


def weigh_evidence(
    confidence: Floats | Scores, coverage: Floats, closeness: Floats, scripts: npt.NDArray[np.str_]
) -> ScopeModel:
    """The weights, before any bias, from held-out examples that have an intent; all [examples].

    Evidence that varies much among friends says little when a stranger has less of it: each kind counts in units
    of its own standard deviation (within a script), and that of ln p is the unit of all. Coverage spreads twice as
    wide in small sets of short questions as in large sets, and weighs half as much there. Coverage above the
    median of friends says no more than the median. closeness is all 0 without a sentence encoder, and then weighs
    nothing.
    """
    logs = np.log(np.maximum(confidence, 1e-6))
    unit = _spread(logs, scripts, USUAL_LOGS)

    def weight(values: Floats) -> float:
        return round(unit / _spread(values, scripts, USUAL_SPREAD), 4)

    medians = [float(np.median(coverage[rows])) for rows in _enough(scripts)]
    return ScopeModel(
        coverage=weight(coverage),
        nearest=weight(closeness) if np.any(closeness) else 0.0,
        ceiling=round(max(medians, default=1.0), 4),
    )


def _enough(scripts: npt.NDArray[np.str_]) -> list[npt.NDArray[np.bool_]]:
    """The examples of each script that has enough of them to tell anything."""
    chosen = [scripts == script for script in sorted({str(name) for name in scripts})]
    return [rows for rows in chosen if rows.sum() >= ENOUGH_OF_A_SCRIPT]


def _spread(values: Floats | Scores, scripts: npt.NDArray[np.str_], usual: float) -> float:
    """Standard deviation from the means of the scripts; `usual` where they are too few."""
    apart = [values[rows] - values[rows].mean() for rows in _enough(scripts)]
    return max(float(np.concatenate(apart).std()), LEAST_SPREAD) if apart else usual


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence of scope, scripts, and whether the model was right; all [examples]."""

    values: Scores
    scripts: npt.NDArray[np.str_]
    correct: npt.NDArray[np.bool_]

    def at(self, chosen: npt.NDArray[np.bool_]) -> Evidence:
        """Those that are chosen."""
        return Evidence(self.values[chosen], self.scripts[chosen], self.correct[chosen])

    @classmethod
    def joined(cls, parts: Sequence[Evidence]) -> Evidence:
        """All parts as one; nothing of nothing."""
        if not parts:
            return cls(np.empty(0), np.empty(0, dtype=np.str_), np.empty(0, dtype=np.bool_))
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.scripts for part in parts]),
            np.concatenate([part.correct for part in parts]),
        )


def fit_scope(scope: ScopeModel, inside: Evidence, outside: Evidence, config: PipelineConfig) -> ScopeModel:
    """The model with its biases, so that a score of 0.5 is the bound: people can read the number by itself.

    A script gets a bias of its own when there are enough examples on both sides to place it.
    """
    biases = []
    for script in sorted({str(name) for name in inside.scripts}):
        near, far = inside.at(inside.scripts == script), outside.at(outside.scripts == script)
        strange = not len(outside.values) or len(far.values) >= ENOUGH_OF_A_SCRIPT
        if len(near.values) >= ENOUGH_OF_A_SCRIPT and strange:
            biases.append((script, -_bound(near, far, config)))
    return replace(scope, bias=-_bound(inside, outside, config), biases=tuple(biases))


def _bound(inside: Evidence, outside: Evidence, config: PipelineConfig) -> float:
    if len(outside.values):
        return balanced_threshold(inside.values, outside.values)
    return keeping_threshold(inside.values[inside.correct], config.refused_share)

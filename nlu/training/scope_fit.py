"""What each kind of evidence of scope weighs, and where the bound lies; fitted on held-out examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from nlu.pipeline.scope import ScopeModel, Scores, balanced_threshold, keeping_threshold
from nlu.pipeline.vocabulary import Floats
from nlu.training.metrics import auroc

Chosen = npt.NDArray[np.bool_]

ENOUGH_OF_A_SCRIPT = 20
# Of so many strangers it can be told which kinds of evidence find them.
ENOUGH_STRANGERS = 40
# Of so many strangers the bound that tells them best counts as much as the share of friends.
FEW_STRANGERS = 20
# What a standard deviation of coverage and one of closeness weigh, beside one of ln p: without and with a sentence
# encoder; and what is tried where strangers were given.
ALONE, BESIDE_CLOSENESS, CLOSENESS = 1.0, 0.5, 1.0
TRIED_COVERAGE, TRIED_CLOSENESS = (0.0, 0.5, 1.0, 1.5, 2.0), (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
# Of what the model gets right, the share that is refused where it never saw a stranger. Of the questions that real
# shops get, a third to two thirds belong to no intent (HINT3, Arora et al. 2020): a bound that keeps nearly all
# friends lets most of those through.
REFUSED_BLINDLY = 0.08
# What evidence is taken to vary by at least; it keeps the weights of data in which nothing varies within bounds.
LEAST_SPREAD = 0.02
# By how much logarithms of probabilities and the other evidence vary where nothing can be measured.
USUAL_LOGS, USUAL_SPREAD = 0.5, 0.07


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of examples; all [examples].

    confidence: greatest calibrated probability of an intent; coverage, closeness: as `ScopeModel` has them (no
    closeness, all 0, without a sentence encoder); scripts: as `script_of` gives them; correct: whether the model
    was right.
    """

    confidence: Floats | Scores
    coverage: Floats
    closeness: Floats
    scripts: npt.NDArray[np.str_]
    correct: Chosen

    def __len__(self) -> int:
        return len(self.confidence)

    def at(self, chosen: Chosen) -> Evidence:
        """Those that are chosen."""
        return Evidence(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def measured(self) -> Evidence:
        """Those of which all is known: what is no number tells nothing, and would spoil every weight."""
        kinds = np.stack([self.confidence, self.coverage, self.closeness])
        return self.at(np.isfinite(kinds).all(axis=0))

    def joined(self, other: Evidence) -> Evidence:
        """Both as one."""
        parts = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return Evidence(*(np.concatenate(pair) for pair in parts))

    def values(self, scope: ScopeModel) -> Scores:
        """The sum that the model makes of it, before any bias."""
        return scope.evidence(self.confidence, self.coverage, self.closeness)


def fit_scope(
    friends: Evidence, strangers: Evidence, refused: float, *, strangers_weigh: bool = True
) -> ScopeModel:
    """Weights and biases from held-out examples that have an intent, and strangers, if there are any.

    strangers_weigh: whether strangers choose the weights as well as the bound. Without strangers the bound refuses
    the share `refused` of what the model gets right.

    The biases make a score of 0.5 the bound: people can read the number by itself. A script gets a bias of its own
    when enough of its friends are understood to place it; of its strangers there may be few, they weigh as much as
    they are.
    """
    friends, strangers = friends.measured(), strangers.measured()
    scope = weigh_evidence(friends)
    if strangers_weigh:
        scope = weigh_by_strangers(scope, friends, strangers)
    biases = []
    for script in sorted({str(name) for name in friends.scripts}):
        near, far = friends.at(friends.scripts == script), strangers.at(strangers.scripts == script)
        if near.correct.sum() >= ENOUGH_OF_A_SCRIPT:
            biases.append((script, -_bound(scope, near, far, refused)))
    return replace(scope, bias=-_bound(scope, friends, strangers, refused), biases=tuple(biases))


def weigh_evidence(friends: Evidence) -> ScopeModel:
    """The weights, before any bias, from held-out examples that have an intent.

    Evidence that varies much among friends says little when a stranger has less of it: each kind counts in units
    of its own standard deviation (within a script), and that of ln p is the unit of all. Coverage spreads twice as
    wide in small sets of short questions as in large sets, and weighs half as much there. Coverage above the
    median of friends says no more than the median.
    """
    unit = _spread(np.log(np.maximum(friends.confidence, 1e-6)), friends.scripts, USUAL_LOGS)

    def weight(values: Floats, share: float) -> float:
        return round(share * unit / _spread(values, friends.scripts, USUAL_SPREAD), 4)

    close = bool(np.any(friends.closeness))
    medians = [float(np.median(friends.coverage[rows])) for rows in _of_a_script(friends.scripts)]
    return ScopeModel(
        coverage=weight(friends.coverage, BESIDE_CLOSENESS if close else ALONE),
        nearest=weight(friends.closeness, CLOSENESS) if close else 0.0,
        ceiling=round(max(medians, default=1.0), 4),
    )


def weigh_by_strangers(scope: ScopeModel, friends: Evidence, strangers: Evidence) -> ScopeModel:
    """`scope` with the weights that tell the strangers best, by the area under the ROC curve.

    Unchanged with fewer strangers than `ENOUGH_STRANGERS` or where no other weights are better.
    """
    if len(strangers) < ENOUGH_STRANGERS or not len(friends):
        return scope
    close = scope.nearest > 0
    coverage, nearest = scope.coverage / (BESIDE_CLOSENESS if close else ALONE), scope.nearest / CLOSENESS
    others = [
        replace(scope, coverage=round(covered * coverage, 4), nearest=round(closely * nearest, 4))
        for covered in TRIED_COVERAGE
        for closely in (TRIED_CLOSENESS if close else (0.0,))
    ]
    # Of equal ones the first: what is usual stays.
    return max([scope, *others], key=lambda model: auroc(friends.values(model), strangers.values(model)))


def _bound(scope: ScopeModel, inside: Evidence, outside: Evidence, refused: float) -> float:
    """Between the bound that refuses the share of friends and the one that tells strangers best: the more of them
    there are, the nearer to that. So no bound hangs on one example, nor on whether there is one more.
    """
    values = inside.values(scope)
    # Where nothing is understood, all friends show what friends look like.
    kept = keeping_threshold(values[inside.correct] if inside.correct.any() else values, refused)
    if not len(outside) or not len(inside):
        return kept
    told = balanced_threshold(values, outside.values(scope))
    return (len(outside) * told + FEW_STRANGERS * kept) / (len(outside) + FEW_STRANGERS)


def _of_a_script(scripts: npt.NDArray[np.str_]) -> Sequence[Chosen]:
    """The examples of each script that has enough of them to tell anything."""
    chosen = [scripts == script for script in sorted({str(name) for name in scripts})]
    return [rows for rows in chosen if rows.sum() >= ENOUGH_OF_A_SCRIPT]


def _spread(values: Floats | Scores, scripts: npt.NDArray[np.str_], usual: float) -> float:
    """Standard deviation from the means of the scripts; `usual` where they are too few."""
    apart = [values[rows] - values[rows].mean() for rows in _of_a_script(scripts)]
    return max(float(np.concatenate(apart).std()), LEAST_SPREAD) if apart else usual

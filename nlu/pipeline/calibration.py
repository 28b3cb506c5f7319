"""Makes probabilities mean what they say, and chooses thresholds from them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def softmax(logits: Matrix) -> Matrix:
    """Rows of logits -> rows of probabilities that sum to 1."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: Matrix = shifted / shifted.sum(axis=1, keepdims=True)
    return probabilities


def sigmoid(logits: Matrix) -> Matrix:
    """Chances of labels that may stand together; without overflow however sure a model is."""
    chances: Matrix = 0.5 * (1 + np.tanh(logits / 2))
    return chances


def _log_loss(logits: Matrix, gold: Indices, temperature: float) -> float:
    scaled = logits / temperature
    scaled = scaled - scaled.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(gold)), gold]))


def fit_temperature(logits: Matrix, gold: Indices) -> float:
    """The T in softmax(logits / T) with the least log loss on held-out examples (Guo et al. 2017).

    logits: [examples, intents]; gold: [examples].
    """
    return _least(partial(_log_loss, logits, gold)) if len(gold) else 1.0


def binary_loss(logits: Matrix, targets: Matrix, temperature: float = 1.0) -> float:
    """Mean over examples of the log loss of all their labels, each on its own; both [examples, labels]."""
    scaled = logits / temperature
    return float(np.mean((np.logaddexp(0, scaled) - targets * scaled).sum(axis=1)))


def fit_binary_temperature(logits: Matrix, targets: Matrix) -> float:
    """The T in sigmoid(logits / T) with the least log loss; targets: [examples, labels], 0/1."""
    return _least(partial(binary_loss, logits, targets)) if len(targets) else 1.0


def fit_presence(chances: Matrix, targets: Matrix) -> float:
    """The chance from which on a label is said to be there so that F1 over all labels is best, from 0.1 to 0.9.

    chances, targets: [examples, labels]. Where labels are rare, half a chance asks for too much: a label that is
    missed costs F1 as much as one that is too much.
    """
    bounds = np.arange(10, 91, 2) / 100
    scores = []
    for bound in bounds:
        said = chances >= bound
        scores.append(2 * float((said * targets).sum()) / max(1.0, float(said.sum() + targets.sum())))
    # Of a plateau the middle, as it is the least likely to hang on one example.
    best = np.flatnonzero(np.array(scores) >= max(scores) - 1e-12)
    return float(bounds[best[len(best) // 2]]) if len(targets) else 0.5


def _least(loss: Callable[[float], float]) -> float:
    """Where a loss of a temperature is least: golden-section search over 0.05-20 on a logarithmic scale."""
    ratio = (5**0.5 - 1) / 2
    low, high = np.log(0.05), np.log(20.0)
    for _ in range(40):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(float(np.exp(left))) <= loss(float(np.exp(right))):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def expected_calibration_error(confidence: Vector, correct: npt.NDArray[np.bool_], bins: int = 15) -> float:
    """Mean absolute gap in 0-1 between confidence and accuracy over equal-width bins (Naeini et al. 2015)."""
    if not len(confidence):
        return 0.0
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    gap = 0.0
    for place in np.unique(places):
        inside = places == place
        gap += inside.mean() * abs(confidence[inside].mean() - correct[inside].mean())
    return float(gap)


def fit_confidence_threshold(confidence: Vector, correct: npt.NDArray[np.bool_], target_error: float) -> float:
    """The smallest confidence at which at most `target_error` of all examples are answered, but wrongly.

    Measured on all examples, not on the answered ones: what customers meet is how many of their questions get a
    wrong answer given as if certain. If even the surest is wrong, the threshold that answers almost nothing.
    """
    if not len(confidence):
        return 0.5
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~correct[order]) / len(order)
    within = np.flatnonzero(wrong <= target_error)
    last = int(within[-1]) if len(within) else 0
    return float(np.clip(confidence[order][last], 0.05, 0.95))

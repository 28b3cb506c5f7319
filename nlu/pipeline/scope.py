"""Is this utterance about anything that the assistant was taught at all?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlu.pipeline.language import detect_locale
from nlu.pipeline.vocabulary import Floats

Scores = npt.NDArray[np.float64]
STEPS = 500
LEAST_WIDTH = 1e-3
# A bound that keeps and refuses so much less, in 0-1, weighs 1 / e: a hundred examples cannot tell the two apart.
FAINT = 0.01
# Where it falls by so many times that, one hill of bounds ends.
DEEP = 5
# So many quantiles stand for more examples than that.
MOST_VALUES = 2000


@dataclass(frozen=True, slots=True)
class ScopeModel:
    """score = sigmoid(bias + w_p ln p_max + w_c min(coverage, ceiling) + w_n closeness): kinds of evidence
    multiplied.

    p_max: the greatest calibrated probability of an intent (Hendrycks & Gimpel 2017), which shows messages that
    lie between the intents; coverage: share of the text's n-grams that training ever saw, which shows messages
    about other things; closeness: mean cosine of sentence vectors to the nearest training texts (`TrainedTexts`),
    for models that have a sentence encoder. What a kind of evidence weighs is fitted (`nlu.training.scope_fit`).
    Above the `ceiling` more coverage says nothing: strangers that are worded like the training data have it, too.
    Energies added nothing to these, nor did cosines of n-grams.
    `bias` moves the scores so that 0.5 is the bound. Coverage depends on the script (unseen Chinese characters are
    rarer than unseen words), so each script with enough examples has a bias of its own in `biases`.
    """

    probability: float = 1.0
    coverage: float = 0.0
    nearest: float = 0.0
    bias: float = 0.0
    biases: tuple[tuple[str, float], ...] = ()
    ceiling: float = 1.0

    def evidence(self, confidence: Floats | Scores, coverage: Floats, closeness: Floats) -> Scores:
        """The sum before bias and sigmoid, [texts]."""
        logs = np.log(np.maximum(confidence, 1e-6))
        covered = self.coverage * np.minimum(coverage, self.ceiling)
        total: Scores = (self.probability * logs + covered + self.nearest * closeness).astype(np.float64)
        return total

    def scores(
        self, confidence: Floats | Scores, coverage: Floats, closeness: Floats, scripts: Sequence[str]
    ) -> Scores:
        """Scores in 0-1, [texts]; higher means more like the training data. `scripts`: see `script_of`."""
        own = dict(self.biases)
        bias = np.array([own.get(script, self.bias) for script in scripts], dtype=np.float64)
        score: Scores = 1 / (1 + np.exp(-(self.evidence(confidence, coverage, closeness) + bias)))
        return score


def script_of(text: str) -> str:
    """The locale whose script the text is mostly written in; empty for texts without letters of a known one."""
    return detect_locale(text, default="")


def keeping_threshold(inside: Scores, share: float) -> float:
    """The bound on evidence that refuses `share` in 0-1 of `inside`; for want of strangers to compare with."""
    return float(np.quantile(inside, share)) if len(inside) else 0.0


def balanced_threshold(inside: Scores, outside: Scores) -> float:
    """The bound on evidence that maximises (share of inside kept + share of outside refused) / 2.

    Both shares are smoothed with a logistic kernel: of some dozens of examples the best bound between two of them
    is luck. So is which of two nearly equal peaks is the higher: bounds are averaged, the better the more they
    weigh, but not across a valley that is worse than either side.
    """
    both = np.concatenate([inside, outside])
    bounds = np.linspace(both.min(), both.max(), STEPS)
    gain = _shares_below(bounds, outside) - _shares_below(bounds, inside)
    weights = np.exp((gain - gain.max()) / FAINT)
    high = np.flatnonzero(gain >= gain.max() - DEEP * FAINT)
    hills = np.split(high, np.flatnonzero(np.diff(high) > 1) + 1)
    # Rounded, so that of equal ones the first is taken: it keeps more friends.
    hill = max(hills, key=lambda places: round(float(weights[places].sum()), 6))
    return float(np.average(bounds[hill], weights=weights[hill]))


def _shares_below(bounds: Scores, values: Scores) -> Scores:
    """Smoothed share in 0-1 of the values that lie below each bound; Silverman's width (1986)."""
    width = max(0.9 * _spread(values) * len(values) ** -0.2, LEAST_WIDTH)
    # A logistic distribution has the standard deviation pi / sqrt(3).
    scale = width * math.sqrt(3) / math.pi
    if len(values) > MOST_VALUES:
        values = np.quantile(values, (np.arange(MOST_VALUES) + 0.5) / MOST_VALUES)
    shares: Scores = 0.5 + 0.5 * np.tanh((bounds[:, None] - values) / (2 * scale)).mean(axis=1)
    return shares


def _spread(values: Scores) -> float:
    """The standard deviation, or what it would be by the middle half of the values, whichever is less; not 0 as
    long as they differ."""
    low, high = np.quantile(values, (0.25, 0.75))
    return min(float(values.std()), float(high - low) / 1.34) or float(values.std())

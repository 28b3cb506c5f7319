"""What is fitted on held-out examples: temperature, the linear head's share, thresholds, the scope bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from nlu.pipeline.calibration import (
    Indices,
    Matrix,
    expected_calibration_error,
    fit_confidence_threshold,
    fit_temperature,
    softmax,
)
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.network import product_of_experts, with_strangers
from nlu.pipeline.scope import ScopeModel, Scores, balanced_threshold, keeping_threshold
from nlu.pipeline.vocabulary import Floats
from nlu.training.fitting import BothLogits
from nlu.types import Thresholds

# The head that sees the context keeps at least a quarter of the say.
SHARES = (0.0, 0.25, 0.5, 0.75)
LOSS_WEIGHT = 0.5
ENOUGH_OF_A_SCRIPT = 20
ENOUGH_STRANGERS = 40


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of examples by a network that did not train on them.

    logits: both heads', [examples, intents]; targets: [examples, intents], 0/1; coverage: [examples]; scripts:
    [examples], as `script_of` gives them.
    """

    logits: BothLogits
    targets: torch.Tensor
    coverage: Floats
    scripts: npt.NDArray[np.str_]

    @classmethod
    def joined(cls, parts: Sequence[HeldOut]) -> HeldOut:
        """All parts as one."""
        return cls(
            _joined([part.logits for part in parts]),
            torch.cat([p.targets for p in parts]),
            np.concatenate([p.coverage for p in parts]),
            np.concatenate([p.scripts for p in parts]),
        )

    def cooled(self, temperatures: tuple[float, float]) -> HeldOut:
        """With each head's logits divided by its temperature."""
        head, linear = self.logits.head / temperatures[0], self.logits.linear / temperatures[1]
        logits = replace(self.logits, head=head, linear=linear)
        return replace(self, logits=logits)

    def gold(self) -> Indices:
        """[examples] index of the (first) intent, -1 for none."""
        has = self.targets.sum(1) > 0
        return torch.where(has, self.targets.argmax(1), -1).numpy()


@dataclass(frozen=True, slots=True)
class Bounds:
    """The fitted numbers of a model version and how well they calibrate (expected calibration error, 0-1)."""

    linear_share: float
    temperatures: tuple[float, float]
    temperature: float
    thresholds: Thresholds
    scope: ScopeModel
    held_out_accuracy: float
    calibration_error: float


def combine(logits: BothLogits, share: float, *, multi_label: bool) -> Matrix:
    """Both heads as one, as `NluNetwork.combined` computes it."""
    joint = product_of_experts(logits.head.double(), logits.linear.double(), share, multi_label=multi_label)
    if logits.stranger is not None:
        joint = with_strangers(joint, logits.stranger.double())
    return joint.numpy()


def _joined(parts: Sequence[BothLogits]) -> BothLogits:
    strangers = [part.stranger for part in parts if part.stranger is not None]
    return BothLogits(
        torch.cat([part.head for part in parts]),
        torch.cat([part.linear for part in parts]),
        torch.cat(strangers) if strangers else None,
    )


def head_temperatures(held: HeldOut, config: PipelineConfig) -> tuple[float, float]:
    """What makes each head calibrated on its own, so that neither drowns the other by being loud."""
    gold = held.gold()
    kept = gold >= 0
    if config.multi_label or not kept.any():
        return 1.0, 1.0
    head, linear = (logits.double().numpy()[kept] for logits in (held.logits.head, held.logits.linear))
    return fit_temperature(head, gold[kept]), fit_temperature(linear, gold[kept])


def choose_share(held: HeldOut, config: PipelineConfig) -> float:
    """The share of the linear head that does best on held-out examples, by accuracy and calibrated log loss.

    A few hundred examples tell accuracies apart to a point or so at best, and the loss far better: it decides
    unless the accuracies are well apart.
    """
    gold = held.gold()
    kept = gold >= 0
    best, chosen = -np.inf, SHARES[1]
    for share in SHARES:
        logits = combine(held.logits, share, multi_label=config.multi_label)[kept]
        if not len(logits):
            return chosen
        probabilities = softmax(logits / fit_temperature(logits, gold[kept]))
        right = probabilities.argmax(1) == gold[kept]
        surprise = -np.log(np.maximum(probabilities[np.arange(len(right)), gold[kept]], 1e-9)).mean()
        score = float(right.mean() - LOSS_WEIGHT * surprise)
        if score > best:
            best, chosen = score, share
    return chosen


def fit_bounds(held: HeldOut, config: PipelineConfig, outside: HeldOut | None, known: int) -> Bounds:
    """Fit everything on held-out examples; `outside` are out-of-scope examples scored by the final network, if
    any.

    The first `known` labels are intents; a held-out example of the one behind them counts as out of scope too.
    Without any, or when that class was taught (it takes its share of the probability, so that confidence itself
    tells strangers), the scope bound refuses `config.refused_share` of what the model gets right. The threshold of
    confidence keeps two promises: at most `config.target_error` of all questions are answered wrongly, and at most
    `config.answered_strangers` of the strangers, where there are enough to tell, are answered at all.
    """
    gold = held.gold()
    kept = gold >= 0
    temperatures = head_temperatures(held, config)
    held = held.cooled(temperatures)
    outside = outside.cooled(temperatures) if outside is not None else None
    share = choose_share(held, config)
    logits = combine(held.logits, share, multi_label=config.multi_label)[kept]
    gold = gold[kept]
    scope = ScopeModel()
    if not len(gold):
        return Bounds(share, temperatures, 1.0, Thresholds(), scope, 0.0, 0.0)
    temperature = 1.0 if config.multi_label else fit_temperature(logits, gold)
    probabilities = _probabilities(logits, temperature, config)[:, :known]
    confidence = probabilities.max(axis=1)
    best = probabilities.argmax(1)
    correct: npt.NDArray[np.bool_] = held.targets.numpy()[kept][np.arange(len(gold)), best] > 0
    evidence = Evidence(scope.evidence(confidence, held.coverage[kept]), held.scripts[kept], correct)
    friends = gold < known
    strangers = [evidence.at(~friends)]
    if outside is not None:
        far = _probabilities(combine(outside.logits, share, multi_label=config.multi_label), temperature, config)
        values = scope.evidence(far[:, :known].max(axis=1), outside.coverage)
        strangers.append(Evidence(values, outside.scripts, np.zeros(len(values), dtype=np.bool_)))
    taught = known < logits.shape[1]
    scope = fit_scope(scope, evidence.at(friends), Evidence.joined([] if taught else strangers), config)
    strange = confidence[~friends]
    confidence, correct = confidence[friends], correct[friends]
    threshold = fit_confidence_threshold(confidence, correct, config.target_error)
    if len(strange) >= ENOUGH_STRANGERS:
        threshold = max(threshold, float(np.quantile(strange, 1 - config.answered_strangers)))
    thresholds = Thresholds(
        confidence=round(threshold, 4), confirm=round(min(0.25, threshold / 2), 4), margin=0.1, scope=0.5
    )
    error = expected_calibration_error(confidence, correct)
    return Bounds(share, temperatures, temperature, thresholds, scope, float(correct.mean()), error)


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


def _probabilities(logits: Matrix, temperature: float, config: PipelineConfig) -> Matrix:
    return 1 / (1 + np.exp(-logits / temperature)) if config.multi_label else softmax(logits / temperature)

"""What is fitted on held-out examples: temperatures, the heads' shares, thresholds, the scope bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from nlu.pipeline.calibration import (
    Indices,
    Matrix,
    binary_loss,
    expected_calibration_error,
    fit_binary_temperature,
    fit_confidence_threshold,
    fit_presence,
    fit_temperature,
    sigmoid,
    softmax,
)
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.network import ExpertLogits
from nlu.pipeline.scope import ScopeModel
from nlu.pipeline.vocabulary import Floats
from nlu.training.metrics import f1_score
from nlu.training.scope_fit import ENOUGH_STRANGERS, REFUSED_BLINDLY, Evidence, fit_scope
from nlu.types import Thresholds

# By the number of heads. The one that sees the context keeps at least a quarter of the say.
SHARES: dict[int, tuple[tuple[float, ...], ...]] = {
    2: ((1.0, 0.0), (0.75, 0.25), (0.5, 0.5), (0.25, 0.75)),
    3: tuple(
        (head / 4, linear / 4, (4 - head - linear) / 4)
        for head in (4, 3, 2, 1)
        for linear in range(4 - head, -1, -1)
    ),
}
# Without any context in the training data it has nothing that the others have not.
SHARES_WITHOUT_CONTEXT: dict[int, tuple[tuple[float, ...], ...]] = {
    2: (*SHARES[2], (0.0, 1.0)),
    3: (*SHARES[3], *((0.0, linear / 4, (4 - linear) / 4) for linear in range(4, -1, -1))),
}
LOSS_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of examples by a network that did not train on them.

    logits: every head's, [examples, intents]; targets: [examples, intents], 0/1; coverage, closeness: [examples],
    as the bags and `TrainedTexts` have them; scripts: [examples], as `script_of` gives them.
    """

    logits: ExpertLogits
    targets: torch.Tensor
    coverage: Floats
    closeness: Floats
    scripts: npt.NDArray[np.str_]

    @classmethod
    def joined(cls, parts: Sequence[HeldOut]) -> HeldOut:
        """All parts as one."""
        return cls(
            ExpertLogits.joined([part.logits for part in parts]),
            torch.cat([p.targets for p in parts]),
            np.concatenate([p.coverage for p in parts]),
            np.concatenate([p.closeness for p in parts]),
            np.concatenate([p.scripts for p in parts]),
        )

    def cooled(self, temperatures: Sequence[float]) -> HeldOut:
        """With each head's logits divided by its temperature."""
        return replace(self, logits=self.logits.cooled(temperatures))

    def gold(self) -> Indices:
        """[examples] index of the (first) intent, -1 for none."""
        has = self.targets.sum(1) > 0
        return torch.where(has, self.targets.argmax(1), -1).numpy()


@dataclass(frozen=True, slots=True)
class Bounds:
    """The fitted numbers of a model version and how well they calibrate (expected calibration error, 0-1)."""

    shares: tuple[float, ...]
    temperatures: tuple[float, ...]
    temperature: float
    thresholds: Thresholds
    scope: ScopeModel
    held_out_accuracy: float
    calibration_error: float


def combine(logits: ExpertLogits, shares: Sequence[float], *, multi_label: bool) -> Matrix:
    """All heads as one, as `NluNetwork.logits` computes it."""
    stranger = logits.stranger.double() if logits.stranger is not None else None
    exact = ExpertLogits(tuple(said.double() for said in logits.experts), stranger)
    return exact.combined(shares, multi_label=multi_label).numpy()


def head_temperatures(held: HeldOut, config: PipelineConfig) -> tuple[float, ...]:
    """What makes each head calibrated on its own, so that none drowns the others by being loud."""
    gold = held.gold()
    kept = gold >= 0
    if not kept.any():
        return tuple(1.0 for _ in held.logits.experts)
    if config.multi_label:
        targets = held.targets.double().numpy()
        return tuple(fit_binary_temperature(said.double().numpy(), targets) for said in held.logits.experts)
    return tuple(fit_temperature(said.double().numpy()[kept], gold[kept]) for said in held.logits.experts)


def choose_shares(held: HeldOut, config: PipelineConfig, *, in_context: bool = True) -> tuple[float, ...]:
    """The heads' shares that do best on held-out examples, by accuracy and calibrated log loss.

    in_context: whether training saw contexts; without, a model of several intents may leave the first head out.

    A few hundred examples tell accuracies apart to a point or so at best, and the loss far better: it decides
    unless the accuracies are well apart.
    """
    gold = held.gold()
    kept = gold >= 0
    free = config.multi_label and not in_context
    choices = (SHARES_WITHOUT_CONTEXT if free else SHARES)[len(held.logits.experts)]
    best, chosen = -np.inf, choices[1]
    if not kept.any():
        return chosen
    targets = held.targets.double().numpy()
    for shares in choices:
        logits = combine(held.logits, shares, multi_label=config.multi_label)
        score = (
            _score_of_several(logits, targets) if config.multi_label else _score_of_one(logits[kept], gold[kept])
        )
        if score > best:
            best, chosen = score, shares
    return chosen


def _score_of_one(logits: Matrix, gold: Indices) -> float:
    probabilities = softmax(logits / fit_temperature(logits, gold))
    surprise = -np.log(np.maximum(probabilities[np.arange(len(gold)), gold], 1e-9)).mean()
    return float((probabilities.argmax(1) == gold).mean() - LOSS_WEIGHT * surprise)


def _score_of_several(logits: Matrix, targets: Matrix) -> float:
    """For labels that may stand together: F1 over all of them for accuracy; texts without any count, too."""
    temperature = fit_binary_temperature(logits, targets)
    chances = sigmoid(logits / temperature)
    said = chances >= fit_presence(chances, targets)
    score = f1_score(float((said * targets).sum()), float(said.sum()), float(targets.sum()))
    return score - LOSS_WEIGHT * binary_loss(logits, targets, temperature)


def fit_bounds(
    held: HeldOut, config: PipelineConfig, outside: HeldOut | None, known: int, *, in_context: bool = True
) -> Bounds:
    """Fit everything on held-out examples; `outside` are out-of-scope examples scored by the final network, if
    any.

    The first `known` labels are intents; a held-out example of the one behind them counts as out of scope too.
    When that class was taught it takes its share of the probability, so that confidence itself tells strangers,
    and the scope bound lies between the one that tells the held-out strangers best and the one that refuses
    `config.refused_share` of what the model gets right; without any strangers at all the bound refuses
    `REFUSED_BLINDLY`. The threshold of confidence keeps two promises: at most `config.target_error` of all
    questions are answered wrongly, and at most
    `config.answered_strangers` of the strangers, where there are enough to tell, are answered at all.
    """
    gold = held.gold()
    kept = gold >= 0
    temperatures = head_temperatures(held, config)
    held = held.cooled(temperatures)
    outside = outside.cooled(temperatures) if outside is not None else None
    shares = choose_shares(held, config, in_context=in_context)
    logits = combine(held.logits, shares, multi_label=config.multi_label)
    several, present = 1.0, Thresholds().present
    if config.multi_label:
        targets = held.targets.double().numpy()
        several = fit_binary_temperature(logits, targets)
        present = fit_presence(sigmoid(logits / several), targets)
    logits = logits[kept]
    gold = gold[kept]
    if not len(gold) or not known:
        return Bounds(shares, temperatures, 1.0, Thresholds(), ScopeModel(), 0.0, 0.0)
    temperature = several if config.multi_label else fit_temperature(logits, gold)
    probabilities = _probabilities(logits, temperature, config)[:, :known]
    confidence = probabilities.max(axis=1)
    best = probabilities.argmax(1)
    correct: npt.NDArray[np.bool_] = held.targets.numpy()[kept][np.arange(len(gold)), best] > 0
    friends = gold < known
    evidence = Evidence(confidence, held.coverage[kept], held.closeness[kept], held.scripts[kept], correct)
    taught = known < logits.shape[1]
    strangers = evidence.at(~friends)
    if outside is not None and not taught:
        far = _probabilities(combine(outside.logits, shares, multi_label=config.multi_label), temperature, config)
        wrong = np.zeros(len(far), dtype=np.bool_)
        strangers = strangers.joined(
            Evidence(far.max(axis=1), outside.coverage, outside.closeness, outside.scripts, wrong)
        )
    refused = config.refused_share if taught else max(config.refused_share, REFUSED_BLINDLY)
    scope = fit_scope(evidence.at(friends), strangers, refused, strangers_weigh=not taught)
    strange = confidence[~friends]
    confidence, correct = confidence[friends], correct[friends]
    threshold = fit_confidence_threshold(confidence, correct, config.target_error)
    if len(strange) >= ENOUGH_STRANGERS:
        threshold = max(threshold, float(np.quantile(strange, 1 - config.answered_strangers)))
    thresholds = Thresholds(
        confidence=round(threshold, 4),
        confirm=round(min(0.25, threshold / 2), 4),
        margin=0.1,
        scope=0.5,
        present=present,
    )
    error = expected_calibration_error(confidence, correct)
    return Bounds(shares, temperatures, temperature, thresholds, scope, float(correct.mean()), error)


def _probabilities(logits: Matrix, temperature: float, config: PipelineConfig) -> Matrix:
    return sigmoid(logits / temperature) if config.multi_label else softmax(logits / temperature)

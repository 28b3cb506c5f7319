"""One fit of the network: both heads jointly by gradient descent, then the linear head."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.encoder import BagTensors
from nlu.pipeline.features import Keys
from nlu.pipeline.network import Labels, NluNetwork
from nlu.training.linear_fit import fit_linear
from nlu.training.prepared import PreparedData
from nlu.training.progress import Reporter
from nlu.training.row_adam import RowAdam
from nlu.types import EMPTY_CONTEXT

WARM_UP = 0.1
# How many texts are scored at once outside training; bounds the memory, changes no result.
SCORED_AT_ONCE = 1024
STRANGER_ITERATIONS = 60


@dataclass(frozen=True, slots=True)
class FittedNetwork:
    """A network after the epoch that did best on the held-out examples (the last one without any)."""

    network: NluNetwork
    best_epoch: int


@dataclass(frozen=True, slots=True)
class BothLogits:
    """Logits [texts, intents] of the formula's head and of the linear head.

    stranger: [texts], the linear head's log odds of having no intent; None if training saw no such texts.
    """

    head: Tensor
    linear: Tensor
    stranger: Tensor | None = None


def both_logits(network: NluNetwork, data: PreparedData) -> BothLogits:
    """Score a dataset with both heads."""
    network.eval()
    heads, linears = [], []
    with torch.inference_mode():
        for start in range(0, len(data), SCORED_AT_ONCE):
            rows = np.arange(start, min(len(data), start + SCORED_AT_ONCE))
            bags = BagTensors.of(data.bags.select(rows))
            previous = BagTensors.of(data.previous.select(rows))
            heads.append(network.head_logits(bags, previous, [data.contexts[row] for row in rows]))
            linears.append(network.linear_logits(bags))
    network.train()
    linear, intents = torch.cat(linears), len(network.labels.intents)
    stranger = linear[:, intents] if network.labels.taught_strangers else None
    return BothLogits(torch.cat(heads), linear[:, :intents], stranger)


def intent_loss(logits: Tensor, targets: Tensor, config: PipelineConfig) -> Tensor:
    """Cross-entropy with label smoothing (binary if multi-label); texts without an intent do not count."""
    if config.multi_label:
        return nn.functional.binary_cross_entropy_with_logits(logits, targets)
    weights = targets.sum(1)
    intents = targets.shape[1]
    smoothed = targets * (1 - config.label_smoothing) + config.label_smoothing / intents
    losses = -(smoothed * logits.log_softmax(1)).sum(1)
    return (losses * weights).sum() / weights.sum().clamp(min=1)


def _accuracy(network: NluNetwork, data: PreparedData) -> tuple[float, float]:
    """(share of texts whose best intent is right, minus the loss) of the formula's head."""
    logits = both_logits(network, data).head
    right = data.targets.gather(1, logits.argmax(1, keepdim=True)).mean()
    return float(right), -float(intent_loss(logits, data.targets, network.config))


def _tag_loss(network: NluNetwork, data: PreparedData, rows: Keys) -> Tensor:
    if network.tagger is None or data.tokens is None:
        return torch.zeros(())
    rows = rows[data.tokens.lengths[rows] > 0]
    if not len(rows):
        return torch.zeros(())
    batch = data.tokens.select(rows)
    emissions = network.tagger(network.tagging_encoder, batch, network.config.ngram_dropout / 2)
    gold = nn.utils.rnn.pad_sequence([torch.from_numpy(data.tags[row]) for row in rows], batch_first=True)
    return network.tagger.crf.loss(emissions, gold, torch.from_numpy(batch.lengths))


def _worth_tagging(data: PreparedData, rows: Keys, generator: np.random.Generator) -> Keys:
    """The rows with entities and, where they are few, about as many of those without.

    Tagging is the dearest part of a step, and a text in which nothing is named teaches the tagger little.
    """
    if not data.tags:
        return rows
    named = np.array([bool(data.tags[row].any()) for row in rows], dtype=np.bool_)
    share = named.sum() / max(1, (~named).sum())
    kept: Keys = rows[named | (generator.random(len(rows)) < share)]
    return kept


def _batches(count: int, size: int, generator: np.random.Generator) -> Iterator[Keys]:
    yield from np.array_split(generator.permutation(count), max(1, math.ceil(count / size)))


def batch_size(count: int, config: PipelineConfig) -> int:
    """Larger batches for more data, as its square root, and at least eight steps an epoch for little data."""
    grown = int(config.batch_size * math.sqrt(count / 2000))
    return max(4, min(max(config.batch_size, grown), count // 8))


def schedule_length(count: int, config: PipelineConfig) -> int:
    """Epochs of the whole schedule: `config.epochs`, or as many as `config.least_steps` steps need."""
    steps = max(1, math.ceil(count / batch_size(count, config)))
    return max(config.epochs, math.ceil(config.least_steps / steps))


def fit_network(
    data: PreparedData,
    *,
    config: PipelineConfig,
    labels: Labels,
    vocabulary_size: int,
    held_out: PreparedData | None,
    epochs: int,
    seed: int,
    reporter: Reporter,
    stage: str,
) -> FittedNetwork:
    """Train for at most `epochs` epochs of the schedule (`schedule_length`).

    With held-out examples the best epoch is kept and training stops after `config.patience` epochs without a
    better one. The same arguments give the same network. Raises TrainingCancelled.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = np.random.default_rng(seed)
        network = NluNetwork(config, labels, vocabulary_size)
        best = _descend(network, data, held_out, epochs, generator, reporter, stage)
    targets = data.targets
    rows = np.flatnonzero(targets.sum(1).numpy() > 0) if not config.multi_label else np.arange(len(targets))
    shares = targets[rows] if config.multi_label else targets[rows] / targets[rows].sum(1, keepdim=True)
    bags = data.bags.select(rows)
    weights, bias = fit_linear(
        bags, shares, vocabulary_size, strength=config.linear_strength, multi_label=config.multi_label
    )
    reporter.check()
    if labels.taught_strangers:
        strange, bound = fit_linear(
            bags,
            shares[:, labels.known :],
            vocabulary_size,
            strength=config.stranger_strength,
            iterations=STRANGER_ITERATIONS,
            multi_label=True,
        )
        weights, bias = torch.cat([weights, strange], dim=1), torch.cat([bias, bound])
        reporter.check()
    with torch.no_grad():
        network.linear.weight[: len(weights)] = weights
        network.linear_bias.copy_(bias)
    return FittedNetwork(network, best)


def _descend(
    network: NluNetwork,
    data: PreparedData,
    held_out: PreparedData | None,
    epochs: int,
    generator: np.random.Generator,
    reporter: Reporter,
    stage: str,
) -> int:
    config = network.config
    size = batch_size(len(data), config)
    # The tables of n-grams are most of the model, and a batch touches little of them: sparse gradients save most
    # of the time.
    for table in network.tables:
        table.sparse = True
    frozen = {id(table.weight) for table in network.tables} | {id(network.linear.weight), id(network.linear_bias)}
    dense = [parameter for parameter in network.parameters() if id(parameter) not in frozen]
    row_adams = [RowAdam(table.weight) for table in network.tables]
    adam = torch.optim.AdamW(dense, weight_decay=0.01)
    total = schedule_length(len(data), config) * max(1, math.ceil(len(data) / size))
    step, best_epoch, best_score = 0, 0, (-1.0, -math.inf)
    best_state: dict[str, Tensor] = {}
    for epoch in range(1, epochs + 1):
        losses = []
        for rows in _batches(len(data), size, generator):
            rate = config.learning_rate * _schedule(step / total)
            loss = _loss(network, data, rows, generator)
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
            adam.param_groups[0]["lr"] = rate
            adam.step()
            for row_adam in row_adams:
                row_adam.step(rate)
            losses.append(float(loss.detach()))
            step += 1
            if step % 20 == 0:
                reporter.check()
        score = _accuracy(network, held_out) if held_out is not None and len(held_out) else None
        if score is not None and score > best_score:
            best_epoch, best_score = epoch, score
            best_state = {name: value.clone() for name, value in network.state_dict().items()}
        reporter.epoch(stage, float(np.mean(losses)), None if score is None else score[0])
        if score is not None and epoch - best_epoch >= config.patience:
            reporter.skip(epochs - epoch)
            break
    if best_state:
        network.load_state_dict(best_state)
    for table in network.tables:
        table.sparse = False
    return best_epoch or epochs


def _schedule(done: float) -> float:
    """The share of the peak learning rate: linear warm-up, then half a cosine down to 2 %."""
    rise = min(1.0, done / WARM_UP + 0.02)
    fall = 0.02 + 0.98 * (1 + math.cos(math.pi * max(0.0, done - WARM_UP) / (1 - WARM_UP))) / 2
    return min(rise, fall)


def _loss(network: NluNetwork, data: PreparedData, rows: Keys, generator: np.random.Generator) -> Tensor:
    """Every member's and the tagger's losses on a batch, with contexts and n-grams dropped at random."""
    config = network.config
    blanked = generator.random(len(rows)) < config.context_dropout
    contexts = [EMPTY_CONTEXT if hide else data.contexts[row] for row, hide in zip(rows, blanked, strict=True)]
    bags = previous = BagTensors.of(data.bags.select(rows))
    if network.labels.previous_message:
        before = data.previous.select(rows)
        shown = np.repeat(~blanked, np.diff(before.offsets)).astype(np.float32)
        previous = BagTensors.of(before)
        previous = BagTensors(previous.indices, previous.weights * torch.from_numpy(shown), previous.offsets)
    loss = _tag_loss(network, data, _worth_tagging(data, rows, generator))
    for member in network.members:
        logits = member(bags.dropped(config.ngram_dropout), previous, contexts)
        loss = loss + intent_loss(logits, data.targets[rows], config)
    return loss

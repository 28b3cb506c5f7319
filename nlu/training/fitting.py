"""One fit of the network: intent head and tagger jointly by gradient descent, then the linear heads."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.encoder import BagTensors
from nlu.pipeline.features import Keys
from nlu.pipeline.network import ExpertLogits, Labels, NluNetwork
from nlu.training.adversary import Adversary, AdversaryConfig
from nlu.training.linear_fit import fit_linear
from nlu.training.metrics import f1_score
from nlu.training.prepared import PreparedData
from nlu.training.progress import Reporter
from nlu.training.schedule import batch_size, schedule_length
from nlu.training.trained_table import TrainedTable, trained_tables
from nlu.types import EMPTY_CONTEXT

WARM_UP = 0.1
# How many texts are scored at once outside training; bounds the memory, changes no result.
SCORED_AT_ONCE = 1024
ITERATIONS, STRANGER_ITERATIONS, SEVERAL_ITERATIONS = 40, 60, 120


@dataclass(frozen=True, slots=True)
class FittedNetwork:
    """A network after the epoch that did best on the held-out examples (the last one without any)."""

    network: NluNetwork
    best_epoch: int


def expert_logits(network: NluNetwork, data: PreparedData) -> ExpertLogits:
    """Score a dataset with every head."""
    network.eval()
    said = []
    with torch.inference_mode():
        for start in range(0, len(data), SCORED_AT_ONCE):
            rows = np.arange(start, min(len(data), start + SCORED_AT_ONCE))
            bags = BagTensors.of(data.bags.select(rows))
            previous = BagTensors.of(data.previous.select(rows))
            contexts = [data.contexts[row] for row in rows]
            said.append(network.experts(bags, data.sentences[rows], previous, contexts))
    network.train()
    return ExpertLogits.joined(said)


def intent_loss(logits: Tensor, targets: Tensor, config: PipelineConfig) -> Tensor:
    """Cross-entropy with label smoothing (binary if multi-label); texts without an intent do not count."""
    if config.multi_label:
        return nn.functional.binary_cross_entropy_with_logits(logits, targets)
    weights = targets.sum(1)
    intents = targets.shape[1]
    smoothed = targets * (1 - config.label_smoothing) + config.label_smoothing / intents
    losses = -(smoothed * logits.log_softmax(1)).sum(1)
    return (losses * weights).sum() / weights.sum().clamp(min=1)


@dataclass(frozen=True, slots=True)
class _Score:
    """How good an epoch was: `right` in 0-1, of equal ones the one with the smaller loss; accuracy: of intents."""

    right: float
    loss: float
    accuracy: float

    def better_than(self, other: _Score | None) -> bool:
        return other is None or (self.right, -self.loss) > (other.right, -other.loss)


def _score(network: NluNetwork, data: PreparedData) -> _Score:
    """Of the formula's head on held-out texts; with a tagger the mean of its accuracy and the entities' F1.

    Intents alone would stop a training of few intents and many entities long before the entities are learned.
    """
    logits = expert_logits(network, data).experts[0]
    accuracy = float(data.targets.gather(1, logits.argmax(1, keepdim=True)).mean())
    loss = float(intent_loss(logits, data.targets, network.config))
    if network.tagger is None:
        return _Score(accuracy, loss, accuracy)
    return _Score((accuracy + _entity_f1(network, data)) / 2, loss, accuracy)


def _entity_f1(network: NluNetwork, data: PreparedData) -> float:
    """F1 in 0-1 of the tagger's spans."""
    tagger, tokens = network.tagger, data.tokens
    if tagger is None or tokens is None:
        return 0.0
    hits = said = asked = 0
    rows = np.flatnonzero(tokens.lengths > 0)
    network.eval()
    with torch.inference_mode():
        for start in range(0, len(rows), SCORED_AT_ONCE):
            chosen = rows[start : start + SCORED_AT_ONCE]
            emissions = tagger(network.tagging_encoder, tokens.select(chosen), data.vectors(chosen)).numpy()
            lengths = tokens.lengths[chosen]
            within = np.arange(emissions.shape[1]) < lengths[:, None]
            paths = np.split(tagger.crf.decode_all(emissions[within], lengths), np.cumsum(lengths)[:-1])
            for row, path in zip(chosen, paths, strict=True):
                gold = _spans([tagger.tags[tag] for tag in data.tags[row]])
                found = _spans([tagger.tags[tag] for tag in path])
                hits, said, asked = hits + len(gold & found), said + len(found), asked + len(gold)
    network.train()
    return f1_score(hits, said, asked)


def _spans(tags: Sequence[str]) -> frozenset[tuple[int, int, str]]:
    """(first token, token behind, type) of every span of a valid BIO sequence."""
    ends = [i for i, tag in enumerate([*tags[1:], "O"], start=1) if not tag.startswith("I-")]
    starts = [(i, tag[2:]) for i, tag in enumerate(tags) if tag.startswith("B-")]
    return frozenset((start, next(end for end in ends if end > start), kind) for start, kind in starts)


def _tag_loss(network: NluNetwork, data: PreparedData, rows: Keys) -> Tensor:
    if network.tagger is None or data.tokens is None:
        return torch.zeros(())
    rows = rows[data.tokens.lengths[rows] > 0]
    if not len(rows):
        return torch.zeros(())
    batch = data.tokens.select(rows)
    dropped = network.config.ngram_dropout / 2
    emissions = network.tagger(network.tagging_encoder, batch, data.vectors(rows), dropped)
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
    unlabelled: PreparedData | None = None,
    entries: bool = False,
) -> FittedNetwork:
    """Train for at most `epochs` epochs of the schedule (`schedule_length`).

    With held-out examples the best epoch is kept, by intents and entities, and training stops after
    `config.patience` epochs without a better one. `unlabelled` messages take part in a contest with a generator of
    features (`Adversary`). `entries` lets Adam learn the tables of n-grams (`TrainedTable`).

    The same arguments give the same network. Raises TrainingCancelled.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = np.random.default_rng(seed)
        network = NluNetwork(config, labels, vocabulary_size)
        adversary = Adversary(network, unlabelled, AdversaryConfig()) if unlabelled is not None else None
        with trained_tables(network.encoders, entries=entries) as tables:
            best = _descend(network, data, held_out, epochs, generator, reporter, stage, adversary, tables)
    _fit_linear_heads(network, data, reporter)
    return FittedNetwork(network, best)


def _fit_linear_heads(network: NluNetwork, data: PreparedData, reporter: Reporter) -> None:
    config, labels, targets = network.config, network.labels, data.targets
    rows = np.flatnonzero(targets.sum(1).numpy() > 0) if not config.multi_label else np.arange(len(targets))
    shares = targets[rows] if config.multi_label else targets[rows] / targets[rows].sum(1, keepdim=True)
    bags, vectors = data.bags.select(rows), data.sentences[rows] if config.sentence_size else None
    vocabulary_size = network.linear.num_embeddings
    multi = config.multi_label
    # Labels that may stand together are a question with two answers each, as strangers are, and most are rare.
    strength = config.stranger_strength if multi else config.linear_strength
    iterations = SEVERAL_ITERATIONS if multi else ITERATIONS
    fits = [
        fit_linear(
            shares, bags, vocabulary_size, vectors, strength=strength, iterations=iterations, multi_label=multi
        )
    ]
    reporter.check()
    if labels.taught_strangers:
        strange = shares[:, labels.known :]
        fits.append(
            fit_linear(
                strange,
                bags,
                vocabulary_size,
                vectors,
                strength=config.stranger_strength,
                iterations=STRANGER_ITERATIONS,
                multi_label=True,
            )
        )
        reporter.check()
    with torch.no_grad():
        network.linear.weight.copy_(torch.cat([fit.weights for fit in fits if fit.weights is not None], dim=1))
        network.linear_bias.copy_(torch.cat([fit.bias for fit in fits]))
        if vectors is not None and network.linear_sentence is not None and network.sentence is not None:
            network.linear_sentence.copy_(torch.cat([fit.dense for fit in fits if fit.dense is not None], dim=1))
            alone = fit_linear(shares, None, 0, vectors, strength=config.sentence_strength, multi_label=multi)
            if alone.dense is not None:
                network.sentence.weight.copy_(alone.dense.T)
            network.sentence.bias.copy_(alone.bias)
    reporter.check()


def _descend(
    network: NluNetwork,
    data: PreparedData,
    held_out: PreparedData | None,
    epochs: int,
    generator: np.random.Generator,
    reporter: Reporter,
    stage: str,
    adversary: Adversary | None,
    tables: list[TrainedTable],
) -> int:
    config = network.config
    size = batch_size(len(data), config)
    # Learned by `tables`, a row at a time.
    apart = {f"members.{place}.encoder.embedding.weight" for place in range(len(network.members))}
    dense = [
        parameter
        for name, parameter in network.named_parameters()
        if name not in apart and not name.startswith(("linear", "sentence"))
    ]
    dense += adversary.head_parameters if adversary is not None else []
    adam = torch.optim.AdamW(dense, weight_decay=0.01, fused=True)
    total = schedule_length(len(data), config) * max(1, math.ceil(len(data) / size))
    step, best_epoch = 0, 0
    best: _Score | None = None
    best_state: dict[str, Tensor] = {}
    for epoch in range(1, epochs + 1):
        losses = []
        for rows in _batches(len(data), size, generator):
            rate = config.learning_rate * _schedule(step / total)
            loss = _loss(network, data, rows, generator)
            if adversary is not None:
                loss = loss + adversary.loss(len(rows), step / total, generator)
            adam.zero_grad()
            loss.backward(retain_graph=adversary is not None)  # type: ignore[no-untyped-call]  # torch's gap
            if adversary is not None:
                adversary.step()
            adam.param_groups[0]["lr"] = rate
            adam.step()
            for table in tables:
                table.step(rate)
            losses.append(float(loss.detach()))
            step += 1
            if step % 20 == 0:
                reporter.check()
        score = _score(network, held_out) if held_out is not None and len(held_out) else None
        if score is not None and score.better_than(best):
            best_epoch, best = epoch, score
            best_state = {name: value.clone() for name, value in network.state_dict().items()}
        reporter.epoch(stage, float(np.mean(losses)), None if score is None else score.accuracy)
        if score is not None and epoch - best_epoch >= config.patience:
            reporter.skip(epochs - epoch)
            break
    if best_state:
        network.load_state_dict(best_state)
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
    sentences = data.sentences[rows]
    if network.labels.previous_message:
        before = data.previous.select(rows)
        shown = np.repeat(~blanked, np.diff(before.offsets)).astype(np.float32)
        previous = BagTensors.of(before)
        previous = BagTensors(previous.indices, previous.weights * torch.from_numpy(shown), previous.offsets)
    loss = _tag_loss(network, data, _worth_tagging(data, rows, generator))
    for member in network.members:
        logits = member(bags.dropped(config.ngram_dropout), sentences, previous, contexts)
        loss = loss + intent_loss(logits, data.targets[rows], config)
    return loss

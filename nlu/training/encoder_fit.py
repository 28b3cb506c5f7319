"""Learns a sentence encoder from pairs of questions, so that what means the same lies close together."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nlu.pipeline.encoder import BagTensors
from nlu.pipeline.features import Keys, NgramSpec
from nlu.pipeline.pair_encoder import PairEncoder
from nlu.pipeline.threads import one_thread
from nlu.pipeline.vocabulary import BagBatch, NgramVocabulary
from nlu.training.metrics import auroc
from nlu.training.progress import Reporter
from nlu.training.question_pairs import QuestionPair
from nlu.training.row_adam import RowAdam
from nlu.types import TrainingProgress

HELD_OUT_SHARE = 0.05
MOST_HELD_OUT = 2000
WARM_UP_STEPS = 100
FINAL_RATE = 0.02
# Logits of questions that must not count as wrong answers to themselves.
NEVER = -1e4


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """How an encoder of pairs is built and trained; sizes in units, rates in 0-1."""

    ngrams: NgramSpec = field(default_factory=lambda: NgramSpec(char_max=4))
    rare_below: int = 2
    size: int = 256
    epochs: int = 4
    batch_size: int = 128
    learning_rate: float = 5e-3
    ngram_dropout: float = 0.5
    temperature: float = 0.1


@dataclass(frozen=True, slots=True)
class EncoderResult:
    """A trained encoder and how it does on pairs that it has not seen.

    auroc: chance that a pair of one meaning lies closer than one of two meanings; before: the same of TF-IDF
    vectors, what the training began with; None where the pairs cannot tell. pairs: how many were trained on.
    """

    encoder: PairEncoder
    pairs: int
    held_out: int
    auroc: float | None
    before: float | None
    seconds: float


def fit_encoder(
    pairs: Sequence[QuestionPair],
    *,
    config: EncoderConfig,
    seed: int,
    progress: Callable[[TrainingProgress], None],
    should_cancel: Callable[[], bool],
) -> EncoderResult:
    """Train on all pairs but a twentieth, which measures. Equal arguments give an equal encoder on one machine.

    Every question is drawn to its partner, or to itself with other n-grams left out, and pushed off the rest of
    the batch and off a question that people marked as different: InfoNCE with hard negatives (van den Oord et al.
    2018; SimCSE, Gao et al. 2021). Raises TrainingCancelled soon after `should_cancel` says so.
    """
    begun = time.monotonic()
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(pairs))
    count = min(MOST_HELD_OUT, int(len(pairs) * HELD_OUT_SHARE))
    shown, kept = ([pairs[row] for row in rows] for rows in (order[:count], order[count:]))
    reporter = Reporter(config.epochs, progress, should_cancel)
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        questions = sorted({text for pair in kept for text in (pair.first, pair.second)})
        vocabulary = NgramVocabulary.build(questions, config.ngrams, minimum=config.rare_below)
        table = nn.EmbeddingBag(max(1, len(vocabulary)), config.size, mode="sum", sparse=True)
        nn.init.normal_(table.weight, 0.0, config.size**-0.5)
        before = _auroc(PairEncoder(vocabulary, table.weight.detach()), shown)
        _descend(table, _Questions.of(questions, kept, vocabulary), config, generator, reporter)
        encoder = PairEncoder(vocabulary, table.weight.detach())
        after = _auroc(encoder, shown)
    return EncoderResult(encoder, len(kept), len(shown), after, before, time.monotonic() - begun)


@dataclass(frozen=True, slots=True)
class _Questions:
    """Distinct questions as bags; same: [pairs, 2] of one meaning; different: by question, those unlike it."""

    bags: BagBatch
    same: Keys
    different: dict[int, Keys]

    @classmethod
    def of(
        cls, questions: Sequence[str], pairs: Sequence[QuestionPair], vocabulary: NgramVocabulary
    ) -> _Questions:
        places = {text: place for place, text in enumerate(questions)}
        same, different = [], defaultdict(list)
        for pair in pairs:
            first, second = places[pair.first], places[pair.second]
            if pair.same:
                same.append((first, second))
            else:
                different[first].append(second)
                different[second].append(first)
        return cls(
            vocabulary.bags(questions),
            np.array(same, dtype=np.int64).reshape(-1, 2),
            {place: np.array(others, dtype=np.int64) for place, others in different.items()},
        )

    def __len__(self) -> int:
        return len(self.bags)


def _descend(
    table: nn.EmbeddingBag,
    questions: _Questions,
    config: EncoderConfig,
    generator: np.random.Generator,
    reporter: Reporter,
) -> None:
    adam = RowAdam(table.weight)
    total = config.epochs * len(list(_batches(questions, config.batch_size, np.random.default_rng(0))))
    step = 0
    for _epoch in range(config.epochs):
        losses = []
        for anchors, partners in _batches(questions, config.batch_size, generator):
            others = _others(questions, anchors, generator)
            loss = _loss(table, questions.bags, (anchors, partners, others), config)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
            warm = min(1.0, (step + 1) / WARM_UP_STEPS)
            adam.step(config.learning_rate * warm * max(FINAL_RATE, 1 - step / total))
            losses.append(float(loss.detach()))
            step += 1
            if step % 20 == 0:
                reporter.check()
        reporter.epoch("encoder", float(np.mean(losses)), None)


def _batches(questions: _Questions, size: int, generator: np.random.Generator) -> Iterator[tuple[Keys, Keys]]:
    """(anchors, partners) of an epoch: all pairs of one meaning, and as many questions with themselves."""
    alone = generator.integers(0, len(questions), min(len(questions), len(questions.same)))
    items = np.concatenate([questions.same, np.stack([alone, alone], axis=1)])
    order = generator.permutation(len(items))
    for rows in np.array_split(order, max(1, len(order) // size)):
        yield items[rows, 0], items[rows, 1]


def _others(questions: _Questions, anchors: Keys, generator: np.random.Generator) -> Keys:
    """For each anchor a question that people marked as different from it, or any."""
    drawn = generator.integers(0, len(questions), len(anchors))
    for row, anchor in enumerate(anchors):
        marked = questions.different.get(int(anchor))
        if marked is not None:
            drawn[row] = marked[drawn[row] % len(marked)]
    return drawn


def _loss(table: nn.EmbeddingBag, bags: BagBatch, drawn: tuple[Keys, Keys, Keys], config: EncoderConfig) -> Tensor:
    """Cross-entropy of finding the partner among all partners and others, from both ends of the pair."""
    anchors, partners, others = drawn
    first, second, third = (_vectors(table, bags, rows, config.ngram_dropout) for rows in drawn)
    candidates = np.concatenate([partners, others])
    again = (candidates[None] == partners[:, None]) | (candidates[None] == anchors[:, None])
    again[np.arange(len(anchors)), np.arange(len(anchors))] = False
    forth = (first @ torch.cat([second, third]).T / config.temperature).masked_fill(torch.from_numpy(again), NEVER)
    back = second @ torch.cat([first, third]).T / config.temperature
    gold = torch.arange(len(anchors))
    return nn.functional.cross_entropy(forth, gold) + nn.functional.cross_entropy(back, gold)


def _vectors(table: nn.EmbeddingBag, bags: BagBatch, rows: Keys, dropout: float) -> Tensor:
    chosen = BagTensors.of(bags.select(rows)).dropped(dropout)
    summed = table(chosen.indices, chosen.offsets, per_sample_weights=chosen.weights)
    return nn.functional.normalize(summed, dim=1)


def _auroc(encoder: PairEncoder, pairs: Sequence[QuestionPair]) -> float | None:
    same = np.array([pair.same for pair in pairs], dtype=np.bool_)
    if not len(same) or same.all() or not same.any():
        return None
    first, second = (encoder.encode([getattr(pair, name) for pair in pairs]) for name in ("first", "second"))
    close: npt.NDArray[np.float64] = (first * second).sum(1).double().numpy()
    return auroc(close[same], close[~same])

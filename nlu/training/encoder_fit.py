"""Learns a sentence encoder from pairs of questions, so that what means the same lies close together."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nlu.pipeline.encoder import BagTensors
from nlu.pipeline.exact_matcher import text_key
from nlu.pipeline.features import Keys, NgramSpec
from nlu.pipeline.pair_encoder import PairEncoder
from nlu.pipeline.threads import one_thread
from nlu.pipeline.vocabulary import BagBatch, NgramVocabulary
from nlu.training.metrics import auroc
from nlu.training.progress import Reporter
from nlu.training.question_pairs import LONGEST_QUESTION, QuestionPair
from nlu.training.row_adam import RowAdam
from nlu.types import TrainingProgress

HELD_OUT_SHARE = 0.05
MOST_HELD_OUT = 2000
WARM_UP_STEPS = 100
FINAL_RATE = 0.02
FEW_PAIRS = 5000
SMALL_BATCH = 32
LEAST_STEPS = 800
MOST_EPOCHS = 40
MOST_NGRAMS = 200_000
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


def config_for(pairs: int) -> EncoderConfig:
    """The usual settings; for few pairs smaller batches and more passes, else there are too few steps to learn."""
    config = EncoderConfig()
    if pairs >= FEW_PAIRS:
        return config
    size = SMALL_BATCH
    steps = max(1, 2 * pairs // size)
    epochs = min(MOST_EPOCHS, max(config.epochs, math.ceil(LEAST_STEPS / steps)))
    return replace(config, batch_size=size, epochs=epochs, rare_below=1 if pairs < FEW_PAIRS // 10 else 2)


@dataclass(frozen=True, slots=True)
class EncoderResult:
    """A trained encoder and how it does on pairs that it has not seen.

    auroc: chance that a pair of one meaning lies closer than one of two meanings; before: the same of TF-IDF
    vectors, what the training began with; None where the pairs cannot tell. pairs: how many were trained on.
    epochs: whole passes over them; fewer than planned if time was up before.
    """

    encoder: PairEncoder
    pairs: int
    held_out: int
    auroc: float | None
    before: float | None
    seconds: float
    epochs: int


def fit_encoder(
    pairs: Sequence[QuestionPair],
    *,
    config: EncoderConfig,
    seed: int,
    progress: Callable[[TrainingProgress], None],
    should_cancel: Callable[[], bool],
    held_out: Sequence[QuestionPair] | None = None,
    reserves: bool = False,
    seconds: float = math.inf,
) -> EncoderResult:
    """Train on all pairs but a twentieth, which measures, or on all where `held_out` is given.

    Equal arguments give an equal encoder on one machine, unless it takes longer than `seconds`: then it stops
    where it is. `reserves`: no reserved text is among the pairs, and the encoder says so. The first
    `LONGEST_QUESTION` characters of a question are read; its key is of the whole. At most `MOST_NGRAMS` n-grams
    are kept.

    Every question is drawn to its partner, or to itself with other n-grams left out, and pushed off the rest of
    the batch and off a question that people marked as different: InfoNCE with hard negatives (van den Oord et al.
    2018; SimCSE, Gao et al. 2021). Raises TrainingCancelled soon after `should_cancel` says so.
    """
    begun = time.monotonic()
    generator = np.random.default_rng(seed)
    shown, kept = _parts(pairs, held_out, generator)
    reporter = Reporter(config.epochs, progress, should_cancel)
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        questions = sorted({text for pair in kept for text in (pair.first, pair.second)})
        learned = np.unique(np.array([text_key(text) for text in questions], dtype=np.int64))
        vocabulary = NgramVocabulary.build(
            _read(questions), config.ngrams, minimum=config.rare_below, most=MOST_NGRAMS
        )
        table = nn.EmbeddingBag(max(1, len(vocabulary)), config.size, mode="sum", sparse=True)
        nn.init.normal_(table.weight, 0.0, config.size**-0.5)
        before = _auroc(PairEncoder(vocabulary, table.weight.detach()), shown)
        deadline = begun + seconds
        epochs = _descend(table, _Questions.of(questions, kept, vocabulary), config, generator, reporter, deadline)
        encoder = PairEncoder(vocabulary, table.weight.detach(), reserves=reserves, learned=learned)
        after = _auroc(encoder, shown)
    return EncoderResult(encoder, len(kept), len(shown), after, before, time.monotonic() - begun, epochs)


def _read(questions: Sequence[str]) -> list[str]:
    """What is read of them."""
    return [text[:LONGEST_QUESTION] for text in questions]


def _parts(
    pairs: Sequence[QuestionPair], held_out: Sequence[QuestionPair] | None, generator: np.random.Generator
) -> tuple[list[QuestionPair], list[QuestionPair]]:
    """Pairs to measure on, and pairs to learn from."""
    if held_out is not None:
        rows = generator.permutation(len(held_out))[:MOST_HELD_OUT]
        return [held_out[row] for row in rows], list(pairs)
    order = generator.permutation(len(pairs))
    count = min(MOST_HELD_OUT, int(len(pairs) * HELD_OUT_SHARE))
    return [pairs[row] for row in order[:count]], [pairs[row] for row in order[count:]]


@dataclass(frozen=True, slots=True)
class _Questions:
    """Distinct questions as bags; same: [pairs, 2] of one meaning; different: by question, those unlike it.

    meanings: [questions], equal where two are known to mean the same.
    """

    bags: BagBatch
    same: Keys
    different: dict[int, Keys]
    meanings: Keys

    @classmethod
    def of(
        cls, questions: Sequence[str], pairs: Sequence[QuestionPair], vocabulary: NgramVocabulary
    ) -> _Questions:
        places = {text: place for place, text in enumerate(questions)}
        same, different = [], defaultdict(list)
        meanings = np.arange(len(questions), dtype=np.int64)
        named: dict[str, int] = {}
        for pair in pairs:
            first, second = places[pair.first], places[pair.second]
            if pair.meaning:
                number = named.setdefault(pair.meaning, len(questions) + len(named))
                meanings[[first, second] if pair.same else [first]] = number
            if pair.same:
                same.append((first, second))
            else:
                different[first].append(second)
                different[second].append(first)
        return cls(
            vocabulary.bags(_read(questions)),
            np.array(same, dtype=np.int64).reshape(-1, 2),
            {place: np.array(others, dtype=np.int64) for place, others in different.items()},
            meanings,
        )

    def __len__(self) -> int:
        return len(self.bags)


def _descend(
    table: nn.EmbeddingBag,
    questions: _Questions,
    config: EncoderConfig,
    generator: np.random.Generator,
    reporter: Reporter,
    deadline: float,
) -> int:
    """Train in place; how many whole passes there were."""
    adam = RowAdam(table.weight)
    total = config.epochs * len(list(_batches(questions, config.batch_size, np.random.default_rng(0))))
    step = 0
    for epoch in range(config.epochs):
        losses = []
        for anchors, partners in _batches(questions, config.batch_size, generator):
            others = _others(questions, anchors, generator)
            loss = _loss(table, questions, (anchors, partners, others), config)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
            warm = min(1.0, (step + 1) / WARM_UP_STEPS)
            adam.step(config.learning_rate * warm * max(FINAL_RATE, 1 - step / total))
            losses.append(float(loss.detach()))
            step += 1
            if step % 20 == 0:
                reporter.part("encoder", step / total * config.epochs, float(np.mean(losses)))
                if time.monotonic() > deadline:
                    return epoch
        reporter.epoch("encoder", float(np.mean(losses)), None)
    return config.epochs


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


def _loss(
    table: nn.EmbeddingBag, questions: _Questions, drawn: tuple[Keys, Keys, Keys], config: EncoderConfig
) -> Tensor:
    """Cross-entropy of finding the partner among all partners and others, from both ends of the pair."""
    anchors, partners, others = drawn
    first, second, third = (_vectors(table, questions.bags, rows, config.ngram_dropout) for rows in drawn)
    candidates = np.concatenate([partners, others])
    meanings, own = questions.meanings, np.arange(len(anchors))
    alike = meanings[candidates][None] == meanings[anchors][:, None]
    again = (candidates[None] == partners[:, None]) | (candidates[None] == anchors[:, None]) | alike
    again[own, own] = False
    forth = (first @ torch.cat([second, third]).T / config.temperature).masked_fill(torch.from_numpy(again), NEVER)
    back = second @ torch.cat([first, third]).T / config.temperature
    if int(meanings.max()) >= len(meanings):
        # Nor is a question that means the same as the partner a wrong answer to it.
        alike = meanings[np.concatenate([anchors, others])][None] == meanings[partners][:, None]
        alike[own, own] = False
        back = back.masked_fill(torch.from_numpy(alike), NEVER)
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
    first, second = (
        encoder.encode(_read([getattr(pair, name) for pair in pairs])) for name in ("first", "second")
    )
    close: npt.NDArray[np.float64] = (first * second).sum(1).double().numpy()
    return auroc(close[same], close[~same])

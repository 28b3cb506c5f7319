"""Choices between options: log-linear models of hashed features, fitted by AdaGrad (Duchi et al. 2011).

Each option of a group has a set of features; P(option | group) = softmax over the group of the sum of its
features' weights. Plain numpy, so that a web process may use a fitted one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt

BUCKETS = 2**22
EPOCHS = 6
BATCH = 256
RATE = 0.1
DECAY = 1e-6
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)

Indices = npt.NDArray[np.uint32]
Weights = npt.NDArray[np.float32]


@lru_cache(maxsize=2**20)
def feature(name: str) -> int:
    """The number of a feature; the same in every process."""
    data = name.encode()
    return zlib.crc32(data) << 32 | zlib.crc32(data, 0x9E3779B9)


def crossed(features: Sequence[int], with_each: Sequence[int]) -> Indices:
    """The weights of each feature crossed with each of `with_each`."""
    base = np.array(features, dtype=np.uint64)[:, None] ^ (np.array(with_each, dtype=np.uint64) * _PRIME)[None, :]
    base = (base ^ (base >> np.uint64(31))) * _MIX
    buckets: Indices = ((base >> np.uint64(20)) % np.uint64(BUCKETS)).astype(np.uint32)
    return buckets.ravel()


@dataclass(frozen=True, slots=True)
class Choice:
    """A group to learn from: the features of its options and which of them are right."""

    options: tuple[Indices, ...]
    right: tuple[bool, ...]


class ChoiceModel:
    """The weights of all features."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    @classmethod
    def fit(cls, choices: Iterable[Choice], *, seed: int, epochs: int = EPOCHS) -> Self:
        """Maximises the probability that a right option is chosen. Deterministic for a seed."""
        groups = [choice for choice in choices if any(choice.right) and not all(choice.right)]
        weights = np.zeros(BUCKETS, dtype=np.float32)
        if not groups:
            return cls(weights)
        squares = np.full(BUCKETS, 1e-3, dtype=np.float32)
        order = np.random.default_rng(seed)
        for _ in range(epochs):
            shuffled = order.permutation(len(groups))
            for start in range(0, len(groups), BATCH):
                batch = [groups[i] for i in shuffled[start : start + BATCH]]
                _step(batch, weights, squares)
        return cls(weights)

    @classmethod
    def untaught(cls) -> Self:
        """A model that finds every option equally likely."""
        return cls(np.zeros(BUCKETS, dtype=np.float32))

    def probabilities(self, options: Sequence[Indices]) -> npt.NDArray[Any]:
        """Of each option; they sum to 1."""
        scores = np.array([self.weights[option].sum() for option in options], dtype=np.float64)
        raised = np.exp(scores - scores.max())
        return np.asarray(raised / raised.sum())


def _step(batch: Sequence[Choice], weights: Weights, squares: Weights) -> None:
    options = [option for choice in batch for option in choice.options]
    lengths = np.array([len(option) for option in options])
    flat = np.concatenate(options)
    owners = np.repeat(np.arange(len(options)), lengths)
    scores = np.bincount(owners, weights=weights[flat], minlength=len(options))
    sizes = np.array([len(choice.options) for choice in batch])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    groups = np.repeat(np.arange(len(batch)), sizes)
    raised = np.exp(scores - np.maximum.reduceat(scores, starts)[groups])
    chances = raised / np.add.reduceat(raised, starts)[groups]
    right = np.array([mark for choice in batch for mark in choice.right], dtype=np.float64) * chances
    wanted = right / np.maximum(np.add.reduceat(right, starts), 1e-12)[groups]
    slopes = (chances - wanted).astype(np.float32)
    summed = np.bincount(flat, weights=np.repeat(slopes, lengths), minlength=BUCKETS)
    touched = np.flatnonzero(summed)
    slope = summed[touched].astype(np.float32)
    slope += DECAY * len(batch) * weights[touched]
    squares[touched] += slope * slope
    weights[touched] -= RATE * slope / np.sqrt(squares[touched])

"""Simple peers to compare with in the same run: one-vs-rest regression, and a hashed bag with an MLP."""

from __future__ import annotations

import re
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from nlu.pipeline.calibration import fit_presence
from nlu.pipeline.threads import one_thread
from nlu.pipeline.vocabulary import BagBatch
from nlu.training.linear_fit import LinearFit, fit_linear

WORD = re.compile(r"\w+|[^\w\s]")


def pieces(text: str) -> Iterator[str]:
    """Words, pairs of words, and runs of 2 to 5 characters (blanks count), each with a letter for its family."""
    folded = " ".join(text.lower().split())
    words = WORD.findall(folded)
    yield from (f"w{word}" for word in words)
    yield from (f"p{left} {right}" for left, right in pairwise(words))
    padded = f" {folded} "
    for size in range(2, 6):
        yield from (f"c{padded[start : start + size]}" for start in range(len(padded) - size + 1))


class TfIdf:
    """Texts as TF-IDF vectors of length one over the pieces that training saw."""

    def __init__(self, texts: Sequence[str]) -> None:
        frequency = Counter(piece for text in texts for piece in set(pieces(text)))
        self._places = {piece: place for place, piece in enumerate(frequency)}
        self._idf = np.log((1 + len(texts)) / (1 + np.array(list(frequency.values())))) + 1

    def __len__(self) -> int:
        return len(self._places)

    def bags(self, texts: Sequence[str]) -> BagBatch:
        """One bag a text, in the form that `fit_linear` reads."""
        indices, weights, offsets = [], [], [0]
        for text in texts:
            counts = Counter(self._places[piece] for piece in pieces(text) if piece in self._places)
            places = np.array(sorted(counts), dtype=np.int64)
            values = np.array([1 + np.log(counts[place]) for place in places]) * self._idf[places]
            indices.append(places)
            weights.append(values / max(1e-9, float(np.linalg.norm(values))))
            offsets.append(offsets[-1] + len(places))
        return BagBatch(
            np.concatenate(indices).astype(np.int64),
            np.concatenate(weights).astype(np.float32),
            np.array(offsets, dtype=np.int64),
            np.zeros(len(texts), dtype=np.float32),
        )


class OneVsRest:
    """A logistic regression for each label on TF-IDF vectors, none knowing of the others (C = 10).

    A label is there from the chance on that did best, by F1 over all of them, on a quarter of the texts by a fit
    of the rest; `hold_out=False` leaves it at one half.
    """

    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[frozenset[str]],
        *,
        before: Sequence[str] = (),
        hold_out: bool = True,
    ) -> None:
        """before: what was said before each text, as a second block of features."""
        self.names = sorted({name for asked in labels for name in asked})
        self.bound = self._best_bound(texts, labels, before) if hold_out else 0.5
        self._own, self._before = TfIdf(texts), TfIdf(before) if before else None
        places = {name: place for place, name in enumerate(self.names)}
        targets = torch.zeros(len(texts), len(self.names))
        for row, asked in enumerate(labels):
            for name in asked:
                targets[row, places[name]] = 1
        width = len(self._own) + (len(self._before) if self._before else 0)
        with one_thread():
            self._fit: LinearFit = fit_linear(
                targets, self._bags(texts, before), width, strength=10.0, iterations=60, multi_label=True
            )

    def _best_bound(self, texts: Sequence[str], labels: Sequence[frozenset[str]], before: Sequence[str]) -> float:
        shown = np.arange(len(texts)) % 4 == 3
        kept, held = np.flatnonzero(~shown), np.flatnonzero(shown)
        part = OneVsRest(
            [texts[row] for row in kept],
            [labels[row] for row in kept],
            before=[before[row] for row in kept] if before else (),
            hold_out=False,
        )
        chances = part.probabilities([texts[row] for row in held], [before[row] for row in held] if before else ())
        targets = np.array([[float(name in labels[row]) for name in part.names] for row in held])
        return fit_presence(chances, targets)

    def _bags(self, texts: Sequence[str], before: Sequence[str]) -> BagBatch:
        own = self._own.bags(texts)
        if self._before is None:
            return own
        other = self._before.bags(before)
        both = [
            (piece[left[row] : left[row + 1]] + shift, weight[left[row] : left[row + 1]])
            for row in range(len(texts))
            for piece, weight, left, shift in (
                (own.indices, own.weights, own.offsets, 0),
                (other.indices, other.weights, other.offsets, len(self._own)),
            )
        ]
        sizes = np.diff(own.offsets) + np.diff(other.offsets)
        return BagBatch(
            np.concatenate([one for one, _ in both]),
            np.concatenate([weight for _, weight in both]),
            np.concatenate([[0], np.cumsum(sizes)]),
            own.coverage,
        )

    def probabilities(self, texts: Sequence[str], before: Sequence[str] = ()) -> np.ndarray:
        """[texts, labels], each on its own in 0-1."""
        bags, weights = self._bags(texts, before), self._fit.weights
        assert weights is not None
        summed: Tensor = nn.functional.embedding_bag(
            torch.from_numpy(bags.indices),
            weights,
            torch.from_numpy(bags.offsets[:-1]),
            mode="sum",
            per_sample_weights=torch.from_numpy(bags.weights),
        )
        return (summed + self._fit.bias).sigmoid().double().numpy()

    def present(self, texts: Sequence[str], before: Sequence[str] = ()) -> list[frozenset[str]]:
        """The labels of each text, from the bound on."""
        return [
            frozenset(name for name, chance in zip(self.names, row, strict=True) if chance >= self.bound)
            for row in self.probabilities(texts, before)
        ]


@dataclass(frozen=True, slots=True)
class PlainResult:
    """Accuracy in 0-1 and what the training took, in seconds of the clock and of one core."""

    accuracy: float
    seconds: float
    cpu_seconds: float


def hashed_bag(
    train: tuple[Sequence[str], Sequence[str]],
    judged: tuple[Sequence[str], Sequence[str]],
    *,
    seed: int,
    epochs: int = 20,
    buckets: int = 65536,
    size: int = 100,
    hidden: int = 256,
) -> PlainResult:
    """A bag of hashed pieces, averaged, and a perceptron with one hidden layer, as one writes it down in torch.

    train and judged: texts and intents. Adam, batches of 32, dropout 0.3, nothing held out, nothing calibrated.
    """
    begun, used = time.perf_counter(), time.process_time()
    torch.manual_seed(seed)
    names = sorted(set(train[1]))
    places = {name: place for place, name in enumerate(names)}
    bags = [torch.tensor([zlib.crc32(one.encode()) % buckets for one in pieces(text)]) for text in train[0]]
    gold = torch.tensor([places[name] for name in train[1]])
    table = nn.EmbeddingBag(buckets, size)
    head = nn.Sequential(
        nn.Dropout(0.3), nn.Linear(size, hidden), nn.ReLU(), nn.Dropout(0.3), nn.Linear(hidden, len(names))
    )
    adam = torch.optim.Adam([*table.parameters(), *head.parameters()], lr=2e-3)
    with one_thread():
        for _ in range(epochs):
            for rows in torch.randperm(len(bags)).split(32):
                loss = nn.functional.cross_entropy(head(_summed(table, [bags[row] for row in rows])), gold[rows])
                adam.zero_grad()
                loss.backward()
                adam.step()
        seconds, cpu = time.perf_counter() - begun, time.process_time() - used
        head.eval()
        asked = [torch.tensor([zlib.crc32(one.encode()) % buckets for one in pieces(text)]) for text in judged[0]]
        with torch.inference_mode():
            said = head(_summed(table, asked)).argmax(1).tolist()
    right = sum(names[place] == name for place, name in zip(said, judged[1], strict=True))
    return PlainResult(right / len(judged[0]), seconds, cpu)


def _summed(table: nn.EmbeddingBag, bags: Sequence[Tensor]) -> Tensor:
    lengths = torch.tensor([0, *(len(bag) for bag in bags[:-1])])
    return table(torch.cat(list(bags)), lengths.cumsum(0))

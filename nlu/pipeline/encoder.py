"""The `ngram` encoder: a text is the weighted sum of the embeddings of its hashed n-grams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nlu.pipeline.vocabulary import BagBatch


@dataclass(frozen=True, slots=True)
class BagTensors:
    """A `BagBatch` as tensors: indices and weights [n], offsets [texts]."""

    indices: Tensor
    weights: Tensor
    offsets: Tensor

    @classmethod
    def of(cls, bags: BagBatch) -> BagTensors:
        """Share the arrays' memory; nothing is copied."""
        return cls(
            torch.from_numpy(bags.indices), torch.from_numpy(bags.weights), torch.from_numpy(bags.offsets[:-1])
        )

    def dropped(self, share: float) -> BagTensors:
        """Each n-gram left out with probability `share` and the rest scaled up, as dropout does with units."""
        if share <= 0:
            return self
        kept = torch.rand(len(self.weights)) >= share
        # Left out for good rather than multiplied by zero: looking up and updating embeddings is most of the work.
        before = torch.cat([torch.zeros(1, dtype=torch.long), kept.long().cumsum(0)])
        return BagTensors(self.indices[kept], self.weights[kept] / (1 - share), before[self.offsets])

    def counts(self) -> Tensor:
        """How many n-grams each bag holds, [texts]."""
        return torch.diff(self.offsets, append=torch.tensor([len(self.indices)]))


def unfilled_table(rows: int, size: int) -> nn.EmbeddingBag:
    """A table of at least one row that the caller fills; torch would first fill it with random numbers."""
    return nn.EmbeddingBag(max(1, rows), size, mode="sum", _weight=torch.empty(max(1, rows), size))


class NgramEncoder(nn.Module):
    """x_t = sum over the text's n-grams g of weight(g) * E[g]; E is [vocabulary, embedding size].

    Bag of n-gram embeddings after Joulin et al. 2017 (fastText), with TF-IDF weights instead of the mean.
    """

    def __init__(self, vocabulary_size: int, size: int) -> None:
        super().__init__()
        self.embedding = unfilled_table(vocabulary_size, size)
        self._reader: Callable[[BagTensors], Tensor] | None = None
        # Much larger than the usual 1/sqrt(size): the bags have unit length, so this makes x_t a random projection
        # of the TF-IDF vector with entries of order one, and the head begins with the geometry of TF-IDF.
        nn.init.normal_(self.embedding.weight, 0.0, 4 * size**-0.5)

    def forward(self, bags: BagTensors) -> Tensor:
        """[texts, embedding size]; an empty bag gives zeros."""
        if self._reader is not None:
            return self._reader(bags)
        encoded: Tensor = self.embedding(bags.indices, bags.offsets, per_sample_weights=bags.weights)
        return encoded

    def reads_by(self, reader: Callable[[BagTensors], Tensor] | None) -> None:
        """Let something else sum the bags, as a training does that knows which rows it moves; None ends that."""
        self._reader = reader

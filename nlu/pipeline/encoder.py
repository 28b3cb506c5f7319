"""The `ngram` encoder: a text is the weighted sum of the embeddings of its hashed n-grams."""

from __future__ import annotations

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


class NgramEncoder(nn.Module):
    """x_t = sum over the text's n-grams g of weight(g) * E[g]; E is [vocabulary, embedding size].

    Bag of n-gram embeddings after Joulin et al. 2017 (fastText), with TF-IDF weights instead of the mean.
    """

    def __init__(self, vocabulary_size: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.EmbeddingBag(max(1, vocabulary_size), size, mode="sum")
        # Much larger than the usual 1/sqrt(size): the bags have unit length, so this makes x_t a random projection
        # of the TF-IDF vector with entries of order one, and the head begins with the geometry of TF-IDF.
        nn.init.normal_(self.embedding.weight, 0.0, 4 * size**-0.5)

    def forward(self, bags: BagTensors) -> Tensor:
        """[texts, embedding size]; an empty bag gives zeros."""
        encoded: Tensor = self.embedding(bags.indices, bags.offsets, per_sample_weights=bags.weights)
        return encoded

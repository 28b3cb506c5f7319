"""How close a message lies to what training saw: cosines to the nearest texts, by their sentence vectors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nlu.pipeline.vocabulary import Floats

NEIGHBOURS = 10
MOST_TEXTS = 10_000
"""Texts of a training that are kept. A product with as many vectors of 384 entries takes about a millisecond."""


class TrainedTexts:
    """The sentence vectors, [texts, vector size] of length one, of the texts that taught a fit intents."""

    def __init__(self, vectors: Tensor) -> None:
        self._vectors = vectors

    @classmethod
    def of(cls, sentences: Tensor, size: int | None = None) -> TrainedTexts:
        """Of all texts of a fit or, when they are many, of some, evenly spread over their order.

        size: how many numbers at the front of a sentence vector are compared, by default all. Rounded to half
        precision, as a model version keeps them, so that training sees what serving sees.
        """
        step = -(-len(sentences) // MOST_TEXTS) or 1
        return cls(nn.functional.normalize(sentences[::step, :size], dim=1).half().float())

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def size(self) -> int:
        """Entries of a vector; 0 without a sentence encoder."""
        return int(self._vectors.shape[1])

    def closeness(self, sentences: Tensor) -> Floats:
        """Mean cosine to the nearest `NEIGHBOURS` texts, [texts] in -1 to 1; all 0 without a sentence encoder.

        Of strangers that look like the training data it knows more than probabilities do (k-nearest neighbours,
        Sun et al. 2022).
        """
        if not self.size or not len(self):
            return np.zeros(len(sentences), dtype=np.float32)
        with torch.inference_mode():
            cosines = nn.functional.normalize(sentences[:, : self.size], dim=1) @ self._vectors.T
            nearest = cosines.topk(min(NEIGHBOURS, len(self)), dim=1).values.mean(1)
        found: Floats = nearest.float().numpy()
        return found

    def to_array(self) -> npt.NDArray[np.float16]:
        """The vectors as a model version keeps them."""
        kept: npt.NDArray[np.float16] = self._vectors.numpy().astype(np.float16)
        return kept

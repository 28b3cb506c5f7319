"""What turns a text into one vector of fixed size, trained elsewhere and frozen here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nlu.pipeline.features import Keys
from nlu.pipeline.token_vectors import ReadTexts
from nlu.pipeline.tokenization import Token


@dataclass(frozen=True, slots=True)
class EncoderParts:
    """A sentence encoder as the parts of a folder: a description for JSON, documents and tensors by name."""

    description: Mapping[str, Any]
    documents: Mapping[str, str]
    tensors: Mapping[str, npt.NDArray[Any]]


class SentenceEncoder(ABC):
    """Texts to vectors. Encoding is safe from several threads at once and the same for a text in any batch, up to
    rounding."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Numbers in a vector."""

    @property
    def meaning_size(self) -> int:
        """How many numbers at the front of a vector tell by cosine whether two texts mean the same."""
        return self.size

    @property
    def token_size(self) -> int:
        """Numbers in the vector of a token; 0 if it has none for tokens, only for whole texts."""
        return 0

    @property
    def reserves(self) -> bool:
        """Whether it learned from labels of the very data, save reserved texts (`nlu.training.meanings`)."""
        return False

    @property
    def learned(self) -> Keys:
        """`text_key` of every text that it was taught from, ascending; none where nobody noted them."""
        return np.zeros(0, dtype=np.int64)

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> Tensor:
        """[texts, size] of float32, every row of length one (a text in which nothing is known: zeros)."""

    def read(self, texts: Sequence[str], lines: Sequence[Sequence[Token]]) -> ReadTexts:
        """`encode` and, from the same pass, a vector of every token; `lines` are the tokens of the texts.

        A token's vector has length one, or is all zeros where the encoder cannot read it.
        """
        return ReadTexts(self.encode(texts), tuple(torch.zeros(len(line), self.token_size) for line in lines))

    @abstractmethod
    def to_parts(self) -> EncoderParts:
        """Everything that rebuilds this encoder exactly."""

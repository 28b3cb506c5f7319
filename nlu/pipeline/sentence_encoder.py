"""What turns a text into one vector of fixed size, trained elsewhere and frozen here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
from torch import Tensor


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
    def reserves(self) -> bool:
        """Whether it learned from labels of the very data, save reserved texts (`nlu.training.meanings`)."""
        return False

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> Tensor:
        """[texts, size] of float32, every row of length one (a text in which nothing is known: zeros)."""

    @abstractmethod
    def to_parts(self) -> EncoderParts:
        """Everything that rebuilds this encoder exactly."""

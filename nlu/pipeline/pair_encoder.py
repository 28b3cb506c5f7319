"""A sentence encoder that an operator trains from pairs of questions: a bag of n-gram vectors, any language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nlu.errors import CorruptArtifact
from nlu.pipeline.encoder import BagTensors
from nlu.pipeline.features import Keys, NgramSpec
from nlu.pipeline.sentence_encoder import EncoderParts, SentenceEncoder
from nlu.pipeline.vocabulary import NgramVocabulary

KIND = "pairs"
_LEARNED = "learned"


class PairEncoder(SentenceEncoder):
    """The weighted sum of a text's n-gram vectors, scaled to length one; table: [vocabulary, size].

    `nlu.training.encoder_fit` learns the table so that questions of one meaning lie close together. Much of what
    a transformer of this size would learn, at a hundredth of its cost per message.
    """

    def __init__(
        self, vocabulary: NgramVocabulary, table: Tensor, *, reserves: bool = False, learned: Keys | None = None
    ) -> None:
        self._vocabulary = vocabulary
        self._reserves = reserves
        self._learned = learned if learned is not None else super().learned
        # Kept in half precision by every model version: rounded now, so that training sees what serving sees.
        self._table = table.half().float()

    @property
    def size(self) -> int:
        return self._table.shape[1]

    @property
    def reserves(self) -> bool:
        return self._reserves

    @property
    def learned(self) -> Keys:
        return self._learned

    def encode(self, texts: Sequence[str]) -> Tensor:
        bags = BagTensors.of(self._vocabulary.bags(texts))
        with torch.inference_mode():
            summed = nn.functional.embedding_bag(
                bags.indices, self._table, bags.offsets, mode="sum", per_sample_weights=bags.weights
            )
            return nn.functional.normalize(summed, dim=1)

    def to_parts(self) -> EncoderParts:
        tensors: dict[str, npt.NDArray[Any]] = {
            "keys": self._vocabulary.keys,
            "idf": self._vocabulary.idf,
            "table": self._table.numpy().astype(np.float16),
            _LEARNED: self._learned,
        }
        description = {"kind": KIND, "ngrams": asdict(self._vocabulary.spec), "reserves": self._reserves}
        return EncoderParts(description, {}, tensors)

    @classmethod
    def from_parts(cls, parts: EncoderParts) -> PairEncoder:
        """Inverse of `to_parts`; CorruptArtifact, InvalidData, KeyError or TypeError for parts that do not fit."""
        spec = NgramSpec(**parts.description["ngrams"])
        spec.check()
        # Folders from before the learned texts were noted have no keys of them.
        if set(parts.tensors) - {_LEARNED} != {"keys", "idf", "table"}:
            raise CorruptArtifact("the encoder has other tensors than an encoder of pairs")
        keys, idf, table = (parts.tensors[name] for name in ("keys", "idf", "table"))
        fitting = keys.ndim == idf.ndim == 1 and table.ndim == 2 and len(keys) == len(idf) == len(table) > 0
        learned = parts.tensors.get(_LEARNED, np.zeros(0, dtype=np.int64))
        ascending = fitting and _ascending(keys) and _ascending(learned)
        if not ascending or not bool(np.isfinite(table).all()) or not bool(np.isfinite(idf).all()):
            raise CorruptArtifact("the encoder's tensors do not fit together")
        vocabulary = NgramVocabulary(spec, keys.astype(np.int64), idf.astype(np.float32))
        reserves = parts.description.get("reserves", False) is True
        return cls(
            vocabulary,
            torch.from_numpy(table.astype(np.float32)),
            reserves=reserves,
            learned=learned.astype(np.int64),
        )


def _ascending(keys: npt.NDArray[Any]) -> bool:
    if keys.ndim != 1 or not np.issubdtype(keys.dtype, np.integer):
        return False
    return not len(keys) or (bool((np.diff(keys) > 0).all()) and int(keys[0]) >= 0)

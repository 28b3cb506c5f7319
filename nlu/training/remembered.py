"""A sentence encoder that reads each text once, however often a training asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from nlu.pipeline.features import Keys
from nlu.pipeline.sentence_encoder import EncoderParts, SentenceEncoder

# Texts encoded between two questions whether to stop.
AT_ONCE = 256


class RememberingEncoder(SentenceEncoder):
    """Encodes like `encoder` and keeps every vector. `check` is called between batches and may raise."""

    def __init__(self, encoder: SentenceEncoder, check: Callable[[], None]) -> None:
        self.encoder = encoder
        self._check = check
        self._known: dict[str, Tensor] = {}

    @property
    def size(self) -> int:
        return self.encoder.size

    @property
    def meaning_size(self) -> int:
        return self.encoder.meaning_size

    @property
    def reserves(self) -> bool:
        return self.encoder.reserves

    @property
    def learned(self) -> Keys:
        return self.encoder.learned

    def encode(self, texts: Sequence[str]) -> Tensor:
        fresh = sorted({text for text in texts if text not in self._known}, key=lambda text: (len(text), text))
        for start in range(0, len(fresh), AT_ONCE):
            self._check()
            batch = fresh[start : start + AT_ONCE]
            self._known.update(zip(batch, self.encoder.encode(batch), strict=True))
        if not len(texts):
            return torch.zeros(0, self.size)
        return torch.stack([self._known[text] for text in texts])

    def to_parts(self) -> EncoderParts:
        return self.encoder.to_parts()

"""Texts that training saw word for word need no model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from nlu.pipeline.features import Keys
from nlu.pipeline.normalizer import canonical


def text_key(text: str) -> int:
    """63 bits that stand for the canonical form of a text; the model folder holds no utterance in clear."""
    return canonical_key(canonical(text))


def canonical_key(text: str) -> int:
    """The same of a text that is in its canonical form already."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


class ExactMatcher:
    """Looks up texts whose canonical form belongs to exactly one intent in the training data.

    keys: [n] ascending; intents: [n] indices of intents.
    """

    def __init__(self, keys: Keys, intents: Keys) -> None:
        self.keys = keys
        self.intents = intents
        self._table: dict[int, int] = dict(zip(keys.tolist(), intents.tolist(), strict=True))

    @classmethod
    def build(cls, labelled: Iterable[tuple[str, int]]) -> ExactMatcher:
        """From (text, intent index) pairs; a text with two intents matches nothing."""
        table: dict[int, int] = {}
        for text, intent in labelled:
            key = text_key(text)
            table[key] = intent if table.get(key, intent) == intent else -1
        kept = sorted((key, intent) for key, intent in table.items() if intent >= 0)
        return cls(
            np.array([key for key, _ in kept], dtype=np.int64),
            np.array([intent for _, intent in kept], dtype=np.int64),
        )

    def match(self, text: str) -> int | None:
        """The index of the only intent that training gave to this text, or None."""
        return self._table.get(text_key(text))

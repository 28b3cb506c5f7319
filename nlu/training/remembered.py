"""A sentence encoder that reads each text once, however often a training asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from nlu.pipeline.features import Keys
from nlu.pipeline.sentence_encoder import EncoderParts, SentenceEncoder
from nlu.pipeline.token_vectors import ReadTexts
from nlu.pipeline.tokenization import Token, tokenize_text

# Texts encoded between two questions whether to stop.
AT_ONCE = 256
MOST_TOKEN_BYTES = 640 << 20
"""Memory for vectors of tokens, which lie in half precision: of MiniLM's 384 numbers for 870,000 tokens."""


def token_size_within(encoder: SentenceEncoder, texts: Sequence[str]) -> int:
    """The size of the encoder's token vectors; 0 if those of all `texts` would not fit into `MOST_TOKEN_BYTES`."""
    if not encoder.token_size:
        return 0
    tokens = sum(len(tokenize_text(text)) for text in texts)
    return encoder.token_size if tokens * encoder.token_size * 2 <= MOST_TOKEN_BYTES else 0


class RememberingEncoder(SentenceEncoder):
    """Encodes like `encoder` and keeps every vector. `check` is called between batches and may raise.

    A text is known by its words alone: whoever asks for its tokens asks for the same ones every time.
    """

    def __init__(self, encoder: SentenceEncoder, check: Callable[[], None]) -> None:
        self.encoder = encoder
        self._check = check
        self._known: dict[str, Tensor] = {}
        self._tokens: dict[str, Tensor] = {}

    @property
    def size(self) -> int:
        return self.encoder.size

    @property
    def meaning_size(self) -> int:
        return self.encoder.meaning_size

    @property
    def token_size(self) -> int:
        return self.encoder.token_size

    @property
    def reserves(self) -> bool:
        return self.encoder.reserves

    @property
    def learned(self) -> Keys:
        return self.encoder.learned

    def encode(self, texts: Sequence[str]) -> Tensor:
        for batch in self._batches({text for text in texts if text not in self._known}):
            self._known.update(zip(batch, self.encoder.encode(batch), strict=True))
        if not len(texts):
            return torch.zeros(0, self.size)
        return torch.stack([self._known[text] for text in texts])

    def read(self, texts: Sequence[str], lines: Sequence[Sequence[Token]]) -> ReadTexts:
        """As the encoder reads them, the vectors of tokens in half precision."""
        wanted = {text: line for text, line in zip(texts, lines, strict=True) if line}
        for batch in self._batches({text for text in wanted if text not in self._tokens}):
            read = self.encoder.read(batch, [wanted[text] for text in batch])
            self._known.update(zip(batch, read.sentences, strict=True))
            self._tokens.update(zip(batch, (vectors.half() for vectors in read.tokens), strict=True))
        nothing = torch.zeros(0, self.token_size, dtype=torch.half)
        tokens = tuple(self._tokens[text] if line else nothing for text, line in zip(texts, lines, strict=True))
        return ReadTexts(self.encode(texts), tokens)

    def _batches(self, texts: set[str]) -> Iterator[list[str]]:
        """The texts, those of like length together."""
        fresh = sorted(texts, key=lambda text: (len(text), text))
        for start in range(0, len(fresh), AT_ONCE):
            self._check()
            yield fresh[start : start + AT_ONCE]

    def to_parts(self) -> EncoderParts:
        return self.encoder.to_parts()

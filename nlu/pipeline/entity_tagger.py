"""The head that finds entities: a BIO tagger over the encoder's own n-gram embeddings."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nlu.pipeline.crf import ConditionalRandomField
from nlu.pipeline.dropout import Dropout
from nlu.pipeline.encoder import BagTensors, NgramEncoder
from nlu.pipeline.token_features import SHAPES, TokenBatch

SHAPE_SIZE = 16
WINDOW = 5
# Vectors of length one have entries far below one; this makes them as large as those of the n-grams.
TOKEN_SCALE = 10.0


class EntityTagger(nn.Module):
    """Emissions from a window of tokens, decoded by a conditional random field.

    A token is e = [E of n-grams ending with it ; beginning with it ; of its words ; shape], the n-gram embeddings
    E shared with the intent head. h = ReLU(W e) for each token, two convolutions of h over `WINDOW` tokens each,
    and a linear layer on all three give the emissions; Collobert et al. 2011 with the likelihood of Lafferty et
    al. 2001.
    """

    def __init__(
        self, tags: Sequence[str], embedding_size: int, hidden_size: int, dropout: float, *, token_size: int = 0
    ) -> None:
        super().__init__()
        self.tags = tuple(tags)
        self.token_size = token_size
        self.shape = nn.Embedding(SHAPES, SHAPE_SIZE)
        self.alone = nn.Linear(3 * embedding_size + SHAPE_SIZE + token_size, hidden_size)
        self.near = nn.Conv1d(hidden_size, hidden_size, WINDOW, padding=WINDOW // 2)
        self.far = nn.Conv1d(hidden_size, hidden_size, WINDOW, padding=WINDOW // 2)
        self.output = nn.Linear(hidden_size * 3, len(tags))
        self.dropout = Dropout(dropout)
        self.crf = ConditionalRandomField(tags)

    def forward(
        self, encoder: NgramEncoder, batch: TokenBatch, vectors: Tensor, ngram_dropout: float = 0.0
    ) -> Tensor:
        """Emissions [texts, longest text's tokens, tags]; the padding holds meaningless numbers.

        vectors: [tokens of the batch, token size], no columns without a sentence encoder.
        """
        sides = encoder(BagTensors.of(batch.sides).dropped(ngram_dropout)).reshape(len(batch.shapes), -1)
        shapes = self.shape(torch.from_numpy(batch.shapes))
        lengths = batch.lengths.tolist()
        alone = self.alone(self.dropout(torch.cat([sides, shapes, TOKEN_SCALE * vectors], dim=1))).relu()
        return self._emissions(alone, lengths)

    def _emissions(self, alone: Tensor, lengths: list[int]) -> Tensor:
        padded = nn.utils.rnn.pad_sequence(list(torch.split(alone, lengths)), batch_first=True).transpose(1, 2)
        mask = (torch.arange(padded.shape[2]) < torch.tensor(lengths)[:, None])[:, None, :]
        near = self.near(self.dropout(padded)).relu() * mask
        far = self.far(self.dropout(near)).relu() * mask
        emissions: Tensor = self.output(self.dropout(torch.cat([padded, near, far], dim=1).transpose(1, 2)))
        return emissions

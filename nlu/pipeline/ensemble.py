"""One member of the ensemble that `P(i | x, c)` is averaged over."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.context import ContextEncoder
from nlu.pipeline.encoder import BagTensors, NgramEncoder
from nlu.pipeline.intent_classifier import IntentClassifier
from nlu.types import DialogueContext

# Vectors of length one have entries far below one; this makes them as large as those of the n-grams.
SENTENCE_SCALE = 4.0


class EnsembleMember(nn.Module):
    """Encoder, context and intent head with weights of their own.

    Members differ by where they begin and by which n-grams they miss at each step of training, so they err in
    different places (deep ensembles, Lakshminarayanan et al. 2017).
    """

    def __init__(
        self,
        config: PipelineConfig,
        intents: int,
        symbols: Sequence[str],
        vocabulary_size: int,
        *,
        reads_previous: bool,
    ) -> None:
        super().__init__()
        size = config.embedding_size
        self.encoder = NgramEncoder(vocabulary_size, size)
        self.context = ContextEncoder(symbols, config.context_size, size)
        # Where training saw no contexts c_t would be zeros for every text: W4 has no columns for it then.
        self._in_context = bool(symbols) or reads_previous
        self.intent = IntentClassifier(
            size + config.sentence_size,
            self.context.size if self._in_context else 0,
            config.hidden_size,
            intents,
            config.dropout,
        )
        self._reads_previous = reads_previous

    def forward(
        self, bags: BagTensors, sentences: Tensor, previous: BagTensors, contexts: Sequence[DialogueContext]
    ) -> Tensor:
        """Logits [texts, intents]; `previous`: the previous messages' bags."""
        logits: Tensor = self.intent(self.joined(bags, sentences, previous, contexts))
        return logits

    def joined(
        self, bags: BagTensors, sentences: Tensor, previous: BagTensors, contexts: Sequence[DialogueContext]
    ) -> Tensor:
        """[x_t ; c_t] of each text, where x_t = [n-grams; sentence vector]."""
        encoded = self.encoder(bags)
        parts = [encoded, SENTENCE_SCALE * sentences]
        if self._in_context:
            before = self.encoder(previous) if self._reads_previous else torch.zeros_like(encoded)
            parts.append(self.context(contexts, before))
        return torch.cat(parts, dim=1)

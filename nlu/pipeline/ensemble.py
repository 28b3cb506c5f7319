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
        self.intent = IntentClassifier(size, self.context.size, config.hidden_size, intents, config.dropout)
        self._reads_previous = reads_previous

    def forward(self, bags: BagTensors, previous: BagTensors, contexts: Sequence[DialogueContext]) -> Tensor:
        """Logits [texts, intents]; `previous` are the bags of the previous messages."""
        encoded = self.encoder(bags)
        before = self.encoder(previous) if self._reads_previous else torch.zeros_like(encoded)
        logits: Tensor = self.intent(torch.cat([encoded, self.context(contexts, before)], dim=1))
        return logits

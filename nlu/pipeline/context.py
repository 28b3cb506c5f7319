"""What the dialogue was about, as the vector c_t of P(i | x, c)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from nlu.types import DialogueContext

# Intents further back than this no longer say what an utterance refers to.
REMEMBERED_INTENTS = 3


def context_symbols(context: DialogueContext) -> list[str]:
    """The categorical parts of a context as `field=value` strings."""
    symbols = [
        f"previous_intent_{age}={intent}"
        for age, intent in enumerate(context.previous_intents[:REMEMBERED_INTENTS])
        if intent
    ]
    if context.active_flow:
        symbols.append(f"active_flow={context.active_flow}")
    if context.requested_slot:
        symbols.append(f"requested_slot={context.requested_slot}")
    if context.last_bot_act:
        symbols.append(f"last_bot_act={context.last_bot_act}")
    return symbols


def collect_symbols(contexts: Iterable[DialogueContext]) -> tuple[str, ...]:
    """Every symbol of the contexts, sorted."""
    return tuple(sorted({symbol for context in contexts for symbol in context_symbols(context)}))


class ContextEncoder(nn.Module):
    """c_t = [sum of the embeddings of the context's known symbols ; encoded previous visitor message].

    A symbol that training never saw contributes nothing, and a model trained without contexts has no symbols and
    ignores previous messages, so an untrained part of the network can never disturb a decision.
    """

    def __init__(self, symbols: Sequence[str], size: int, message_size: int) -> None:
        super().__init__()
        self._indices = {symbol: index for index, symbol in enumerate(symbols)}
        self.size = size + message_size
        self.embedding = nn.EmbeddingBag(max(1, len(symbols)), size, mode="sum")
        nn.init.normal_(self.embedding.weight, 0.0, size**-0.5)

    def forward(self, contexts: Sequence[DialogueContext], previous: Tensor) -> Tensor:
        """contexts: one per text; previous: [texts, message size], zeros where there was none -> [texts, size]."""
        if not self._indices:
            return nn.functional.pad(previous, (self.size - previous.shape[1], 0))
        indices: list[int] = []
        offsets: list[int] = []
        for context in contexts:
            offsets.append(len(indices))
            indices.extend(self._indices[s] for s in context_symbols(context) if s in self._indices)
        symbols = self.embedding(torch.tensor(indices, dtype=torch.long), torch.tensor(offsets, dtype=torch.long))
        return torch.cat([symbols, previous], dim=1)

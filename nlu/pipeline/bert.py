"""The layers of BERT (Devlin et al. 2019) computed directly: the library's numbers without the library's detours.

For one message a quarter of a small model's time goes into these: masks that hide nothing, hooks that collect
states, three products of matrices where one will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

States = Callable[[Tensor, Tensor], tuple[Tensor, ...]]
"""(ids, mask), both [texts, pieces] -> each layer's states, the embeddings' first, [texts, pieces, size]."""

# What rounding may differ by: a state has entries of order one.
_TOLERANCE = 1e-4
_TRIED = 64


@dataclass(frozen=True, slots=True)
class _Norm:
    weight: Tensor
    bias: Tensor
    epsilon: float

    def __call__(self, states: Tensor) -> Tensor:
        return nn.functional.layer_norm(states, self.weight.shape, self.weight, self.bias, self.epsilon)


class BertStates:
    """The states of every layer of a model of the library's kind `bert`."""

    def __init__(self, model: Any) -> None:
        """Takes over the model's weights, whose queries, keys and values become one matrix. AttributeError or
        RuntimeError if it is built in another way."""
        self._embeddings = model.embeddings
        self._first = _norm(model.embeddings.LayerNorm)
        self._heads = int(model.config.num_attention_heads)
        self._layers = [_Layer(layer, self._heads) for layer in model.encoder.layer]

    def __call__(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        """As `States` says."""
        embeddings = self._embeddings
        positions = embeddings.position_embeddings.weight[: ids.shape[1]]
        words = nn.functional.embedding(ids, embeddings.word_embeddings.weight)
        states = self._first(words + positions + embeddings.token_type_embeddings.weight[0])
        # A message that is read alone has no padding to be hidden.
        hidden = None if bool(mask.all()) else mask.bool()[:, None, None, :]
        found = [states]
        for layer in self._layers:
            states = layer(states, hidden)
            found.append(states)
        return tuple(found)


class _Layer:
    def __init__(self, layer: Any, heads: int) -> None:
        attention = layer.attention.self
        parts = [attention.query, attention.key, attention.value]
        joined = torch.cat([part.weight.data for part in parts])
        # By columns, as the other weights lie; the model's own become views, so that nothing is there twice.
        self._weight = joined.t().contiguous().t()
        self._bias = torch.cat([part.bias.data for part in parts])
        size = parts[0].weight.shape[0]
        for place, part in enumerate(parts):
            part.weight.data = self._weight[place * size : (place + 1) * size]
        self._heads = heads
        self._attended = layer.attention.output.dense
        self._between = _norm(layer.attention.output.LayerNorm)
        self._wide, self._narrow = layer.intermediate.dense, layer.output.dense
        self._last = _norm(layer.output.LayerNorm)

    def __call__(self, states: Tensor, hidden: Tensor | None) -> Tensor:
        texts, pieces, _ = states.shape
        joined = nn.functional.linear(states, self._weight, self._bias).view(texts, pieces, 3, self._heads, -1)
        queries, keys, values = joined.permute(2, 0, 3, 1, 4)
        read = nn.functional.scaled_dot_product_attention(queries, keys, values, attn_mask=hidden)
        read = read.transpose(1, 2).reshape(texts, pieces, -1)
        states = self._between(nn.functional.linear(read, self._attended.weight, self._attended.bias) + states)
        wide = nn.functional.gelu(nn.functional.linear(states, self._wide.weight, self._wide.bias))
        return self._last(nn.functional.linear(wide, self._narrow.weight, self._narrow.bias) + states)


def _norm(layer: Any) -> _Norm:
    return _Norm(layer.weight, layer.bias, float(layer.eps))


def bert_states(model: Any, expected: States) -> BertStates | None:
    """The direct way through a model, if it gives what the library's own way gives; else None.

    expected: the states by the library. Models of this kind may have other activations, positions or parts: so
    both ways are tried on two texts of different pieces and lengths.
    """
    config = model.config
    if config.model_type != "bert" or config.hidden_act != "gelu":
        return None
    length = min(_TRIED, config.max_position_embeddings)
    ids = torch.arange(2 * length).reshape(2, length) % config.vocab_size
    mask = torch.ones(2, length, dtype=torch.long)
    mask[1, length // 2 + 1 :] = 0
    seen = mask.bool()
    with torch.no_grad():
        try:
            wanted = expected(ids, mask)
            states = BertStates(model)
            found = states(ids, mask)
        except (AttributeError, IndexError, RuntimeError):
            return None
    alike = len(found) == len(wanted) and all(
        one.shape == other.shape and bool((one[seen] - other[seen]).abs().max() <= _TOLERANCE)
        for one, other in zip(found, wanted, strict=True)
    )
    return states if alike else None

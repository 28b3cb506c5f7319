"""A transformer's layers: which of them are read for whole texts and for tokens, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Encoding
from torch import Tensor, nn

from nlu.errors import CorruptArtifact

# How much the layers at two thirds and at a third of the depth count beside the last one.
_LOWER = 0.5
_LEAST_DEPTH = 3

Layers = tuple[tuple[int, float], ...]
"""(number of a layer, 0 for the embeddings; its weight) of each that is read for whole texts."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one forward pass made of the texts at `rows`.

    mask: [texts, pieces]; layers: the states of all layers, the input included, [texts, pieces, size] each.
    """

    rows: list[int]
    encodings: list[Encoding]
    mask: Tensor
    layers: tuple[Tensor, ...]

    def pooled(self, pooling: str, chosen: Layers) -> Tensor:
        """A vector of length one for each text, the chosen layers' one behind the other."""
        parts = [
            weight * nn.functional.normalize(self._pooled(self.layers[number], pooling), dim=1)
            for number, weight in chosen
        ]
        return nn.functional.normalize(torch.cat(parts, dim=1), dim=1)

    def _pooled(self, states: Tensor, pooling: str) -> Tensor:
        if pooling == "first":
            return states[:, 0]
        weights = self.mask.unsqueeze(2).float()
        return (states * weights).sum(1) / weights.sum(1).clamp(min=1)

    def mixed(self) -> Tensor:
        """The mean of all layers' states, [texts, pieces, size]: lower layers know words, upper ones sentences."""
        return torch.stack(self.layers).mean(0)


def layer_states(model: Any, ids: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
    """The states of every layer, the embeddings' first; of the last one alone if the model keeps no others."""
    output = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    lower = tuple(output.hidden_states or ())[:-1]
    return (*lower, output.last_hidden_state)


def layer_sizes(model: Any) -> list[tuple[int, ...]]:
    """The shape of each layer's states of a short text."""
    ids = torch.ones(1, 4, dtype=torch.long)
    with torch.inference_mode():
        return [tuple(layer.shape) for layer in layer_states(model, ids, ids)]


def chosen_layers(sizes: Sequence[tuple[int, ...]]) -> Layers:
    """The last layer and, where all have states of its size, those at two thirds and at a third of the depth."""
    depth = len(sizes) - 1
    if depth < _LEAST_DEPTH or any(size != sizes[-1] for size in sizes):
        return ((depth, 1.0),)
    return ((depth, 1.0), (depth - depth // 3, _LOWER), (depth // 3, _LOWER))


def layers_from(given: object, model: Any) -> Layers:
    """What a folder says is read; versions from before there was a choice read the last layer alone."""
    sizes = layer_sizes(model)
    depth = len(sizes) - 1
    if given is None:
        return ((depth, 1.0),)
    try:
        layers = tuple((int(number), float(weight)) for number, weight in given)  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise CorruptArtifact("the encoder's layers are not numbers with weights") from error
    if not 1 <= len(layers) <= len(sizes) or any(
        not (0 <= number <= depth and sizes[number] == sizes[-1] and 0 < weight <= 1) for number, weight in layers
    ):
        raise CorruptArtifact("the encoder's layers are not layers that it has")
    return layers

"""What a sentence encoder says of single tokens: its states over pieces of words, brought to a text's tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nlu.pipeline.tokenization import Token

Pieces = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ReadTexts:
    """Texts as an encoder sees them.

    sentences: [texts, size], as `SentenceEncoder.encode` gives them; tokens: of each text [tokens, token size].
    """

    sentences: Tensor
    tokens: tuple[Tensor, ...]


def token_vectors(states: Tensor, spans: Pieces, line: Sequence[Token]) -> Tensor:
    """The mean state of the pieces that a token shares a code point with, scaled to length one: [tokens, size].

    states: [pieces, size]; spans: [pieces, 2], where each piece begins and ends in code points of the text, an
    empty span for one that stands for nothing. A token without a piece gets zeros: one behind the encoder's
    window, or one that it does not know.
    """
    begins = np.array([token.start for token in line], dtype=np.int64)[:, None]
    ends = np.array([token.end for token in line], dtype=np.int64)[:, None]
    shared = (spans[:, 0] < ends) & (spans[:, 1] > begins) & (spans[:, 1] > spans[:, 0])
    summed = torch.from_numpy(shared.astype(np.float32)) @ states
    return torch.nn.functional.normalize(summed, dim=1)

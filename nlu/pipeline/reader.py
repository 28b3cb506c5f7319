"""The network's formulas for reading alone: the same numbers in fewer and larger steps than training takes.

On one message nearly all the time goes into calling operations, not into arithmetic. So this skips what has no
effect when nothing is learned: dropout and the modules' hooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from nlu.pipeline.encoder import BagTensors
from nlu.pipeline.ensemble import SENTENCE_SCALE, EnsembleMember
from nlu.pipeline.entity_tagger import TOKEN_SCALE, WINDOW, EntityTagger
from nlu.pipeline.network import NluNetwork, product_of_experts, with_strangers
from nlu.pipeline.token_features import TokenBatch
from nlu.types import DialogueContext

# Tokens on either side of the one that a window is about.
MARGIN = WINDOW // 2


class NetworkReader:
    """A finished network, read. What changes in it afterwards is not seen here."""

    def __init__(self, network: NluNetwork) -> None:
        self._network = network
        self._multi_label = network.config.multi_label
        self._members = [cast("EnsembleMember", member) for member in network.members]
        self._in_context = bool(network.labels.context_symbols) or network.labels.previous_message
        hidden = [member.intent.hidden for member in self._members]
        outputs = [member.intent.output for member in self._members]
        with torch.no_grad():
            self._hidden = torch.stack([layer.weight.T for layer in hidden])
            self._hidden_bias = torch.stack([layer.bias for layer in hidden])[:, None]
            self._output = torch.stack([layer.weight.T for layer in outputs])
            self._output_bias = torch.stack([layer.bias for layer in outputs])[:, None]
        self._temperatures = network.temperatures.tolist()
        self._shares = network.shares.tolist()
        self._tagging = _TaggerReader(network.tagger) if network.tagger is not None else None

    def logits(
        self, bags: BagTensors, sentences: Tensor, previous: BagTensors, contexts: Sequence[DialogueContext]
    ) -> Tensor:
        """What `NluNetwork.logits` gives in evaluation, [texts, intents]."""
        network = self._network
        said = [self._head(bags, sentences, previous, contexts)]
        linear = _summed(network.linear, bags) + network.linear_bias
        if network.linear_sentence is not None:
            linear = linear + sentences @ network.linear_sentence
        intents = len(network.labels.intents)
        said.append(linear[:, :intents])
        if network.sentence is not None:
            said.append(nn.functional.linear(sentences, network.sentence.weight, network.sentence.bias))
        cooled = [logits / warmth for logits, warmth in zip(said, self._temperatures, strict=True)]
        joint = product_of_experts(cooled, self._shares, multi_label=self._multi_label)
        return with_strangers(joint, linear[:, intents]) if network.labels.taught_strangers else joint

    def emissions(self, batch: TokenBatch, vectors: Tensor) -> Tensor:
        """What the tagger gives in evaluation, one text behind the other without padding: [tokens, tags]."""
        if self._tagging is None:
            raise ValueError("this model has no tagger")
        return self._tagging.emissions(self._members[0].encoder.embedding, batch, vectors)

    def _head(
        self, bags: BagTensors, sentences: Tensor, previous: BagTensors, contexts: Sequence[DialogueContext]
    ) -> Tensor:
        if self._in_context:
            inputs = [member.joined(bags, sentences, previous, contexts) for member in self._members]
        else:
            inputs = [_summed(member.encoder.embedding, bags) for member in self._members]
            if sentences.shape[1]:
                scaled = SENTENCE_SCALE * sentences
                inputs = [torch.cat([encoded, scaled], dim=1) for encoded in inputs]
        hidden = torch.baddbmm(self._hidden_bias, torch.stack(inputs), self._hidden).relu_()
        said = torch.baddbmm(self._output_bias, hidden, self._output)
        return said.mean(0) if self._multi_label else said.log_softmax(2).mean(0)


class _TaggerReader:
    def __init__(self, tagger: EntityTagger) -> None:
        shape_size, token_size = tagger.shape.embedding_dim, tagger.token_size
        sides = tagger.alone.in_features - shape_size - token_size
        with torch.no_grad():
            of_sides, of_shapes, of_tokens = torch.split(
                tagger.alone.weight, [sides, shape_size, token_size], dim=1
            )
            self._sides = of_sides.T.contiguous()
            # A shape is one of a few: what each adds to the layer is known beforehand.
            self._shapes = tagger.shape.weight @ of_shapes.T + tagger.alone.bias
            self._tokens = (TOKEN_SCALE * of_tokens.T).contiguous()
            # The windows below hold one token behind the other, a convolution's weights one unit behind the other.
            self._near, self._far = (
                layer.weight.permute(2, 1, 0).flatten(0, 1).contiguous() for layer in (tagger.near, tagger.far)
            )
        self._near_bias, self._far_bias = (cast("Tensor", layer.bias) for layer in (tagger.near, tagger.far))
        self._output = tagger.output

    def emissions(self, table: nn.EmbeddingBag, batch: TokenBatch, vectors: Tensor) -> Tensor:
        sides = _summed(table, BagTensors.of(batch.sides)).reshape(len(batch.shapes), -1)
        alone = torch.addmm(self._shapes[torch.from_numpy(batch.shapes)], sides, self._sides)
        if vectors.shape[1]:
            alone = alone.addmm_(vectors, self._tokens)
        alone = alone.relu_()
        # One text behind the other with room between them, so that no window reaches from one into the next.
        texts = len(batch.lengths)
        owners = np.repeat(np.arange(1, texts + 1), batch.lengths)
        places = torch.from_numpy(np.arange(len(owners)) + MARGIN * owners)
        near = _over_windows(alone, places, texts, self._near, self._near_bias)
        far = _over_windows(near, places, texts, self._far, self._far_bias)
        joined = torch.cat([alone, near, far], dim=1)
        return nn.functional.linear(joined, self._output.weight, self._output.bias)


def _summed(table: nn.EmbeddingBag, bags: BagTensors) -> Tensor:
    """What `table` makes of the bags, without the checks that torch's own wrapper does in Python: [bags, size]."""
    summed: Tensor = torch.embedding_bag(
        table.weight, bags.indices, bags.offsets, mode=0, per_sample_weights=bags.weights
    )[0]
    return summed


def _over_windows(hidden: Tensor, places: Tensor, texts: int, weight: Tensor, bias: Tensor) -> Tensor:
    """ReLU of a convolution as one product of matrices: hidden [tokens, in] -> [tokens, out].

    weight: [window * in, out]; places: [tokens], where each lies with `MARGIN` rows of zeros around each text.
    torch's own convolution of so short sequences takes up to six times as long, and works on the padding too.
    """
    tokens, size = hidden.shape
    rows = tokens + MARGIN * (texts + 1)
    spread = hidden.new_zeros(rows, size)
    if texts == 1:
        spread[MARGIN:-MARGIN] = hidden
    else:
        spread[places] = hidden
    windows = spread.as_strided((rows - 2 * MARGIN, WINDOW * size), (size, 1))
    if texts > 1:
        # Without those whose middle is no token.
        windows = windows[places - MARGIN]
    return torch.addmm(bias, windows, weight).relu_()

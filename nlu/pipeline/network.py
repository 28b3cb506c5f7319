"""The trainable whole: an ensemble of intent heads in context, a linear head, and the entity tagger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.encoder import BagTensors, NgramEncoder
from nlu.pipeline.ensemble import EnsembleMember
from nlu.pipeline.entity_tagger import EntityTagger
from nlu.types import OUT_OF_SCOPE, DialogueContext


@dataclass(frozen=True, slots=True)
class Labels:
    """Everything that a model can say or listen to: intents, BIO tags (empty without entities), context symbols.

    `previous_message` tells whether training saw previous visitor messages. The reserved label for texts without
    an intent, if training saw any, is the last of `intents`.
    """

    intents: tuple[str, ...]
    tags: tuple[str, ...] = ()
    context_symbols: tuple[str, ...] = ()
    previous_message: bool = False

    @property
    def known(self) -> int:
        """How many of `intents` are intents of people."""
        return len(self.intents) - self.taught_strangers

    @property
    def taught_strangers(self) -> bool:
        """Whether training saw texts without an intent, so that the last label is theirs."""
        return OUT_OF_SCOPE in self.intents


def product_of_experts(head: Tensor, linear: Tensor, share: Tensor | float, *, multi_label: bool) -> Tensor:
    """log P = (1 - share) log P_head + share log P_linear + constant (Hinton 2002), all [texts, intents].

    head, linear: logits, each expert made comparable by a temperature of its own; share in 0-1.
    """
    if not multi_label:
        head, linear = head.log_softmax(1), linear.log_softmax(1)
    return (1 - share) * head + share * linear


def with_strangers(logits: Tensor, stranger: Tensor) -> Tensor:
    """The distribution of `logits` [texts, labels] times the chance that the text has an intent at all, as logits.

    stranger: [texts], log odds that it has none; what the intents lose goes to the last label.
    """
    logs = logits.log_softmax(1)
    known = logs[:, :-1] + nn.functional.logsigmoid(-stranger).unsqueeze(1)
    moved = logs[:, :-1].logsumexp(1) + nn.functional.logsigmoid(stranger)
    return torch.cat([known, torch.logaddexp(logs[:, -1], moved).unsqueeze(1)], dim=1)


class NluNetwork(nn.Module):
    """The formula's head, an ensemble of `config.members`, and the tagger, trained jointly; beside them a linear
    head on the n-grams themselves. The tagger shares the first member's encoder.

    The linear head (fitted by `nlu.training.linear_fit`) is multinomial logistic regression on the TF-IDF weights:
    with few examples an intent it generalises better than anything with a hidden layer. `linear_share` in 0-1 is
    its share of the product of experts, and `temperatures` make both comparable; all three numbers are chosen on
    held-out data, and the linear head knows no context. If training saw texts without an intent, the linear head
    has one column more: a logistic regression of its own that tells these strangers from all the rest. Asked
    nothing else, it is much the better judge of that than the same label among many.
    """

    linear_share: Tensor
    temperatures: Tensor

    def __init__(self, config: PipelineConfig, labels: Labels, vocabulary_size: int) -> None:
        super().__init__()
        self.config = config
        self.labels = labels
        self.members = nn.ModuleList(
            EnsembleMember(
                config,
                len(labels.intents),
                labels.context_symbols,
                vocabulary_size,
                reads_previous=labels.previous_message,
            )
            for _ in range(config.members)
        )
        self.tagger = (
            EntityTagger(labels.tags, config.embedding_size, config.tagger_hidden_size, config.dropout)
            if labels.tags
            else None
        )
        columns = len(labels.intents) + labels.taught_strangers
        self.linear = nn.EmbeddingBag(max(1, vocabulary_size), columns, mode="sum")
        self.linear_bias = nn.Parameter(torch.zeros(columns))
        nn.init.zeros_(self.linear.weight)
        self.register_buffer("linear_share", torch.zeros(()))
        self.register_buffer("temperatures", torch.ones(2))

    @property
    def tagging_encoder(self) -> NgramEncoder:
        """The encoder that the tagger reads with."""
        return cast("EnsembleMember", self.members[0]).encoder

    @property
    def tables(self) -> list[nn.EmbeddingBag]:
        """Every member's table of n-grams: most of the model, of which a batch touches little."""
        return [cast("EnsembleMember", member).encoder.embedding for member in self.members]

    def head_logits(self, bags: BagTensors, previous: BagTensors, contexts: Sequence[DialogueContext]) -> Tensor:
        """Logits [texts, intents] of the formula's head: the geometric mean of what its members say."""
        said = torch.stack([member(bags, previous, contexts) for member in self.members])
        return said.mean(0) if self.config.multi_label else said.log_softmax(2).mean(0)

    def linear_logits(self, bags: BagTensors) -> Tensor:
        """Logits [texts, columns] of the linear head: intents, then the log odds of a stranger if taught."""
        logits: Tensor = self.linear(bags.indices, bags.offsets, per_sample_weights=bags.weights)
        return logits + self.linear_bias

    def combined(self, head: Tensor, linear: Tensor) -> Tensor:
        """Both heads' logits as one set of logits [texts, intents]."""
        intents = len(self.labels.intents)
        joint = product_of_experts(
            head / self.temperatures[0],
            linear[:, :intents] / self.temperatures[1],
            self.linear_share,
            multi_label=self.config.multi_label,
        )
        return with_strangers(joint, linear[:, intents]) if self.labels.taught_strangers else joint

    def logits(self, bags: BagTensors, previous: BagTensors, contexts: Sequence[DialogueContext]) -> Tensor:
        """Combined logits [texts, intents], before calibration."""
        return self.combined(self.head_logits(bags, previous, contexts), self.linear_logits(bags))

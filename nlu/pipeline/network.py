"""The trainable whole: an ensemble of intent heads in context, linear heads, and the entity tagger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.encoder import BagTensors, NgramEncoder, unfilled_table
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


def product_of_experts(experts: Sequence[Tensor], shares: Sequence[float], *, multi_label: bool) -> Tensor:
    """log P = sum over experts e of share(e) * log P_e, plus a constant (Hinton 2002).

    experts: logits, [texts, intents] each, made comparable by a temperature of its own; shares in 0-1 sum to 1.
    """
    said = experts if multi_label else [logits.log_softmax(1) for logits in experts]
    return torch.stack([share * logits for share, logits in zip(shares, said, strict=True)]).sum(0)


def with_strangers(logits: Tensor, stranger: Tensor) -> Tensor:
    """The distribution of `logits` [texts, labels] times the chance that the text has an intent at all, as logits.

    stranger: [texts], log odds that it has none; what the intents lose goes to the last label.
    """
    logs = logits.log_softmax(1)
    known = logs[:, :-1] + nn.functional.logsigmoid(-stranger).unsqueeze(1)
    moved = logs[:, :-1].logsumexp(1) + nn.functional.logsigmoid(stranger)
    return torch.cat([known, torch.logaddexp(logs[:, -1], moved).unsqueeze(1)], dim=1)


@dataclass(frozen=True, slots=True)
class ExpertLogits:
    """Logits [texts, intents] of each head.

    stranger: [texts], the linear head's log odds of having no intent; None if training saw no such texts.
    """

    experts: tuple[Tensor, ...]
    stranger: Tensor | None = None

    @classmethod
    def joined(cls, parts: Sequence[ExpertLogits]) -> ExpertLogits:
        """All parts as one."""
        strangers = [part.stranger for part in parts if part.stranger is not None]
        return cls(
            tuple(torch.cat(said) for said in zip(*(part.experts for part in parts), strict=True)),
            torch.cat(strangers) if strangers else None,
        )

    def cooled(self, temperatures: Sequence[float]) -> ExpertLogits:
        """With each head's logits divided by its temperature."""
        cooled = (logits / warmth for logits, warmth in zip(self.experts, temperatures, strict=True))
        return replace(self, experts=tuple(cooled))

    def combined(self, shares: Sequence[float], *, multi_label: bool) -> Tensor:
        """All heads as one, [texts, intents]."""
        joint = product_of_experts(self.experts, shares, multi_label=multi_label)
        return joint if self.stranger is None else with_strangers(joint, self.stranger)


class NluNetwork(nn.Module):
    """The formula's head, an ensemble of `config.members`, and the tagger, trained jointly; beside them linear
    heads on the inputs themselves. The tagger shares the first member's encoder.

    The linear head (fitted by `nlu.training.linear_fit`) is multinomial logistic regression on the TF-IDF weights,
    followed by the sentence vector if there is one: with few examples an intent it generalises better than
    anything with a hidden layer. With a sentence encoder there is a third head, logistic regression on its vector
    alone, which does best with the fewest. `shares` in 0-1 are the heads' shares of the product of experts
    (formula's, linear, sentence), and `temperatures` make them comparable; all are chosen on held-out data, and
    only the first head knows the context. If training saw texts without an intent, the linear head has one column
    more: a logistic regression of its own that tells these strangers from all the rest. Asked nothing else, it is
    much the better judge of that than the same label among many.
    """

    shares: Tensor
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
            EntityTagger(
                labels.tags,
                config.embedding_size,
                config.tagger_hidden_size,
                config.dropout,
                token_size=config.token_size,
            )
            if labels.tags
            else None
        )
        columns = len(labels.intents) + labels.taught_strangers
        self.linear = unfilled_table(vocabulary_size, columns)
        self.linear_bias = nn.Parameter(torch.zeros(columns))
        nn.init.zeros_(self.linear.weight)
        size = config.sentence_size
        self.linear_sentence = nn.Parameter(torch.zeros(size, columns)) if size else None
        self.sentence = nn.Linear(size, len(labels.intents)) if size else None
        experts = 3 if size else 2
        self.register_buffer("shares", torch.tensor([1.0, *[0.0] * (experts - 1)]))
        self.register_buffer("temperatures", torch.ones(experts))

    @property
    def tagging_encoder(self) -> NgramEncoder:
        """The encoder that the tagger reads with."""
        return self.encoders[0]

    @property
    def encoders(self) -> list[NgramEncoder]:
        """Every member's; their tables are most of the model, of which a batch touches little."""
        return [cast("EnsembleMember", member).encoder for member in self.members]

    def head_logits(
        self, bags: BagTensors, sentences: Tensor, previous: BagTensors, contexts: Sequence[DialogueContext]
    ) -> Tensor:
        """Logits [texts, intents] of the formula's head: the geometric mean of what its members say."""
        said = torch.stack([member(bags, sentences, previous, contexts) for member in self.members])
        return said.mean(0) if self.config.multi_label else said.log_softmax(2).mean(0)

    def linear_logits(self, bags: BagTensors, sentences: Tensor) -> Tensor:
        """Logits [texts, columns] of the linear head: intents, then the log odds of a stranger if taught."""
        logits: Tensor = self.linear(bags.indices, bags.offsets, per_sample_weights=bags.weights)
        logits = logits + self.linear_bias
        return logits if self.linear_sentence is None else logits + sentences @ self.linear_sentence

    def experts(
        self, bags: BagTensors, sentences: Tensor, previous: BagTensors, contexts: Sequence[DialogueContext]
    ) -> ExpertLogits:
        """What each head says of the texts. sentences: [texts, `config.sentence_size`]."""
        intents = len(self.labels.intents)
        linear = self.linear_logits(bags, sentences)
        said = [self.head_logits(bags, sentences, previous, contexts), linear[:, :intents]]
        if self.sentence is not None:
            said.append(self.sentence(sentences))
        return ExpertLogits(tuple(said), linear[:, intents] if self.labels.taught_strangers else None)

    def logits(
        self, bags: BagTensors, sentences: Tensor, previous: BagTensors, contexts: Sequence[DialogueContext]
    ) -> Tensor:
        """Combined logits [texts, intents], before calibration."""
        said = self.experts(bags, sentences, previous, contexts).cooled(self.temperatures.tolist())
        return said.combined(self.shares.tolist(), multi_label=self.config.multi_label)

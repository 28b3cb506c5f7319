"""Learning from unlabelled messages against a generator of features, as in GAN-BERT (Croce et al. 2020).

The intent head becomes a discriminator of k + 1 classes: the intents, and "generated". A generator makes
representations from noise; the discriminator learns to call them generated and those of real messages, labelled
or not, one of the intents, whichever (Salimans et al. 2016); the generator learns to be taken for real and to have
the same mean features. What is generated lies near what is real, so the head is also taught to give it no intent
in particular (Lee et al. 2018), which is meant to make confidence tell strangers. The extra class, like the
generator, is gone after training: a saved model has the same parts as any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from nlu.pipeline.encoder import BagTensors
from nlu.pipeline.ensemble import EnsembleMember
from nlu.pipeline.features import Keys
from nlu.pipeline.network import NluNetwork
from nlu.training.prepared import PreparedData


@dataclass(frozen=True, slots=True)
class AdversaryConfig:
    """Sizes in units. weight: of real or generated, in the head's loss; flat: of giving what is generated no
    intent in particular; begin: share of the schedule before the contest, when features mean nothing yet."""

    noise: int = 64
    hidden: int = 256
    rate: float = 1e-3
    weight: float = 0.3
    flat: float = 0.1
    begin: float = 0.1


class Adversary:
    """For each member of the network a generator, and an output for "generated"; lives as long as one fit."""

    def __init__(self, network: NluNetwork, messages: PreparedData, config: AdversaryConfig) -> None:
        self._network = network
        self._messages = messages
        self._config = config
        self._members = [cast("EnsembleMember", member) for member in network.members]
        size = network.config.embedding_size + network.config.sentence_size
        self._makers = [
            nn.Sequential(
                nn.Linear(config.noise, config.hidden), nn.LeakyReLU(0.2), nn.Linear(config.hidden, size)
            )
            for _ in self._members
        ]
        self._heads = [nn.Linear(network.config.hidden_size, 1) for _ in self._members]
        self._adam = torch.optim.Adam(
            [parameter for maker in self._makers for parameter in maker.parameters()], lr=config.rate
        )
        self._wanted: list[Tensor] = []

    @property
    def head_parameters(self) -> list[nn.Parameter]:
        """What learns together with the network."""
        return [parameter for head in self._heads for parameter in head.parameters()]

    def loss(self, count: int, done: float, generator: np.random.Generator) -> Tensor:
        """What the discriminator adds to a step of `count` labelled texts, `done` in 0-1 of the schedule."""
        self._wanted = []
        if done < self._config.begin:
            return torch.zeros(())
        rows = generator.integers(0, len(self._messages), count)
        return torch.stack([self._contest(place, rows) for place in range(len(self._members))]).sum()

    def _contest(self, place: int, rows: Keys) -> Tensor:
        member, head, config = self._members[place], self._heads[place], self._network.config
        data = self._messages
        bags = BagTensors.of(data.bags.select(rows)).dropped(config.ngram_dropout)
        previous = BagTensors.of(data.previous.select(rows))
        real = member.joined(bags, data.sentences[rows], previous, [data.contexts[row] for row in rows])
        noise = torch.randn(len(rows), self._config.noise)
        made = self._makers[place](noise)
        made = torch.cat([made, real[:, made.shape[1] :].detach()], dim=1)
        features = member.intent.features(real)
        genuine = _odds(member, head, features)
        shown = member.intent.features(made.detach())
        forged = _odds(member, head, shown)
        flat = -member.intent.output(member.intent.dropout(shown)).log_softmax(1).mean()
        # The generator's own aim; `step` takes its gradient for the generator alone.
        seen = member.intent.features(made)
        alike = (features.detach().mean(0) - seen.mean(0)).square().sum()
        self._wanted.append(nn.functional.softplus(_odds(member, head, seen)).mean() + alike)
        contest = nn.functional.softplus(genuine).mean() + nn.functional.softplus(-forged).mean()
        loss: Tensor = self._config.weight * contest + self._config.flat * flat
        return loss

    def step(self) -> None:
        """Move the generators, the network standing still. Call it before the network moves."""
        if not self._wanted:
            return
        parameters = [parameter for maker in self._makers for parameter in maker.parameters()]
        gradients = torch.autograd.grad(torch.stack(self._wanted).sum(), parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        self._adam.step()
        self._wanted = []


def _odds(member: EnsembleMember, head: nn.Linear, features: Tensor) -> Tensor:
    """Log odds of "generated" against all intents together, [texts]."""
    dropped = member.intent.dropout(features)
    intents: Tensor = member.intent.output(dropped).logsumexp(1)
    generated: Tensor = head(dropped)[:, 0]
    odds: Tensor = generated - intents
    return odds

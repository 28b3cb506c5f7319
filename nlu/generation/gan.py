"""A generative adversarial network of utterances, trained through the Gumbel-softmax.

A generator that has learned to say the next word (without that it never starts: Caccia et al. 2020) says whole
utterances; a critic learns to tell them from real ones of the same intent, and the generator to please it. Words
are drawn by the straight-through Gumbel-softmax (Jang et al. 2017; Kusner & Hernandez-Lobato 2016), so that the
critic's gradient reaches the generator; the critic is a convolutional network with a projection of the intent
(Miyato & Koyama 2018) and the hinge loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from nlu.generation.proposals import Method, Proposal, Proposer, ignore_progress, never_cancel
from nlu.generation.sampled import collect
from nlu.generation.sequences import (
    ANY_INTENT,
    BEGIN,
    END,
    PAD,
    Corpus,
    Decoder,
    Sampling,
    drawn_rows,
    sample,
    token_loss,
)
from nlu.pipeline.threads import one_thread
from nlu.training.progress import Reporter
from nlu.types import Example, TrainingProgress

REPORTED = 25
"""Steps between two reports."""
WIDTHS = (2, 3, 4)
"""Tokens that a filter of the critic sees at once."""


@dataclass(frozen=True, slots=True)
class GanConfig:
    """Sizes in units, shares in 0-1.

    teaching: steps of learning the next word before the contest; contest: steps of it. held: weight of next-word
    learning during the contest, which keeps the generator from forgetting how to speak. warmth: temperature of the
    Gumbel-softmax at the beginning and at the end of the contest. longest: tokens of a text that the critic reads.
    """

    embedding: int = 96
    intent: int = 32
    noise: int = 32
    hidden: int = 160
    filters: int = 48
    batch: int = 32
    teaching: int = 600
    contest: int = 150
    rate: float = 3e-3
    contest_rate: float = 2e-4
    critic_rate: float = 5e-4
    held: float = 0.5
    warmth: tuple[float, float] = (1.0, 0.4)
    dropout: float = 0.2
    hidden_words: float = 0.1
    forget: float = 0.1
    labelled_share: float = 0.5
    longest: int = 24
    sampling: Sampling = field(default_factory=lambda: Sampling(guidance=0.2))


class Generator(nn.Module):
    """Intent and noise to texts."""

    def __init__(self, words: int, intents: int, config: GanConfig) -> None:
        super().__init__()
        self.config = config
        self.intents = nn.Embedding(intents + 1, config.intent)
        self.decoder = Decoder(
            words, config.embedding, config.intent + config.noise, config.hidden, config.dropout
        )

    def told(self, labels: Tensor) -> Tensor:
        """The intent and fresh noise, [batch, intent + noise]."""
        return torch.cat([self.intents(labels), torch.randn(len(labels), self.config.noise)], dim=1)

    def surprise(self, rows: Tensor, labels: Tensor) -> Tensor:
        """Mean surprise of a text in natural log units."""
        labels = torch.where(torch.rand(len(labels)) < self.config.forget, ANY_INTENT, labels)
        return token_loss(self.decoder(rows, self.told(labels), self.config.hidden_words), rows).mean()

    def say(self, labels: Tensor, steps: int, warmth: float) -> Tensor:
        """Texts as one-hot rows [batch, steps, words] with a gradient; nothing but PAD behind the end."""
        decoder, told = self.decoder, self.told(labels)
        state = decoder.begin(told)
        embedded = decoder.embedding(torch.full((len(labels),), BEGIN))
        alive = torch.ones(len(labels), 1)
        padding = torch.zeros(1, decoder.embedding.num_embeddings)
        padding[0, PAD] = 1.0
        said = []
        for _ in range(steps):
            hidden, state = decoder.cell(torch.cat([embedded, told], dim=1).unsqueeze(1), state)
            word = nn.functional.gumbel_softmax(decoder.logits(hidden[:, 0]), tau=warmth, hard=True)
            said.append(alive * word + (1 - alive) * padding)
            alive = alive * (1 - word[:, END : END + 1])
            embedded = word @ decoder.embedding.weight
        return torch.stack(said, dim=1)


class Critic(nn.Module):
    """How real a text looks for its intent; what it has of its own is an embedding, filters and intents."""

    def __init__(self, words: int, intents: int, config: GanConfig) -> None:
        super().__init__()
        self.embedding = nn.Linear(words, config.embedding, bias=False)
        self.filters = nn.ModuleList(nn.Conv1d(config.embedding, config.filters, width) for width in WIDTHS)
        features = config.filters * len(WIDTHS)
        self.dropout = nn.Dropout(config.dropout)
        self.real = nn.Linear(features, 1)
        self.intents = nn.Embedding(intents + 1, features)
        nn.init.zeros_(self.intents.weight)

    def forward(self, texts: Tensor, labels: Tensor) -> Tensor:
        """texts: one-hot [batch, steps, words] -> scores [batch]."""
        read = self.embedding(texts).transpose(1, 2)
        found = torch.cat([part(read).amax(2) for part in self.filters], dim=1)
        found = self.dropout(nn.functional.leaky_relu(found, 0.2))
        score: Tensor = self.real(found)[:, 0] + (self.intents(labels) * found).sum(1)
        return score


class GanProposer(Proposer):
    """Samples utterances of an intent. `texts`: unlabelled messages of the site, which teach the language."""

    method: ClassVar[Method] = "gan"

    def __init__(self, *, texts: Sequence[str] = (), config: GanConfig | None = None) -> None:
        self._texts = texts
        self._config = config or GanConfig()

    def propose(
        self,
        examples: Sequence[Example],
        *,
        intents: Sequence[str],
        count: int,
        seed: int,
        progress: Callable[[TrainingProgress], None] = ignore_progress,
        should_cancel: Callable[[], bool] = never_cancel,
    ) -> tuple[Proposal, ...]:
        config = self._config
        corpus = Corpus.of(examples, intents, self._texts)
        with one_thread(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            generator = Generator(corpus.size, len(corpus.intents), config)
            critic = Critic(corpus.size, len(corpus.intents), config)
            chance = np.random.default_rng(seed)
            planned = -(-config.teaching // REPORTED) + -(-config.contest // REPORTED)
            reporter = Reporter(planned, progress, should_cancel)
            _teach(generator, corpus, chance, reporter)
            _contest(generator, critic, corpus, chance, reporter)
            generator.eval()

            def draw(labels: Tensor) -> tuple[Tensor, Tensor]:
                with torch.no_grad():
                    told = generator.told(labels)
                    anyone = generator.intents(torch.full_like(labels, ANY_INTENT))
                    untold = torch.cat([anyone, told[:, config.intent :]], dim=1)
                return sample(generator.decoder, told, untold, config.sampling, characters=corpus.characters)

            return collect(corpus, intents, count, self.method, draw, should_cancel)


def _teach(generator: Generator, corpus: Corpus, chance: np.random.Generator, reporter: Reporter) -> None:
    config = generator.config
    adam = torch.optim.Adam(generator.parameters(), lr=config.rate)
    losses: list[float] = []
    for step in range(config.teaching):
        rows, labels = corpus.batch(drawn_rows(corpus, config.batch, config.labelled_share, chance))
        adam.param_groups[0]["lr"] = config.rate * (1 - 0.9 * step / config.teaching)
        losses.append(_step(adam, generator, generator.surprise(rows, labels)))
        if (step + 1) % REPORTED == 0 or step + 1 == config.teaching:
            reporter.epoch("next words", float(np.mean(losses[-REPORTED:])), None)


def _contest(
    generator: Generator, critic: Critic, corpus: Corpus, chance: np.random.Generator, reporter: Reporter
) -> None:
    config = generator.config
    mine = torch.optim.Adam(generator.parameters(), lr=config.contest_rate, betas=(0.5, 0.999))
    its = torch.optim.Adam(critic.parameters(), lr=config.critic_rate, betas=(0.5, 0.999))
    losses: list[float] = []
    for step in range(config.contest):
        done = step / max(1, config.contest - 1)
        warmth = config.warmth[0] * (config.warmth[1] / config.warmth[0]) ** done
        rows, labels = corpus.batch(drawn_rows(corpus, config.batch, config.labelled_share, chance))
        rows = nn.functional.pad(rows, (0, max(0, config.longest - rows.shape[1])), value=PAD)[:, : config.longest]
        real = nn.functional.one_hot(rows, corpus.size).float()
        said = generator.say(labels, config.longest, warmth)
        fooled = critic(said.detach(), labels)
        _step(its, critic, (1 - critic(real, labels)).relu().mean() + (1 + fooled).relu().mean())
        loss = config.held * generator.surprise(rows, labels) - critic(said, labels).mean()
        losses.append(_step(mine, generator, loss))
        if (step + 1) % REPORTED == 0 or step + 1 == config.contest:
            reporter.epoch("contest", float(np.mean(losses[-REPORTED:])), None)


def _step(adam: torch.optim.Optimizer, module: nn.Module, loss: Tensor) -> float:
    """One step down the gradient of `loss`; its value before."""
    adam.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
    nn.utils.clip_grad_norm_(module.parameters(), 5.0)
    adam.step()
    return float(loss.detach())

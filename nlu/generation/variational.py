"""A conditional variational autoencoder of utterances.

p(x, z | i) = N(z; 0, 1) * prod_t p(x_t | x_<t, z, i) for utterance x of intent i; q(z | x, i) is a Gaussian whose
mean and spread a bidirectional GRU reads off the text (Kingma & Welling 2014; Sohn et al. 2015; Bowman et al.
2016).
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
from nlu.generation.sequences import ANY_INTENT, Corpus, Decoder, Sampling, drawn_rows, sample, token_loss
from nlu.pipeline.threads import one_thread
from nlu.training.progress import Reporter
from nlu.types import Example, TrainingProgress

REPORTED = 25
"""Steps between two reports."""


@dataclass(frozen=True, slots=True)
class VaeConfig:
    """Sizes in units, shares in 0-1. `steps` batches are learned from, whatever the number of texts.

    free_bits: natural log units of divergence for each number of z that cost nothing, so that z is used (Kingma et
    al. 2016); warm_up: share of the steps over which the divergence comes to count in full; forget: share of
    labels that are hidden, so that the decoder knows what it would say for any intent; prior_share: proposals
    whose z is drawn from N(0, 1), the others' lies between two utterances of the intent.
    """

    embedding: int = 96
    intent: int = 32
    latent: int = 32
    hidden: int = 160
    batch: int = 32
    steps: int = 800
    rate: float = 3e-3
    dropout: float = 0.2
    hidden_words: float = 0.25
    forget: float = 0.1
    free_bits: float = 0.1
    warm_up: float = 0.4
    prior_share: float = 0.4
    labelled_share: float = 0.5
    sampling: Sampling = field(default_factory=lambda: Sampling(guidance=0.2))


class ConditionalVae(nn.Module):
    """Encoder q(z | x, i) and decoder p(x | z, i)."""

    def __init__(self, words: int, intents: int, config: VaeConfig) -> None:
        super().__init__()
        self.config = config
        self.intents = nn.Embedding(intents + 1, config.intent)
        self.decoder = Decoder(
            words, config.embedding, config.intent + config.latent, config.hidden, config.dropout
        )
        self.reader = nn.GRU(config.embedding, config.hidden // 2, batch_first=True, bidirectional=True)
        self.posterior = nn.Linear(config.hidden + config.intent, 2 * config.latent)

    def read(self, rows: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z | x, i), [batch, latent] each."""
        lengths = (rows != 0).sum(1)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.decoder.dropout(self.decoder.embedding(rows)), lengths, batch_first=True, enforce_sorted=False
        )
        _, last = self.reader(packed)
        joined = torch.cat([last[0], last[1], self.intents(labels)], dim=1)
        mean, log_variance = self.posterior(joined).chunk(2, dim=1)
        return mean, log_variance.clamp(-8, 4)

    def told(self, labels: Tensor, z: Tensor) -> Tensor:
        """What the decoder is told, [batch, intent + latent]."""
        return torch.cat([self.intents(labels), z], dim=1)

    def loss(self, rows: Tensor, labels: Tensor, share: float) -> Tensor:
        """Mean negative evidence bound of a batch in natural log units, the divergence counting by `share`."""
        labels = torch.where(torch.rand(len(labels)) < self.config.forget, ANY_INTENT, labels)
        mean, log_variance = self.read(rows, labels)
        z = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        surprise = token_loss(self.decoder(rows, self.told(labels, z), self.config.hidden_words), rows)
        each = (mean.square() + log_variance.exp() - 1 - log_variance).mean(0) / 2
        return surprise.mean() + share * each.clamp(min=self.config.free_bits).sum()


class VaeProposer(Proposer):
    """Samples utterances of an intent. `texts`: unlabelled messages of the site, which teach the language."""

    method: ClassVar[Method] = "vae"

    def __init__(self, *, texts: Sequence[str] = (), config: VaeConfig | None = None) -> None:
        self._texts = texts
        self._config = config or VaeConfig()

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
        corpus = Corpus.of(examples, intents, self._texts)
        with one_thread(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = ConditionalVae(corpus.size, len(corpus.intents), self._config)
            self._fit(model, corpus, seed, Reporter(self._epochs, progress, should_cancel))
            model.eval()
            return collect(
                corpus,
                intents,
                count,
                self.method,
                lambda labels: self._sample(model, corpus, labels),
                should_cancel,
            )

    @property
    def _epochs(self) -> int:
        return -(-self._config.steps // REPORTED)

    def _fit(self, model: ConditionalVae, corpus: Corpus, seed: int, reporter: Reporter) -> None:
        config = self._config
        adam = torch.optim.Adam(model.parameters(), lr=config.rate)
        generator = np.random.default_rng(seed)
        losses: list[float] = []
        for step in range(config.steps):
            rows, labels = corpus.batch(drawn_rows(corpus, config.batch, config.labelled_share, generator))
            loss = model.loss(rows, labels, min(1.0, step / (config.warm_up * config.steps)))
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            adam.param_groups[0]["lr"] = config.rate * (1 - 0.9 * step / config.steps)
            adam.step()
            losses.append(float(loss.detach()))
            if (step + 1) % REPORTED == 0 or step + 1 == config.steps:
                reporter.epoch("vae", float(np.mean(losses[-REPORTED:])), None)

    def _sample(self, model: ConditionalVae, corpus: Corpus, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Lines and scores; z from the prior, or between two utterances' posteriors with the first's spread."""
        pairs = torch.stack([corpus.rows_of(label) for label in labels.tolist()], dim=1)
        with torch.no_grad():
            first, spread = model.read(*corpus.batch(pairs[0]))
            second, _ = model.read(*corpus.batch(pairs[1]))
            way = torch.rand(len(labels), 1)
            z = first + way * (second - first) + (spread / 2).exp() * torch.randn_like(first)
            from_prior = torch.rand(len(labels), 1) < self._config.prior_share
            z = torch.where(from_prior, torch.randn_like(z), z)
            untold = model.told(torch.full_like(labels, ANY_INTENT), z)
            told = model.told(labels, z)
            return sample(model.decoder, told, untold, self._config.sampling, characters=corpus.characters)

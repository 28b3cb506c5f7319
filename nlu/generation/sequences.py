"""What the neural generators share: texts as rows of token numbers, a decoder, and how it is sampled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from nlu.errors import TrainingRefused
from nlu.generation.pieces import Piece, Speller, Typesetter, keys_of, pieces_of
from nlu.generation.proposals import grouped
from nlu.types import Example

PAD, BEGIN, END, UNKNOWN = range(4)
SPECIAL = 4
LONGEST = 40
"""Tokens of a text that a generator reads, and that it writes at most."""
MOST_WORDS = 2000
"""Tokens that a generator can say: every token of a labelled text, and the most frequent others up to so many."""
FEWEST_TEXTS = 8
ANY_INTENT = 0
"""The number of no intent in particular: that of texts without a label."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts as numbers. rows: [texts, LONGEST + 1], each ends with END and is padded; labels: [texts], the number
    of the intent, `ANY_INTENT` for texts without; lengths: [texts], END counted; sources: the labelled texts;
    characters: whether most tokens are Chinese characters, each of which says less than a word."""

    rows: Tensor
    labels: Tensor
    lengths: Tensor
    intents: tuple[str, ...]
    words: tuple[str, ...]
    sources: tuple[str, ...]
    typesetter: Typesetter
    speller: Speller
    characters: bool

    @classmethod
    def of(cls, examples: Sequence[Example], intents: Sequence[str], texts: Sequence[str]) -> Self:
        """The labelled examples, then `texts` without labels. TrainingRefused if there is too little."""
        groups = grouped(examples, intents)
        names = tuple(sorted(groups))
        labelled = [(example.text, place) for place, name in enumerate(names, start=1) for example in groups[name]]
        if len(labelled) + len(texts) < FEWEST_TEXTS:
            raise TrainingRefused(f"a generator needs at least {FEWEST_TEXTS} texts to learn from")
        every = [*labelled, *((text, ANY_INTENT) for text in texts)]
        pieces = [pieces_of(text)[:LONGEST] for text, _ in every]
        kept = [number for number, one in enumerate(pieces) if one]
        for name in intents:
            if not any(label == names.index(name) + 1 and pieces[n] for n, (_, label) in enumerate(every)):
                raise TrainingRefused(f"the intent {name} has no utterance with a word in it")
        own = dict.fromkeys(key for one in pieces[: len(labelled)] for key in keys_of(one))
        counts = Counter(key for one in pieces for key in keys_of(one))
        others = sorted((key for key in counts if key not in own), key=lambda key: (-counts[key], key))
        words = (*own, *others[: max(0, MOST_WORDS - len(own))])
        places = {key: SPECIAL + place for place, key in enumerate(words)}
        rows = torch.full((len(kept), LONGEST + 1), PAD)
        for row, number in enumerate(kept):
            line = [places.get(key, UNKNOWN) for key in keys_of(pieces[number])]
            rows[row, : len(line) + 1] = torch.tensor([*line, END])
        return cls(
            rows,
            torch.tensor([every[number][1] for number in kept]),
            (rows != PAD).sum(1),
            names,
            words,
            tuple(every[number][0] for number in kept if every[number][1]),
            Typesetter(text for text, _ in every),
            Speller(pieces),
            2 * sum(piece.kind == "cjk" for one in pieces for piece in one) > sum(map(len, pieces)),
        )

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def size(self) -> int:
        """Numbers that a token may have."""
        return SPECIAL + len(self.words)

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """(token numbers [texts, longest of the batch], labels) at `rows`."""
        return self.rows[rows, : int(self.lengths[rows].max())], self.labels[rows]

    def rows_of(self, label: int) -> Tensor:
        """Two rows of the intent, drawn with repetition."""
        own = torch.nonzero(self.labels == label)[:, 0]
        return own[torch.randint(len(own), (2,))]

    def text_of(self, line: Sequence[int]) -> str:
        """The text of token numbers; empty if one of them is no token."""
        if not line or min(line) < SPECIAL:
            return ""
        pieces: list[Piece] = self.speller.spell([self.words[number - SPECIAL] for number in line])
        return self.typesetter.join(pieces).text


def drawn_rows(corpus: Corpus, size: int, labelled_share: float, generator: np.random.Generator) -> Tensor:
    """Rows of a batch: so large a share of labelled ones, each intent alike, if there are others at all."""
    labelled = len(corpus.sources)
    others = len(corpus) - labelled
    count = size if not others else max(1, round(size * labelled_share))
    rows = generator.integers(0, labelled, count)
    more = labelled + generator.integers(0, max(1, others), size - count)
    return torch.from_numpy(np.concatenate([rows, more]))


class Decoder(nn.Module):
    """A GRU that says one token after another, told at every step what to say: [batch, told] (the intent and what
    else). Embeddings serve as output layer too (Press & Wolf 2017)."""

    def __init__(self, words: int, size: int, told: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=PAD)
        nn.init.normal_(self.embedding.weight, 0.0, size**-0.5)
        self.start = nn.Linear(told, hidden)
        self.cell = nn.GRU(size + told, hidden, batch_first=True)
        self.out = nn.Linear(hidden, size)
        self.bias = nn.Parameter(torch.zeros(words))
        self.dropout = nn.Dropout(dropout)

    def begin(self, told: Tensor) -> Tensor:
        """The state before the first token, [1, batch, hidden]."""
        state: Tensor = self.start(told).tanh().unsqueeze(0)
        return state

    def logits(self, hidden: Tensor) -> Tensor:
        """[..., hidden] -> [..., words]; what is no token of a text is never said."""
        said: Tensor = self.out(self.dropout(hidden)) @ self.embedding.weight.T + self.bias
        blocked = torch.zeros(said.shape[-1])
        blocked[[PAD, BEGIN, UNKNOWN]] = -1e9
        return said + blocked

    def forward(self, rows: Tensor, told: Tensor, hidden_share: float = 0.0) -> Tensor:
        """Logits [batch, length, words] of each token of `rows` given those before it.

        hidden_share: so many of the tokens before are hidden, so that what is told must be listened to (word
        dropout, Bowman et al. 2016).
        """
        before = torch.cat([torch.full((len(rows), 1), BEGIN), rows[:, :-1]], dim=1)
        if hidden_share > 0:
            hide = torch.rand(before.shape) < hidden_share
            before = torch.where(hide & (before >= SPECIAL), UNKNOWN, before)
        return self.embedded(self.embedding(before), told)

    def embedded(self, before: Tensor, told: Tensor) -> Tensor:
        """The same from embeddings [batch, length, size] of the tokens before."""
        steps = before.shape[1]
        given = torch.cat([self.dropout(before), told.unsqueeze(1).expand(-1, steps, -1)], dim=2)
        hidden, _ = self.cell(given, self.begin(told))
        return self.logits(hidden)


def token_loss(logits: Tensor, rows: Tensor) -> Tensor:
    """Sum of the surprises of each text's tokens and its end, [batch]; unknown tokens do not count."""
    losses = nn.functional.cross_entropy(logits.transpose(1, 2), rows, reduction="none")
    return (losses * ((rows != PAD) & (rows != UNKNOWN))).sum(1)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a decoder is sampled. temperature: of words, `character_temperature` of characters, where a text is more
    choices and each can go wrong; nucleus: only the likeliest tokens that hold so much of the probability
    (Holtzman et al. 2020); guidance: how much further the sampling goes from what any intent would say than the
    model itself does (Ho & Salimans 2022)."""

    nucleus: float = 0.92
    temperature: float = 1.1
    character_temperature: float = 0.75
    guidance: float = 0.0


@torch.no_grad()
def sample(
    decoder: Decoder, told: Tensor, untold: Tensor, how: Sampling, *, characters: bool
) -> tuple[Tensor, Tensor]:
    """(token numbers [batch, LONGEST], PAD behind the end; mean log probability of a token [batch]).

    untold: what the decoder is told for no intent in particular.
    """
    temperature = how.character_temperature if characters else how.temperature
    state, other = decoder.begin(told), decoder.begin(untold)
    token = torch.full((len(told), 1), BEGIN)
    lines = torch.full((len(told), LONGEST), PAD)
    total, count = torch.zeros(len(told)), torch.zeros(len(told))
    alive = torch.ones(len(told), dtype=torch.bool)
    for step in range(LONGEST):
        embedded = decoder.embedding(token)
        hidden, state = decoder.cell(torch.cat([embedded, told.unsqueeze(1)], dim=2), state)
        logs = decoder.logits(hidden[:, 0]).log_softmax(1)
        steered = logs
        if how.guidance > 0:
            hidden, other = decoder.cell(torch.cat([embedded, untold.unsqueeze(1)], dim=2), other)
            steered = logs + how.guidance * (logs - decoder.logits(hidden[:, 0]).log_softmax(1))
        drawn = _drawn(steered / temperature, how.nucleus)
        total += alive * logs.gather(1, drawn.unsqueeze(1))[:, 0]
        count += alive
        alive &= drawn != END
        lines[:, step] = torch.where(alive, drawn, PAD)
        token = drawn.unsqueeze(1)
        if not alive.any():
            break
    return lines, total / count


def _drawn(logits: Tensor, nucleus: float) -> Tensor:
    shares, order = logits.softmax(1).sort(dim=1, descending=True)
    outside = shares.cumsum(1) - shares >= nucleus
    shares = shares.masked_fill(outside, 0.0)
    return order.gather(1, torch.multinomial(shares, 1))[:, 0]

"""A linear-chain conditional random field over BIO tags that cannot produce an invalid sequence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

# Finite, so that sums stay finite; far below any score that training reaches.
FORBIDDEN = -1e4
# Tags that an I tag may follow: B and I of its type.
PREDECESSORS = 2
# Numbers that the scores of a step may take, of all sentences that are decoded together (4 MB), and how few
# sentences are not worth it.
ROOM, FEWEST_AT_ONCE = 1_000_000, 3
# The least positive sum whose logarithm is taken; a tag that nothing can lead to stays improbable, not infinite.
TINY = 1e-30

Scores = npt.NDArray[np.float32]
Tags = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Decoder:
    """What decoding reads: starts [tags], transitions [from, to], and the transitions by the tag reached.

    An I tag has two tags that it may follow, all others any: narrow, before [narrow, 2] and follows [narrow, 2]
    are tags of the first kind, what they follow and the scores of that; wide and reach [from, 1, wide] the others.
    """

    starts: Scores
    transitions: Scores
    narrow: Tags
    before: Tags
    follows: Scores
    wide: Tags
    reach: Scores

    @classmethod
    def of(cls, starts: Scores, transitions: Scores, allowed: Scores) -> Self:
        counts = (allowed > FORBIDDEN).sum(axis=0)
        narrow, wide = np.flatnonzero(counts == PREDECESSORS), np.flatnonzero(counts != PREDECESSORS)
        before = np.nonzero(allowed.T[narrow] > FORBIDDEN)[1].reshape(-1, PREDECESSORS)
        return cls(
            starts,
            transitions,
            narrow,
            before,
            transitions[before, narrow[:, None]],
            wide,
            transitions[:, None, wide],
        )

    def moved(self, scores: Scores, room: Scores) -> Scores:
        """The best score with which each tag is reached from any other: [sentences, tags], as `scores` are.

        room: memory for at least tags * sentences * wide numbers, which takes longer to get than to fill.
        """
        reached = np.empty_like(scores)
        shape = (scores.shape[1], len(scores), len(self.wide))
        candidates = room[: math.prod(shape)].reshape(shape)
        np.add(scores.T[:, :, None], self.reach, out=candidates)
        reached[:, self.wide] = np.maximum.reduce(candidates, axis=0)
        reached[:, self.narrow] = (scores[:, self.before] + self.follows).max(axis=2)
        return reached


def bio_constraints(tags: Sequence[str]) -> tuple[Tensor, Tensor]:
    """(starts [tags], transitions [from, to]): 0 where BIO allows it, FORBIDDEN where it does not."""
    starts = torch.zeros(len(tags))
    transitions = torch.zeros(len(tags), len(tags))
    for j, tag in enumerate(tags):
        if tag.startswith("I-"):
            starts[j] = FORBIDDEN
            for i, before in enumerate(tags):
                if before not in (f"B-{tag[2:]}", tag):
                    transitions[i, j] = FORBIDDEN
    return starts, transitions


class ConditionalRandomField(nn.Module):
    """P(tags | emissions) of Lafferty et al. 2001, with the BIO grammar as fixed forbidden transitions."""

    starts_allowed: Tensor
    transitions_allowed: Tensor

    def __init__(self, tags: Sequence[str]) -> None:
        super().__init__()
        self.starts = nn.Parameter(torch.zeros(len(tags)))
        self.transitions = nn.Parameter(torch.zeros(len(tags), len(tags)))
        starts, transitions = bio_constraints(tags)
        self._decoder: tuple[tuple[int, int], _Decoder] | None = None
        self.register_buffer("starts_allowed", starts, persistent=False)
        self.register_buffer("transitions_allowed", transitions, persistent=False)

    def scores(self) -> tuple[Tensor, Tensor]:
        """(starts [tags], transitions [from, to]) with the grammar applied."""
        return self.starts + self.starts_allowed, self.transitions + self.transitions_allowed

    def loss(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Mean negative log-likelihood per sentence.

        emissions: [sentences, tokens, tags]; tags: [sentences, tokens], any value in the padding; lengths:
        [sentences] >= 1.
        """
        starts, transitions = self.scores()
        mask = torch.arange(emissions.shape[1]) < lengths[:, None]
        gold = emissions.gather(2, tags[..., None]).squeeze(2).masked_fill(~mask, 0).sum(1) + starts[tags[:, 0]]
        gold = gold + transitions[tags[:, :-1], tags[:, 1:]].masked_fill(~mask[:, 1:], 0).sum(1)
        alpha = starts + emissions[:, 0]
        # logsumexp over the tag before, as a product of matrices: many times faster than the sum of [from, to]
        # scores.
        weights = transitions.exp()
        for step in range(1, emissions.shape[1]):
            peak = alpha.detach().amax(dim=1, keepdim=True)
            summed = (alpha - peak).exp() @ weights
            moved = summed.clamp(min=TINY).log() + peak + emissions[:, step]
            alpha = torch.where(mask[:, step, None], moved, alpha)
        return (torch.logsumexp(alpha, dim=1) - gold).mean()

    def decode(self, emissions: Scores) -> list[int]:
        """The most probable valid tag sequence (Viterbi) of one sentence; emissions: [tokens, tags]."""
        if not len(emissions):
            return []
        decoder = self._decoding()
        best = decoder.starts + emissions[0]
        reached = [best]
        candidates = np.empty_like(decoder.transitions)
        for row in emissions[1:]:
            np.add(decoder.transitions, best[:, None], out=candidates)
            best = np.maximum.reduce(candidates, axis=0) + row
            reached.append(best)
        path = [int(best.argmax())]
        # Which tag came before is asked of the tags on the path alone.
        for before in reached[-2::-1]:
            path.append(int((decoder.transitions[:, path[-1]] + before).argmax()))
        return path[::-1]

    def decode_all(self, emissions: Scores, lengths: Tags) -> Tags:
        """What `decode` says of several sentences, the tokens of one behind those of the other: [tokens].

        emissions: [tokens, tags]; lengths: [sentences], the tokens of each, of which there may be none.
        """
        path = np.zeros(len(emissions), dtype=np.int64)
        decoder = self._decoding()
        # With very many tags a step of one sentence is work enough; memory for several would be needed in vain.
        at_once = ROOM // max(1, decoder.transitions.shape[0] * len(decoder.wide))
        at_once = at_once if min(at_once, len(lengths)) >= FEWEST_AT_ONCE else 1
        ends = np.cumsum(lengths)
        for first in range(0, len(lengths), at_once):
            sizes = lengths[first : first + at_once]
            part = slice(ends[first] - sizes[0], ends[first + len(sizes) - 1])
            path[part] = (
                self._decode_together(decoder, emissions[part], sizes)
                if at_once > 1
                else self.decode(emissions[part])
            )
        return path

    @staticmethod
    def _decode_together(decoder: _Decoder, emissions: Scores, lengths: Tags) -> Tags:
        path = np.zeros(len(emissions), dtype=np.int64)
        if not len(path):
            return path
        # Longest first: those that go on at a step are always the first ones.
        order = np.argsort(-lengths, kind="stable")
        begins = (np.cumsum(lengths) - lengths)[order]
        going = (lengths[:, None] > np.arange(lengths.max())).sum(axis=0).tolist()
        reached = [decoder.starts + emissions[begins[: going[0]]]]
        room = np.empty(reached[0].size * len(decoder.wide), dtype=np.float32)
        for step, count in enumerate(going[1:], start=1):
            reached.append(decoder.moved(reached[-1][:count], room) + emissions[begins[:count] + step])
        tags = path[:0]
        for step in range(len(going) - 1, -1, -1):
            scores = reached[step]
            scores[: len(tags)] += decoder.transitions.T[tags]
            tags = scores.argmax(axis=1)
            path[begins[: len(tags)] + step] = tags
        return path

    def _decoding(self) -> _Decoder:
        """What decoding reads, made anew when a parameter changes."""
        versions = self.starts._version, self.transitions._version
        if self._decoder is None or self._decoder[0] != versions:
            with torch.no_grad():
                starts, transitions = (scores.numpy() for scores in self.scores())
            self._decoder = versions, _Decoder.of(starts, transitions, self.transitions_allowed.numpy())
        return self._decoder[1]

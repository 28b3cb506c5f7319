"""A linear-chain conditional random field over BIO tags that cannot produce an invalid sequence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

# Finite, so that sums stay finite; far below any score that training reaches.
FORBIDDEN = -1e4
# The least positive sum whose logarithm is taken; a tag that nothing can lead to stays improbable, not infinite.
TINY = 1e-30


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
        self._decoder: tuple[tuple[int, int], npt.NDArray[np.float32], npt.NDArray[np.float32]] | None = None
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

    def decode(self, emissions: npt.NDArray[np.float32]) -> list[int]:
        """The most probable valid tag sequence (Viterbi) of one sentence; emissions: [tokens, tags]."""
        if not len(emissions):
            return []
        starts, transitions = self._decoding()
        best = starts + emissions[0]
        reached = [best]
        candidates = np.empty_like(transitions)
        for row in emissions[1:]:
            np.add(transitions, best[:, None], out=candidates)
            best = np.maximum.reduce(candidates, axis=0) + row
            reached.append(best)
        path = [int(best.argmax())]
        # Which tag came before is asked of the tags on the path alone.
        for before in reached[-2::-1]:
            path.append(int((transitions[:, path[-1]] + before).argmax()))
        return path[::-1]

    def _decoding(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """(starts [tags], transitions [from, to]) as `decode` reads them; made anew when a parameter changes."""
        versions = self.starts._version, self.transitions._version
        if self._decoder is None or self._decoder[0] != versions:
            with torch.no_grad():
                starts, transitions = (scores.numpy() for scores in self.scores())
            self._decoder = versions, starts, transitions
        return self._decoder[1:]

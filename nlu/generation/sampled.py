"""From what a decoder says to proposals: spelt, none twice, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from nlu.errors import TrainingCancelled
from nlu.generation.proposals import Method, Proposal
from nlu.generation.sequences import PAD, Corpus
from nlu.pipeline.normalizer import canonical

ROUNDS = 4
"""Times that a decoder is asked before fewer proposals than wanted are accepted."""
AT_ONCE = 256


def collect(
    corpus: Corpus,
    intents: Sequence[str],
    count: int,
    method: Method,
    draw: Callable[[Tensor], tuple[Tensor, Tensor]],
    should_cancel: Callable[[], bool],
) -> tuple[Proposal, ...]:
    """At most `count` proposals for each intent. draw(labels [n]) gives token numbers [n, length] and scores [n].

    Raises TrainingCancelled.
    """
    found: dict[str, dict[str, Proposal]] = {name: {} for name in intents}
    for _ in range(ROUNDS):
        wanted = [name for name, own in found.items() for _ in range(count - len(own))]
        for start in range(0, len(wanted), AT_ONCE):
            if should_cancel():
                raise TrainingCancelled("the generation was cancelled")
            names = wanted[start : start + AT_ONCE]
            lines, scores = draw(torch.tensor([corpus.intents.index(name) + 1 for name in names]))
            for name, line, score in zip(names, lines.tolist(), scores.tolist(), strict=True):
                text = corpus.text_of([number for number in line if number != PAD])
                if text:
                    found[name].setdefault(canonical(text), Proposal(text, name, method, score))
    return tuple(
        proposal
        for own in found.values()
        for proposal in sorted(own.values(), key=lambda one: (-one.score, one.text))[:count]
    )

"""From the tags of tokens to spans of entities, of several texts at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from nlu.pipeline.crf import Scores, Tags
from nlu.pipeline.tokenization import Token
from nlu.types import EntitySpan


def tagged_spans(
    texts: Sequence[str], lines: Sequence[Sequence[Token]], tags: Sequence[str], path: Tags, emissions: Scores
) -> list[list[EntitySpan]]:
    """The spans of each text, each as sure as its least sure token is by its emissions alone.

    lines: the texts' tokens; path: [tokens], each token's place in `tags`, a valid BIO sequence in each text;
    emissions: [tokens, tags]. Tokens of one text lie behind those of the other.
    """
    found: list[list[EntitySpan]] = [[] for _ in texts]
    begins = np.array([tag.startswith("B-") for tag in tags])
    places = np.flatnonzero(path != tags.index("O"))
    if not len(places):
        return found
    scores = emissions[places].astype(np.float64)
    chosen = path[places]
    scores -= scores.max(axis=1, keepdims=True)
    shares = np.exp(scores[np.arange(len(places)), chosen]) / np.exp(scores).sum(axis=1)
    owners = np.searchsorted(np.cumsum([len(line) for line in lines]), places, side="right").tolist()
    firsts = np.flatnonzero(begins[chosen])
    sure = np.minimum.reduceat(shares, firsts).tolist()
    lasts = [*(firsts[1:] - 1).tolist(), len(places) - 1]
    tokens = list(chain.from_iterable(lines))
    for first, last, share in zip(firsts.tolist(), lasts, sure, strict=True):
        row, start, end = owners[first], tokens[places[first]].start, tokens[places[last]].end
        written = texts[row][start:end]
        kind = tags[chosen[first]][2:]
        found[row].append(EntitySpan(start, end, kind, written, written, share, "model"))
    return found

"""How likely a text is in the language of a site: an n-gram model of its utterances."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from nlu.generation.pieces import keys_of, pieces_of

BEGIN, END = "\x02", "\x03"
ORDER = 3
DISCOUNT = 0.75


class SiteLanguage:
    """Interpolated Kneser-Ney trigrams (Kneser & Ney 1995; Chen & Goodman 1999) with one discount.

    A token that no text had shares what the discount leaves of the unigrams with one other.
    """

    def __init__(self, texts: Iterable[Sequence[str]]) -> None:
        """texts: folded tokens of each utterance."""
        highest: Counter[tuple[str, ...]] = Counter()
        for keys in texts:
            padded = _padded(keys)
            highest.update(padded[i : i + ORDER] for i in range(len(padded) - ORDER + 1))
        tables = [highest]
        while len(next(iter(tables[0]), ("",))) > 1:
            # Lower orders count in how many contexts an n-gram was seen, not how often.
            tables.insert(0, Counter(gram[1:] for gram in tables[0]))
        self._counts = tables
        self._totals: list[dict[tuple[str, ...], tuple[int, int]]] = []
        for table in tables:
            sums: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
            for gram, count in table.items():
                entry = sums[gram[:-1]]
                entry[0] += count
                entry[1] += 1
            self._totals.append({context: (total, kinds) for context, (total, kinds) in sums.items()})
        self._size = len(tables[0]) + 1

    @classmethod
    def of(cls, texts: Iterable[str]) -> SiteLanguage:
        """From texts as they are written."""
        return cls(keys_of(pieces_of(text)) for text in texts)

    def probability(self, context: tuple[str, ...], key: str) -> float:
        """P(key | the last two tokens), always positive."""
        share = 1 / self._size
        for order in range(1, len(self._counts) + 1):
            before = context[len(context) - order + 1 :] if order > 1 else ()
            total, kinds = self._totals[order - 1].get(before, (0, 0))
            if not total:
                break
            seen = max(self._counts[order - 1].get((*before, key), 0) - DISCOUNT, 0.0)
            share = (seen + DISCOUNT * kinds * share) / total
        return share

    def knows(self, keys: tuple[str, ...]) -> bool:
        """Whether the tokens (one to three) ever stood beside each other."""
        return len(keys) <= len(self._counts) and keys in self._counts[len(keys) - 1]

    def log_probabilities(self, keys: Sequence[str]) -> list[float]:
        """Natural log probability of each token, and of the end."""
        padded = _padded(keys)
        places = range(ORDER - 1, len(padded))
        return [math.log(self.probability(padded[i - ORDER + 1 : i], padded[i])) for i in places]

    def perplexity(self, texts: Iterable[str]) -> float | None:
        """exp of the mean surprise of a token over all the texts; None without any."""
        said = [value for text in texts for value in self.log_probabilities(keys_of(pieces_of(text)))]
        return math.exp(-sum(said) / len(said)) if said else None


def _padded(keys: Sequence[str]) -> tuple[str, ...]:
    return (*[BEGIN] * (ORDER - 1), *keys, END)

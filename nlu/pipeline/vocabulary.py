"""The n-grams that the training data holds, their weights, and texts as weighted bags of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlu.pipeline.features import (
    WORDS,
    Keys,
    NgramBatch,
    NgramSpec,
    character_ngrams,
    feature_text,
    ngram_table,
    word_hash,
    word_ngrams,
)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class BagBatch:
    """`texts` weighted bags of n-grams, one after another.

    indices and weights: [n] (vocabulary indices, TF-IDF weights of unit length per family and text);
    offsets: [texts + 1], where each bag starts; coverage: [texts], the share in 0-1 of a text's n-grams
    (weighted by length, rarer = longer) that the vocabulary knows.
    """

    indices: Keys
    weights: Floats
    offsets: Keys
    coverage: Floats

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def select(self, rows: Keys) -> BagBatch:
        """The bags at `rows`, in that order."""
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = np.repeat(self.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return BagBatch(self.indices[places], self.weights[places], offsets, self.coverage[rows])


def concatenate(bags: Sequence[BagBatch]) -> BagBatch:
    """One batch of all the given ones in order."""
    sizes = np.concatenate([[0], np.cumsum([len(bag.indices) for bag in bags])])
    offsets = [bag.offsets[:-1] + size for bag, size in zip(bags, sizes, strict=False)]
    return BagBatch(
        np.concatenate([bag.indices for bag in bags]),
        np.concatenate([bag.weights for bag in bags]),
        np.concatenate([*offsets, sizes[-1:]]),
        np.concatenate([bag.coverage for bag in bags]),
    )


@dataclass(frozen=True, slots=True)
class NgramVocabulary:
    """Known n-grams: keys [F] ascending (word keys lie above all character keys), idf [F].

    idf(g) = ln((1 + N) / (1 + texts with g)) + 1, as in scikit-learn's smooth variant of Sparck Jones 1972.
    """

    spec: NgramSpec
    keys: Keys
    idf: Floats

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def build(
        cls, texts: Sequence[str], spec: NgramSpec, *, minimum: int = 1, most: int | None = None
    ) -> NgramVocabulary:
        """All n-grams of words, and those of characters that occur in at least `minimum` of the texts.

        Of these only the `most` that occur in most texts, of equal ones those with the smaller key.

        Rare runs of characters are most of a large vocabulary and say little that the rest of the word does not;
        a word seen once may be all that tells what a text is about.
        """
        rows, keys = _extract([feature_text(text) for text in texts], spec)
        distinct, places = np.unique(keys, return_inverse=True)
        pairs = np.unique(rows * len(distinct) + places) if len(distinct) else places
        frequency = np.bincount(pairs % max(1, len(distinct)), minlength=len(distinct))
        kept = (frequency >= minimum) | (distinct >= spec.buckets)
        if most is not None and int(kept.sum()) > most:
            ranked = np.argsort(-np.where(kept, frequency, 0), kind="stable")
            kept = np.zeros(len(distinct), dtype=np.bool_)
            kept[ranked[:most]] = True
        idf = np.log((1 + len(texts)) / (1 + frequency[kept])) + 1
        return cls(spec, distinct[kept], idf.astype(np.float32))

    def lookup(self, keys: Keys) -> tuple[Keys, npt.NDArray[np.bool_]]:
        """(index in the vocabulary, whether it is known) of each key; an unknown key's index means nothing."""
        if not len(self.keys):
            return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.bool_)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return places, self.keys[places] == keys

    def knows(self, phrases: Sequence[Sequence[str]]) -> list[bool]:
        """Whether each phrase, given as its folded words, occurs in the training data.

        False for phrases of more words than n-grams are taken of.
        """
        known = [False] * len(phrases)
        for size in {len(phrase) for phrase in phrases}:
            if not self.spec.word_min <= size <= self.spec.word_max:
                continue
            rows = [row for row, phrase in enumerate(phrases) if len(phrase) == size]
            words = [word_hash(word.replace("'", "")) for row in rows for word in phrases[row]]
            keys, _, _ = ngram_table(np.array(words, dtype=np.uint64), WORDS, size, size, self.spec.buckets)
            for row, found in zip(rows, self.lookup(keys[::size] + self.spec.buckets)[1].tolist(), strict=True):
                known[row] = found
        return known

    def bags(self, texts: Sequence[str]) -> BagBatch:
        """The texts as bags weighted (1 + ln tf) * idf, each family of n-grams scaled to length sqrt(1/2)."""
        rows, keys = _extract([feature_text(text) for text in texts], self.spec)
        if not len(self.keys) or not len(keys):
            empty = np.zeros(0, dtype=np.int64)
            zeros = np.zeros(len(texts), dtype=np.float32)
            return BagBatch(empty, zeros[:0], np.zeros(len(texts) + 1, dtype=np.int64), zeros)
        total = np.bincount(rows, minlength=len(texts))
        # Sorted, so that equal ones are neighbours and looking them up goes through the vocabulary in its order.
        width = 2 * self.spec.buckets
        codes = np.sort(rows * width + keys)
        firsts = _firsts(codes)
        counts = _lengths(firsts, len(codes))
        rows, keys = np.divmod(codes[firsts], width)
        places, known = self.lookup(keys)
        rows, indices, counts = rows[known], places[known], counts[known]
        coverage = np.bincount(rows, counts, minlength=len(texts)) / np.maximum(total, 1)
        weights = (1 + np.log(counts)) * self.idf[indices]
        family = rows * 2 + (keys[known] >= self.spec.buckets)
        lengths = np.sqrt(2 * np.bincount(family, weights * weights, minlength=2 * len(texts)))
        weights = (weights / np.maximum(lengths, 1e-9)[family]).astype(np.float32)
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=len(texts)), out=offsets[1:])
        return BagBatch(indices, weights, offsets, coverage.astype(np.float32))


def _firsts(ordered: Keys) -> Keys:
    """Where in an ascending array each value stands first; what np.unique does, at a third of its price."""
    new = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new.nonzero()[0]


def _lengths(firsts: Keys, end: int) -> Keys:
    """How far it is from each place to the next one, from the last to the end."""
    lengths = np.empty_like(firsts)
    np.subtract(firsts[1:], firsts[:-1], out=lengths[:-1])
    lengths[-1] = end - firsts[-1]
    return lengths


def _extract(texts: list[str], spec: NgramSpec) -> tuple[Keys, Keys]:
    characters: NgramBatch = character_ngrams(texts, spec)
    words: NgramBatch = word_ngrams(texts, spec)
    rows = np.concatenate([characters.rows, words.rows])
    return rows, np.concatenate([characters.keys, words.keys + spec.buckets])

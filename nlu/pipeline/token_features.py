"""The n-grams around every token, as bags over the same vocabulary that utterances use.

A token is seen from three sides: the n-grams that end with it (for a Latin word its suffixes, for a CJK character
what stands before it), those that begin with it (prefixes; what stands after), and its word n-grams.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlu.pipeline.features import CHARACTERS, PRIVATE_START, WORDS, Keys, NgramSpec, ngram_table, word_hash
from nlu.pipeline.tokenization import PLACEHOLDER, Token
from nlu.pipeline.vocabulary import BagBatch, NgramVocabulary

# kinds x sizes of digits runs or hashed symbols or capitalisation; see `_shape`.
SHAPES = 64
# Bags of n-grams that a token is seen as.
SIDES = 3

Table = tuple[Keys, npt.NDArray[np.bool_]]
"""(keys of n-grams, which of them there are), both [tokens, places for n-grams]."""


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """All tokens of a batch of texts, one text after another.

    sides: `SIDES` bags a token, one token after another (ending, beginning, words); shapes: [tokens]; lengths:
    [texts] tokens each.
    """

    sides: BagBatch
    shapes: Keys
    lengths: Keys

    def select(self, rows: Keys) -> TokenBatch:
        """The tokens of the texts at `rows`, in that order."""
        starts = np.concatenate([[0], np.cumsum(self.lengths)])
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        tokens = np.repeat(starts[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
        bags = (tokens[:, None] * SIDES + np.arange(SIDES)).ravel()
        return TokenBatch(self.sides.select(bags), self.shapes[tokens], lengths)


def token_batch(
    lines: Sequence[Sequence[Token]], originals: Sequence[str], vocabulary: NgramVocabulary
) -> TokenBatch:
    """The token features of texts; `lines` are their tokens and `originals` the texts as written."""
    tokens = [token for line in lines for token in line]
    lengths = np.array([len(line) for line in lines], dtype=np.int64)
    surface, starts, ends = _layout(lines)
    shapes = [_shape(token, text) for line, text in zip(lines, originals, strict=True) for token in line]
    parts = (*_affixes(surface, starts, ends, vocabulary.spec), _word_keys(tokens, lengths, vocabulary.spec))
    return TokenBatch(_bags(parts, vocabulary), np.array(shapes, dtype=np.int64), lengths)


def _surface(token: Token) -> str:
    if token.kind == "placeholder":
        match = PLACEHOLDER.fullmatch(token.text)
        return chr(PRIVATE_START + zlib.crc32((match["type"] if match else "").encode()) % 0xFFF0)
    return token.text.replace("'", "") or " "


def _layout(lines: Sequence[Sequence[Token]]) -> tuple[str, list[int], list[int]]:
    """One string of all texts, spaced as `feature_text` spaces them, and where each token lies in it."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for line in lines:
        # Enough blanks that no n-gram of the vocabulary (blanks are single in it) spans two texts.
        pieces.append("  ")
        position += 2
        previous: Token | None = None
        for token in line:
            joined = (
                previous is not None
                and previous.end == token.start
                and token.kind not in ("symbol", "placeholder")
            )
            if previous is not None and not (joined and previous.kind not in ("symbol", "placeholder")):
                pieces.append(" ")
                position += 1
            surface = _surface(token)
            pieces.append(surface)
            starts.append(position)
            position += len(surface)
            ends.append(position)
            previous = token
    pieces.append("  ")
    return "".join(pieces), starts, ends


def _affixes(surface: str, starts: list[int], ends: list[int], spec: NgramSpec) -> tuple[Table, Table]:
    """The character n-grams that end with each token and those that begin with it."""
    units = np.frombuffer(surface.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    first, last = np.array(starts, dtype=np.int64)[:, None], np.array(ends, dtype=np.int64)[:, None]
    keys, orders, begins = ngram_table(units, CHARACTERS, spec.char_min, spec.char_max, spec.buckets)
    if not len(orders):
        nothing = np.zeros((len(starts), 0), dtype=np.int64)
        return (nothing, nothing > 0), (nothing, nothing > 0)
    before, behind = last >= orders, first + orders <= len(units)
    # Where there is no such n-gram any place will do: what stands there does not count.
    ending = keys[np.where(before, begins + last - orders, 0)]
    beginning = keys[np.where(behind, begins + first, 0)]
    return (ending, before), (beginning, behind)


def _word_keys(tokens: Sequence[Token], lengths: Keys, spec: NgramSpec) -> Table:
    """Each token as a word, with the word behind it and with the one before it, within its text."""
    words = np.array([word_hash(_surface(token)) for token in tokens], dtype=np.uint64)
    keys, orders, begins = ngram_table(words, WORDS, spec.word_min, min(2, spec.word_max), spec.buckets)
    texts = np.repeat(np.arange(len(lengths)), lengths)
    found = np.zeros((len(tokens), 3), dtype=np.int64)
    counts = np.zeros((len(tokens), 3), dtype=np.bool_)
    for order, begin in zip(orders.tolist(), begins.tolist(), strict=True):
        if order == 1:
            found[:, 0], counts[:, 0] = keys[begin : begin + len(tokens)], True
            continue
        pairs = keys[begin : begin + len(tokens) - 1]
        found[:-1, 1] = found[1:, 2] = pairs
        same = texts[1:] == texts[:-1]
        counts[:-1, 1] = counts[1:, 2] = same
    return found + spec.buckets, counts


def _bags(parts: Sequence[Table], vocabulary: NgramVocabulary) -> BagBatch:
    """One bag for every part of every token, a token's parts one after another."""
    keys = np.concatenate([part[0] for part in parts], axis=1)
    counts = np.concatenate([part[1] for part in parts], axis=1)
    places, known = vocabulary.lookup(keys.ravel())
    known = known.reshape(keys.shape) & counts
    ends = np.cumsum([0] + [part[0].shape[1] for part in parts])
    sums = np.concatenate([np.zeros((len(keys), 1), dtype=np.int64), np.cumsum(known, axis=1)], axis=1)[:, ends]
    offsets = np.concatenate([[0], np.cumsum(np.diff(sums, axis=1).ravel())])
    chosen = places[known.ravel()]
    weights: npt.NDArray[np.float32] = np.ones(len(chosen), dtype=np.float32)
    return BagBatch(chosen, weights, offsets, np.zeros(len(offsets) - 1, dtype=np.float32))


def _shape(token: Token, original: str) -> int:
    match token.kind:
        case "placeholder":
            return 1
        case "cjk":
            return 2
        case "digits":
            return 8 + min(len(token.text), 15)
        case "symbol":
            return 24 + zlib.crc32(token.text.encode()) % 32
        case _:
            written = original[token.start : token.end]
            return (
                3 + (1 if written[:1].isupper() else 0) + (2 if written[1:].isupper() and len(written) > 1 else 0)
            )

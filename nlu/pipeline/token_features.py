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

from nlu.pipeline.features import CHARACTERS, PRIVATE_START, WORDS, Keys, NgramSpec, ngram_keys, word_hash
from nlu.pipeline.tokenization import PLACEHOLDER, Token
from nlu.pipeline.vocabulary import BagBatch, NgramVocabulary

# kinds x sizes of digits runs or hashed symbols or capitalisation; see `_shape`.
SHAPES = 64


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """All tokens of a batch of texts, one text after another.

    sides: three bag batches over tokens (ending, beginning, words); shapes: [tokens]; lengths: [texts] tokens
    each.
    """

    sides: tuple[BagBatch, BagBatch, BagBatch]
    shapes: Keys
    lengths: Keys

    def select(self, rows: Keys) -> TokenBatch:
        """The tokens of the texts at `rows`, in that order."""
        starts = np.concatenate([[0], np.cumsum(self.lengths)])
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        tokens = np.repeat(starts[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
        ending, beginning, words = (side.select(tokens) for side in self.sides)
        return TokenBatch((ending, beginning, words), self.shapes[tokens], lengths)


def token_batch(
    lines: Sequence[Sequence[Token]], originals: Sequence[str], vocabulary: NgramVocabulary
) -> TokenBatch:
    """The token features of texts; `lines` are their tokens and `originals` the texts as written."""
    tokens = [token for line in lines for token in line]
    lengths = np.array([len(line) for line in lines], dtype=np.int64)
    surface, starts, ends = _layout(lines)
    ending, beginning = _affixes(surface, starts, ends, vocabulary)
    shapes = [_shape(token, text) for line, text in zip(lines, originals, strict=True) for token in line]
    sides = (
        _bags(ending, len(tokens), vocabulary),
        _bags(beginning, len(tokens), vocabulary),
        _bags(_word_keys(tokens, lengths, vocabulary.spec), len(tokens), vocabulary),
    )
    return TokenBatch(sides, np.array(shapes, dtype=np.int64), lengths)


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


def _affixes(
    surface: str, starts: list[int], ends: list[int], vocabulary: NgramVocabulary
) -> tuple[list[tuple[Keys, Keys]], list[tuple[Keys, Keys]]]:
    units = np.frombuffer(surface.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    first, last = np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)
    owners = np.arange(len(first))
    ending, beginning = [], []
    spec = vocabulary.spec
    for order, keys in ngram_keys(units, CHARACTERS, spec.char_min, spec.char_max, spec.buckets):
        fits = last >= order
        ending.append((owners[fits], keys[last[fits] - order]))
        fits = first + order <= len(units)
        beginning.append((owners[fits], keys[first[fits]]))
    return ending, beginning


def _word_keys(tokens: Sequence[Token], lengths: Keys, spec: NgramSpec) -> list[tuple[Keys, Keys]]:
    words = np.array([word_hash(_surface(token)) for token in tokens], dtype=np.uint64)
    texts = np.repeat(np.arange(len(lengths)), lengths)
    found: list[tuple[Keys, Keys]] = []
    for order, keys in ngram_keys(words, WORDS, spec.word_min, min(2, spec.word_max), spec.buckets):
        owners = np.arange(len(keys))
        same = texts[: len(keys)] == texts[order - 1 :]
        found.extend((owners[same] + member, keys[same] + spec.buckets) for member in range(order))
    return found


def _bags(pieces: list[tuple[Keys, Keys]], tokens: int, vocabulary: NgramVocabulary) -> BagBatch:
    owners = np.concatenate([piece[0] for piece in pieces]) if pieces else np.zeros(0, dtype=np.int64)
    keys = np.concatenate([piece[1] for piece in pieces]) if pieces else owners
    places, known = vocabulary.lookup(keys)
    owners, places = owners[known], places[known]
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=tokens)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    weights: npt.NDArray[np.float32] = np.ones(len(places), dtype=np.float32)
    return BagBatch(places[order], weights, offsets, np.zeros(tokens, dtype=np.float32))


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

"""Hashed character and word n-grams of many texts at once.

Every n-gram becomes an integer key below `buckets` by a fixed polynomial hash, the same on every machine and in
every process (Python's own `hash` is salted). The hashing runs over one array that holds all the texts, so a
batch of ten thousand utterances takes about a second and a single message well under a millisecond.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from nlu.errors import InvalidData
from nlu.pipeline.normalizer import normalize
from nlu.pipeline.tokenization import CJK, PLACEHOLDER

Keys = npt.NDArray[np.int64]

_PRIME = np.uint64(0x100000001B3)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_SPACED = re.compile(rf"([{CJK}])")
_PUNCTUATION = re.compile(r"[^\w\s]|_")
# Salts that keep the families of n-grams apart.
CHARACTERS = 100
WORDS = 200
# The longest n-gram that a configuration may ask for.
LONGEST = 32
# Supplementary private use area: no text that people write holds these, so a masked value becomes one character.
PRIVATE_START = 0xF0000


@dataclass(frozen=True, slots=True)
class NgramSpec:
    """Which n-grams are taken. Orders are inclusive; a word is a Latin word, a number or one CJK character."""

    char_min: int = 1
    char_max: int = 5
    word_min: int = 1
    word_max: int = 2
    buckets: int = 2**30

    def check(self) -> None:
        """Raise InvalidData unless the orders are whole numbers in order and the buckets fit beside each other."""
        orders = (self.char_min, self.char_max, self.word_min, self.word_max)
        whole = all(type(number) is int for number in (*orders, self.buckets))
        ordered = whole and 1 <= orders[0] <= orders[1] <= LONGEST and 1 <= orders[2] <= orders[3] <= LONGEST
        if not ordered or not 1 <= self.buckets <= 2**40:
            raise InvalidData("configuration: n-grams of impossible orders or buckets")


@dataclass(frozen=True, slots=True)
class NgramBatch:
    """The n-grams of a batch: `keys[i]` occurs in text `rows[i]`; rows ascend within each family of n-grams."""

    rows: Keys
    keys: Keys
    texts: int


def feature_text(text: str) -> str:
    """The text that n-grams are taken from: folded, masked values one character each, punctuation as blanks."""
    folded = normalize(text).text
    if "#" in folded:
        folded = PLACEHOLDER.sub(
            lambda m: f" {chr(PRIVATE_START + zlib.crc32(m['type'].encode()) % 0xFFF0)} ", folded
        )
    folded = _PUNCTUATION.sub(_blank_unless_private, folded)
    return " ".join(folded.split())


def _blank_unless_private(match: re.Match[str]) -> str:
    character = match.group()
    if character == "'":
        return ""
    # Emoji and other symbols carry meaning and are kept as words of their own; punctuation does not.
    return f" {character} " if ord(character) > 0x2E7F and not 0x3000 <= ord(character) <= 0x303F else " "


@lru_cache(maxsize=65536)
def word_hash(word: str) -> int:
    """The unit that stands for a word in word n-grams, in 64 bits."""
    data = word.encode()
    return zlib.crc32(data) << 32 | zlib.crc32(data, 0x9E3779B9)


def _finish(mixed: npt.NDArray[np.uint64], buckets: int) -> Keys:
    """Keys of hashes that already hold their salts; sums and products of arrays wrap around silently."""
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_A
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_B
    mixed = mixed ^ (mixed >> np.uint64(31))
    return (mixed % np.uint64(buckets)).astype(np.int64)


@cache
def _salt(number: int) -> np.uint64:
    return np.uint64((number * 0x9E3779B97F4A7C15) % 2**64)


def ngram_table(
    units: npt.NDArray[np.uint64], salt: int, low: int, high: int, buckets: int
) -> tuple[Keys, Keys, Keys]:
    """(keys, orders, begins): the n-gram of `orders[k]` units that starts at unit p is `keys[begins[k] + p]`.

    Orders from `low` to `high`, without those that are longer than all the units.
    """
    running = units + np.uint64(1)
    salted: list[npt.NDArray[np.uint64]] = []
    longest = min(high, len(units))
    for order in range(1, longest + 1):
        if order > 1:
            running = running[:-1] * _PRIME ^ units[order - 1 :]
        if order >= low:
            salted.append(running + _salt(salt + order))
    orders = np.arange(low, longest + 1)
    if not salted:
        return np.zeros(0, dtype=np.int64), orders[:0], orders[:0]
    # An order has one n-gram less than the one before it.
    begins = np.concatenate([[0], np.cumsum(len(units) + 1 - orders[:-1])])
    # All orders at once: on one message the calls cost more than the numbers.
    return _finish(np.concatenate(salted), buckets), orders, begins


def _owned(
    units: npt.NDArray[np.uint64], owners: Keys, texts: int, salt: int, orders: tuple[int, int], buckets: int
) -> NgramBatch:
    """The n-grams that lie within one owner."""
    keys, found, _ = ngram_table(units, salt, *orders, buckets)
    if texts == 1 or not len(found):
        return NgramBatch(np.zeros(len(keys), dtype=np.int64), keys, texts)
    rows, whole = [], []
    for order in found.tolist():
        first = owners[: len(owners) + 1 - order]
        rows.append(first)
        whole.append(first == owners[order - 1 :])
    kept = np.concatenate(whole)
    return NgramBatch(np.concatenate(rows)[kept], keys[kept], texts)


def character_ngrams(texts: Sequence[str], spec: NgramSpec) -> NgramBatch:
    """n-grams of characters, across words; a blank on either side marks the ends of the text.

    texts are `feature_text` results. An n-gram that is only a blank does not count.
    """
    padded = [f" {text} " for text in texts]
    units = np.frombuffer("".join(padded).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    owners = np.repeat(np.arange(len(texts), dtype=np.int64), [len(text) for text in padded])
    return _owned(units, owners, len(texts), CHARACTERS, (spec.char_min, spec.char_max), spec.buckets)


def word_ngrams(texts: Sequence[str], spec: NgramSpec) -> NgramBatch:
    """n-grams of words, one CJK character counting as a word."""
    words = [_SPACED.sub(r" \1 ", text).split() for text in texts]
    units = np.array([word_hash(word) for line in words for word in line], dtype=np.uint64)
    owners = np.repeat(np.arange(len(texts), dtype=np.int64), [len(line) for line in words])
    return _owned(units, owners, len(texts), WORDS, (spec.word_min, spec.word_max), spec.buckets)

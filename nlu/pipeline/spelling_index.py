"""The listed values as a trie of words, with what finding a misspelt one needs beside it.

A form is read as words: a Latin word, a run of digits or one Chinese character each. Hyphens and their like
between two of them are nothing, so that Wi-Fi and wi fi are the same two words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from nlu.pipeline.normalizer import normalize
from nlu.pipeline.tokenization import Token, tokenize

MOST_FORMS = 50_000
"""Values and synonyms that are also found misspelt; those behind them only as written."""
MOST_WORDS = 30
"""Forms of more words are only found as written."""
SHORTEST = 4
"""Letters or Chinese characters that a form must have: what is shorter is too like other words."""
LONG = 8
"""Letters from which on a form may hold two errors, in different words."""
LONG_WORD = 10
"""Letters from which on one word may hold two errors: shorter ones are then often another word."""
_MOST_ALTERNATIVES = 16
_GLUE = frozenset("-–'.·_/&")

Entry = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing values: its canonical text, Latin letters, Chinese characters, (type, value) pairs."""

    text: str
    letters: int
    characters: int
    entries: tuple[Entry, ...]


@dataclass(eq=False, slots=True)
class Node:
    """A place in the trie: where a next word leads, and two next words written as one; the forms that end here."""

    children: dict[str, Node] = field(default_factory=dict)
    joined: dict[str, list[Node]] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)

    def after(self, word: str) -> Iterator[Node]:
        """Where a word leads, be it one word of a form or two."""
        child = self.children.get(word)
        if child is not None:
            yield child
        if self.joined:
            yield from self.joined.get(word, ())


@dataclass(frozen=True, slots=True)
class Alternative:
    """A word of the lists that a typed one may be meant for, and how many errors lie between them."""

    word: str
    distance: int


def glued(left: Token, right: Token) -> bool:
    """Whether nothing stands between two tokens."""
    return left.end == right.start


def words_of(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without the hyphens and their like that join two of them; 3.5 stays what it is."""
    kept = []
    for place, token in enumerate(tokens):
        if token.kind == "symbol" and token.text in _GLUE and 0 < place < len(tokens) - 1:
            before, after = tokens[place - 1], tokens[place + 1]
            spelt = {before.kind, after.kind} <= {"word", "cjk", "digits"} and {before.kind, after.kind} != {
                "digits"
            }
            if spelt and glued(before, token) and glued(token, after):
                continue
        kept.append(token)
    return kept


class SpellingIndex:
    """The forms that may be found misspelt. `words` are the Latin words in them, `pairs` the neighbouring Chinese
    characters."""

    def __init__(self, forms: Mapping[str, Sequence[Entry]]) -> None:
        """forms: canonical text -> (type, value) pairs."""
        self.root = Node()
        self.words: set[str] = set()
        self.pairs: set[tuple[str, str]] = set()
        joined: set[str] = set()
        for number, (text, entries) in enumerate(forms.items()):
            if number < MOST_FORMS:
                self._add(text, tuple(entries), joined)
        self._buckets: dict[tuple[str, int], list[str]] = defaultdict(list)
        self._tails: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self.words | joined):
            self._buckets[word[0], len(word)].append(word)
            self._tails[word[1:]].append(word)

    def _add(self, text: str, entries: tuple[Entry, ...], joined: set[str]) -> None:
        tokens = words_of(tokenize(normalize(text)))
        self.words.update(token.text for token in tokens if token.kind == "word")
        self.pairs.update((a.text, b.text) for a, b in pairwise(tokens) if a.kind == b.kind == "cjk")
        letters = sum(len(token.text) for token in tokens if token.kind == "word")
        characters = sum(token.kind == "cjk" for token in tokens)
        fitting = len(tokens) <= MOST_WORDS and all(token.kind != "placeholder" for token in tokens)
        if not fitting or letters + characters < SHORTEST:
            return
        nodes = [self.root]
        for token in tokens:
            nodes.append(nodes[-1].children.setdefault(token.text, Node()))
        for place, (first, second) in enumerate(pairwise(tokens)):
            if first.kind == second.kind == "word":
                whole = first.text + second.text
                joined.add(whole)
                ends = nodes[place].joined.setdefault(whole, [])
                if nodes[place + 2] not in ends:
                    ends.append(nodes[place + 2])
        nodes[-1].forms.append(Form(text, letters, characters, entries))

    def _near(self, word: str) -> Iterator[list[str]]:
        errors = _errors(len(word))
        for length in range(len(word) - errors, len(word) + errors + 1):
            group = self._buckets.get((word[0], length))
            if group:
                yield group

    def comparisons(self, word: str) -> int:
        """How many words `alternatives` would compare with this one."""
        return sum(map(len, self._near(word))) + sum(1 for _ in self._otherwise_begun(word))

    def alternatives(self, word: str) -> list[Alternative]:
        """The words of the lists that this one may be meant for, nearest first; none if they are too many to tell.

        Distances are optimal string alignments (Damerau 1964, restricted): a letter wrong, missing or too many, or
        two neighbours swapped, is one error each. Where the first letter is wrong it is the only error.
        """
        found = dict.fromkeys(self._otherwise_begun(word), 1)
        for group in self._near(word):
            nearest = process.extract(
                word, group, scorer=OSA.distance, score_cutoff=_errors(len(word)), limit=None
            )
            found.update((other, int(distance)) for other, distance, _ in nearest)
        alternatives = [Alternative(other, distance) for other, distance in found.items()]
        return sorted(alternatives, key=_by_distance) if len(found) <= _MOST_ALTERNATIVES else []

    def _otherwise_begun(self, word: str) -> Iterator[str]:
        """Words with another, one more or no first letter, or the first two swapped."""
        tails = self._tails
        swapped = word[1::-1] + word[2:]
        yield from (other for tail in (word[1:], word) for other in tails.get(tail, ()) if other[0] != word[0])
        yield from (other for other in tails.get(word[2:], ()) if other == word[1:])
        yield from (other for other in tails.get(swapped[1:], ()) if other == swapped)


def _by_distance(alternative: Alternative) -> tuple[int, str]:
    return alternative.distance, alternative.word


def _errors(length: int) -> int:
    return 2 if length >= LONG_WORD - 1 else 1

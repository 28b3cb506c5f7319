"""Texts that say the same, or nearly: as a conflict between two intents, or as a repetition within one.

Two texts are near when the words of one become those of the other by leaving out, adding or changing a single
word (two characters of Chinese). They are found by the words that are left when each word in turn is taken out,
so the work grows with the number of texts and not with its square.

Near texts of two intents are a conflict only if the words that differ do not explain the difference: "cancel my
order" and "track my order" differ in words that the other utterances of either intent confirm.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Final, Literal

import numpy as np

from nlu.data_health.texts import TaughtText
from nlu.data_health.wording import Wording, is_misspelling, is_negation, words_of

LONGEST: Final = 40
"""Words of a text up to which near ones are looked for."""
FEWEST_LEFT: Final = 3
FEWEST_CHARACTERS_LEFT: Final = 4
WIDEST_GAP: Final = 50
"""A gap that more wordings fill is a place for names and numbers, and what fills it no slip."""
EXPLAINS: Final = 3.0
"""How many times more often a word must be used in one intent than in the other to explain the difference."""
VARIANTS: Final = 128
"""More than a text of `LONGEST` words has: itself, without each word, and without each two neighbours."""
MOST_INTENTS: Final = 12
"""Intents with one wording of which each two are a conflict; of more, the rest only with the one that has most."""
GENERAL: Final = 3
GENERAL_SHARE: Final = 0.05
"""A word is general if so many intents use it; a rarer one may be what tells two intents apart."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two utterances (their ids) of two intents that say the same, or differ only in the words named here."""

    first: int
    second: int
    kind: Literal["same", "near"]
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repetition:
    """Utterances of one intent that say the same: the one to keep, and the others."""

    intent: int
    kept: int
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Worded:
    """One wording in one intent, by its first utterance."""

    row: int
    intent: int
    wording: Wording


def find_similar(texts: Sequence[TaughtText]) -> tuple[tuple[Conflict, ...], tuple[Repetition, ...]]:
    """Conflicts, those that say the same first; and repetitions, most of them first.

    What articles say conflicts like any text, but repeats nothing: it is written for readers, not for training.
    """
    wordings = [words_of(text.text) for text in texts]
    groups: defaultdict[tuple[str, ...], defaultdict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row, (text, wording) in enumerate(zip(texts, wordings, strict=True)):
        groups[wording.words][text.intent].append(row)
    conflicts: list[Conflict] = []
    repetitions: list[Repetition] = []
    worded: list[_Worded] = []
    for by_intent in groups.values():
        for intent, rows in by_intent.items():
            worded.append(_Worded(rows[0], intent, wordings[rows[0]]))
            own = [row for row in rows if not texts[row].article]
            if len(own) > 1:
                repetitions.append(_repetition(texts, intent, own))
        if len(by_intent) > 1:
            conflicts += _same_conflicts(texts, by_intent)
    conflicts += _near_conflicts(texts, wordings, worded)
    repetitions.sort(key=lambda one: (-len(one.others), one.kept))
    return tuple(conflicts), tuple(repetitions)


def _same_conflicts(texts: Sequence[TaughtText], by_intent: Mapping[int, Sequence[int]]) -> list[Conflict]:
    """One wording in several intents: every other row against the first of the intent that has most of them, then
    the others' first rows against each other. Who lets "a and b" stand has said nothing yet of "b and c"."""
    most = max(by_intent, key=lambda intent: (len(by_intent[intent]), -by_intent[intent][0]))
    others = [rows for intent, rows in by_intent.items() if intent != most]
    pairs = [(by_intent[most][0], row) for rows in others for row in rows]
    pairs += combinations((rows[0] for rows in others[: MOST_INTENTS - 1]), 2)
    return [Conflict(texts[first].id, texts[second].id, "same") for first, second in pairs]


def _repetition(texts: Sequence[TaughtText], intent: int, rows: Sequence[int]) -> Repetition:
    """Keep the one with the most marks, the oldest of those."""
    kept = max(rows, key=lambda row: (len(texts[row].spans), -texts[row].id))
    return Repetition(intent, texts[kept].id, tuple(texts[row].id for row in rows if row != kept))


class _Usage:
    """How often each intent uses a word."""

    def __init__(self, texts: Sequence[TaughtText], wordings: Sequence[Wording]) -> None:
        self._sizes = Counter(text.intent for text in texts)
        self._uses: Counter[tuple[str, int]] = Counter()
        for text, wording in zip(texts, wordings, strict=True):
            self._uses.update((word, text.intent) for word in set(wording.words))
        self._spread = Counter(word for word, _intent in self._uses)

    def explains(self, word: str, own: int, other: int) -> bool:
        """Whether other utterances of its own intent use the word far more often than the other intent does."""
        elsewhere = self._uses[word, own] - 1
        if elsewhere < 2:
            return False
        here = (elsewhere + 0.5) / self._sizes[own]
        there = (self._uses[word, other] + 0.5) / (self._sizes[other] + 1)
        return here / there >= EXPLAINS

    def is_general(self, word: str, *, changed: bool) -> bool:
        """Whether the word is used in many intents; of a word that took another's place more is asked."""
        known = len(self._sizes)
        enough = max(GENERAL, round(GENERAL_SHARE * known)) if changed else GENERAL
        return self._spread[word] >= min(enough, known)


def _near_conflicts(
    texts: Sequence[TaughtText], wordings: Sequence[Wording], worded: Sequence[_Worded]
) -> list[Conflict]:
    """Near wordings of two intents whose difference nothing explains, the smallest difference first.

    Groups come in another order in every process, and pages of a list from several: nothing here may depend on it.
    """
    usage = _Usage(texts, wordings)
    found: dict[tuple[int, int], tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for bucket in _sharing(worded):
        for at, (place, number) in enumerate(bucket):
            for other_place, other_number in bucket[at + 1 :]:
                one, other = worded[place], worded[other_place]
                if one.intent == other.intent or one.wording == other.wording:
                    continue
                words = (_taken_out(one.wording, number), _taken_out(other.wording, other_number))
                known = found.get((place, other_place))
                if known is None or (_size(words), words) < (_size(known), known):
                    found[place, other_place] = words
    kept = [
        (_size(words), Conflict(texts[one.row].id, texts[other.row].id, "near", *words))
        for (place, other_place), words in found.items()
        if _is_unexplained(one := worded[place], other := worded[other_place], words, usage)
    ]
    kept.sort(key=lambda row: (row[0], row[1].first, row[1].second))
    return [conflict for _difference, conflict in kept]


def _sharing(worded: Sequence[_Worded]) -> Iterator[list[tuple[int, int]]]:
    """Groups of (place in `worded`, number of the variant) that have the same words left, places ascending.

    What is left goes by its hash, in arrays: 16 bytes a variant, and 64 bits that no two share by chance. Hashes
    are salted, so the groups are the same in every process but not their order.
    """
    left_hashes, variants = array("q"), array("q")
    for place, one in enumerate(worded):
        for number, (left, _out) in enumerate(without_a_word(one.wording)):
            left_hashes.append(hash(left))
            variants.append(place * VARIANTS + number)
    if not variants:
        return
    hashes, codes = np.array(left_hashes), np.array(variants)
    order = np.argsort(hashes, kind="stable")
    hashes, codes = hashes[order], codes[order]
    starts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
    sizes = np.diff(np.append(starts, len(hashes)))
    for start, size in zip(starts, sizes, strict=True):
        if 1 < size <= WIDEST_GAP:
            yield [divmod(int(code), VARIANTS) for code in codes[start : start + size]]


def _taken_out(wording: Wording, number: int) -> tuple[str, ...]:
    """The words that the variant of this number leaves out."""
    return next(islice(without_a_word(wording), number, None))[1]


def _size(words: tuple[tuple[str, ...], tuple[str, ...]]) -> int:
    return len(words[0]) + len(words[1])


def without_a_word(wording: Wording) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(what is left, what was taken out): nothing, each word, and of Chinese each two neighbours."""
    words = wording.words
    yield words, ()
    if len(words) > LONGEST:
        return
    fewest = FEWEST_CHARACTERS_LEFT if wording.ordered else FEWEST_LEFT
    seen: set[tuple[str, ...]] = set()
    for length in (1, 2) if wording.ordered else (1,):
        if len(words) - length < fewest:
            return
        for place in range(len(words) - length + 1):
            left = words[:place] + words[place + length :]
            if left not in seen:
                seen.add(left)
                yield left, words[place : place + length]


def _is_unexplained(
    one: _Worded, other: _Worded, words: tuple[tuple[str, ...], tuple[str, ...]], usage: _Usage
) -> bool:
    """Whether the words that differ say nothing about which of the two intents is meant."""
    mine, theirs = words
    if _size(words) > 2:  # in Chinese two characters on either side: another word, not another wording
        return False
    if (sum(map(is_negation, mine)) - sum(map(is_negation, theirs))) % 2:
        return False
    if any(usage.explains(word, one.intent, other.intent) for word in mine):
        return False
    if any(usage.explains(word, other.intent, one.intent) for word in theirs):
        return False
    if len(mine) == len(theirs) == 1 and is_misspelling(mine[0], theirs[0]):
        return True
    changed = bool(mine and theirs)
    return all(usage.is_general(word, changed=changed) for word in (*mine, *theirs))

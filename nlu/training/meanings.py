"""Pairs of questions from groups of texts that mean the same, and which texts no encoder made here may learn from.

Labels teach such an encoder: whatever it has learned from says nothing about how well it understands. So one text
in five, told by its hash, is reserved: no encoder learns from it, whatever it comes from, and models with such an
encoder are measured on these texts alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nlu.pipeline.exact_matcher import text_key
from nlu.training.question_pairs import QuestionPair

RESERVED_OF: Final = 5
"""One text in so many is reserved."""
PARTNERS: Final = 4
"""Texts of its meaning that each is paired with, at most."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """Texts that mean the same; `answers` say the same as each of them, but not necessarily as each other."""

    name: str
    texts: tuple[str, ...]
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairSets:
    """Pairs to learn from, and pairs with a reserved text to measure on."""

    learned: tuple[QuestionPair, ...]
    held_out: tuple[QuestionPair, ...]

    @property
    def same(self) -> int:
        """Pairs of one meaning to learn from."""
        return sum(pair.same for pair in self.learned)


def is_reserved(text: str) -> bool:
    """Whether no encoder made here learns from the text; the same for every text of its canonical form."""
    return text_key(text) % RESERVED_OF == 0


def parted(pairs: Iterable[QuestionPair]) -> PairSets:
    """The pairs by whether they hold a reserved text."""
    learned: list[QuestionPair] = []
    held_out: list[QuestionPair] = []
    for pair in pairs:
        (held_out if is_reserved(pair.first) or is_reserved(pair.second) else learned).append(pair)
    return PairSets(tuple(learned), tuple(held_out))


def paired(meanings: Sequence[Meaning], *, seed: int) -> PairSets:
    """Each text with up to `PARTNERS` of its meaning, and with one of another meaning.

    Reserved texts are in the held-out pairs only. Equal arguments give equal pairs; the order of the meanings and
    of their texts does not matter.
    """
    generator = np.random.default_rng(seed)
    ordered = sorted((_tidied(meaning) for meaning in meanings), key=lambda meaning: meaning.name)
    kept = [tuple(text for text in meaning.texts if not is_reserved(text)) for meaning in ordered]
    learned: list[QuestionPair] = []
    held_out: list[QuestionPair] = []
    for place, meaning in enumerate(ordered):
        others = [texts for number, texts in enumerate(kept) if number != place and texts]
        for text in meaning.texts:
            target = held_out if is_reserved(text) else learned
            known = [one for one in kept[place] if one != text]
            chosen = generator.permutation(len(known))[:PARTNERS]
            target += [QuestionPair(text, known[row], same=True, meaning=meaning.name) for row in chosen]
            if others:
                strange = others[int(generator.integers(len(others)))]
                stranger = strange[int(generator.integers(len(strange)))]
                target.append(QuestionPair(text, stranger, same=False, meaning=meaning.name))
            for answer in meaning.answers:
                if not is_reserved(answer):
                    target.append(QuestionPair(text, answer, same=True, meaning=meaning.name))
    return PairSets(tuple(learned), tuple(held_out))


def _tidied(meaning: Meaning) -> Meaning:
    texts = {text.strip() for text in meaning.texts} - {""}
    answers = {text.strip() for text in meaning.answers} - {""} - texts
    return Meaning(meaning.name, tuple(sorted(texts)), tuple(sorted(answers)))

"""Texts that others must not repeat, found whatever their fillers, order or one exchanged word."""

from __future__ import annotations

from collections.abc import Iterable

from nlu.data_health.similar import without_a_word
from nlu.data_health.wording import Wording, words_of
from nlu.pipeline.normalizer import canonical

WordKey = tuple[tuple[str, ...], bool]


class KnownTexts:
    """Texts to stay away from. `near`: also what is one word away counts as known."""

    def __init__(self, texts: Iterable[str], *, near: bool = False) -> None:
        self._near = near
        self._exact: set[str] = set()
        self._wordings: set[WordKey] = set()
        self._variants: set[WordKey] = set()
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """One text more."""
        self._exact.add(canonical(text))
        wording = words_of(text)
        self._wordings.add((wording.words, wording.ordered))
        if self._near:
            self._variants.update(_variants(wording))

    def has(self, text: str) -> bool:
        """Whether the text itself is known: folded, blanks collapsed."""
        return canonical(text) in self._exact

    def has_like(self, text: str) -> bool:
        """Whether a known text says the same (`words_of`) or, with `near`, nearly (`without_a_word`)."""
        wording = words_of(text)
        if (wording.words, wording.ordered) in self._wordings:
            return True
        return self._near and not self._variants.isdisjoint(_variants(wording))


def _variants(wording: Wording) -> set[WordKey]:
    return {(left, wording.ordered) for left, _ in without_a_word(wording)}

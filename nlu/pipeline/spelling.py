"""Finds listed values that are misspelt, and says so only where the text can hardly mean something else.

What counts (docs/entities.md has it in full): forms of at least four letters or Chinese characters; digits right;
in Latin words one error, two in forms of eight letters and more; in Chinese one wrong, missing, doubled or swapped
character inside the form. A word that training or another value knows is no error, and where two values are
equally near there is no guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from nlu.pipeline.normalizer import NormalizedText
from nlu.pipeline.spelling_index import (
    LONG,
    LONG_WORD,
    SHORTEST,
    Alternative,
    Entry,
    Form,
    Node,
    SpellingIndex,
    glued,
    words_of,
)
from nlu.pipeline.tokenization import Token
from nlu.types import EntitySpan

Phrase = tuple[str, ...]
Knows = Callable[[Sequence[Phrase]], Sequence[bool]]
"""Which of the given phrases (their words, at most two each) occur in the training data."""

# Work on one text, in steps of about 0.1 microseconds of the trie and in words compared: a long paste or hostile
# values end the guessing, never the answer.
MOST_STEPS = 20_000
MOST_COMPARED = 20_000
SPACED_CONFIDENCE = 0.95
_CERTAIN = 0.9
# Leaving these out, or writing them in, says the opposite.
_NEGATIONS = frozenset("不没未非无别勿莫否")
# Characters that sentences are made with: where one stands in a value's place, the sentence goes on.
_FUNCTIONAL = frozenset("的了吗呢吧啊呀么嘛着过是在有和与或我你您他她它这那也就都还很")
# Letters of a form among which a wrong word of three letters, or a wrong first letter, is seen for what it is.
_TELLING = 12


def nothing_known(phrases: Sequence[Phrase]) -> list[bool]:
    """Knows of no training data."""
    return [False] * len(phrases)


@dataclass(frozen=True, slots=True)
class _Error:
    """What was typed for what. `unusual`: phrases of the text that must not occur in the training data; `place`:
    the word of the text that is wrong, where a form must not end with it inside a run of Chinese."""

    kind: Literal["space", "word", "character"]
    typed: str
    meant: str
    distance: int
    unusual: tuple[Phrase, ...] = ()
    place: int = -1


@dataclass(frozen=True, slots=True)
class _Path:
    """A way through the trie: the text's words up to `place` are read, `errors` found on it."""

    node: Node
    place: int
    errors: tuple[_Error, ...] = ()

    @property
    def distance(self) -> int:
        return sum(error.distance for error in self.errors)


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    form: Form
    errors: tuple[_Error, ...]

    @property
    def distance(self) -> int:
        return sum(error.distance for error in self.errors)

    @property
    def confidence(self) -> float:
        if not self.distance:
            return SPACED_CONFIDENCE
        return _CERTAIN - self.distance / (self.form.letters + self.form.characters)


class MisspeltValues:
    """Guesses at the listed values that a text names with spelling errors."""

    def __init__(self, forms: Mapping[str, Sequence[Entry]], knows: Knows = nothing_known) -> None:
        """forms: canonical text -> (type, value) pairs; `knows` tells ordinary words from errors."""
        self._index = SpellingIndex(forms)
        self._knows = knows

    def find(self, normalized: NormalizedText, tokens: Sequence[Token]) -> list[EntitySpan]:
        """Guesses, perhaps overlapping, in code points of the original; `tokens` are those of the text."""
        if not self._index.root.children:
            return []
        words = words_of(tokens)
        reading = _Reading(self._index, words, self._alternatives(words))
        hits = [hit for hit in reading.hits() if self._plausible(hit)]
        return list(_unambiguous(hits, normalized))

    def _alternatives(self, words: Sequence[Token]) -> dict[str, list[Alternative]]:
        """What each word that neither training nor a list knows may be meant for."""
        index = self._index
        strange: dict[str, None] = {}
        compared = 0
        for token in words:
            word = token.text
            if (
                token.kind == "word"
                and len(word) >= SHORTEST - 1
                and word not in index.words
                and word not in strange
            ):
                count = index.comparisons(word)
                compared += count
                if compared > MOST_COMPARED:
                    break
                if count:
                    strange[word] = None
        if not strange:
            return {}
        ordinary = self._knows([(word,) for word in strange])
        found = {
            word: index.alternatives(word) for word, known in zip(strange, ordinary, strict=True) if not known
        }
        return {word: alternatives for word, alternatives in found.items() if alternatives}

    def _plausible(self, hit: _Hit) -> bool:
        """Whether what was typed for the form is nothing that people write anyway."""
        phrases = [phrase for error in hit.errors for phrase in error.unusual]
        if not phrases:
            return True
        if not self._index.pairs.isdisjoint(phrases):
            return False
        known = self._knows(phrases)
        # Two ordinary words are two words; a Chinese character is out of place only if neither neighbour knows it.
        return not (any(known) if any(error.kind == "character" for error in hit.errors) else all(known))


def _unambiguous(hits: Sequence[_Hit], normalized: NormalizedText) -> Iterator[EntitySpan]:
    places: dict[tuple[int, int], list[_Hit]] = {}
    for hit in hits:
        places.setdefault((hit.start, hit.end), []).append(hit)
    for (start, end), rivals in sorted(places.items()):
        least = min(hit.distance for hit in rivals)
        best = [hit for hit in rivals if hit.distance == least]
        entries = {entry for hit in best for entry in hit.form.entries}
        kinds = {kind for kind, _ in entries}
        if len(entries) > len(kinds) or (len(kinds) > 1 and len({hit.form.text for hit in best}) > 1):
            continue
        written = normalized.original[start:end]
        for kind, value in sorted(entries):
            yield EntitySpan(start, end, kind, written, value, best[0].confidence, "fuzzy")


class _Reading:
    """One text on its way through the trie."""

    def __init__(
        self, index: SpellingIndex, words: Sequence[Token], alternatives: Mapping[str, list[Alternative]]
    ) -> None:
        self._root = index.root
        self._words = words
        self._alternatives = alternatives
        self._steps = 0

    def hits(self) -> Iterator[_Hit]:
        """Every form that the text holds with few enough errors, and those that differ in blanks alone."""
        for start, token in enumerate(self._words):
            if token.kind == "symbol" or token.kind == "placeholder":
                continue
            paths = [_Path(self._root, start)]
            while paths:
                path = paths.pop()
                self._steps += 5
                if self._steps > MOST_STEPS:
                    return
                for form in path.node.forms:
                    if self._counts(form, path, start) and self._whole(start, path.place):
                        yield _Hit(token.start, self._words[path.place - 1].end, form, path.errors)
                if path.place < len(self._words):
                    paths.extend(self._further(path, start))

    def _further(self, path: _Path, start: int) -> Iterator[_Path]:
        node, place, errors = path.node, path.place, path.errors
        token = self._words[place]
        child = node.children.get(token.text)
        if child is not None:
            yield _Path(child, place + 1, errors)
        if token.kind == "word":
            for end in node.joined.get(token.text, ()):
                yield _Path(end, place + 1, (*errors, _Error("space", token.text, token.text, 0)))
            for other in self._alternatives.get(token.text, ()):
                if path.distance + other.distance <= 2:
                    error = _Error("word", token.text, other.word, other.distance)
                    for end in node.after(other.word):
                        yield _Path(end, place + 1, (*errors, error))
            yield from self._parted(path)
        elif token.kind == "cjk" and place > start and not path.distance:
            yield from self._characters(path)

    def _parted(self, path: _Path) -> Iterator[_Path]:
        """Two words of the text that are one of the form: air pods."""
        if path.place + 1 < len(self._words):
            first, second = self._words[path.place : path.place + 2]
            child = path.node.children.get(first.text + second.text) if second.kind == "word" else None
            if child is not None:
                parts = ((first.text,), (second.text,))
                error = _Error("space", f"{first.text} {second.text}", first.text + second.text, 0, parts)
                yield _Path(child, path.place + 2, (*path.errors, error))

    def _characters(self, path: _Path) -> Iterator[_Path]:
        """One Chinese character that is wrong, missing, doubled or swapped with the next."""
        node, place = path.node, path.place
        before, here = self._words[place - 1], self._words[place]
        follows = place + 1 < len(self._words) and glued(here, self._words[place + 1])
        after = self._words[place + 1].text if follows else ""
        ending = self._run_ends(place + 1)
        around = tuple(pair for pair in ((before.text, here.text), (here.text, after)) if all(pair))
        self._steps += len(node.children)
        if here.text == before.text:
            doubled = _Error("character", here.text * 2, here.text, 1, place=place)
            yield _Path(node, place + 1, (*path.errors, doubled))
        for meant, child in node.children.items():
            if meant == here.text or not "\u3400" <= meant <= "\U0003ffff" or {meant, here.text} & _NEGATIONS:
                continue
            if here.text not in _FUNCTIONAL and (after in child.children or (ending and child.forms)):
                error = _Error("character", here.text, meant, 1, around, place)
                yield _Path(child, place + 1, (*path.errors, error))
            further = child.children.get(here.text)
            if further is not None:
                error = _Error("character", "", meant, 1, ((before.text, here.text),))
                yield _Path(further, place + 1, (*path.errors, error))
            if meant == after and further is not None:
                swapped = _Error("character", here.text + after, after + here.text, 1, ((here.text, after),))
                yield _Path(further, place + 2, (*path.errors, swapped))

    def _counts(self, form: Form, path: _Path, start: int) -> bool:
        """Whether the errors are few and small enough for a form of this size."""
        if any(error.kind == "character" for error in path.errors):
            if form.characters < SHORTEST or path.distance > 1:
                return False
            if path.place - start < SHORTEST:  # three characters also begin and end what says something else
                return self._run_begins(start) and self._run_ends(path.place)
            return self._run_ends(path.place) or all(error.place != path.place - 1 for error in path.errors)
        if path.distance > (2 if form.letters >= LONG else 1):
            return False
        return all(_small(error, form) for error in path.errors if error.kind == "word")

    def _run_begins(self, place: int) -> bool:
        """Whether what stands before the word at `place` is something other than a Chinese character."""
        if not place:
            return True
        return self._words[place - 1].kind != "cjk" or not glued(self._words[place - 1], self._words[place])

    def _run_ends(self, place: int) -> bool:
        """Whether the text goes on at `place` with something other than a Chinese character."""
        if place >= len(self._words):
            return True
        return self._words[place].kind != "cjk" or not glued(self._words[place - 1], self._words[place])

    def _whole(self, start: int, place: int) -> bool:
        """Whether the words [start, place) begin and end where words do."""
        return not self._cuts(start) and not self._cuts(place)

    def _cuts(self, place: int) -> bool:
        if not 0 < place < len(self._words):
            return False
        before, after = self._words[place - 1], self._words[place]
        return glued(before, after) and before.kind in ("word", "digits") and after.kind in ("word", "digits")


def _small(error: _Error, form: Form) -> bool:
    """Whether a word's error is small for its length: short words are too like one another."""
    size = len(error.meant)
    if error.distance > 1:
        return size >= LONG_WORD
    if error.typed[0] != error.meant[0]:
        return size > SHORTEST and form.letters >= (LONG if form.letters > size else LONG_WORD)
    if size > SHORTEST or form.letters >= (LONG if size == SHORTEST else _TELLING):
        return True
    return size >= SHORTEST - 1 and _slip(error.typed, error.meant)


def _slip(typed: str, meant: str) -> bool:
    """Two neighbours swapped, or one letter doubled: errors of the fingers that rarely make another word."""
    if len(typed) == len(meant):
        return sorted(typed) == sorted(meant)
    if len(typed) != len(meant) + 1:
        return False
    doubled = [place for place in range(1, len(typed)) if typed[place] == typed[place - 1]]
    return any(typed[:place] + typed[place + 1 :] == meant for place in doubled)

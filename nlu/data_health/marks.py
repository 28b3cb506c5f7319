"""Marks that contradict each other: the same words are one thing here and another, or nothing, there.

What a customer talks about decides: "4" is a rating in one intent and a number of guests in another. So a place
counts against a type only where utterances of its intent have marks of that type.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from nlu.data_health.texts import TaughtText
from nlu.pipeline.entity_resolver import EntityList
from nlu.pipeline.normalizer import NormalizedText, canonical, normalize

ENOUGH_MARKS: Final = 2
"""Marks of the same words from which on a place without one looks forgotten."""
TYPE_IS_MARKED: Final = 3
"""Marks of a type from which on its list's values are expected to be marked too."""
TYPE_IS_USED: Final = 2
"""Marks of a type in an intent from which on the type belongs to what the intent is about."""
LONGEST_FORM: Final = 60

MarkProblem = Literal["two_types", "unmarked", "listed_elsewhere"]
ListProblem = Literal["two_values", "two_types"]


@dataclass(frozen=True, slots=True)
class Place:
    """The words in one utterance: [start, end) in code points, and the type that they are marked as or ""."""

    utterance: int
    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Words that are marked in more than one way.

    two_types: marked as different types; unmarked: marked as `expected` in most places, or listed for it, and left
    unmarked in these; listed_elsewhere: a value of the list of `expected`, marked as another type here.
    counts: (type or "" for unmarked, places), most first; places: those that differ from `expected`.
    """

    problem: MarkProblem
    words: str
    expected: str
    counts: tuple[tuple[str, int], ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class ListOverlap:
    """One way of writing that stands for two values of a type, or is listed for two types: (type, value) each."""

    problem: ListProblem
    words: str
    values: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Seen:
    """Where one form was found, by type; "" for unmarked."""

    words: str
    places: defaultdict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))


class _Marks:
    """How often each type is marked, in all and in each intent."""

    def __init__(self, texts: Sequence[TaughtText]) -> None:
        self._intents = {text.id: text.intent for text in texts}
        self.of_type = Counter(kind for text in texts for _start, _end, kind in text.spans)
        self._used = Counter((text.intent, kind) for text in texts for _start, _end, kind in text.spans)

    def expecting(self, kind: str, places: Iterable[Place]) -> tuple[Place, ...]:
        """Those of the places whose intent has marks of the type."""
        return tuple(one for one in places if self._used[self._intents[one.utterance], kind] >= TYPE_IS_USED)


def find_contradictions(texts: Sequence[TaughtText], lists: Sequence[EntityList]) -> tuple[Contradiction, ...]:
    """All of them, those with the most places first."""
    listed = _listed_types(lists)
    folded = {text.id: normalize(text.text) for text in texts}
    seen: dict[str, _Seen] = {}
    marks = _Marks(texts)
    for text in texts:
        for start, end, kind in text.spans:
            form = canonical(text.text[start:end])
            if not form or len(form) > LONGEST_FORM:
                continue
            known = seen.setdefault(form, _Seen(text.text[start:end]))
            known.places[kind].append(Place(text.id, start, end, kind))
    wanted = {form for form, one in seen.items() if _is_telling(form) and _is_frequent(one)}
    for form, kinds in listed.items():
        if _is_telling(form) and any(marks.of_type[kind] >= TYPE_IS_MARKED for kind in kinds):
            wanted.add(form)
    for form, place in _unmarked(texts, folded, wanted):
        seen.setdefault(form, _Seen(form)).places[""].append(place)
    found = [
        contradiction for form, one in seen.items() for contradiction in _judge(one, listed.get(form, ()), marks)
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.places), one.problem, one.words)))


def _is_frequent(one: _Seen) -> bool:
    return sum(len(places) for places in one.places.values()) >= ENOUGH_MARKS


def _is_telling(form: str) -> bool:
    """Whether the words mean the same wherever they stand: a lone number or character does not."""
    return len(form) > 1 and not form.isdecimal()


def _listed_types(lists: Sequence[EntityList]) -> dict[str, tuple[str, ...]]:
    """Form -> the types whose lists have it."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for entry in lists:
        for value in entry.values:
            for form in (value.value, *value.synonyms):
                key = canonical(form)
                if key and len(key) <= LONGEST_FORM:
                    found[key][entry.type] = None
    return {form: tuple(kinds) for form, kinds in found.items()}


def _judge(one: _Seen, listed: Sequence[str], marks: _Marks) -> Iterator[Contradiction]:
    """What contradicts what among the places of one form."""
    marked = {kind: places for kind, places in one.places.items() if kind}
    unmarked = one.places.get("", [])
    counts = tuple(sorted(((kind, len(places)) for kind, places in one.places.items()), key=lambda row: -row[1]))
    expected = max(marked, key=lambda kind: (kind in listed, len(marked[kind]), kind)) if marked else ""
    others = (place for kind, places in marked.items() if kind != expected for place in places)
    if different := marks.expecting(expected, others):
        yield Contradiction("two_types", one.words, expected, counts, different)
    if listed and marked and not set(listed) & set(marked):
        wrong = tuple(place for places in marked.values() for place in places)
        yield Contradiction("listed_elsewhere", one.words, listed[0], counts, wrong)
    most = len(marked[expected]) if expected else 0
    if most < ENOUGH_MARKS or expected not in (listed or (expected,)):
        expected = next((kind for kind in listed if marks.of_type[kind] >= TYPE_IS_MARKED), "")
        most = len(unmarked)
    if expected and (forgotten := marks.expecting(expected, unmarked)) and most >= len(forgotten):
        yield Contradiction("unmarked", one.words, expected, counts, forgotten)


def _unmarked(
    texts: Sequence[TaughtText], folded: Mapping[int, NormalizedText], forms: set[str]
) -> Iterator[tuple[str, Place]]:
    """Every place where one of the forms stands outside of all marks; the longest form at each place.

    A place costs a look for each length of the forms that begin like it, however many of these there are.
    """
    found: defaultdict[str, set[int]] = defaultdict(set)
    for form in forms:
        found[form[:2]].add(len(form))
    lengths = {begun: sorted(known, reverse=True) for begun, known in found.items()}
    for text in texts:
        written = folded[text.id]
        at = 0
        while at < len(written.text) - 1:
            step = 1
            for length in lengths.get(written.text[at : at + 2], ()):
                form = written.text[at : at + length]
                if len(form) == length and form in forms and _stands_alone(written.text, at, length):
                    start, end = written.original_span(at, at + length)
                    if all(end <= span[0] or span[1] <= start for span in text.spans):
                        yield form, Place(text.id, start, end, "")
                    step = length
                    break
            at += step


def _stands_alone(text: str, at: int, length: int) -> bool:
    """Whether no Latin word or number goes on at either end: "cat" is not in "category"."""
    before, after = text[at - 1 : at], text[at + length : at + length + 1]
    return not _glued(before, text[at]) and not _glued(text[at + length - 1], after)


def _glued(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()


def find_overlaps(lists: Sequence[EntityList]) -> tuple[ListOverlap, ...]:
    """Ways of writing that are listed twice: for two types, or for two values of one."""
    found: defaultdict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for entry in lists:
        for value in entry.values:
            for form in (value.value, *value.synonyms):
                if key := canonical(form):
                    found[key].setdefault((entry.type, value.value), form)
    overlaps = []
    for meanings in found.values():
        if len(meanings) > 1:
            kinds = {kind for kind, _value in meanings}
            problem: ListProblem = "two_types" if len(kinds) > 1 else "two_values"
            overlaps.append(ListOverlap(problem, next(iter(meanings.values())), tuple(meanings)))
    return tuple(sorted(overlaps, key=lambda one: (one.problem, one.words)))

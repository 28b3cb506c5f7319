"""Turns what people wrote into canonical values: lists (also misspelt), patterns, masked values, dates, tags."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

import re2

from nlu.errors import InvalidData
from nlu.pipeline.normalizer import NormalizedText, canonical, normalize
from nlu.pipeline.spelling import Knows, MisspeltValues, nothing_known
from nlu.pipeline.tokenization import PLACEHOLDER, tokenize
from nlu.recognizers.entities import KINDS, BuiltinEntity
from nlu.recognizers.recognizer import recognize
from nlu.types import EntitySpan


@dataclass(frozen=True, slots=True)
class ListValue:
    """A canonical value and the other ways of writing it."""

    value: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityList:
    """An entity type whose values are known beforehand."""

    type: str
    values: tuple[ListValue, ...]


@dataclass(frozen=True, slots=True)
class EntityPattern:
    """An entity type recognised by a regular expression (RE2 syntax, folded text).

    The value is the first group if the pattern has one, else the whole match: as it was written, but for width.
    """

    type: str
    pattern: str


@dataclass(frozen=True, slots=True)
class EntityCatalogue:
    """All entity data that a model folder carries. `placeholders` maps a masking type's name to an entity type.

    `builtins` are the entity types that the recognizers of that name find (date, money, ...); folders from before
    there were any have none.
    """

    lists: tuple[EntityList, ...] = ()
    patterns: tuple[EntityPattern, ...] = ()
    placeholders: tuple[tuple[str, str], ...] = ()
    builtins: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; inverse of `from_json`."""
        return {
            "lists": [
                {
                    "type": entry.type,
                    "values": [{"value": v.value, "synonyms": list(v.synonyms)} for v in entry.values],
                }
                for entry in self.lists
            ],
            "patterns": [{"type": entry.type, "pattern": entry.pattern} for entry in self.patterns],
            "placeholders": [list(pair) for pair in self.placeholders],
            "builtins": list(self.builtins),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Rebuild from `to_json`'s object; raises InvalidData if it has another form."""
        try:
            return cls(
                tuple(
                    EntityList(
                        entry["type"], tuple(ListValue(v["value"], tuple(v["synonyms"])) for v in entry["values"])
                    )
                    for entry in data["lists"]
                ),
                tuple(EntityPattern(entry["type"], entry["pattern"]) for entry in data["patterns"]),
                tuple((name, kind) for name, kind in data["placeholders"]),
                tuple(str(kind) for kind in data.get("builtins", ())),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidData(f"entity data: {error!r}") from error


class EntityResolver:
    """Finds listed values, patterns, placeholders, dates and amounts, and gives tagged spans canonical values."""

    def __init__(self, catalogue: EntityCatalogue, knows: Knows = nothing_known) -> None:
        """`knows` tells which words training saw: they are no misspelt values.

        Raises InvalidData naming the entity type if a pattern is not valid RE2.
        """
        self.catalogue = catalogue
        self._placeholders = dict(catalogue.placeholders)
        self._builtins = frozenset(catalogue.builtins) & frozenset(KINDS)
        self._patterns = []
        for entry in catalogue.patterns:
            try:
                self._patterns.append((entry.type, re2.compile(entry.pattern)))
            except re2.error as error:
                raise InvalidData(f"pattern of entity type {entry.type}: {error}") from error
        self._forms: dict[str, list[tuple[str, str]]] = {}
        for listed in catalogue.lists:
            for value in listed.values:
                for form in (value.value, *value.synonyms):
                    key = canonical(form)
                    entries = self._forms.setdefault(key, []) if key else []
                    if all(kind != listed.type for kind, _ in entries):
                        entries.append((listed.type, value.value))
        lengths: dict[str, set[int]] = {}
        for form in self._forms:
            lengths.setdefault(form[:2], set()).add(len(form))
        # By how a form begins, the lengths of those that do, longest first; one letter alone is under itself.
        self._lengths = {begun: sorted(found, reverse=True) for begun, found in lengths.items()}
        self._misspelt = MisspeltValues(self._forms, knows)

    def resolve(
        self, text: str, tagged: Sequence[EntitySpan] = (), *, clock: datetime | None = None, locale: str = ""
    ) -> tuple[EntitySpan, ...]:
        """All entities of a text in order, none overlapping another.

        Where two overlap, a placeholder wins over everything, then the longer span, then pattern, list, built-in
        recognizer, misspelt list value, tagger; but a misspelt value never wins over a part of something certain.
        `clock` is what tomorrow is counted from, by default now in the process's time zone.
        """
        normalized = normalize(text)
        found = [*self._masked(normalized), *self._matched(normalized), *self._listed(normalized)]
        known: tuple[BuiltinEntity, ...] = ()
        if self._builtins:
            known = recognize(text, clock=clock or datetime.now().astimezone(), locale=locale)
            found.extend(_span_of(entity, text) for entity in known if entity.kind in self._builtins)
        if self._forms:
            guesses = self._misspelt.find(normalized, tokenize(normalized))
            better = (*found, *tagged)
            found.extend(guess for guess in guesses if not any(_denies(other, guess) for other in better))
        found.extend(self._valued(span, known) for span in tagged)
        rank = {"placeholder": 0, "pattern": 1, "list": 2, "builtin": 3, "fuzzy": 4, "model": 5}
        found.sort(key=lambda s: (s.source != "placeholder", s.start - s.end, rank[s.source], s.start, s.type))
        chosen: list[EntitySpan] = []
        for span in found:
            if all(span.end <= other.start or other.end <= span.start for other in chosen):
                chosen.append(span)
        return tuple(sorted(chosen, key=lambda s: s.start))

    def _valued(self, span: EntitySpan, known: Sequence[BuiltinEntity]) -> EntitySpan:
        for kind, value in self._forms.get(canonical(span.text), ()):
            if kind == span.type:
                return replace(span, value=value)
        if span.type in self._builtins:
            # What the tagger calls a date may be a day with a time; the recognizer's own kind comes first.
            within = [entity for entity in known if span.start <= entity.start and entity.end <= span.end]
            within.sort(key=lambda entity: (entity.kind != span.type, entity.start - entity.end))
            if within and (within[0].kind == span.type or len(within) == 1):
                return replace(span, value=within[0].canonical)
        return span

    def _masked(self, normalized: NormalizedText) -> list[EntitySpan]:
        spans = []
        for match in PLACEHOLDER.finditer(normalized.text):
            start, end = normalized.original_span(*match.span())
            written = normalized.original[start:end]
            # The type as written, not as folded: it names a masking rule.
            name = written[1:].rpartition("#")[0] or match["type"]
            kind = self._placeholders.get(name, name)
            spans.append(EntitySpan(start, end, kind, written, written, 1.0, "placeholder"))
        return spans

    def _matched(self, normalized: NormalizedText) -> list[EntitySpan]:
        spans = []
        for kind, pattern in self._patterns:
            for match in pattern.finditer(normalized.text):
                group = 1 if pattern.groups and match.group(1) else 0
                low, high = match.span(group)
                if low < high:
                    start, end = normalized.original_span(low, high)
                    written = normalized.original[start:end]
                    value = unicodedata.normalize("NFKC", written)
                    spans.append(EntitySpan(start, end, kind, written, value, 1.0, "pattern"))
        return spans

    def _listed(self, normalized: NormalizedText) -> list[EntitySpan]:
        spans: list[EntitySpan] = []
        folded = normalized.text
        position = 0 if self._forms else len(folded)
        while position < len(folded):
            step = 1
            begun = folded[position : position + 2]
            if not _glued(folded[position - 1 : position], begun[0]):
                for length in (*self._lengths.get(begun, ()), *self._lengths.get(begun[0], ())):
                    form = folded[position : position + length]
                    if len(form) == length and form in self._forms and _stands_alone(folded, position, length):
                        start, end = normalized.original_span(position, position + length)
                        written = normalized.original[start:end]
                        for kind, value in self._forms[form]:
                            spans.append(EntitySpan(start, end, kind, written, value, 1.0, "list"))
                        step = length
                        break
            position += step
        return spans


def _span_of(entity: BuiltinEntity, text: str) -> EntitySpan:
    written = text[entity.start : entity.end]
    return EntitySpan(entity.start, entity.end, entity.kind, written, entity.canonical, 1.0, "builtin")


def _denies(other: EntitySpan, guess: EntitySpan) -> bool:
    """Whether something better speaks against a guess: a pattern's match, what is certain and reaches out of it or
    already says the same, or the tagger if it is surer of another type."""
    if guess.end <= other.start or other.end <= guess.start:
        return False
    if other.source == "model":
        return other.type != guess.type and other.confidence >= guess.confidence
    within = guess.start <= other.start and other.end <= guess.end
    longer = guess.end - guess.start > other.end - other.start
    same = (other.type, other.value) == (guess.type, guess.value)
    return other.source == "pattern" or not (within and longer) or same


def _stands_alone(text: str, start: int, length: int) -> bool:
    """Whether a match begins and ends where words do: "cat" is not in "category", but 退款 is in 要退款吗."""
    return not _glued(text[start - 1 : start], text[start]) and not _glued(
        text[start + length - 1], text[start + length : start + length + 1]
    )


def _glued(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()

"""The values that entities of a type may take: those of the catalogue, and those that examples name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Self

from nlu.generation.pieces import Piece, keys_of, pieces_of
from nlu.pipeline.entity_resolver import EntityCatalogue
from nlu.types import Example


class ValueBook:
    """Ways of writing values, by entity type."""

    def __init__(self, values: dict[str, list[tuple[tuple[Piece, ...], str]]]) -> None:
        self._values = values

    @classmethod
    def of(cls, examples: Sequence[Example], catalogue: EntityCatalogue) -> Self:
        """Every value and synonym of the catalogue, and every marked span, once each and in a fixed order."""
        found: defaultdict[str, dict[tuple[str, ...], tuple[tuple[Piece, ...], str]]] = defaultdict(dict)
        for entry in catalogue.lists:
            for value in entry.values:
                for written in (value.value, *value.synonyms):
                    if pieces := pieces_of(written):
                        found[entry.type].setdefault(keys_of(pieces), (pieces, ""))
        for example in examples:
            for start, end, kind in example.entities:
                if pieces := pieces_of(example.text[start:end]):
                    found[kind].setdefault(keys_of(pieces), (pieces, example.text))
        return cls({kind: list(entries.values()) for kind, entries in found.items()})

    def others(self, kind: str, keys: tuple[str, ...]) -> Iterator[tuple[tuple[Piece, ...], str]]:
        """Every way of writing a value of the type that is not `keys`, with the example that names it (empty: the
        catalogue)."""
        for value, named_in in self._values.get(kind, ()):
            if keys_of(value) != keys:
                yield value, named_in

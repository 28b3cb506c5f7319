"""Which value of which type a word names, where synonyms are common to all types and lists belong to one each.

Rasa keeps lists (`lookup`) by type, but a `synonym` maps a word to a value whatever its type. The rules below
give every word back to the types it came from; the writer uses them to see what it cannot write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Final

from nlu.errors import UnreadableFile
from nlu.formats.records import EntityKind, KindValue

MOST_GIVEN: Final = 500_000
Lists = Mapping[str, Sequence[str]]


def lists_of(kinds: Iterable[EntityKind]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The word list of each type and the common map from word to value; a word's first value counts."""
    kept = [kind for kind in kinds if kind.values]
    values: dict[str, str] = {}
    for kind in kept:
        for entry in kind.values:
            for form in entry.synonyms:
                values.setdefault(form, entry.value)
    lists = {
        kind.name: [
            word
            for entry in kind.values
            for word in (entry.value, *(form for form in entry.synonyms if values[form] == entry.value))
        ]
        for kind in kept
    }
    return lists, values


def kinds_of(lists: Lists, values: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    """Type -> value -> synonyms, from the lists and the common map.

    A word of a list is a synonym of its value if the list has the value, or if no list has it; otherwise it is a
    value itself. A word in no list belongs to every type whose list has its value. UnreadableFile if that makes
    more than `MOST_GIVEN` synonyms: a small file can ask for a product of any size.
    """
    listed = {word for words in lists.values() for word in words}
    ends = _ends(values, listed)
    found: dict[str, dict[str, list[str]]] = {}
    places: dict[str, list[dict[str, list[str]]]] = {}
    for name, words in lists.items():
        roots = _roots(words, values, ends)
        entries = found.setdefault(name, {})
        for word in words:
            forms = entries.setdefault(roots[word], [])
            if word != roots[word]:
                forms.append(word)
        for root in entries:
            places.setdefault(root, []).append(entries)
    given = 0
    for word, value in values.items():
        if word not in listed:
            given += len(places.get(value, ()))
            if given > MOST_GIVEN:
                raise UnreadableFile("yaml_many", detail=str(MOST_GIVEN))
            for entries in places.get(value, ()):
                entries[value].append(word)
    return found


def _ends(values: Mapping[str, str], listed: set[str]) -> dict[str, str]:
    """For each value in no list, where its chain of synonyms leads: the last word before one that a list has, or
    the last of all. Every word of a circle leads to the same one of it. All lists share these ways.
    """
    ends: dict[str, str] = {}
    for word in values.values():
        path: dict[str, None] = {}
        while word not in listed and word not in ends and word not in path:
            path[word] = None
            word = values.get(word, word)
        if path:
            end = next(reversed(path)) if word in listed else ends.get(word, word)
            ends.update(dict.fromkeys(path, end))
    return ends


def _roots(words: Sequence[str], values: Mapping[str, str], ends: Mapping[str, str]) -> dict[str, str]:
    """The value that each word of a list names there; follows chains of synonyms, every link once.

    Words of different types can make a circle; its value is the word that came first in the list. A word outside
    that leads into it is a value itself if it came before every value on its way.
    """
    own = set(words)
    ranks: dict[str, float] = {}
    for word in words:
        ranks.setdefault(word, len(ranks))
    roots: dict[str, str] = {}
    for word in words:
        path: dict[str, None] = {}
        while word not in roots and word not in path:
            path[word] = None
            value = values.get(word)
            if value in own:
                word = value
            elif value is not None and value in ends:
                word = ends[value]
            else:
                # The end of a chain is the value of all its words.
                roots[word] = word
                ranks[word] = -1
        if word not in roots:
            circle = list(path)
            circle = circle[circle.index(word) :]
            roots.update(dict.fromkeys(circle, min(circle, key=lambda one: ranks.get(one, inf))))
        root = roots[word]
        for one in reversed(path):
            if one not in roots:
                root = one if ranks.get(one, inf) < ranks.get(root, inf) else root
                roots[one] = root
    return roots


def unwritable_words(kinds: Sequence[EntityKind]) -> dict[str, int]:
    """How many words of each type would come back to another value; only types that have such words."""
    back = kinds_of(*lists_of(kinds))
    lost: dict[str, int] = {}
    for kind in kinds:
        count = len(_words(kind.values) ^ _words(_values(back.get(kind.name, {}))))
        if count:
            lost[kind.name] = count
    return lost


def _values(entries: Mapping[str, Sequence[str]]) -> tuple[KindValue, ...]:
    return tuple(KindValue(value, tuple(forms)) for value, forms in entries.items())


def _words(values: Iterable[KindValue]) -> set[tuple[str, str]]:
    return {(word, entry.value) for entry in values for word in (entry.value, *entry.synonyms)}

"""Which value of which type a word names, where synonyms are common to all types and lists belong to one each.

Rasa keeps lists (`lookup`) by type, but a `synonym` maps a word to a value whatever its type. The rules below
give every word back to the types it came from; the writer uses them to see what it cannot write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from nlu.formats.records import EntityKind, KindValue

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
    value itself. A word in no list belongs to every type whose list has its value.
    """
    listed = {word for words in lists.values() for word in words}
    found: dict[str, dict[str, list[str]]] = {}
    for name, words in lists.items():
        own = set(words)
        entries = found.setdefault(name, {})
        for word in words:
            root = _root(word, values, own, listed, entries)
            forms = entries.setdefault(root, [])
            if word != root:
                forms.append(word)
    for word, value in values.items():
        if word in listed:
            continue
        for entries in found.values():
            if value in entries:
                entries[value].append(word)
    return found


def _root(word: str, values: Mapping[str, str], own: set[str], listed: set[str], entries: Collection[str]) -> str:
    """The value that a word of a list names there; follows chains of synonyms.

    Words of different types can make a circle; its value is the word that came first in the list.
    """
    path = [word]
    while (value := values.get(path[-1])) is not None and (value in own or value not in listed):
        if value in path:
            return next((one for one in path if one in entries), word)
        path.append(value)
    return path[-1]


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

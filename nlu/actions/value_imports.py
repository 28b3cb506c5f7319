"""Lists of entity types from files: many values at once, added to what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.entities import MOST_SYNONYMS, MOST_VALUES, VALUE_LENGTH
from nlu.actions.utterances import chunks
from nlu.errors import InvalidData
from nlu.models import EntitySynonym, EntityType, EntityValue, Workspace

ROWS: Final = 100
"""Values and synonyms that one transaction stores at most."""


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value to add to a type with its other surface forms; `place` names its origin."""

    value: str
    synonyms: tuple[str, ...]
    place: int = 0


@dataclass(frozen=True, slots=True)
class AddedValues:
    """How many values and synonyms were new, and (place, message) for each word that could not be added."""

    values: int
    synonyms: int
    refused: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class _Words:
    """The words of a type: each names one value. `counts` are synonyms by value."""

    owners: dict[str, str] = field(default_factory=dict)
    values: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)


def add_values(*, entity_type: EntityType, items: Iterable[NewValue], actor: Actor) -> AddedValues:
    """Add what the type lacks: values, and synonyms of values that it has; nothing is taken away.

    A word that names another value already is refused by itself, the rest of its value is kept; so is a value that
    is too long or beyond the most that a type may have. In transactions of at most `ROWS` rows, one audit entry.
    """
    words = _words_of(entity_type)
    refused: list[tuple[int, str]] = []
    added_values = added_synonyms = 0
    for (piece,) in chunks(list(_pieces(_checked(items, words, refused))), size=1):
        with transaction.atomic():
            names = list(dict.fromkeys(name for name, _forms in piece))
            known = {
                row.value: row for row in EntityValue.objects.filter(entity_type=entity_type, value__in=names)
            }
            fresh = [EntityValue(entity_type=entity_type, value=name) for name in names if name not in known]
            known |= {row.value: row for row in EntityValue.objects.bulk_create(fresh)}
            rows = [EntitySynonym(value=known[name], text=form) for name, forms in piece for form in forms]
            EntitySynonym.objects.bulk_create(rows)
        added_values += len(fresh)
        added_synonyms += len(rows)
    if added_values or added_synonyms:
        record(
            actor=actor,
            action="entity_values.imported",
            target=entity_type,
            workspace=Workspace.objects.get(pk=entity_type.workspace_id),
            summary=f"{entity_type.name}: {added_values} values, {added_synonyms} synonyms",
        )
    return AddedValues(added_values, added_synonyms, tuple(refused))


def _words_of(entity_type: EntityType) -> _Words:
    words = _Words()
    for value in EntityValue.objects.filter(entity_type=entity_type).prefetch_related("synonyms"):
        forms = [synonym.text for synonym in value.synonyms.all()]
        words.values.add(value.value)
        words.owners |= dict.fromkeys((value.value, *forms), value.value)
        words.counts[value.value] = len(forms)
    return words


def _checked(
    items: Iterable[NewValue], words: _Words, refused: list[tuple[int, str]]
) -> Iterator[tuple[str, list[str]]]:
    """(value, new synonyms) of each item that adds something; each value once and before it is needed again."""
    for item in items:
        try:
            value = _word(item.value)
            owner = words.owners.get(value, value)
            if owner != value:
                raise InvalidData(_taken(value, owner))
            is_new = value not in words.values
            if is_new and len(words.values) >= MOST_VALUES:
                raise InvalidData(_("An entity type has at most %(count)d values.") % {"count": MOST_VALUES})
        except InvalidData as error:
            refused.append((item.place, str(error)))
            continue
        words.values.add(value)
        words.owners[value] = value
        forms: list[str] = []
        for text in item.synonyms:
            try:
                form = _word(text)
                owner = words.owners.get(form, value)
                if owner != value:
                    raise InvalidData(_taken(form, owner))
                if form in words.owners:
                    continue
                if words.counts.get(value, 0) >= MOST_SYNONYMS:
                    raise InvalidData(_("A value has at most %(count)d synonyms.") % {"count": MOST_SYNONYMS})
            except InvalidData as error:
                refused.append((item.place, str(error)))
                continue
            words.owners[form] = value
            words.counts[value] = words.counts.get(value, 0) + 1
            forms.append(form)
        if is_new or forms:
            yield value, forms


def _word(text: str) -> str:
    word = " ".join(text.split())
    if not word:
        raise InvalidData(_("A value cannot be empty."))
    if len(word) > VALUE_LENGTH:
        raise InvalidData(_("Values and synonyms have at most %(count)d characters.") % {"count": VALUE_LENGTH})
    if any(character == "\x00" or 0xD800 <= ord(character) <= 0xDFFF for character in word):
        raise InvalidData(_("The text contains a character that cannot be stored."))
    return word


def _taken(word: str, owner: str) -> str:
    return _("“%(word)s” is a word for “%(value)s” already; a word names one value.") % {
        "word": word,
        "value": owner,
    }


def _pieces(items: Iterable[tuple[str, list[str]]]) -> Iterator[Sequence[tuple[str, list[str]]]]:
    """The items in pieces of at most `ROWS` rows (a value with all its synonyms is never more than a hundred)."""
    piece: list[tuple[str, list[str]]] = []
    rows = 0
    for value, forms in items:
        if rows + 1 + len(forms) > ROWS and piece:
            yield piece
            piece, rows = [], 0
        piece.append((value, forms))
        rows += 1 + len(forms)
    if piece:
        yield piece

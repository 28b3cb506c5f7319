"""Lists of entity types from files: many values at once, added to what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from django.db.models import Count
from django.utils.translation import gettext as _

from nlu.actions.entities import MOST_SYNONYMS, MOST_VALUES, VALUE_LENGTH
from nlu.actions.import_reports import is_storable
from nlu.errors import InvalidData
from nlu.models import EntitySynonym, EntityType, EntityValue

ROWS: Final = 100
"""Values and synonyms that one transaction stores at most."""


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value to add to a type with its other surface forms; `place` names its origin."""

    value: str
    synonyms: tuple[str, ...]
    place: int = 0

    @property
    def words(self) -> int:
        """How many rows it may become."""
        return 1 + len(self.synonyms)


@dataclass(slots=True)
class PlannedValues:
    """What a type gets: new values, the synonyms of old and new ones by value, and (place, message) of each word
    that cannot be added. `known` are the ids of the values that it has.
    """

    known: dict[str, int]
    fresh: list[str] = field(default_factory=list)
    forms: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Words:
    """What a type has of some words: each names one value. `counts` are synonyms by value."""

    ids: dict[str, int] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    total: int = 0


def in_pieces(items: Iterable[NewValue]) -> Iterator[list[NewValue]]:
    """The items in pieces of at most `ROWS` words; one that has more is divided."""
    piece: list[NewValue] = []
    rows = 0
    for item in items:
        for start in range(0, max(len(item.synonyms), 1), ROWS - 1):
            part = replace(item, synonyms=item.synonyms[start : start + ROWS - 1])
            if piece and rows + part.words > ROWS:
                yield piece
                piece, rows = [], 0
            piece.append(part)
            rows += part.words
    if piece:
        yield piece


def plan_values(entity_type: EntityType | None, items: Iterable[NewValue]) -> PlannedValues:
    """What the type, None for a new one, lacks of at most `ROWS` words; nothing is taken away.

    A word that names another value already is refused by itself, the rest of its value is kept; so is a value that
    is too long or beyond the most that a type may have.
    """
    items = list(items)
    words = _words_of(
        entity_type, {" ".join(form.split()) for one in items for form in (one.value, *one.synonyms)}
    )
    plan = PlannedValues(known=dict(words.ids))
    for item in items:
        try:
            value = _word(item.value)
            owner = words.owners.get(value, value)
            if owner != value:
                raise InvalidData(_taken(value, owner))
            if value not in words.owners:
                if words.total >= MOST_VALUES:
                    raise InvalidData(_("An entity type has at most %(count)d values.") % {"count": MOST_VALUES})
                words.total += 1
                words.owners[value] = value
                plan.fresh.append(value)
        except InvalidData as error:
            plan.refused.append((item.place, str(error)))
            continue
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
                plan.refused.append((item.place, str(error)))
                continue
            words.owners[form] = value
            words.counts[value] = words.counts.get(value, 0) + 1
            plan.forms.append((value, form))
    return plan


def store_values(entity_type: EntityType, plan: PlannedValues) -> None:
    """Store what was planned, in the caller's transaction. IntegrityError if somebody else came first."""
    made = EntityValue.objects.bulk_create(EntityValue(entity_type=entity_type, value=one) for one in plan.fresh)
    ids = plan.known | {row.value: row.pk for row in made}
    EntitySynonym.objects.bulk_create(EntitySynonym(value_id=ids[value], text=form) for value, form in plan.forms)


def _words_of(entity_type: EntityType | None, wanted: set[str]) -> _Words:
    words = _Words()
    if entity_type is None:
        return words
    asked = [word for word in wanted if is_storable(word) and len(word) <= VALUE_LENGTH]
    values = EntityValue.objects.filter(entity_type=entity_type)
    words.total = values.count()
    # By the words alone: asked for the type as well, SQLite goes through all that the type has.
    same = EntitySynonym.objects.filter(text__in=asked).order_by()
    rows = same.values_list("text", "value__value", "value__entity_type_id")
    words.owners |= {text: value for text, value, kind in rows if kind == entity_type.pk}
    words.ids |= values.filter(value__in=asked).values_list("value", "pk")
    words.owners |= {value: value for value in words.ids}
    counted = EntitySynonym.objects.filter(value__in=list(words.ids.values())).order_by()
    words.counts |= counted.values_list("value__value").annotate(Count("pk"))
    return words


def _word(text: str) -> str:
    word = " ".join(text.split())
    if not word:
        raise InvalidData(_("A value cannot be empty."))
    if len(word) > VALUE_LENGTH:
        raise InvalidData(_("Values and synonyms have at most %(count)d characters.") % {"count": VALUE_LENGTH})
    if not is_storable(word):
        raise InvalidData(_("The text contains a character that cannot be stored."))
    return word


def _taken(word: str, owner: str) -> str:
    return _("“%(word)s” is a word for “%(value)s” already; a word names one value.") % {
        "word": word,
        "value": owner,
    }

"""Entity types, their values and synonyms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.masking import pattern_message
from nlu.errors import InvalidData, InvalidPattern
from nlu.masking.patterns import check_pattern
from nlu.models import EntityAnnotation, EntitySynonym, EntityType, EntityValue, Workspace

VALUE_LENGTH = 120
MOST_VALUES = 20_000
MOST_SYNONYMS = 100


@dataclass(frozen=True, slots=True)
class EntityContents:
    """What goes along when an entity type is deleted."""

    values: int
    annotations: int


@transaction.atomic
def create_entity_type(
    *, workspace: Workspace, name: str, title: str = "", pattern: str = "", actor: Actor
) -> EntityType:
    """A new type without values. InvalidData with a message for the form."""
    entity_type = EntityType(workspace=workspace, name=name.strip(), title=title.strip(), pattern=pattern.strip())
    check(entity_type)
    entity_type.save()
    record(
        actor=actor,
        action="entity_type.created",
        target=entity_type,
        workspace=workspace,
        summary=entity_type.name,
    )
    return entity_type


@transaction.atomic
def update_entity_type(
    *, entity_type: EntityType, name: str, title: str, pattern: str, actor: Actor
) -> EntityType:
    """Rename, or change the pattern; models keep the old one until the next training. InvalidData."""
    entity_type = EntityType.objects.select_for_update().get(pk=entity_type.pk)
    entity_type.name = name.strip()
    entity_type.title = title.strip()
    entity_type.pattern = pattern.strip()
    check(entity_type)
    entity_type.save(update_fields=["name", "title", "pattern"])
    record(
        actor=actor,
        action="entity_type.updated",
        target=entity_type,
        workspace=entity_type.workspace,
        summary=entity_type.name,
    )
    return entity_type


@transaction.atomic
def delete_entity_type(*, entity_type: EntityType, actor: Actor) -> EntityContents:
    """Remove the type with its values, and its marks in utterances; the utterances stay."""
    contents = entity_contents(entity_type)
    record(
        actor=actor,
        action="entity_type.deleted",
        target=entity_type,
        workspace=entity_type.workspace,
        summary=f"{entity_type.name}: {contents.values} values, {contents.annotations} marks",
    )
    entity_type.delete()
    return contents


@transaction.atomic
def add_value(*, entity_type: EntityType, value: str, synonyms: Iterable[str], actor: Actor) -> EntityValue:
    """A new value with its other surface forms. InvalidData when it exists or another value is called so."""
    if entity_type.values.count() >= MOST_VALUES:
        raise InvalidData(_("An entity type has at most %(count)d values.") % {"count": MOST_VALUES})
    word, forms = checked_forms(entity_type, value, synonyms, except_id=None)
    row = EntityValue.objects.create(entity_type=entity_type, value=word)
    EntitySynonym.objects.bulk_create(EntitySynonym(value=row, text=form) for form in forms)
    record(
        actor=actor,
        action="entity_value.added",
        target=row,
        workspace=entity_type.workspace,
        summary=f"{entity_type.name}: {word}",
    )
    return row


@transaction.atomic
def update_value(*, value: EntityValue, text: str, synonyms: Iterable[str], actor: Actor) -> EntityValue:
    """Change a value and replace its synonyms. InvalidData as in `add_value`."""
    value = EntityValue.objects.select_for_update().select_related("entity_type__workspace").get(pk=value.pk)
    word, forms = checked_forms(value.entity_type, text, synonyms, except_id=value.pk)
    value.value = word
    value.save(update_fields=["value"])
    value.synonyms.exclude(text__in=forms).delete()
    known = set(value.synonyms.values_list("text", flat=True))
    EntitySynonym.objects.bulk_create(EntitySynonym(value=value, text=form) for form in forms if form not in known)
    record(
        actor=actor,
        action="entity_value.updated",
        target=value,
        workspace=value.entity_type.workspace,
        summary=f"{value.entity_type.name}: {word}",
    )
    return value


@transaction.atomic
def delete_value(*, value: EntityValue, actor: Actor) -> None:
    """Remove a value with its synonyms."""
    record(
        actor=actor,
        action="entity_value.deleted",
        target=value,
        workspace=value.entity_type.workspace,
        summary=f"{value.entity_type.name}: {value.value}",
    )
    value.delete()


def entity_contents(entity_type: EntityType) -> EntityContents:
    """What a deletion would take along."""
    return EntityContents(
        values=entity_type.values.count(),
        annotations=EntityAnnotation.objects.filter(entity_type=entity_type).count(),
    )


def check(entity_type: EntityType) -> None:
    """InvalidData unless the name is free and well formed and the pattern can be used."""
    others = EntityType.objects.filter(workspace=entity_type.workspace, name=entity_type.name)
    if others.exclude(pk=entity_type.pk).exists():
        raise InvalidData(_("There is already an entity type with this name."))
    if entity_type.pattern:
        try:
            check_pattern(entity_type.pattern)
        except InvalidPattern as error:
            raise InvalidData(pattern_message(error)) from None
    try:
        entity_type.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise InvalidData(" ".join(error.messages)) from None


def checked_forms(
    entity_type: EntityType, value: str, synonyms: Iterable[str], *, except_id: int | None
) -> tuple[str, list[str]]:
    """The value and its synonyms, trimmed and each once; InvalidData when a form is too long or taken."""
    word = " ".join(value.split())
    forms = list(dict.fromkeys(" ".join(form.split()) for form in synonyms if form.strip()))
    forms = [form for form in forms if form != word]
    if not word:
        raise InvalidData(_("A value cannot be empty."))
    if len(forms) > MOST_SYNONYMS:
        raise InvalidData(_("A value has at most %(count)d synonyms.") % {"count": MOST_SYNONYMS})
    if any(len(form) > VALUE_LENGTH for form in (word, *forms)):
        raise InvalidData(_("Values and synonyms have at most %(count)d characters.") % {"count": VALUE_LENGTH})
    if any("\x00" in form for form in (word, *forms)):
        raise InvalidData(_("The text contains a character that cannot be stored."))
    taken = (
        EntityValue.objects.filter(entity_type=entity_type, value__in=[word, *forms])
        | EntityValue.objects.filter(entity_type=entity_type, synonyms__text__in=[word, *forms])
    ).exclude(pk=except_id or 0)
    other = taken.first()
    if other is not None:
        raise InvalidData(
            _("“%(value)s” already has one of these words; a word names one value.") % {"value": other.value}
        )
    return word, forms

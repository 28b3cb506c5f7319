"""What staff do to single utterances: type, correct, move, delete, take back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.import_reports import Duplicate
from nlu.actions.masking import mask_for_workspace
from nlu.actions.utterances import TEXT_LENGTH, NewUtterance, Stored, chunks, store_chunk
from nlu.errors import DuplicateUtterance, InvalidData, UnknownLocale
from nlu.models import EntityAnnotation, EntityType, Intent, ProposedUtterance, Utterance, Workspace
from nlu.models.intents import UtteranceSource
from nlu.pipeline.language import detect_locale
from nlu.pipeline.normalizer import canonical
from nlu.training.origins import origin_key

MOST_TEXTS = 1000


@dataclass(frozen=True, slots=True)
class RemovedUtterance:
    """Everything that brings a deleted utterance back; spans are (start, end, entity type's name)."""

    text: str
    locale: str
    source: str
    intent: str
    spans: tuple[tuple[int, int, str], ...]
    made_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MovedUtterance:
    """Where an utterance was before it was moved; no intent means out of scope."""

    utterance_id: int
    intent_id: int | None


def checked_text(text: str) -> str:
    """The text without surrounding blanks. InvalidData when empty, too long, or with what cannot be stored."""
    text = " ".join(text.split())
    if not text:
        raise InvalidData(_("An utterance cannot be empty."))
    if max(len(text), len(canonical(text))) > TEXT_LENGTH:  # folding may write one character as several
        raise InvalidData(_("An utterance has at most %(count)d characters.") % {"count": TEXT_LENGTH})
    if "\x00" in text or any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise InvalidData(_("The text has characters that cannot be stored."))
    return text


def check_locale(locale: str, *, known: str = "") -> None:
    """UnknownLocale unless it is empty, a language of the installation, or `known` from before."""
    if locale not in {"", known, *dict(settings.LANGUAGES)}:
        raise UnknownLocale(_("There is no such language."))


def add_texts(
    *, workspace: Workspace, intent: Intent | None, texts: Iterable[str], locale: str, actor: Actor
) -> Stored:
    """Add typed or pasted lines to an intent (None: out of scope), masked; blank lines are left out.

    An empty `locale` finds the language of each text by its script. InvalidData names the first bad line; then
    nothing is added; UnknownLocale. Texts that the workspace has already are reported, not added.
    """
    check_locale(locale)
    items = []
    for place, line in enumerate(texts, start=1):
        if not line.strip():
            continue
        text = checked_text(line)
        checked_text(mask_for_workspace(workspace.pk, text))  # a mask may be longer than what it replaces
        language = locale or detect_locale(text, default=workspace.default_locale)
        items.append(NewUtterance(text=text, intent=intent.name if intent else "", locale=language, place=place))
    if not items:
        raise InvalidData(_("An utterance cannot be empty."))
    if len(items) > MOST_TEXTS:
        raise InvalidData(_("At most %(count)d lines at once; import a file instead.") % {"count": MOST_TEXTS})
    added = 0
    duplicates: list[Duplicate] = []
    for piece in chunks(items):
        stored = store_chunk(workspace=workspace, items=piece, source=UtteranceSource.STAFF)
        added += stored.added
        duplicates.extend(stored.duplicates)
    record(
        actor=actor,
        action="utterances.added",
        target=intent or workspace,
        workspace=workspace,
        summary=f"{added} to {intent.name if intent else 'out of scope'}",
    )
    return Stored(added=added, duplicates=tuple(duplicates))


@transaction.atomic
def edit_utterance(*, utterance: Utterance, text: str, locale: str, actor: Actor) -> Utterance:
    """Correct the wording; spans in the unchanged beginning and end stay where their words are.

    InvalidData for a bad text, UnknownLocale, DuplicateUtterance when another utterance says the same.
    """
    # The row alone: a correction locks the workspace, then the row; with both, this would be the other way round.
    rows = Utterance.objects.select_for_update(of=("self",)).select_related("workspace")
    utterance = rows.get(pk=utterance.pk)
    check_locale(locale, known=utterance.locale)
    text = mask_for_workspace(utterance.workspace_id, checked_text(text))
    normalized = canonical(text)
    other = (
        Utterance.objects.filter(workspace_id=utterance.workspace_id, normalized=normalized)
        .exclude(pk=utterance.pk)
        .select_related("intent")
        .first()
    )
    if other is not None:
        raise DuplicateUtterance(
            _("Another utterance says the same."), other.intent_id, other.intent.name if other.intent else ""
        )
    keep_spans(utterance, text)
    follow_origin(utterance, normalized)
    utterance.text = text
    utterance.normalized = normalized
    utterance.locale = locale
    utterance.save(update_fields=["text", "normalized", "locale"])
    record(
        actor=actor,
        action="utterance.edited",
        target=utterance,
        workspace=utterance.workspace,
        summary=utterance.intent.name if utterance.intent else "out of scope",
    )
    return utterance


def unchanged_ends(old: str, new: str) -> tuple[int, int]:
    """How many characters both texts begin with, and how many both end with behind those."""
    shortest = min(len(old), len(new))
    head = next((i for i in range(shortest) if old[i] != new[i]), shortest)
    rest = shortest - head
    return head, next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)


def follow_origin(utterance: Utterance, normalized: str) -> None:
    """Note with what was made from the utterance, proposals too, that it reads otherwise now: it may not train
    where this is held out. Call before the new wording is saved."""
    before, after = origin_key(utterance.normalized), origin_key(normalized)
    if before == after:
        return
    for rows in (Utterance.objects, ProposedUtterance.objects):
        made = rows.filter(workspace_id=utterance.workspace_id).annotate(keys=Cast("made_from", TextField()))
        for row in made.filter(keys__contains=before).only("made_from"):
            row.made_from = list(dict.fromkeys(after if key == before else key for key in row.made_from))
            row.save(update_fields=["made_from"])


def keep_spans(utterance: Utterance, text: str) -> None:
    """Move the spans behind the edit by the change in length, and drop those that the edit touched."""
    old = utterance.text
    head, tail = unchanged_ends(old, text)
    shift = len(text) - len(old)
    for span in list(utterance.annotations.order_by("start" if shift <= 0 else "-start")):
        if span.end <= head:
            continue
        if span.start >= len(old) - tail:
            span.start += shift
            span.end += shift
            span.save(update_fields=["start", "end"])
        else:
            span.delete()


@transaction.atomic
def delete_utterances(*, workspace: Workspace, ids: Collection[int], actor: Actor) -> tuple[RemovedUtterance, ...]:
    """Delete these utterances of the workspace; ids of others are ignored. Returns what brings them back."""
    rows = list(
        Utterance.objects.filter(workspace=workspace, pk__in=ids)
        .select_related("intent")
        .prefetch_related("annotations__entity_type")
        .order_by("pk")
    )
    removed = tuple(
        RemovedUtterance(
            text=row.text,
            locale=row.locale,
            source=row.source,
            intent=row.intent.name if row.intent else "",
            spans=tuple((span.start, span.end, span.entity_type.name) for span in row.annotations.all()),
            made_from=tuple(row.made_from),
        )
        for row in rows
    )
    Utterance.objects.filter(pk__in=[row.pk for row in rows]).delete()
    record(
        actor=actor,
        action="utterances.deleted",
        target=workspace,
        workspace=workspace,
        summary=str(len(removed)),
    )
    return removed


@transaction.atomic
def restore_utterances(*, workspace: Workspace, removed: Sequence[RemovedUtterance], actor: Actor) -> int:
    """Bring deleted utterances back; how many came (a text that was added again meanwhile stays as it is)."""
    restored = 0
    by_source: dict[str, list[NewUtterance]] = {}
    for one in removed:
        item = NewUtterance(
            text=one.text,
            intent=one.intent,
            entities=one.spans,
            locale=one.locale,
            generated=one.source == UtteranceSource.GENERATED,
            made_from=one.made_from,
        )
        by_source.setdefault(one.source, []).append(item)
    for source, items in by_source.items():
        for piece in chunks(items):
            restored += store_chunk(workspace=workspace, items=piece, source=source).added
    record(actor=actor, action="utterances.restored", target=workspace, workspace=workspace, summary=str(restored))
    return restored


@transaction.atomic
def move_utterances(
    *, workspace: Workspace, ids: Collection[int], intent: Intent | None, actor: Actor
) -> tuple[MovedUtterance, ...]:
    """Give these utterances to another intent (None: out of scope). Returns where they were."""
    rows = Utterance.objects.filter(workspace=workspace, pk__in=ids).exclude(intent=intent).order_by("pk")
    if intent is None:
        rows = Utterance.objects.filter(workspace=workspace, pk__in=ids, intent__isnull=False).order_by("pk")
    moved = tuple(MovedUtterance(pk, intent_id) for pk, intent_id in rows.values_list("pk", "intent_id"))
    Utterance.objects.filter(pk__in=[one.utterance_id for one in moved]).update(intent=intent)
    record(
        actor=actor,
        action="utterances.moved",
        target=intent or workspace,
        workspace=workspace,
        summary=f"{len(moved)} to {intent.name if intent else 'out of scope'}",
    )
    return moved


@transaction.atomic
def move_back(*, workspace: Workspace, moved: Sequence[MovedUtterance], actor: Actor) -> int:
    """Undo a move; how many went back (rows and intents that are gone meanwhile are left out)."""
    known = set(Intent.objects.filter(workspace=workspace).values_list("pk", flat=True))
    back = 0
    for intent_id in {one.intent_id for one in moved}:
        if intent_id is not None and intent_id not in known:
            continue
        ids = [one.utterance_id for one in moved if one.intent_id == intent_id]
        back += Utterance.objects.filter(workspace=workspace, pk__in=ids).update(intent_id=intent_id)
    record(actor=actor, action="utterances.moved_back", target=workspace, workspace=workspace, summary=str(back))
    return back


@transaction.atomic
def annotate_utterance(
    *, utterance: Utterance, start: int, end: int, entity_type: EntityType, actor: Actor
) -> EntityAnnotation:
    """Mark `text[start:end]` (code points) as this type; spans that it overlaps give way. InvalidData."""
    utterance = Utterance.objects.select_for_update().get(pk=utterance.pk)
    text = utterance.text[start:end] if 0 <= start < end <= len(utterance.text) else ""
    if not text.strip():
        raise InvalidData(_("Select the words that name something."))
    if entity_type.workspace_id != utterance.workspace_id:
        raise InvalidData(_("There is no such entity type."))
    # Blanks at the ends are a slip of the mouse, never part of a name.
    start += len(text) - len(text.lstrip())
    end -= len(text) - len(text.rstrip())
    utterance.annotations.filter(start__lt=end, end__gt=start).delete()
    annotation = EntityAnnotation.objects.create(
        utterance=utterance, entity_type=entity_type, start=start, end=end
    )
    record(
        actor=actor,
        action="utterance.annotated",
        target=utterance,
        workspace=utterance.workspace,
        summary=entity_type.name,
    )
    return annotation


@transaction.atomic
def remove_annotation(*, annotation: EntityAnnotation, actor: Actor) -> Utterance:
    """Take the mark off; returns its utterance."""
    utterance = annotation.utterance
    record(
        actor=actor,
        action="utterance.unannotated",
        target=utterance,
        workspace=utterance.workspace,
        summary=annotation.entity_type.name,
    )
    annotation.delete()
    return utterance

"""The frozen evaluation set: adding, correcting and deleting cases, and loading them from files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.import_reports import LineError
from nlu.actions.importing import LineFormat, read_examples, storable
from nlu.actions.masking import mask_for_workspace
from nlu.actions.utterance_edits import checked_text
from nlu.errors import DuplicateCase, EvaluationSetFull, InvalidData
from nlu.models import EntityType, EvaluationCase, Intent, Workspace
from nlu.models.evaluation_cases import CaseSource
from nlu.pipeline.language import detect_locale
from nlu.pipeline.normalizer import canonical
from nlu.types import EMPTY_CONTEXT, DialogueContext

MOST_CASES = 10_000
MOST_LINES = 20_000
MOST_ERRORS = 200
NOTE_LENGTH = 300
CONTEXT_LENGTH = 4000
CHUNK = 100

Spans = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A line of a file that the set has already; `case_id` is the row, None for a line before it in the file."""

    line: int
    text: str
    case_id: int | None


@dataclass(frozen=True, slots=True)
class CaseImportReport:
    """What an import did. `errors` holds the first ones; `rejected` counts them all."""

    added: int
    duplicates: tuple[KnownCase, ...]
    errors: tuple[LineError, ...]
    rejected: int


@transaction.atomic
def add_case(
    *,
    workspace: Workspace,
    text: str,
    intent: Intent | None,
    locale: str = "",
    entities: Spans | None = None,
    context: DialogueContext = EMPTY_CONTEXT,
    note: str = "",
    source: str = CaseSource.STAFF,
    actor: Actor,
) -> EvaluationCase:
    """Add a case, masked; `intent` None means out of scope, `entities` None that nobody marked them.

    An empty `locale` is found by the script. InvalidData for what cannot be stored; DuplicateCase when the set has
    the text in the same context already; EvaluationSetFull.
    """
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    case = prepared(workspace, text, intent, locale, entities, context, note)
    case.source = source
    case.created_by_id = actor.pk if actor is not None else None
    refuse_duplicate(case)
    if EvaluationCase.objects.filter(workspace=workspace).count() >= MOST_CASES:
        raise EvaluationSetFull(_("An evaluation set has at most %(count)d cases.") % {"count": MOST_CASES})
    case.save()
    record(actor=actor, action="evaluation_case.added", target=case, workspace=workspace, summary=meaning_of(case))
    return case


@transaction.atomic
def edit_case(
    *,
    case: EvaluationCase,
    text: str,
    intent: Intent | None,
    locale: str,
    entities: Spans | None,
    note: str,
    actor: Actor,
) -> EvaluationCase:
    """Correct a case; its context and origin stay. InvalidData or DuplicateCase as `add_case`."""
    # The row alone: a correction locks the workspace, then the row; with both, this would be the other way round.
    case = EvaluationCase.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=case.pk)
    fresh = prepared(case.workspace, text, intent, locale, entities, context_of(case), note)
    fresh.pk = case.pk
    refuse_duplicate(fresh)
    for field in ("text", "normalized", "locale", "entities", "note"):
        setattr(case, field, getattr(fresh, field))
    case.intent = intent
    case.save(update_fields=["text", "normalized", "locale", "entities", "note", "intent"])
    record(
        actor=actor,
        action="evaluation_case.edited",
        target=case,
        workspace=case.workspace,
        summary=meaning_of(case),
    )
    return case


@transaction.atomic
def delete_cases(*, workspace: Workspace, ids: Collection[int], actor: Actor) -> int:
    """Delete these cases of the workspace; ids of others are ignored. How many went."""
    rows = EvaluationCase.objects.filter(workspace=workspace, pk__in=ids)
    count = rows.count()
    rows.delete()
    record(
        actor=actor,
        action="evaluation_cases.deleted",
        target=workspace,
        workspace=workspace,
        summary=str(count),
    )
    return count


def import_cases(
    *, workspace: Workspace, lines: Iterable[str], file_format: LineFormat, actor: Actor
) -> CaseImportReport:
    """Add the cases of a file, in transactions of at most `CHUNK` rows; a bad line is named and left out.

    The form is that of `import_utterances`, with `context` in JSON lines. Intents and entity types must exist: a
    mistyped name would make a case that no model can ever get right. Importing twice adds nothing.
    """
    intents = {intent.name: intent for intent in Intent.objects.filter(workspace=workspace)}
    types = type_names(workspace)
    good: list[tuple[int, EvaluationCase]] = []
    errors: list[LineError] = []
    rejected = 0
    for number, outcome in read_examples(lines, file_format, most_lines=MOST_LINES):
        try:
            if isinstance(outcome, str):
                raise InvalidData(outcome)
            item = storable(outcome, number)
            if item.generated:
                raise InvalidData(_("This text is generated; nothing is measured on what nobody said."))
            if item.intent and item.intent not in intents:
                raise InvalidData(_("There is no intent “%(name)s”.") % {"name": item.intent})
            case = prepared(
                workspace,
                item.text,
                intents.get(item.intent),
                item.locale,
                item.entities or None,
                outcome.context,
                "",
                types,
            )
        except InvalidData as error:
            rejected += 1
            if len(errors) < MOST_ERRORS:
                errors.append(LineError(line=number, message=str(error)))
        else:
            case.source = CaseSource.IMPORT
            case.created_by_id = actor.pk if actor is not None else None
            good.append((number, case))
    added = 0
    duplicates: list[KnownCase] = []
    for start in range(0, len(good), CHUNK):
        stored, known = store_chunk(workspace, good[start : start + CHUNK])
        added += stored
        duplicates += known
    record(
        actor=actor,
        action="evaluation_cases.imported",
        target=workspace,
        workspace=workspace,
        summary=f"{added} added, {len(duplicates)} duplicates, {rejected} rejected",
    )
    return CaseImportReport(added=added, duplicates=tuple(duplicates), errors=tuple(errors), rejected=rejected)


@transaction.atomic
def store_chunk(workspace: Workspace, items: Sequence[tuple[int, EvaluationCase]]) -> tuple[int, list[KnownCase]]:
    """Store what the set does not have yet; how many were new, and which were not. InvalidData if it is full."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    texts = [case.normalized for _line, case in items]
    rows = EvaluationCase.objects.filter(workspace=workspace, normalized__in=texts)
    known: dict[tuple[str, str], int | None] = {
        (normalized, context): pk
        for normalized, context, pk in rows.values_list("normalized", "context_hash", "pk")
    }
    fresh: list[EvaluationCase] = []
    duplicates: list[KnownCase] = []
    for line, case in items:
        key = (case.normalized, case.context_hash)
        if key in known:
            duplicates.append(KnownCase(line, case.text, known[key]))
        else:
            known[key] = None
            fresh.append(case)
    if EvaluationCase.objects.filter(workspace=workspace).count() + len(fresh) > MOST_CASES:
        raise InvalidData(_("An evaluation set has at most %(count)d cases.") % {"count": MOST_CASES})
    EvaluationCase.objects.bulk_create(fresh)
    return len(fresh), duplicates


def prepared(
    workspace: Workspace,
    text: str,
    intent: Intent | None,
    locale: str,
    entities: Spans | None,
    context: DialogueContext,
    note: str,
    types: frozenset[str] | None = None,
) -> EvaluationCase:
    """An unsaved row: checked and masked. A text that masking changed keeps no marks: their offsets are gone."""
    given = text
    text = checked_text(given)
    masked = mask_for_workspace(workspace.pk, text)
    spans = None
    if entities and masked == text == given:
        known = type_names(workspace) if types is None else types
        spans = [checked_span(span, text, known) for span in sorted(entities)]
        if any(left[1] > right[0] for left, right in pairwise(spans)):
            raise InvalidData(_("Two marks overlap."))
    if len(note.strip()) > NOTE_LENGTH:
        raise InvalidData(_("A note has at most %(count)d characters.") % {"count": NOTE_LENGTH})
    masked_context = replace(context, previous_message=mask_for_workspace(workspace.pk, context.previous_message))
    stored = context_json(masked_context)
    written = json.dumps(stored, ensure_ascii=False, sort_keys=True)
    unreadable = any(character == "\x00" or 0xD800 <= ord(character) <= 0xDFFF for character in written)
    if unreadable or "\\u0000" in written or len(written) > CONTEXT_LENGTH:
        raise InvalidData(_("The context is too long or cannot be stored."))
    return EvaluationCase(
        workspace=workspace,
        intent=intent,
        text=masked,
        normalized=canonical(masked),
        locale=locale or detect_locale(masked, default=workspace.default_locale),
        entities=[list(span) for span in spans] if spans else None,
        context=stored,
        context_hash=hashlib.sha256(written.encode()).hexdigest() if stored else "",
        note=note.strip(),
    )


def checked_span(span: tuple[int, int, str], text: str, types: frozenset[str]) -> tuple[int, int, str]:
    """The span if it lies in the text and its type exists; InvalidData otherwise."""
    start, end, name = span
    if not 0 <= start < end <= len(text):
        raise InvalidData(_("A mark lies outside of the text."))
    if name not in types:
        raise InvalidData(_("There is no entity type “%(name)s”.") % {"name": name})
    return span


def type_names(workspace: Workspace) -> frozenset[str]:
    """The entity types that a mark may name."""
    return frozenset(EntityType.objects.filter(workspace=workspace).values_list("name", flat=True))


def refuse_duplicate(case: EvaluationCase) -> None:
    """DuplicateCase when another row has the text in the same context."""
    other = (
        EvaluationCase.objects.filter(
            workspace_id=case.workspace_id, normalized=case.normalized, context_hash=case.context_hash
        )
        .exclude(pk=case.pk)
        .select_related("intent")
        .first()
    )
    if other is not None:
        raise DuplicateCase(
            _("The evaluation set has this text already, as “%(intent)s”.")
            % {"intent": other.intent.name if other.intent else _("Out of scope")},
            other.pk,
        )


def meaning_of(case: EvaluationCase) -> str:
    """What the audit list says of a case: never its text."""
    return case.intent.name if case.intent else "out of scope"


def context_json(context: DialogueContext) -> dict[str, Any]:
    """The fields that say something."""
    fields = {name: value for name, value in asdict(context).items() if value}
    if "previous_intents" in fields:
        fields["previous_intents"] = list(fields["previous_intents"])
    return fields


def context_of(case: EvaluationCase) -> DialogueContext:
    """The context of a stored case."""
    fields = dict(case.context)
    return DialogueContext(**{**fields, "previous_intents": tuple(fields.get("previous_intents", ()))})

"""A message with the right answer: it teaches as an utterance, and is kept as a regression case for the gate.

A correction's case does not keep its text out of training as other cases do (decision 0011): it is there to see
that the correction was learned and stays learned.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from django.db import transaction
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.evaluation_cases import Spans, add_case, checked_span, meaning_of, type_names
from nlu.actions.masking import mask_for_workspace
from nlu.actions.utterance_edits import check_locale, checked_text
from nlu.actions.utterances import NewUtterance, store_chunk
from nlu.errors import DuplicateCase, EvaluationSetFull, InvalidData, StaleEdit
from nlu.models import AuditEntry, EntityAnnotation, EntityType, EvaluationCase, Intent, Utterance, Workspace
from nlu.models.evaluation_cases import CaseSource
from nlu.models.intents import UtteranceSource
from nlu.pipeline.language import detect_locale
from nlu.pipeline.normalizer import canonical
from nlu.types import EMPTY_CONTEXT, DialogueContext

CORRECTED: Final = "utterance.corrected"
CORRECTION_UNDONE: Final = "utterance.correction_undone"


@dataclass(frozen=True, slots=True)
class Labels:
    """What a row says of its text: the intent's id (None: out of scope), and marks (None: nobody marked any).

    `wording`: the fingerprint of text, language and note; never the words themselves, which outlive no erasure
    here. Empty in what was kept before it was compared.
    """

    intent_id: int | None
    entities: Spans | None
    wording: str = ""

    def is_still(self, kept: Labels) -> bool:
        """Whether the row is as it was kept; a wording that was not kept counts as unchanged."""
        same_labels = (self.intent_id, self.entities) == (kept.intent_id, kept.entities)
        return same_labels and kept.wording in ("", self.wording)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from `asdict`'s object after it went through JSON."""
        spans = data["entities"]
        return cls(
            intent_id=data["intent_id"],
            entities=None if spans is None else tuple((int(s), int(e), str(kind)) for s, e, kind in spans),
            wording=str(data.get("wording", "")),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A row before and after; `before` None means that it was made."""

    row_id: int
    before: Labels | None
    after: Labels

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from `asdict`'s object after it went through JSON."""
        before = data["before"]
        return cls(
            row_id=int(data["row_id"]),
            before=None if before is None else Labels.from_json(before),
            after=Labels.from_json(data["after"]),
        )


@dataclass(frozen=True, slots=True)
class Taught:
    """What a correction did.

    kept_out: a case of the evaluation set keeps the text out of training; set_full: the set had no room for a
    case; entry_id: the correction's entry in the audit list, 0 in what was kept before it was noted.
    """

    utterance: Change
    case: Change | None
    kept_out: bool
    set_full: bool = False
    entry_id: int = 0

    def to_json(self) -> dict[str, Any]:
        """A JSON object; inverse of `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from `to_json`'s object."""
        case = data["case"]
        return cls(
            utterance=Change.from_json(data["utterance"]),
            case=None if case is None else Change.from_json(case),
            kept_out=bool(data["kept_out"]),
            set_full=bool(data.get("set_full", False)),
            entry_id=int(data.get("entry_id", 0)),
        )


@transaction.atomic
def teach_correction(
    *,
    workspace: Workspace,
    text: str,
    intent: Intent | None,
    entities: Spans | None = None,
    locale: str = "",
    context: DialogueContext = EMPTY_CONTEXT,
    with_case: bool = True,
    actor: Actor,
) -> Taught:
    """Teach the masked text as an utterance of the intent (None: out of scope), and keep it as a regression case.

    An utterance or a case with the text is moved to the intent; marks are replaced where `entities` are given:
    (start, end, type) in code points of `text` as it is given, left out if masking changes it.
    `take_back_correction` undoes all of it. InvalidData for what cannot be stored; then nothing is changed.
    """
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if intent is not None and intent.workspace_id != workspace.pk:
        raise InvalidData(_("There is no such intent."))
    check_locale(locale)
    locale = locale or detect_locale(text, default=workspace.default_locale)
    folded = checked_text(text)
    masked = mask_for_workspace(workspace.pk, folded)
    if entities is not None and masked != folded:
        entities = None  # their offsets are gone
    if entities is not None:
        names = type_names(workspace)
        entities = tuple(folded_span(text, checked_span(span, text, names)) for span in sorted(entities))
    utterance = teach_utterance(workspace, masked, intent, entities, locale)
    case = keep_case(workspace, masked, intent, entities, locale, context, actor) if with_case else None
    entry = record(
        actor=actor,
        action=CORRECTED,
        target=Utterance(pk=utterance.row_id),
        workspace=workspace,
        summary=intent.name if intent else "out of scope",
    )
    frozen = EvaluationCase.objects.filter(workspace=workspace, normalized=canonical(masked)).frozen()
    return Taught(
        utterance=utterance,
        case=case,
        kept_out=frozen.exists(),
        set_full=with_case and case is None,
        entry_id=entry.pk,
    )


def folded_span(text: str, span: tuple[int, int, str]) -> tuple[int, int, str]:
    """The span of its words in `checked_text(text)`, without blanks at the ends; InvalidData if it is blank."""
    start, end, name = span
    words = text[start:end].split()
    if not words:
        raise InvalidData(_("Select the words that name something."))
    start = end - len(text[start:end].lstrip())
    left = len(" ".join(text[:start].split()))
    if left and text[start - 1].isspace():
        left += 1
    return left, left + len(" ".join(words)), name


def teach_utterance(
    workspace: Workspace, text: str, intent: Intent | None, entities: Spans | None, locale: str
) -> Change:
    """Add the utterance, or move and mark the one that says the same."""
    rows = Utterance.objects.filter(workspace=workspace, normalized=canonical(text))
    known = rows.first()
    if known is None:
        item = NewUtterance(
            text=text, intent=intent.name if intent else "", entities=entities or (), locale=locale
        )
        stored = store_chunk(workspace=workspace, items=[item], source=UtteranceSource.CORRECTION)
        if stored.refused:
            raise InvalidData(stored.refused[0].message)
        made = rows.get()
        return Change(made.pk, None, labels_of_utterance(made))
    before = labels_of_utterance(known)
    known.intent = intent
    known.save(update_fields=["intent"])
    # The utterance's own wording may differ in case or width, and then its offsets do, too.
    if entities is not None and known.text == text:
        mark(known, entities)
    return Change(known.pk, before, labels_of_utterance(known))


def mark(utterance: Utterance, spans: Spans) -> None:
    """Make these the utterance's marks; types that are gone are left out."""
    types = {
        kind.name: kind
        for kind in EntityType.objects.filter(
            workspace=utterance.workspace_id, name__in={name for _start, _end, name in spans}
        )
    }
    utterance.annotations.all().delete()
    EntityAnnotation.objects.bulk_create(
        EntityAnnotation(utterance=utterance, entity_type=types[name], start=start, end=end)
        for start, end, name in spans
        if name in types
    )


def keep_case(
    workspace: Workspace,
    text: str,
    intent: Intent | None,
    entities: Spans | None,
    locale: str,
    context: DialogueContext,
    actor: Actor,
) -> Change | None:
    """Add the regression case, or correct the case that has the text in this context already.

    None if the set is full: what it cannot measure is still worth learning.
    """
    try:
        made = add_case(
            workspace=workspace,
            text=text,
            intent=intent,
            locale=locale,
            entities=entities or None,
            context=context,
            source=CaseSource.CORRECTION,
            actor=actor,
        )
    except DuplicateCase as error:
        known = EvaluationCase.objects.get(pk=error.case_id)
    except EvaluationSetFull:
        return None
    else:
        return Change(made.pk, None, labels_of_case(made))
    before = labels_of_case(known)
    known.intent = intent
    if entities and known.text == text:
        known.entities = [list(span) for span in entities]
    known.save(update_fields=["intent", "entities"])
    if labels_of_case(known) != before:
        record(
            actor=actor,
            action="evaluation_case.edited",
            target=known,
            workspace=workspace,
            summary=meaning_of(known),
        )
    return Change(known.pk, before, labels_of_case(known))


@transaction.atomic
def take_back_correction(*, workspace: Workspace, taught: Taught, actor: Actor) -> None:
    """Make everything as it was before the correction.

    A row that the correction made and that is gone counts as taken back already. StaleEdit, and nothing is
    changed, when somebody has changed one of the rows since, or deleted one that was there before, or has taught
    the same once more.
    """
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    utterance = Utterance.objects.filter(workspace=workspace, pk=taught.utterance.row_id).first()
    if is_changed(taught.utterance, None if utterance is None else labels_of_utterance(utterance)):
        raise StaleEdit(_("The utterance has been changed since; correct it on the page of its intent."))
    if taught.entry_id and taught_again(workspace, taught):
        raise StaleEdit(_("Somebody has taught the same since, and means to keep it."))
    case = None
    if taught.case is not None:
        case = EvaluationCase.objects.filter(workspace=workspace, pk=taught.case.row_id).first()
        if is_changed(taught.case, None if case is None else labels_of_case(case)):
            raise StaleEdit(_("The case has been changed since; correct it in the evaluation set."))
    for change in (taught.utterance, taught.case):
        before = change.before if change is not None else None
        if before is None or before.intent_id is None:
            continue
        if not Intent.objects.filter(workspace=workspace, pk=before.intent_id).exists():
            raise StaleEdit(_("The intent that it belonged to has been deleted since."))
    if utterance is not None:
        if taught.utterance.before is None:
            utterance.delete()
        else:
            utterance.intent_id = taught.utterance.before.intent_id
            utterance.save(update_fields=["intent"])
            if taught.utterance.before.entities != taught.utterance.after.entities:
                mark(utterance, taught.utterance.before.entities or ())
    if case is not None and taught.case is not None:
        if taught.case.before is None:
            case.delete()
        else:
            case.intent_id = taught.case.before.intent_id
            spans = taught.case.before.entities
            case.entities = None if spans is None else [list(span) for span in spans]
            case.save(update_fields=["intent", "entities"])
    record(
        actor=actor,
        action=CORRECTION_UNDONE,
        target=Utterance(pk=taught.utterance.row_id),
        workspace=workspace,
    )


def taught_again(workspace: Workspace, taught: Taught) -> bool:
    """Whether another correction of the utterance came after this one and has not been taken back."""
    later = AuditEntry.objects.filter(
        workspace=workspace,
        object_type=Utterance._meta.model_name,
        object_id=str(taught.utterance.row_id),
        pk__gt=taught.entry_id,
    )
    return later.filter(action=CORRECTED).count() > later.filter(action=CORRECTION_UNDONE).count()


def is_changed(change: Change, now: Labels | None) -> bool:
    """Whether somebody has changed the row since; one that the correction made may be gone (None)."""
    return change.before is not None if now is None else not now.is_still(change.after)


def labels_of_utterance(utterance: Utterance) -> Labels:
    """The intent, the marks and the wording of the row as stored."""
    spans = utterance.annotations.order_by("start").values_list("start", "end", "entity_type__name")
    return Labels(
        intent_id=utterance.intent_id,
        entities=tuple(spans),
        wording=fingerprint(utterance.text, utterance.locale),
    )


def labels_of_case(case: EvaluationCase) -> Labels:
    """The intent, the marks and the wording of the row."""
    spans = None if case.entities is None else tuple((int(s), int(e), str(kind)) for s, e, kind in case.entities)
    return Labels(intent_id=case.intent_id, entities=spans, wording=fingerprint(case.text, case.locale, case.note))


def fingerprint(*words: str) -> str:
    """Tells whether one of them changed, without repeating them: SHA-256 in hexadecimal digits."""
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()

"""What an import does to a workspace, in steps short enough for one transaction each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.entities import create_entity_type, update_entity_type
from nlu.actions.import_reports import Duplicate, Findings, ImportReport, LineError, Outcome
from nlu.actions.utterances import ATTEMPTS, CHUNK, NewUtterance, Stored, considerately, store_chunk
from nlu.actions.value_imports import NewValue, plan_values, store_values
from nlu.errors import InvalidData
from nlu.models import EntityType, Workspace
from nlu.models.intents import UtteranceSource


@dataclass(frozen=True, slots=True)
class TypeStep:
    """Make an entity type unless it is there."""

    name: str
    line: int
    file: str = ""

    @property
    def size(self) -> int:
        """How many entries of the file it looks at."""
        return 1


@dataclass(frozen=True, slots=True)
class ValuesStep:
    """Add values to a type, which is made if missing. `places` are line and file of each.

    The first step of a type says how many words the file `lists` for it; the others say 0.
    """

    name: str
    items: tuple[NewValue, ...]
    places: tuple[tuple[int, str], ...]
    lists: int = 0

    @property
    def size(self) -> int:
        """How many values and synonyms of the file it looks at."""
        return sum(item.words for item in self.items)


@dataclass(frozen=True, slots=True)
class PatternStep:
    """Give a type its pattern, which must be usable; it keeps the one that it has."""

    name: str
    pattern: str
    line: int
    file: str = ""

    @property
    def size(self) -> int:
        """How many entries of the file it looks at."""
        return 1


@dataclass(frozen=True, slots=True)
class UtterancesStep:
    """Store a chunk of utterances."""

    items: tuple[NewUtterance, ...]

    @property
    def size(self) -> int:
        """How many entries of the file it looks at."""
        return len(self.items)


Step = TypeStep | ValuesStep | PatternStep | UtterancesStep


@dataclass(slots=True)
class ImportContent:
    """A file as it was read: what it adds, and what was found on the way."""

    utterances: Sequence[NewUtterance] = ()
    entries: Sequence[TypeStep | ValuesStep | PatternStep] = ()
    findings: Findings = field(default_factory=Findings)

    @property
    def size(self) -> int:
        """How many utterances, types, values, synonyms and patterns there are to look at."""
        return len(self.utterances) + sum(one.size for one in self.entries)

    def steps(self) -> Iterator[Step]:
        """Types, values and patterns first, then the utterances."""
        yield from self.entries
        for start in range(0, len(self.utterances), CHUNK):
            yield UtterancesStep(tuple(self.utterances[start : start + CHUNK]))


def store_content(
    *,
    workspace: Workspace,
    content: ImportContent,
    actor: Actor,
    source: str = UtteranceSource.IMPORT,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Store all of it, a short transaction after the other, with one audit entry.

    `progress` is told after each step how many utterances and words of lists are done.
    """
    findings = content.findings
    done = added = values = patterns = 0
    duplicates: list[Duplicate] = []
    for step in considerately(content.steps()):
        outcome = do_step(step, workspace=workspace, actor=actor, source=source)
        done += outcome.done
        added += outcome.added
        values += outcome.values
        patterns += outcome.patterns
        duplicates.extend(outcome.duplicates)
        findings.add(outcome)
        if progress is not None:
            progress(done)
    record_import(workspace, actor, added, len(duplicates), findings.rejected, values)
    return ImportReport(
        added=added,
        duplicates=tuple(duplicates),
        errors=tuple(findings.errors),
        rejected=findings.rejected,
        values=values,
        patterns=patterns,
        renamed=findings.renamed,
        remarks=findings.remarks,
    )


def record_import(
    workspace: Workspace, actor: Actor, added: int, duplicates: int, rejected: int, values: int
) -> None:
    """The audit entry of an import that has ended, whether or not all of the file was stored."""
    record(
        actor=actor,
        action="utterances.imported",
        target=workspace,
        workspace=workspace,
        summary=f"{added} added, {duplicates} duplicates, {rejected} rejected, {values} values",
    )


def do_step(
    step: Step,
    *,
    workspace: Workspace,
    actor: Actor,
    source: str,
    note: Callable[[Outcome], None] = lambda _outcome: None,
    fence: Callable[[], None] = lambda: None,
) -> Outcome:
    """Do one step. Doing it again adds nothing.

    `note` is told what it did, in the transaction that does it. Names that utterances need are made in one before
    that, where `fence` is asked. Both may stop it by an exception.
    """
    if isinstance(step, UtterancesStep):

        def told(stored: Stored) -> Outcome:
            return Outcome(step.size, added=stored.added, duplicates=stored.duplicates, refused=stored.refused)

        def noted(stored: Stored) -> None:
            note(told(stored))

        return told(store_chunk(workspace=workspace, items=step.items, source=source, note=noted, fence=fence))
    if isinstance(step, ValuesStep):
        for _attempt in range(ATTEMPTS - 1):
            with suppress(IntegrityError):
                return _with_values(step, workspace, actor, note)
        return _with_values(step, workspace, actor, note)
    with transaction.atomic():
        outcome = _with_type(step, workspace, actor)
        note(outcome)
    return outcome


def _with_values(step: ValuesStep, workspace: Workspace, actor: Actor, note: Callable[[Outcome], None]) -> Outcome:
    """Read and plan, then store in one transaction. IntegrityError if somebody else came first."""
    kind = EntityType.objects.filter(workspace=workspace, name=step.name).first()
    plan = plan_values(kind, step.items)
    refused = tuple(LineError(step.places[place][0], said, step.places[place][1]) for place, said in plan.refused)
    outcome = Outcome(step.size, refused=refused, values=len(plan.fresh) + len(plan.forms))
    with transaction.atomic():
        try:
            kind = kind or create_entity_type(workspace=workspace, name=step.name, actor=actor)
        except InvalidData as error:
            line, file = step.places[0]
            outcome = Outcome(step.size, refused=(LineError(line, str(error), file),))
        else:
            store_values(kind, plan)
            if step.lists:
                record(
                    actor=actor,
                    action="entity_values.imported",
                    target=kind,
                    workspace=workspace,
                    summary=f"{kind.name}: {step.lists} values and synonyms in the file",
                )
        note(outcome)
    return outcome


def _with_type(step: TypeStep | PatternStep, workspace: Workspace, actor: Actor) -> Outcome:
    try:
        kind = _type(step.name, workspace, actor)
        if isinstance(step, TypeStep) or kind.pattern == step.pattern:
            return Outcome(step.size)
        if kind.pattern:
            raise InvalidData(_("“%(name)s” has another pattern already, which stays.") % {"name": kind.name})
        update_entity_type(entity_type=kind, name=kind.name, title=kind.title, pattern=step.pattern, actor=actor)
    except InvalidData as error:
        return Outcome(step.size, refused=(LineError(step.line, str(error), step.file),))
    return Outcome(step.size, patterns=1)


def _type(name: str, workspace: Workspace, actor: Actor) -> EntityType:
    """The entity type of this name, made if missing; InvalidData if it cannot be."""
    found = EntityType.objects.filter(workspace=workspace, name=name).first()
    return found or create_entity_type(workspace=workspace, name=name, actor=actor)

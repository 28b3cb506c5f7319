"""Loading a whole file of training data, in whichever form: recognised, read, named for here, and stored."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import BinaryIO, Final, Literal

from django.utils.translation import gettext as _

from nlu.actions.audit import Actor
from nlu.actions.import_reports import Findings, ImportReport, Remark, is_storable, quotable
from nlu.actions.import_steps import ImportContent, PatternStep, TypeStep, ValuesStep, store_content
from nlu.actions.import_words import file_words, note_words, problem_words
from nlu.actions.importing import (
    INTENT_LENGTH,
    MOST_INTENTS,
    MOST_LINES,
    MOST_TYPES,
    TYPE_LENGTH,
    read_content,
    rest_left_out,
    storable,
    too_many_names,
)
from nlu.actions.masking import pattern_message
from nlu.actions.utterances import NewUtterance
from nlu.actions.value_imports import NewValue, in_pieces
from nlu.errors import InvalidData, InvalidPattern, UnreadableFile
from nlu.formats.dialogflow_reader import read_dialogflow
from nlu.formats.names import usable_names
from nlu.formats.rasa_reader import read_rasa
from nlu.formats.recognition import HEAD_BYTES, recognised_format
from nlu.formats.records import FileFormat, Note, PatternEntry, Phrase, Problem, Record, TypeEntry, ValueEntry
from nlu.formats.yaml_sections import MOST_BYTES
from nlu.masking.patterns import check_pattern
from nlu.models import Workspace
from nlu.pipeline.language import detect_locale
from nlu.types import Example

MOST_REMARKS: Final = 50
MOST_ENTRIES: Final = 200_000
"""Values, patterns and types that one file may have together."""


def import_training_file(
    *,
    workspace: Workspace,
    file: BinaryIO,
    name: str,
    file_format: FileFormat | Literal["auto"],
    actor: Actor,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Add what a seekable file holds to the workspace; what cannot be used is reported and left out.

    As `read_training_file`, which reads it. Importing a file twice adds nothing.
    """
    content = read_training_file(workspace=workspace, file=file, name=name, file_format=file_format)
    return store_content(workspace=workspace, content=content, actor=actor, progress=progress)


def read_training_file(
    *, workspace: Workspace, file: BinaryIO, name: str, file_format: FileFormat | Literal["auto"]
) -> ImportContent:
    """What a seekable file adds to the workspace, and what in it cannot be used; nothing is stored.

    CSV and JSON lines are read as `import_utterances` does. From Rasa and Dialogflow come entity types with their
    values and patterns as well; names that cannot be used here are changed and reported. InvalidData when the file
    as a whole cannot be read.
    """
    if file_format == "auto":
        file.seek(0)
        file_format = recognised_format(name, file.read(HEAD_BYTES))
    file.seek(0)
    try:
        if file_format in ("csv", "jsonl"):
            return _read_lines(file, file_format)
        records = read_dialogflow(file) if file_format == "dialogflow" else read_rasa(file.read(MOST_BYTES + 1))
        content = _collected(records)
    except UnreadableFile as error:
        raise InvalidData(file_words(error)) from None
    return _Reading(workspace, content).content()


def _read_lines(file: BinaryIO, file_format: FileFormat) -> ImportContent:
    # No translation of line ends: a cell of a CSV file may have any of its own.
    lines = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        return read_content(lines, "csv" if file_format == "csv" else "jsonl")
    except UnicodeDecodeError:
        raise UnreadableFile("not_utf8") from None
    finally:
        lines.detach()


@dataclass(slots=True)
class _Content:
    """A file's records by kind, and what was found on the way."""

    phrases: list[Phrase] = field(default_factory=list)
    types: list[TypeEntry] = field(default_factory=list)
    values: list[ValueEntry] = field(default_factory=list)
    patterns: list[PatternEntry] = field(default_factory=list)
    notes: Counter[Note] = field(default_factory=Counter)
    findings: Findings = field(default_factory=Findings)


def _collected(records: Iterable[Record]) -> _Content:
    """The records by kind, no more of each than a file may have."""
    content = _Content()
    entries = 0
    for one in records:
        match one:
            case Phrase():
                if len(content.phrases) >= MOST_LINES:
                    content.findings.refuse(one.line, rest_left_out(MOST_LINES), one.file)
                    break
                content.phrases.append(one)
                continue
            case Problem():
                content.findings.refuse(one.line, problem_words(one), one.file)
                continue
            case Note():
                content.notes[one] += 1
                continue
            case TypeEntry():
                content.types.append(one)
            case ValueEntry():
                content.values.append(one)
            case PatternEntry():
                content.patterns.append(one)
        entries += 1
        if entries >= MOST_ENTRIES:
            content.findings.refuse(
                one.line,
                _("The lists have more than %(count)d entries; the rest was left out.") % {"count": MOST_ENTRIES},
                one.file,
            )
            break
    return content


class _Reading:
    """The records of a file in the names of one workspace."""

    def __init__(self, workspace: Workspace, records: _Content) -> None:
        self._workspace = workspace
        self._records = records
        self._findings = records.findings
        known = set(workspace.intents.values_list("name", flat=True))
        given = islice(dict.fromkeys(one.intent for one in records.phrases if one.intent), MOST_INTENTS)
        self._intents = usable_names(given, known=known, length=INTENT_LENGTH)
        types = set(workspace.entity_types.values_list("name", flat=True))
        kinds = islice(dict.fromkeys(self._type_names()), MOST_TYPES)
        self._kinds = usable_names(kinds, known=types, length=TYPE_LENGTH)

    def _type_names(self) -> Iterator[str]:
        entries: list[TypeEntry | ValueEntry | PatternEntry] = [
            *self._records.types,
            *self._records.values,
            *self._records.patterns,
        ]
        for entry in entries:
            yield entry.type
        for phrase in self._records.phrases:
            for _start, _end, name in phrase.entities:
                yield name

    def content(self) -> ImportContent:
        """Types first, then values and patterns, then the utterances."""
        utterances = [item for item in map(self._utterance, self._records.phrases) if item is not None]
        entries = [*self._types(), *self._values(), *self._patterns()]
        names = (*self._intents.items(), *self._kinds.items())
        self._findings.renamed = tuple(
            (quotable(name), usable) for name, usable in dict.fromkeys(names) if usable and name != usable
        )
        self._findings.remarks = tuple(
            Remark(quotable(note_words(note)), count)
            for note, count in self._records.notes.most_common(MOST_REMARKS)
        )
        return ImportContent(utterances=utterances, entries=entries, findings=self._findings)

    def _utterance(self, phrase: Phrase) -> NewUtterance | None:
        """The phrase as it can be stored; otherwise it is counted as refused."""
        try:
            intent = self._usable(self._intents, phrase.intent, MOST_INTENTS) if phrase.intent else ""
            spans = tuple(
                (start, end, self._usable(self._kinds, name, MOST_TYPES)) for start, end, name in phrase.entities
            )
            locale = phrase.locale
            if locale is None:
                locale = detect_locale(phrase.text, default=self._workspace.default_locale)
            example = Example(text=phrase.text, intent=intent, entities=spans, locale=locale)
            return replace(storable(example, phrase.line), file=phrase.file)
        except InvalidData as error:
            self._findings.refuse(phrase.line, str(error), phrase.file)
            return None

    def _usable(self, names: dict[str, str], name: str, most: int) -> str:
        """The name to use here; InvalidData if there is none."""
        if name not in names:
            raise InvalidData(too_many_names(most))
        if not names[name]:
            raise InvalidData(_("The name “%(name)s” has no letter or digit.") % {"name": name[:80]})
        return names[name]

    def _kind(self, entry: TypeEntry | ValueEntry | PatternEntry) -> str:
        """The entity type's name here; empty if there is none, which is counted."""
        try:
            return self._usable(self._kinds, entry.type, MOST_TYPES)
        except InvalidData as error:
            self._findings.refuse(entry.line, str(error), entry.file)
            return ""

    def _types(self) -> Iterator[TypeStep]:
        for entry in self._records.types:
            if name := self._kind(entry):
                yield TypeStep(name, entry.line, entry.file)

    def _values(self) -> Iterator[ValuesStep]:
        groups: dict[str, list[ValueEntry]] = {}
        for entry in self._records.values:
            groups.setdefault(entry.type, []).extend(self._storable_value(entry))
        for entries in groups.values():
            name = self._kind(entries[0]) if entries else ""
            if not name:
                continue
            items = [NewValue(one.value, one.synonyms, place) for place, one in enumerate(entries)]
            lists = sum(item.words for item in items)
            for piece in in_pieces(items):
                own = [entries[item.place] for item in piece]
                yield ValuesStep(
                    name,
                    tuple(replace(item, place=place) for place, item in enumerate(piece)),
                    tuple((one.line, one.file) for one in own),
                    lists,
                )
                lists = 0

    def _storable_value(self, entry: ValueEntry) -> Iterator[ValueEntry]:
        """The entry without what a database cannot have, which is counted as refused."""
        bad = [form for form in (entry.value, *entry.synonyms) if not is_storable(form)]
        for _form in bad:
            self._findings.refuse(entry.line, _("The text has characters that cannot be stored."), entry.file)
        if is_storable(entry.value):
            forms = tuple(form for form in entry.synonyms if is_storable(form)) if bad else entry.synonyms
            yield replace(entry, synonyms=forms)

    def _patterns(self) -> Iterator[TypeStep | PatternStep]:
        """What the types have as their pattern; several in a file are alternatives."""
        groups: dict[str, list[PatternEntry]] = {}
        for entry in self._records.patterns:
            groups.setdefault(entry.type, []).append(entry)
        for entries in groups.values():
            name = self._kind(entries[0])
            parts = self._usable_patterns(entries)
            if name and not parts:
                yield TypeStep(name, entries[0].line, entries[0].file)
            elif name:
                pattern = parts[0] if len(parts) == 1 else "|".join(f"(?:{part})" for part in parts)
                yield PatternStep(name, pattern, entries[0].line, entries[0].file)

    def _usable_patterns(self, entries: Sequence[PatternEntry]) -> list[str]:
        """The different expressions that RE2 takes; the others are counted as refused."""
        parts: dict[str, None] = {}
        for entry in entries:
            try:
                if not is_storable(entry.pattern):
                    raise InvalidPattern("malformed", quotable(entry.pattern))
                check_pattern(entry.pattern)
            except InvalidPattern as error:
                self._findings.refuse(entry.line, pattern_message(error), entry.file)
            else:
                parts[entry.pattern] = None
        return list(parts)

"""Loading a whole file of training data, in whichever form: recognised, read, named for here, and stored."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import BinaryIO, Final, Literal

from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.entities import create_entity_type, update_entity_type
from nlu.actions.import_words import file_words, note_words, problem_words
from nlu.actions.importing import (
    INTENT_LENGTH,
    MOST_ERRORS,
    MOST_INTENTS,
    MOST_LINES,
    MOST_TYPES,
    TYPE_LENGTH,
    ImportReport,
    LineError,
    Remark,
    import_utterances,
    rest_left_out,
    storable,
    store_all,
    too_many_names,
)
from nlu.actions.masking import pattern_message
from nlu.actions.utterances import NewUtterance
from nlu.actions.value_imports import NewValue, add_values
from nlu.errors import InvalidData, InvalidPattern, UnreadableFile
from nlu.formats.dialogflow_reader import read_dialogflow
from nlu.formats.names import usable_names
from nlu.formats.rasa_reader import read_rasa
from nlu.formats.recognition import HEAD_BYTES, recognised_format
from nlu.formats.records import FileFormat, Note, PatternEntry, Phrase, Problem, Record, TypeEntry, ValueEntry
from nlu.formats.yaml_sections import MOST_BYTES
from nlu.masking.patterns import check_pattern
from nlu.models import EntityType, Workspace
from nlu.models.intents import UtteranceSource
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

    CSV and JSON lines are read as `import_utterances` does. From Rasa and Dialogflow come entity types with their
    values and patterns as well; names that cannot be used here are changed and reported. InvalidData when the file
    as a whole cannot be read; then nothing is stored. Importing a file twice adds nothing.
    """
    if file_format == "auto":
        file.seek(0)
        file_format = recognised_format(name, file.read(HEAD_BYTES))
    file.seek(0)
    try:
        if file_format in ("csv", "jsonl"):
            return _import_lines(workspace, file, file_format, actor, progress)
        records = read_dialogflow(file) if file_format == "dialogflow" else read_rasa(file.read(MOST_BYTES + 1))
        content = _collected(records)
    except UnreadableFile as error:
        raise InvalidData(file_words(error)) from None
    return _Import(workspace, content, actor).run(progress)


def _import_lines(
    workspace: Workspace,
    file: BinaryIO,
    file_format: FileFormat,
    actor: Actor,
    progress: Callable[[int], None] | None,
) -> ImportReport:
    # No translation of line ends: a cell of a CSV file may have any of its own.
    lines = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        return import_utterances(
            workspace=workspace,
            lines=lines,
            file_format="csv" if file_format == "csv" else "jsonl",
            actor=actor,
            progress=progress,
        )
    except UnicodeDecodeError:
        raise UnreadableFile("not_utf8") from None
    finally:
        lines.detach()


@dataclass(slots=True)
class _Content:
    """A file's records by kind; `errors` holds the first problems, `rejected` counts them all."""

    phrases: list[Phrase] = field(default_factory=list)
    types: list[TypeEntry] = field(default_factory=list)
    values: list[ValueEntry] = field(default_factory=list)
    patterns: list[PatternEntry] = field(default_factory=list)
    notes: Counter[Note] = field(default_factory=Counter)
    errors: list[LineError] = field(default_factory=list)
    rejected: int = 0

    def refuse(self, line: int, message: str, file: str = "") -> None:
        """Count a part that is left out."""
        self.rejected += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(LineError(line=line, message=message, file=file))


def _collected(records: Iterable[Record]) -> _Content:
    """The records by kind, no more of each than a file may have."""
    content = _Content()
    entries = 0
    for one in records:
        match one:
            case Phrase():
                if len(content.phrases) >= MOST_LINES:
                    content.refuse(one.line, rest_left_out(MOST_LINES), one.file)
                    break
                content.phrases.append(one)
                continue
            case Problem():
                content.refuse(one.line, problem_words(one), one.file)
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
            content.refuse(
                one.line,
                _("The lists have more than %(count)d entries; the rest was left out.") % {"count": MOST_ENTRIES},
                one.file,
            )
            break
    return content


class _Import:
    """One file on its way into one workspace."""

    def __init__(self, workspace: Workspace, content: _Content, actor: Actor) -> None:
        self._workspace = workspace
        self._content = content
        self._actor = actor
        self._types = {kind.name: kind for kind in EntityType.objects.filter(workspace=workspace)}
        known = set(workspace.intents.values_list("name", flat=True))
        given = islice(dict.fromkeys(one.intent for one in content.phrases if one.intent), MOST_INTENTS)
        self._intents = usable_names(given, known=known, length=INTENT_LENGTH)
        kinds = islice(dict.fromkeys(self._type_names()), MOST_TYPES)
        self._kinds = usable_names(kinds, known=self._types.keys(), length=TYPE_LENGTH)

    def _type_names(self) -> Iterator[str]:
        entries: list[TypeEntry | ValueEntry | PatternEntry] = [
            *self._content.types,
            *self._content.values,
            *self._content.patterns,
        ]
        for entry in entries:
            yield entry.type
        for phrase in self._content.phrases:
            for _start, _end, name in phrase.entities:
                yield name

    def run(self, progress: Callable[[int], None] | None) -> ImportReport:
        """Store types first, then values and patterns, then the utterances."""
        content = self._content
        items = [item for item in map(self._utterance, range(len(content.phrases))) if item is not None]
        for entry in content.types:
            self._type(entry.line, entry.type, entry.file)
        values = self._store_values()
        patterns = self._store_patterns()
        added, duplicates = store_all(
            workspace=self._workspace, items=items, source=UtteranceSource.IMPORT, progress=progress
        )
        record(
            actor=self._actor,
            action="utterances.imported",
            target=self._workspace,
            workspace=self._workspace,
            summary=f"{added} added, {len(duplicates)} duplicates, {content.rejected} rejected, {values} values",
        )
        places = content.phrases
        names = (*self._intents.items(), *self._kinds.items())
        return ImportReport(
            added=added,
            duplicates=tuple(
                replace(one, place=places[one.place].line, file=places[one.place].file) for one in duplicates
            ),
            errors=tuple(content.errors),
            rejected=content.rejected,
            values=values,
            patterns=patterns,
            renamed=tuple(pair for pair in dict.fromkeys(names) if pair[1] and pair[0] != pair[1]),
            remarks=tuple(
                Remark(note_words(note), count) for note, count in content.notes.most_common(MOST_REMARKS)
            ),
        )

    def _utterance(self, number: int) -> NewUtterance | None:
        """The phrase as it can be stored; otherwise it is counted as refused."""
        phrase = self._content.phrases[number]
        try:
            intent = self._usable(self._intents, phrase.intent, MOST_INTENTS) if phrase.intent else ""
            spans = tuple(
                (start, end, self._usable(self._kinds, name, MOST_TYPES)) for start, end, name in phrase.entities
            )
            locale = phrase.locale
            if locale is None:
                locale = detect_locale(phrase.text, default=self._workspace.default_locale)
            return storable(Example(text=phrase.text, intent=intent, entities=spans, locale=locale), number)
        except InvalidData as error:
            self._content.refuse(phrase.line, str(error), phrase.file)
            return None

    def _usable(self, names: dict[str, str], name: str, most: int) -> str:
        """The name to use here; InvalidData if there is none."""
        if name not in names:
            raise InvalidData(too_many_names(most))
        if not names[name]:
            raise InvalidData(_("The name “%(name)s” has no letter or digit.") % {"name": name[:80]})
        return names[name]

    def _type(self, line: int, name: str, file: str) -> EntityType | None:
        """The entity type of this name in the file, made if missing; None if it cannot be, which is counted."""
        try:
            usable = self._usable(self._kinds, name, MOST_TYPES)
            if usable not in self._types:
                self._types[usable] = create_entity_type(workspace=self._workspace, name=usable, actor=self._actor)
        except InvalidData as error:
            self._content.refuse(line, str(error), file)
            return None
        return self._types[usable]

    def _store_values(self) -> int:
        """Add the values to their types; how many values and synonyms were new."""
        groups: dict[str, list[NewValue]] = {}
        entries = self._content.values
        for place, entry in enumerate(entries):
            groups.setdefault(entry.type, []).append(NewValue(entry.value, entry.synonyms, place))
        count = 0
        for name, items in groups.items():
            first = entries[items[0].place]
            kind = self._type(first.line, name, first.file)
            if kind is None:
                continue
            added = add_values(entity_type=kind, items=items, actor=self._actor)
            count += added.values + added.synonyms
            for place, message in added.refused:
                self._content.refuse(entries[place].line, message, entries[place].file)
        return count

    def _store_patterns(self) -> int:
        """Give the types their patterns; how many got one. A type keeps the pattern that it has."""
        groups: dict[str, list[PatternEntry]] = {}
        for entry in self._content.patterns:
            groups.setdefault(entry.type, []).append(entry)
        return sum(self._store_pattern(name, entries) for name, entries in groups.items())

    def _store_pattern(self, name: str, entries: Sequence[PatternEntry]) -> bool:
        first = entries[0]
        kind = self._type(first.line, name, first.file)
        parts = self._usable_patterns(entries)
        pattern = parts[0] if len(parts) == 1 else "|".join(f"(?:{part})" for part in parts)
        if kind is None or not parts or kind.pattern == pattern:
            return False
        try:
            if kind.pattern:
                raise InvalidData(_("“%(name)s” has another pattern already, which stays.") % {"name": kind.name})
            self._types[kind.name] = update_entity_type(
                entity_type=kind, name=kind.name, title=kind.title, pattern=pattern, actor=self._actor
            )
        except InvalidData as error:
            self._content.refuse(first.line, str(error), first.file)
            return False
        return True

    def _usable_patterns(self, entries: Sequence[PatternEntry]) -> list[str]:
        """The different expressions that RE2 takes; the others are counted as refused."""
        parts: dict[str, None] = {}
        for entry in entries:
            try:
                if "\x00" in entry.pattern:
                    raise InvalidPattern("malformed", "NUL")
                check_pattern(entry.pattern)
            except InvalidPattern as error:
                self._content.refuse(entry.line, pattern_message(error), entry.file)
            else:
                parts[entry.pattern] = None
        return list(parts)

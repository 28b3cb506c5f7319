"""From rows to files of training data, and what each form of file cannot carry."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, BinaryIO, Final, cast

from django.db.models import QuerySet

from nlu.formats.dialogflow_names import SYSTEM_NAMES, locale_of
from nlu.formats.dialogflow_writer import is_composite, write_dialogflow
from nlu.formats.line_writers import csv_lines, json_lines
from nlu.formats.rasa_lists import unwritable_words
from nlu.formats.rasa_writer import rasa_lines, rasa_loss, writable_pattern
from nlu.formats.records import EntityKind, FileFormat, KindValue
from nlu.models import EntityAnnotation, EntityType, Utterance, Workspace
from nlu.models.intents import UtteranceSource
from nlu.types import Example

CHUNK: Final = 1000
HELD_BYTES: Final = 4 << 20
FIRST_ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class Losses:
    """What one form of file cannot carry of a workspace's training data.

    left_out: utterances that are not written, of which `first_left_out` are the first; without_marks: utterances
    that are written, some of their marks not (in Rasa's form: where only this product looks for them);
    without_locale: utterances that come back with the workspace's language; types: names of entity types whose
    lists or patterns are not written in full; unlabelled: generated utterances of which the file
    cannot say that they are.
    """

    left_out: int = 0
    first_left_out: tuple[Utterance, ...] = ()
    without_marks: int = 0
    without_locale: int = 0
    types: tuple[str, ...] = ()
    unlabelled: int = 0

    @property
    def nothing(self) -> bool:
        """Whether everything is carried."""
        return self == Losses()


def exported_rows(workspace: Workspace, intent_id: int | None = None) -> QuerySet[Utterance]:
    """The utterances, of one intent if it is given, in the order of a file: those of a language together."""
    rows = Utterance.objects.filter(workspace=workspace)
    if intent_id is not None:
        rows = rows.filter(intent_id=intent_id)
    return rows.order_by("intent__name", "locale", "id")


def examples_of(rows: QuerySet[Utterance]) -> Iterator[Example]:
    """The rows as examples."""
    return (example for _number, example in numbered_examples(rows))


def numbered_examples(rows: QuerySet[Utterance]) -> Iterator[tuple[int, Example]]:
    """Each row's number and the row as an example with its marks, read a thousand at a time."""
    columns = ("id", "text", "intent__name", "locale", "source", "made_from")
    values = rows.values_list(*columns).iterator(chunk_size=CHUNK)
    while batch := list(islice(values, CHUNK)):
        marks: dict[int, list[tuple[int, int, str]]] = {}
        found = EntityAnnotation.objects.filter(utterance_id__in=[row[0] for row in batch]).order_by("start")
        for number, start, end, name in found.values_list("utterance_id", "start", "end", "entity_type__name"):
            marks.setdefault(number, []).append((start, end, name))
        for number, text, intent, locale, source, made_from in batch:
            yield (
                number,
                Example(
                    text=text,
                    intent=intent or "",
                    entities=tuple(marks.get(number, ())),
                    locale=locale,
                    generated=source == UtteranceSource.GENERATED,
                    made_from=tuple(made_from),
                ),
            )


def entity_kinds(workspace: Workspace) -> list[EntityKind]:
    """The workspace's entity types with their lists and patterns, by name."""
    types = EntityType.objects.filter(workspace=workspace).prefetch_related("values__synonyms").order_by("name")
    return [
        EntityKind(
            name=kind.name,
            values=tuple(
                KindValue(value.value, tuple(synonym.text for synonym in value.synonyms.all()))
                for value in kind.values.all()
            ),
            pattern=kind.pattern,
        )
        for kind in types
    ]


def text_lines(workspace: Workspace, file_format: FileFormat, intent_id: int | None = None) -> Iterator[str]:
    """The file piece by piece. ValueError for Dialogflow, whose files are no text."""
    examples = examples_of(exported_rows(workspace, intent_id))
    if file_format == "csv":
        return csv_lines(examples)
    if file_format == "jsonl":
        return json_lines(examples)
    if file_format == "rasa":
        return rasa_lines(examples, entity_kinds(workspace))
    raise ValueError(file_format)


def dialogflow_file(workspace: Workspace, intent_id: int | None = None) -> IO[bytes]:
    """The agent in a temporary file, at its start; whoever takes it closes it."""
    file = tempfile.SpooledTemporaryFile(HELD_BYTES)  # noqa: SIM115 - handed over
    write_agent(cast("BinaryIO", file), workspace, intent_id)
    file.seek(0)
    return file


def write_agent(file: BinaryIO, workspace: Workspace, intent_id: int | None = None) -> None:
    """Write the agent of Dialogflow ES into a file that can be written anywhere."""
    write_dialogflow(
        file,
        name=workspace.name,
        locale=workspace.default_locale,
        examples=examples_of(exported_rows(workspace, intent_id)),
        kinds=entity_kinds(workspace),
    )


def losses_of(workspace: Workspace, intent_id: int | None = None) -> dict[FileFormat, Losses]:
    """What each form cannot carry, found in one reading of the data."""
    kinds = entity_kinds(workspace)
    counts: Counter[str] = Counter()
    first: list[int] = []
    seen: set[str] = set()
    for number, example in numbered_examples(exported_rows(workspace, intent_id)):
        seen.update(name for _start, _end, name in example.entities)
        counts["marked"] += bool(example.entities)
        counts["no_locale"] += locale_of(example.locale) is None
        counts["generated"] += example.generated
        loss = rasa_loss(example)
        counts[loss] += 1
        if loss == "text" and len(first) < FIRST_ROWS:
            first.append(number)
    filled = tuple(kind.name for kind in kinds if kind.values or kind.pattern)
    rasa = unwritable_words(kinds).keys() | {
        kind.name for kind in kinds if kind.pattern and not writable_pattern(kind.pattern)
    }
    dialogflow = {kind.name for kind in kinds if _is_thinned(kind, seen)}
    return {
        "jsonl": Losses(types=filled),
        "csv": Losses(without_marks=counts["marked"], types=filled),
        "rasa": Losses(
            left_out=counts["text"],
            first_left_out=tuple(Utterance.objects.filter(pk__in=first).order_by("pk")),
            without_marks=counts["marks"],
            types=tuple(sorted(rasa)),
            unlabelled=counts["generated"],
        ),
        "dialogflow": Losses(
            without_locale=counts["no_locale"],
            types=tuple(sorted(dialogflow)),
            unlabelled=counts["generated"],
        ),
    }


def _is_thinned(kind: EntityKind, seen: set[str]) -> bool:
    """Whether Dialogflow takes only a part: no pattern beside values, no references, no unused built-in."""
    if not kind.values and not kind.pattern:
        return kind.name in SYSTEM_NAMES and kind.name not in seen
    return bool(kind.values and kind.pattern) or any(map(is_composite, kind.values))

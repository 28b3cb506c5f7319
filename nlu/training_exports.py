"""From rows to files of training data, and what each form of file cannot carry."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO, Final, cast

from django.db.models import QuerySet

from nlu.formats.dialogflow_names import SYSTEM_NAMES, locale_of
from nlu.formats.dialogflow_writer import is_composite, write_dialogflow
from nlu.formats.line_writers import csv_lines, json_lines
from nlu.formats.rasa_lists import unwritable_words
from nlu.formats.rasa_writer import fits_rasa, loses_marks, rasa_lines, writable_pattern
from nlu.formats.records import EntityKind, FileFormat, KindValue
from nlu.models import EntityType, Utterance, Workspace
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
    lists or patterns are not written in full.
    """

    left_out: int = 0
    first_left_out: tuple[Utterance, ...] = ()
    without_marks: int = 0
    without_locale: int = 0
    types: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether everything is carried."""
        return self == Losses()


def exported_rows(workspace: Workspace, intent_id: int | None = None) -> QuerySet[Utterance]:
    """The utterances, of one intent if it is given, in the order of a file: those of a language together."""
    rows = Utterance.objects.filter(workspace=workspace)
    if intent_id is not None:
        rows = rows.filter(intent_id=intent_id)
    rows = rows.select_related("intent").prefetch_related("annotations__entity_type")
    return rows.order_by("intent__name", "locale", "id")


def examples_of(rows: QuerySet[Utterance]) -> Iterator[Example]:
    """The rows as examples, read a thousand at a time."""
    return map(example_of_row, rows.iterator(chunk_size=CHUNK))


def example_of_row(row: Utterance) -> Example:
    """A row with its marks, its annotations fetched before."""
    return Example(
        text=row.text,
        intent=row.intent.name if row.intent else "",
        entities=tuple((mark.start, mark.end, mark.entity_type.name) for mark in row.annotations.all()),
        locale=row.locale,
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
    counts = {"marked": 0, "hidden": 0, "left_out": 0, "no_locale": 0}
    first: list[Utterance] = []
    seen: set[str] = set()
    for row in exported_rows(workspace, intent_id).iterator(chunk_size=CHUNK):
        example = example_of_row(row)
        seen.update(name for _start, _end, name in example.entities)
        counts["marked"] += bool(example.entities)
        counts["no_locale"] += locale_of(example.locale) is None
        if "[" in example.text or example.entities:
            if not fits_rasa(example):
                counts["left_out"] += 1
                first += [row] if len(first) < FIRST_ROWS else []
            else:
                counts["hidden"] += loses_marks(example)
    filled = tuple(kind.name for kind in kinds if kind.values or kind.pattern)
    rasa = unwritable_words(kinds).keys() | {
        kind.name for kind in kinds if kind.pattern and not writable_pattern(kind.pattern)
    }
    dialogflow = {kind.name for kind in kinds if _is_thinned(kind, seen)}
    return {
        "jsonl": Losses(types=filled),
        "csv": Losses(without_marks=counts["marked"], types=filled),
        "rasa": Losses(
            left_out=counts["left_out"],
            first_left_out=tuple(first),
            without_marks=counts["hidden"],
            types=tuple(sorted(rasa)),
        ),
        "dialogflow": Losses(without_locale=counts["no_locale"], types=tuple(sorted(dialogflow))),
    }


def _is_thinned(kind: EntityKind, seen: set[str]) -> bool:
    """Whether Dialogflow takes only a part: no pattern beside values, no references, no unused built-in."""
    if not kind.values and not kind.pattern:
        return kind.name in SYSTEM_NAMES and kind.name not in seen
    return bool(kind.values and kind.pattern) or any(map(is_composite, kind.values))

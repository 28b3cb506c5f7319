"""Loading training data from files: every line is checked, a bad one is reported by number and skipped."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nlu.actions.audit import Actor, record
from nlu.actions.utterances import TEXT_LENGTH, Duplicate, NewUtterance, chunks, store_chunk
from nlu.errors import InvalidData, InvalidExample
from nlu.models import Workspace
from nlu.models.intents import UtteranceSource
from nlu.training.dataset import example_of, read_example
from nlu.types import Example

# The codes of `nlu.training.dataset.PROBLEMS` for people who read files in the console.
WORDS = {
    "not_json": gettext_lazy("This is not JSON."),
    "not_object": gettext_lazy("This is not a JSON object."),
    "no_text": gettext_lazy("“%(field)s” must be a text that is not empty."),
    "not_text": gettext_lazy("“%(field)s” must be a text."),
    "not_names": gettext_lazy("“%(field)s” must be a list of names."),
    "not_spans": gettext_lazy("“%(field)s” must be a list of [start, end, type]."),
    "bad_span": gettext_lazy("A mark must be [start, end, type], and start and end must lie within the text."),
    "uneven_tags": gettext_lazy("“tokens” and “tags” must be lists of the same length."),
    "bad_tags": gettext_lazy(
        "The tokens must occur in the text in this order, each with a tag “O”, “B-…” or “I-…”."
    ),
    "unknown_context": gettext_lazy("“%(field)s” must be an object with fields that are known."),
}
FileFormat = Literal["jsonl", "csv"]
MOST_LINES = 500_000
MOST_ERRORS = 200
INTENT_LENGTH = 120
LOCALE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with one line."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `errors` holds the first ones; `rejected` counts them all."""

    added: int
    duplicates: tuple[Duplicate, ...]
    errors: tuple[LineError, ...]
    rejected: int


def import_utterances(
    *,
    workspace: Workspace,
    lines: Iterable[str],
    file_format: FileFormat,
    actor: Actor,
    source: str = UtteranceSource.IMPORT,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Add the utterances of a file to the workspace, in transactions of at most 200 rows.

    JSONL lines are `{"text"[, "intent"][, "entities": [[start, end, type]]][, "tokens", "tags"][, "locale"]}`;
    CSV needs the columns text and intent (locale is optional). A line without an intent is an example of out of
    scope. `progress` is told after each transaction how many lines are done. Importing a file twice adds nothing.
    """
    good: list[NewUtterance] = []
    errors: list[LineError] = []
    rejected = 0
    for number, outcome in read_lines(lines, file_format):
        if isinstance(outcome, NewUtterance):
            good.append(outcome)
            continue
        rejected += 1
        if len(errors) < MOST_ERRORS:
            errors.append(LineError(line=number, message=outcome))
    added = 0
    duplicates: list[Duplicate] = []
    done = 0
    for piece in chunks(good):
        stored = store_chunk(workspace=workspace, items=piece, source=source)
        added += stored.added
        duplicates.extend(stored.duplicates)
        done += len(piece)
        if progress is not None:
            progress(done)
    record(
        actor=actor,
        action="utterances.imported",
        target=workspace,
        workspace=workspace,
        summary=f"{added} added, {len(duplicates)} duplicates, {rejected} rejected",
    )
    return ImportReport(added=added, duplicates=tuple(duplicates), errors=tuple(errors), rejected=rejected)


def read_lines(lines: Iterable[str], file_format: FileFormat) -> Iterator[tuple[int, NewUtterance | str]]:
    """(line number, utterance or what is wrong) for each line that is not blank."""
    for number, outcome in read_examples(lines, file_format):
        if isinstance(outcome, str):
            yield number, outcome
            continue
        try:
            yield number, storable(outcome, number)
        except InvalidData as error:
            yield number, str(error)


def read_examples(
    lines: Iterable[str], file_format: FileFormat, *, most_lines: int = MOST_LINES
) -> Iterator[tuple[int, Example | str]]:
    """(line number, example or what is wrong) for each line that is not blank; no more than `most_lines`."""
    if file_format == "csv":
        yield from read_csv(lines)
        return
    for number, line in enumerate(lines, start=1):
        if number > most_lines:
            yield (
                number,
                _("The file has more than %(count)d lines; the rest was left out.") % {"count": most_lines},
            )
            return
        if line.strip():
            yield number, checked(partial(read_example, line, f"line {number}"))


def read_csv(lines: Iterable[str]) -> Iterator[tuple[int, Example | str]]:
    """The same for CSV with a header line."""
    reader = csv.DictReader(line.removeprefix("\ufeff") for line in lines)
    if "text" not in (reader.fieldnames or ()):
        yield 1, _("The first line must name the columns text and intent.")
        return
    try:
        for row in reader:
            number = reader.line_num
            fields = {name: row.get(name) for name in ("text", "intent", "locale")}
            yield number, checked(partial(example_of, fields, f"line {number}"))
    except csv.Error as error:
        yield reader.line_num, _("Not readable as CSV: %(problem)s") % {"problem": error}


def checked(read: Callable[[], Example]) -> Example | str:
    """The example that `read` gives, else what is wrong."""
    try:
        return read()
    except InvalidExample as error:
        return str(WORDS[error.code]) % {"field": error.field}


def storable(example: Example, number: int) -> NewUtterance:
    """An example as the database can keep it; InvalidData names what does not fit."""
    text = example.text.strip()
    if len(text) > TEXT_LENGTH:
        raise InvalidData(_("The text is longer than %(count)d characters.") % {"count": TEXT_LENGTH})
    if any(character == "\x00" or 0xD800 <= ord(character) <= 0xDFFF for character in text + example.intent):
        raise InvalidData(_("The text has characters that cannot be stored."))
    if len(example.intent) > INTENT_LENGTH or len(example.locale) > LOCALE_LENGTH:
        raise InvalidData(_("The name of the intent or of the language is too long."))
    if len(example.intents) > 1:
        raise InvalidData(_("An utterance teaches one intent here."))
    spans = example.entities
    if any(left[1] > right[0] for left, right in pairwise(spans)):
        raise InvalidData(_("Two marks overlap."))
    shift = len(example.text) - len(example.text.lstrip())
    return NewUtterance(
        text=text,
        intent=example.intent.strip(),
        entities=tuple((start - shift, end - shift, name) for start, end, name in spans),
        locale=example.locale,
        place=number,
    )

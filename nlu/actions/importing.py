"""Loading training data from files: every line is checked, a bad one is reported by number and skipped."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nlu.actions.audit import Actor
from nlu.actions.import_reports import Findings, ImportReport, is_storable
from nlu.actions.import_steps import ImportContent, store_content
from nlu.actions.utterances import TEXT_LENGTH, NewUtterance
from nlu.errors import InvalidData, InvalidExample
from nlu.formats.cells import bare_cell
from nlu.models import Workspace
from nlu.models.intents import UtteranceSource
from nlu.training.dataset import example_of, read_example
from nlu.types import OUT_OF_SCOPE, Example

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
    "not_origin": gettext_lazy("“%(field)s” must be a list of texts."),
}
LineFormat = Literal["jsonl", "csv"]
MOST_LINES = 500_000
# Different names that one file may use: more than anybody can teach, few enough for every list of the console.
MOST_INTENTS = 5000
MOST_TYPES = 1000
INTENT_LENGTH = 120
LOCALE_LENGTH = 12
# Texts that a generated one is known to be made from; who needs more was made from everything.
MOST_ORIGINS = 20
TYPE_LENGTH = 60


def import_utterances(
    *,
    workspace: Workspace,
    lines: Iterable[str],
    file_format: LineFormat,
    actor: Actor,
    source: str = UtteranceSource.IMPORT,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Add the utterances of a file to the workspace, in short transactions.

    JSONL lines are `{"text"[, "intent"][, "entities": [[start, end, type]]][, "tokens", "tags"][, "locale"]}`;
    CSV needs the columns text and intent (locale is optional). A line without an intent is an example of out of
    scope. A line that says "generated" stays so, whatever `source` is. `progress` is told after each transaction
    how many lines are done. Importing a file twice adds nothing.
    """
    content = read_content(lines, file_format)
    return store_content(workspace=workspace, content=content, actor=actor, source=source, progress=progress)


def read_content(lines: Iterable[str], file_format: LineFormat) -> ImportContent:
    """The utterances of the lines, and what is wrong with the others."""
    good: list[NewUtterance] = []
    findings = Findings()
    for number, outcome in read_lines(lines, file_format):
        if isinstance(outcome, NewUtterance):
            good.append(outcome)
        else:
            findings.refuse(number, outcome)
    return ImportContent(utterances=good, findings=findings)


def read_lines(lines: Iterable[str], file_format: LineFormat) -> Iterator[tuple[int, NewUtterance | str]]:
    """(line number, utterance or what is wrong) for each line that is not blank."""
    intents: set[str] = set()
    types: set[str] = set()
    for number, outcome in read_examples(lines, file_format):
        if isinstance(outcome, str):
            yield number, outcome
            continue
        try:
            item = storable(outcome, number)
            intents.add(item.intent)
            types.update(name for _start, _end, name in item.entities)
            for names, most in ((intents, MOST_INTENTS), (types, MOST_TYPES)):
                if len(names) > most:
                    names -= {item.intent, *(name for _start, _end, name in item.entities)}
                    raise InvalidData(too_many_names(most))
            yield number, item
        except InvalidData as error:
            yield number, str(error)


def too_many_names(most: int) -> str:
    """What is said of a line with one more name of an intent or an entity type."""
    return _("The file has more than %(count)d different names; the rest was left out.") % {"count": most}


def read_examples(
    lines: Iterable[str], file_format: LineFormat, *, most_lines: int = MOST_LINES
) -> Iterator[tuple[int, Example | str]]:
    """(line number, example or what is wrong) for each line that is not blank; no more than `most_lines`."""
    if file_format == "csv":
        yield from read_csv(lines, most_lines)
        return
    for number, line in enumerate(lines, start=1):
        if number > most_lines:
            yield number, rest_left_out(most_lines)
            return
        if line.strip():
            yield number, checked(partial(read_example, line, f"line {number}"))


def rest_left_out(most: int) -> str:
    """What is said of the first line too many."""
    return _("The file has more than %(count)d lines; the rest was left out.") % {"count": most}


def read_csv(lines: Iterable[str], most_lines: int) -> Iterator[tuple[int, Example | str]]:
    """The same for CSV with a header line."""
    reader = csv.DictReader(line.removeprefix("\ufeff") for line in lines)
    if "text" not in (reader.fieldnames or ()):
        yield 1, _("The first line must name the columns text and intent.")
        return
    try:
        for row in reader:
            number = reader.line_num
            if number > most_lines:
                yield number, rest_left_out(most_lines)
                return
            # Cells that a spreadsheet program would calculate are written with an apostrophe before them.
            fields = {name: bare_cell(row.get(name) or "") for name in ("text", "intent", "locale", "generated")}
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
    names = "".join(name for _start, _end, name in example.entities)
    origin = "".join(example.made_from)
    written = text + example.intent + example.locale + names + origin
    if not is_storable(written):
        raise InvalidData(_("The text has characters that cannot be stored."))
    if len(example.intent) > INTENT_LENGTH or len(example.locale) > LOCALE_LENGTH:
        raise InvalidData(_("The name of the intent or of the language is too long."))
    if any(len(name) > TYPE_LENGTH for _start, _end, name in example.entities):
        raise InvalidData(
            _("The name of an entity type is longer than %(count)d characters.") % {"count": TYPE_LENGTH}
        )
    if len(example.intents) > 1:
        raise InvalidData(_("An utterance teaches one intent here."))
    spans = example.entities
    if any(left[1] > right[0] for left, right in pairwise(spans)):
        raise InvalidData(_("Two marks overlap."))
    intent = example.intent.strip()
    return NewUtterance(
        text=text,
        intent="" if intent == OUT_OF_SCOPE else intent,
        entities=tuple(stripped_spans(example.text, spans)),
        locale=example.locale,
        place=number,
        generated=example.generated,
        made_from=told_origins(example.made_from),
    )


def told_origins(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts; none, so that any may have taught it, if they are more, or longer, than can be kept."""
    if len(texts) > MOST_ORIGINS or any(len(text) > TEXT_LENGTH for text in texts):
        return ()
    return texts


def stripped_spans(text: str, spans: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The spans where they stand once the blanks around the text are gone; one of blanks alone is gone as well."""
    shift = len(text) - len(text.lstrip())
    length = len(text.strip())
    for start, end, name in spans:
        left, right = max(start - shift, 0), min(end - shift, length)
        if left < right:
            yield left, right, name

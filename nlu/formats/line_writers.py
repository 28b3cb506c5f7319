"""Writes utterances one a line: JSON with marks, or CSV for spreadsheets."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Final

from nlu.formats.cells import guarded_cell
from nlu.types import Example

CSV_COLUMNS: Final = ("text", "intent", "locale", "generated")


class _Echo:
    """A file that hands every write back, so that csv.writer can feed a stream."""

    def write(self, value: str) -> str:
        return value


def json_lines(examples: Iterable[Example]) -> Iterator[str]:
    """One object a line; an example of out of scope has no intent, spans are [start, end, type]."""
    for example in examples:
        record: dict[str, object] = {"text": example.text}
        if example.intent:
            record["intent"] = example.intent
        if example.locale:
            record["locale"] = example.locale
        if example.entities:
            record["entities"] = example.entities
        if example.generated:
            record["generated"] = True
            record["made_from"] = example.made_from
        yield json.dumps(record, ensure_ascii=False) + "\n"


def csv_lines(examples: Iterable[Example]) -> Iterator[str]:
    """A header and one row an example. Starts with a byte order mark, so that Excel reads UTF-8.

    What a generated example was made from is not in it; whoever reads it back takes that for unknown.
    """
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow(CSV_COLUMNS))
    for example in examples:
        row = (example.text, example.intent, example.locale, "yes" if example.generated else "")
        yield str(writer.writerow([guarded_cell(cell) for cell in row]))

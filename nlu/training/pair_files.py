"""Files of question pairs that people hand over: CSV with a head, or JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, TextIO

from nlu.errors import InvalidPair
from nlu.training.question_pairs import QuestionPair

FIRST: Final = ("q1", "text1", "first", "question1", "text")
SECOND: Final = ("q2", "text2", "second", "question2", "pair")
LABEL: Final = ("label", "same")
SAME: Final = frozenset({"1", "true", "yes", "same", "是", ""})
DIFFERENT: Final = frozenset({"0", "false", "no", "different", "否"})
MOST_LINES: Final = 50_000


def read_pairs(file: TextIO, *, is_csv: bool) -> Iterator[QuestionPair]:
    """The pairs of a file, not masked yet; without a label two questions mean the same.

    Columns or keys are q1, q2 and label (1 or 0); other usual names are understood. Raises InvalidPair at the
    first line that is none, or after `MOST_LINES`.
    """
    for count, (line, record) in enumerate(_csv_records(file) if is_csv else _json_records(file), start=1):
        if count > MOST_LINES:
            raise InvalidPair("too_many", line)
        yield _pair(record, line)


def _csv_records(file: TextIO) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(file)
    try:
        names = [str(name).strip().lower() for name in reader.fieldnames or ()]
        if not any(name in names for name in FIRST) or not any(name in names for name in SECOND):
            raise InvalidPair("no_columns", 1)
        reader.fieldnames = names
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InvalidPair("not_csv", reader.line_num) from error


def _json_records(file: TextIO) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, content in enumerate(file, start=1):
        if not content.strip():
            continue
        try:
            record = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise InvalidPair("not_json", line) from error
        if not isinstance(record, dict):
            raise InvalidPair("not_json", line)
        yield line, record


def _pair(record: Mapping[str, Any], line: int) -> QuestionPair:
    first, second = (_text(record, names, line) for names in (FIRST, SECOND))
    label = next((record[name] for name in LABEL if record.get(name) is not None), 1)
    word = str(label).strip().lower()
    if word not in SAME | DIFFERENT:
        raise InvalidPair("label", line)
    return QuestionPair(first, second, word in SAME)


def _text(record: Mapping[str, Any], names: tuple[str, ...], line: int) -> str:
    value = next((record[name] for name in names if record.get(name)), None)
    if not isinstance(value, str) or not value.strip():
        raise InvalidPair("no_text", line)
    text = value.strip()
    if any(character == "\x00" or 0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise InvalidPair("characters", line)
    return text

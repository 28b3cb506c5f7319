"""Pairs of questions with or without the same meaning, from JSON lines."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from nlu.errors import InvalidData
from nlu.training.masked import Mask

LONGEST_QUESTION = 500
"""Characters of a question that an encoder learns from; which text it is, is told by the whole."""
FEWEST_PAIRS = 50


@dataclass(frozen=True, slots=True)
class QuestionPair:
    """Two questions and whether they mean the same.

    meaning: the name of what the first means, if it is known; questions of one name never count as different.
    """

    first: str
    second: str
    same: bool
    meaning: str = ""


def load_pairs(paths: Sequence[str | Path], mask: Mask) -> tuple[QuestionPair, ...]:
    """All pairs of the files, lines {"q1", "q2"[, "label"]} with label 1 (the default) for the same meaning or 0.

    A name that ends in `.gz` is unpacked. Texts are masked as a chat would mask them. Raises InvalidData naming
    the file and line of the first mistake, or when there are fewer than `FEWEST_PAIRS` of one meaning.
    """
    pairs = tuple(pair for path in paths for pair in _read(Path(path), mask))
    same = sum(pair.same for pair in pairs)
    if same < FEWEST_PAIRS:
        raise InvalidData(f"{same} pairs have the same meaning; at least {FEWEST_PAIRS} are needed")
    return pairs


def _read(path: Path, mask: Mask) -> Iterator[QuestionPair]:
    number = 0
    try:
        with _opened(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _pair(line, f"{path.name}, line {number}", mask)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InvalidData(
            f"{path.name}, after line {number}: cannot be read as UTF-8 text ({type(error).__name__})"
        ) from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _pair(line: str, place: str, mask: Mask) -> QuestionPair:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidData(f"{place}: not JSON") from error
    if not isinstance(record, dict):
        raise InvalidData(f"{place}: not a JSON object")
    texts = [record.get(name) for name in ("q1", "q2")]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise InvalidData(f'{place}: "q1" and "q2" must be non-empty strings')
    label = record.get("label", 1)
    if label not in (0, 1) or isinstance(label, float):
        raise InvalidData(f'{place}: "label" must be 1 or 0')
    first, second = (mask(str(text)).text for text in texts)
    return QuestionPair(first, second, bool(label))

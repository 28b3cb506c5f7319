"""What an import did: counted step by step, told at its end."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import Any, Final, Self

MOST_ERRORS: Final = 2000
"""Problems that a report names; it counts them all."""
NAMED_DUPLICATES: Final = 10
"""Texts that the report of a run names of those that were there already; it counts them all."""
LONGEST_WORDS: Final = 300
"""Characters of anything that a report quotes."""
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether a database, and a page in UTF-8, can have the text."""
    return _UNSTORABLE.search(text) is None


def without_odd(text: str) -> str:
    """The text with a sign in the place of each character that cannot be stored."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def quotable(text: str) -> str:
    """As much of a text, whatever is in it, as a report can quote."""
    return without_odd(text[:LONGEST_WORDS])


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with one line; in an archive with one place of `file`."""

    line: int
    message: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was read in another way than it was written, `count` times."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A text that the workspace already has, with the intent that it teaches there.

    `place` is its line; in an archive the place within `file`.
    """

    place: int
    text: str
    intent: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `errors` holds the first ones; `rejected` counts them all.

    `values` counts the values and synonyms that entity types got, `patterns` their patterns; `renamed` are
    (name in the file, name here) of intents and entity types.
    """

    added: int
    duplicates: tuple[Duplicate, ...]
    errors: tuple[LineError, ...]
    rejected: int
    values: int = 0
    patterns: int = 0
    renamed: tuple[tuple[str, str], ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one step of an import did; `done` is how many utterances or entries of lists it looked at."""

    done: int
    added: int = 0
    duplicates: tuple[Duplicate, ...] = ()
    refused: tuple[LineError, ...] = ()
    values: int = 0
    patterns: int = 0


@dataclass(slots=True)
class Findings:
    """What a report names, without the counts of what was stored: JSON and back, for the row of a run.

    Everything that is named passes through `words`, which bounds it.
    """

    errors: list[LineError] = field(default_factory=list)
    rejected: int = 0
    duplicates: list[Duplicate] = field(default_factory=list)
    renamed: tuple[tuple[str, str], ...] = ()
    remarks: tuple[Remark, ...] = ()
    words: Callable[[str], str] = quotable

    def refuse(self, line: int, message: str, file: str = "") -> None:
        """Count a part that is left out."""
        self.rejected += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(LineError(line=line, message=self.words(message), file=self.words(file)))

    def add(self, outcome: Outcome) -> None:
        """Name what a step found."""
        for error in outcome.refused:
            self.refuse(error.line, error.message, error.file)
        room = max(NAMED_DUPLICATES - len(self.duplicates), 0)
        self.duplicates.extend(
            Duplicate(one.place, self.words(one.text), one.intent, self.words(one.file))
            for one in outcome.duplicates[:room]
        )

    def with_outcome(self, outcome: Outcome) -> Self:
        """These and what a step found; itself where there is nothing new to name."""
        if not outcome.refused and (not outcome.duplicates or len(self.duplicates) >= NAMED_DUPLICATES):
            return self
        more = replace(self, errors=list(self.errors), duplicates=list(self.duplicates))
        more.add(outcome)
        return more

    def in_words(self, words: Callable[[str], str]) -> Self:
        """The same, named by other `words`."""
        return replace(
            self,
            errors=[LineError(one.line, words(one.message), words(one.file)) for one in self.errors],
            duplicates=[
                Duplicate(one.place, words(one.text), one.intent, words(one.file)) for one in self.duplicates
            ],
            renamed=tuple((words(name), words(usable)) for name, usable in self.renamed),
            remarks=tuple(Remark(words(one.text), one.count) for one in self.remarks),
            words=words,
        )

    def to_json(self) -> dict[str, Any]:
        """What the row keeps; `rejected` has a column of its own."""
        return {
            "errors": [astuple(one) for one in self.errors],
            "duplicates": [astuple(one) for one in self.duplicates],
            "renamed": self.renamed,
            "remarks": [astuple(one) for one in self.remarks],
        }

    @classmethod
    def from_json(
        cls,
        kept: Mapping[str, Sequence[Sequence[Any]]],
        *,
        rejected: int,
        words: Callable[[str], str] = quotable,
    ) -> Self:
        """Inverse of `to_json`."""
        return cls(
            errors=[LineError(*one) for one in kept["errors"]],
            rejected=rejected,
            duplicates=[Duplicate(*one) for one in kept["duplicates"]],
            renamed=tuple((name, usable) for name, usable in kept["renamed"]),
            remarks=tuple(Remark(*one) for one in kept["remarks"]),
            words=words,
        )

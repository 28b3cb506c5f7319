"""What a reader finds in a file, one record after the other, and the codes of what can be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FileFormat = Literal["csv", "jsonl", "rasa", "dialogflow"]

ProblemCode = Literal[
    "no_dash",
    "no_kind",
    "no_name",
    "no_examples",
    "empty_example",
    "bad_mark",
    "long_line",
    "key_twice",
    "synonym_twice",
    "synonym_nowhere",
    "bad_json",
    "not_a_list",
    "no_intent_file",
    "no_entity_file",
    "bad_phrase",
    "template_phrase",
    "bad_entry",
    "composite_entry",
]
"""Why a part of a file is left out; `nlu.actions.import_words` has the words."""

NoteCode = Literal["plain_mark", "second_mark"]
"""What was read in another way than it was written, without losing a text."""

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A labelled text. `intent` "" means out of scope; `locale` None means that the file does not say."""

    line: int
    text: str
    intent: str
    entities: tuple[Span, ...] = ()
    locale: str | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class ValueEntry:
    """A value of an entity type with its other surface forms."""

    line: int
    type: str
    value: str
    synonyms: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class PatternEntry:
    """A regular expression of an entity type; several of one type are alternatives."""

    line: int
    type: str
    pattern: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """An entity type that the file names, with or without anything in it."""

    line: int
    type: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of the file that is left out, and why."""

    line: int
    code: ProblemCode
    detail: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was read in another way than it was written."""

    code: NoteCode
    detail: str = ""


Record = Phrase | ValueEntry | PatternEntry | TypeEntry | Problem | Note


@dataclass(frozen=True, slots=True)
class KindValue:
    """A canonical value and the other ways of writing it."""

    value: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityKind:
    """An entity type as files carry it: its list and its pattern, either may be empty."""

    name: str
    values: tuple[KindValue, ...] = ()
    pattern: str = ""

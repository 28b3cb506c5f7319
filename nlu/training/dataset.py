"""Labelled utterances from JSON lines, checked as they are read."""

from __future__ import annotations

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from nlu.errors import InvalidData, InvalidExample
from nlu.training.origins import origin_key
from nlu.types import EMPTY_CONTEXT, OUT_OF_SCOPE, DialogueContext, Example

NO = frozenset({"", "0", "false", "no", "n", "off", "否"})
_CONTEXT_TEXTS = ("active_flow", "requested_slot", "last_bot_act", "previous_message")


@dataclass(frozen=True, slots=True)
class Dataset:
    """Examples in a fixed order.

    labelled_entities: whether entities were annotated at all; titles: what people call the intents, an example
    each; withheld: texts that not even a title may teach, because the model will be measured on them.
    """

    examples: tuple[Example, ...]
    labelled_entities: bool = False
    titles: tuple[Example, ...] = ()
    withheld: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.examples)

    @classmethod
    def of(cls, examples: Iterable[Example], titles: Iterable[Example] = (), withheld: Iterable[str] = ()) -> Self:
        """A dataset whose entities count as annotated if any example has one."""
        kept = tuple(examples)
        return cls(kept, any(example.entities for example in kept), tuple(titles), tuple(withheld))

    def fingerprint(self) -> str:
        """sha256 over the content and order of the examples and titles; equal on every machine."""
        digest = hashlib.sha256()
        for example in (*self.examples, *self.titles):
            context = example.context
            row = [
                example.text,
                list(intents_of(example)),
                [list(entity) for entity in example.entities],
                list(context.previous_intents),
                *(getattr(context, name) for name in _CONTEXT_TEXTS),
                *([list(example.made_from)] if example.generated else ()),
            ]
            digest.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        return digest.hexdigest()

    def select(self, rows: Iterable[int]) -> Dataset:
        """The examples at `rows`, with all titles."""
        return replace(self, examples=tuple(self.examples[row] for row in rows))

    @property
    def generated(self) -> tuple[Example, ...]:
        """The examples that nobody wrote."""
        return tuple(example for example in self.examples if example.generated)

    def real(self) -> Dataset:
        """The data set without them."""
        return replace(self, examples=tuple(example for example in self.examples if not example.generated))


def unrelated(generated: tuple[Example, ...], hidden: tuple[Example, ...]) -> tuple[Example, ...]:
    """The generated examples that no hidden one can have taught; with unknown origins, none of them."""
    if not hidden:
        return generated
    keys = {origin_key(example.text) for example in hidden}
    return tuple(
        example
        for example in generated
        if example.made_from and keys.isdisjoint(map(origin_key, example.made_from))
    )


def intents_of(example: Example) -> tuple[str, ...]:
    """All intents of an example; none means out of scope, which an intent of the reserved name says as well."""
    if example.intents:
        return tuple(name for name in example.intents if name != OUT_OF_SCOPE)
    return (example.intent,) if example.intent and example.intent != OUT_OF_SCOPE else ()


# What can be wrong with a record: code -> what is said of it, after its place.
PROBLEMS = {
    "not_json": "not JSON",
    "not_object": "not a JSON object",
    "no_text": '"{field}" must be a non-empty string',
    "not_text": '"{field}" must be a string',
    "not_names": '"{field}" must be a list of names',
    "not_spans": '"{field}" must be a list of [start, end, type]',
    "bad_span": "an entity must be [start, end, type] with 0 <= start < end <= length of text",
    "uneven_tags": '"tokens" and "tags" must be lists of the same length',
    "bad_tags": 'the tokens must occur in the text in order, each with a tag "O", "B-…" or "I-…"',
    "unknown_context": '"{field}" must be an object with known fields',
    "not_origin": '"{field}" must be a list of texts',
}


def _invalid(place: str, code: str, field: str = "") -> InvalidExample:
    return InvalidExample(f"{place}: {PROBLEMS[code].format(field=field)}", code, field)


def load_dataset(path: str | Path) -> Dataset:
    """Read JSON lines {"text"[, "intent" | "intents"][, "tokens", "tags" | "entities"][, "context"][, "locale"]
    [, "generated"[, "made_from"]]}. `generated` is true, or the name of a method.

    Raises InvalidData naming the file and line of the first mistake; messages quote field names, never texts.
    """
    place = Path(path)
    examples = []
    annotated = False
    try:
        with place.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    record = _record(line, f"{place.name}, line {number}")
                    annotated = annotated or "entities" in record or "tags" in record
                    examples.append(example_of(record, f"{place.name}, line {number}"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidData(f"{place.name}: cannot be read as UTF-8 text ({type(error).__name__})") from error
    if not examples:
        raise InvalidData(f"{place.name}: no examples")
    return Dataset(tuple(examples), annotated)


def read_example(line: str, place: str) -> Example:
    """One JSON line of `load_dataset`'s form; the message of InvalidExample begins with `place`."""
    return example_of(_record(line, place), place)


def _record(line: str, place: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _invalid(place, "not_json") from error
    if not isinstance(record, dict):
        raise _invalid(place, "not_object")
    return record


def example_of(record: dict[str, Any], place: str) -> Example:
    """One record of `load_dataset`'s form; the message of InvalidExample begins with `place`."""
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _invalid(place, "no_text", "text")
    intents = _intents(record, place)
    return Example(
        text=text,
        intent=intents[0] if intents else "",
        entities=_entities(record, text, place),
        context=_context(record.get("context"), place),
        locale=_text(record, "locale", place),
        intents=intents if "intents" in record else (),
        generated=_is_generated(record),
        made_from=_origin(record, place),
    )


def _is_generated(record: dict[str, Any]) -> bool:
    """Whether the record says so: yes, or the name of a method; a word for no in a file of texts is a no."""
    said = record.get("generated")
    return bool(said) and not (isinstance(said, str) and said.strip().casefold() in NO)


def _origin(record: dict[str, Any], place: str) -> tuple[str, ...]:
    if not _is_generated(record):
        return ()
    texts = record.get("made_from")
    if texts is None:
        texts = [source] if isinstance(source := record.get("source"), str) and source.strip() else []
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise _invalid(place, "not_origin", "made_from")
    return tuple(dict.fromkeys(texts))


def _intents(record: dict[str, Any], place: str) -> tuple[str, ...]:
    if "intents" in record:
        names = record["intents"]
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            raise _invalid(place, "not_names", "intents")
        return tuple(dict.fromkeys(names))
    name = _text(record, "intent", place)
    return (name,) if name else ()


def _text(record: dict[str, Any], field: str, place: str) -> str:
    value = record.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _invalid(place, "not_text", field)
    return value


def _entities(record: dict[str, Any], text: str, place: str) -> tuple[tuple[int, int, str], ...]:
    if record.get("tags") is not None:
        return _from_tags(record.get("tokens"), record["tags"], text, place)
    entities = record.get("entities")
    if entities is None:
        return ()
    if not isinstance(entities, list):
        raise _invalid(place, "not_spans", "entities")
    spans = []
    for entity in entities:
        if isinstance(entity, dict):
            entity = [entity.get("start"), entity.get("end"), entity.get("type")]
        match entity:
            case [int(start), int(end), str(kind)] if kind and 0 <= start < end <= len(text):
                spans.append((start, end, kind))
            case _:
                raise _invalid(place, "bad_span", "entities")
    return tuple(sorted(spans))


def _from_tags(tokens: Any, tags: Any, text: str, place: str) -> tuple[tuple[int, int, str], ...]:
    if not isinstance(tokens, list) or not isinstance(tags, list) or len(tokens) != len(tags):
        raise _invalid(place, "uneven_tags", "tags")
    spans: list[tuple[int, int, str]] = []
    position = 0
    open_span = False
    for token, tag in zip(tokens, tags, strict=True):
        start = text.find(token, position) if isinstance(token, str) else -1
        if start < 0 or not isinstance(tag, str) or not (tag == "O" or tag[:2] in ("B-", "I-")):
            raise _invalid(place, "bad_tags", "tags")
        position = start + len(token)
        if tag == "O":
            open_span = False
        elif tag[0] == "I" and open_span and spans[-1][2] == tag[2:]:
            spans[-1] = (spans[-1][0], position, tag[2:])
        else:
            spans.append((start, position, tag[2:]))
            open_span = True
    return tuple(spans)


def _context(value: Any, place: str) -> DialogueContext:
    if value is None:
        return EMPTY_CONTEXT
    if not isinstance(value, dict) or set(value) - {"previous_intents", *_CONTEXT_TEXTS}:
        raise _invalid(place, "unknown_context", "context")
    previous = value.get("previous_intents", [])
    if not isinstance(previous, list) or not all(isinstance(name, str) for name in previous):
        raise _invalid(place, "not_names", "previous_intents")
    return DialogueContext(tuple(previous), *(_text(value, name, place) for name in _CONTEXT_TEXTS))


def stratified_folds(examples: Sequence[Example], folds: int, *, seed: int) -> list[list[int]]:
    """Rows dealt into `folds` parts so that every intent is spread evenly; the same for the same seed and data."""
    groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, example in enumerate(examples):
        groups[intents_of(example)].append(row)
    shuffler = random.Random(seed)  # noqa: S311  # deals cards, keeps no secret
    parts: list[list[int]] = [[] for _ in range(folds)]
    dealt = 0
    for _, rows in sorted(groups.items()):
        shuffler.shuffle(rows)
        for row in rows:
            parts[dealt % folds].append(row)
            dealt += 1
    return [sorted(part) for part in parts]

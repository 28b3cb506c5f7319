"""Reads Rasa's training data in YAML (versions 2 and 3): intents, entities, synonyms, lookup tables, regexes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from nlu.errors import UnreadableFile
from nlu.formats.rasa_lists import kinds_of
from nlu.formats.rasa_marks import read_marks
from nlu.formats.records import Note, PatternEntry, Phrase, Problem, Record, Span, TypeEntry, ValueEntry
from nlu.formats.yaml_sections import Listing, Mapping, Node, Scalar, sections

LONGEST_LINE: Final = 10_000
OUT_OF_SCOPE_INTENTS: Final = frozenset({"out_of_scope", "nlu_fallback"})
"""What Rasa's own documents call the intent of messages that belong to none."""
MARKS_KEY: Final = "xiaoer_entities"
"""The metadata of an example that carries marks which brackets cannot write."""
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_KINDS = ("intent", "synonym", "lookup", "regex")


def read_rasa(data: bytes) -> Iterator[Record]:
    """The records of the file in its order; values of entity types come last. UnreadableFile as `sections`."""
    reader = _Reader()
    has_data = False
    for section in sections(data):
        if section.key == "nlu":
            has_data = True
            if not _is_empty(section.node):
                yield from reader.item(section.node)
        elif section.key == "entities":
            yield from reader.declared(section.node)
    if not has_data:
        raise UnreadableFile("no_nlu")
    yield from reader.lists()


class _Reader:
    """Keeps what can only be told at the end: which type a synonym belongs to."""

    def __init__(self) -> None:
        self._lists: dict[str, dict[str, int]] = {}
        self._values: dict[str, tuple[str, int]] = {}
        self._given: dict[str, dict[str, dict[str, int]]] = {}
        self._seen: dict[str, set[str]] = {}

    def item(self, node: Node) -> Iterator[Record]:
        """One entry under `nlu`."""
        kind = next((name for name in _KINDS if isinstance(node, Mapping) and node.get(name) is not None), None)
        if not isinstance(node, Mapping) or kind is None:
            yield Problem(node.line, "no_kind")
            return
        keys = [key.value for key, _value in node.pairs if isinstance(key, Scalar)]
        if len(set(keys)) < len(keys):
            yield Problem(node.line, "key_twice")
        title, examples = node.get(kind), node.get("examples")
        name = title.value.strip() if isinstance(title, Scalar) else ""
        if not name:
            yield Problem(node.line, "no_name")
        elif kind == "intent":
            yield from self._intent(name, node, examples)
        else:
            yield from self._words(kind, name, node, examples)

    def declared(self, node: Node) -> Iterator[Record]:
        """One entry of a domain's `entities`: a name, or a name with settings."""
        if isinstance(node, Mapping) and node.pairs:
            node = node.pairs[0][0]
        if isinstance(node, Scalar) and node.value.strip():
            yield TypeEntry(node.line, node.value.strip())

    def _intent(self, name: str, node: Mapping, examples: Node | None) -> Iterator[Record]:
        intent = "" if name in OUT_OF_SCOPE_INTENTS else name
        locale = _locale(node)
        count = 0
        for record in _examples(examples, node):
            count += 1
            if isinstance(record, Problem):
                yield record
                continue
            line, raw, metadata = record
            try:
                marked = read_marks(raw)
                spans = tuple(sorted((*marked.spans, *_extra_spans(metadata, marked.text))))
            except ValueError:
                yield Problem(line, "bad_mark")
                continue
            if not marked.text.strip():
                yield Problem(line, "empty_example")
                continue
            if marked.is_thinned:
                yield Note("second_mark")
            self._remember(line, marked.text, marked.spans, marked.values)
            yield Phrase(line, marked.text, intent, spans, _locale(metadata) or locale)
        if not count:
            yield Problem(node.line, "no_examples", name)

    def _remember(self, line: int, text: str, spans: tuple[Span, ...], values: tuple[str, ...]) -> None:
        """Which words name something of which type, for synonyms without a list."""
        for (start, end, kind), value in zip(spans, values, strict=True):
            surface = " ".join(text[start:end].split())
            for word in filter(None, (surface, value)):
                self._seen.setdefault(word, set()).add(kind)
            if value:
                self._given.setdefault(kind, {}).setdefault(value, {}).setdefault(surface, line)

    def _words(self, kind: str, name: str, node: Mapping, examples: Node | None) -> Iterator[Record]:
        count = 0
        for record in _examples(examples, node):
            count += 1
            if isinstance(record, Problem):
                yield record
                continue
            line, raw, _metadata = record
            word = " ".join(raw.split())
            if not word:
                yield Problem(line, "empty_example")
            elif kind == "regex":
                yield PatternEntry(line, name, raw.strip())
            elif kind == "lookup":
                self._lists.setdefault(name, {}).setdefault(word, line)
            elif self._values.setdefault(word, (name, line))[0] != name:
                yield Problem(line, "synonym_twice", word)
        if not count:
            yield Problem(node.line, "no_examples", name)

    def lists(self) -> Iterator[Record]:
        """The values of entity types: lists with their synonyms, synonyms by use, values given in marks."""
        common = {word: " ".join(value.split()) for word, (value, _line) in self._values.items()}
        kinds = kinds_of({name: list(words) for name, words in self._lists.items()}, common)
        placed = {word for entries in kinds.values() for forms in entries.values() for word in forms}
        loose: dict[str, list[str]] = {}
        for word, value in common.items():
            if word not in placed and word != value:
                loose.setdefault(value, []).append(word)
        listed = {word for words in self._lists.values() for word in words}
        for value, words in loose.items():
            # In no list: the types that marks give the value or any of its words.
            seen = {name for word in (value, *words) for name in self._seen.get(word, ())}
            types = {name for name in seen if name not in self._lists}
            for name in sorted(types):
                kinds.setdefault(name, {}).setdefault(value, []).extend(words)
            for word in words:
                if not types and word not in listed:
                    yield Problem(self._values[word][1], "synonym_nowhere", word)
        for name, given in self._given.items():
            entries = kinds.setdefault(name, {})
            taken = {form for forms in entries.values() for form in forms}
            for value, surfaces in given.items():
                fresh = [surface for surface in surfaces if surface != value and surface not in taken]
                taken.update(fresh)
                for surface in fresh:
                    # A list that has the words but not their value: the mark knows better.
                    if entries.get(surface) == []:
                        del entries[surface]
                entries.setdefault(value, []).extend(fresh)
        for name, entries in kinds.items():
            for value, forms in entries.items():
                yield ValueEntry(self._line(name, value, forms), name, value, tuple(forms))

    def _line(self, name: str, value: str, forms: list[str]) -> int:
        """Where the value is first spoken of."""
        listed = self._lists.get(name, {})
        marked = self._given.get(name, {}).get(value, {})
        for word in (value, *forms):
            if word in listed:
                return listed[word]
            if word in self._values:
                return self._values[word][1]
            if word in marked:
                return marked[word]
        return next(iter(marked.values()), 0)


def _is_empty(node: Node) -> bool:
    """Whether a key has an empty list or nothing at all after it."""
    return isinstance(node, Listing | Scalar) and not (node.items if isinstance(node, Listing) else node.value)


_Example = tuple[int, str, Mapping | None]


def _examples(node: Node | None, owner: Mapping) -> Iterator[_Example | Problem]:
    """The examples of a section in either form: a block of `- text` lines, or a list of texts."""
    if isinstance(node, Scalar):
        yield from _block(node)
    elif isinstance(node, Listing):
        for item in node.items:
            text = item.get("text") if isinstance(item, Mapping) else item
            if not isinstance(text, Scalar):
                yield Problem(item.line, "no_examples")
            elif len(text.value) > LONGEST_LINE:
                yield Problem(text.line, "long_line", str(LONGEST_LINE))
            else:
                metadata = item.get("metadata") if isinstance(item, Mapping) else None
                yield text.line, text.value.strip("\r\n "), metadata if isinstance(metadata, Mapping) else None
    elif node is not None:
        yield Problem(owner.line, "no_examples")


def _block(node: Scalar) -> Iterator[_Example | Problem]:
    for number, raw in enumerate(node.value.splitlines(), start=1):
        # Only a literal block has the lines of the file.
        line = node.line + number if node.is_literal else node.line
        if not raw.strip():
            continue
        if not raw.startswith("-"):
            yield Problem(line, "no_dash")
        elif len(raw) > LONGEST_LINE:
            yield Problem(line, "long_line", str(LONGEST_LINE))
        else:
            yield line, raw[1:].strip("\r\n "), None


def _locale(node: Mapping | None) -> str | None:
    """The language that metadata name: of an intent's section under `metadata`, of an example at once."""
    if node is not None and isinstance(inner := node.get("metadata"), Mapping):
        node = inner
    value = node.get("locale") if node is not None else None
    if not isinstance(value, Scalar):
        return None
    return value.value.lower() if not value.value or _LOCALE.fullmatch(value.value) else None


def _extra_spans(metadata: Mapping | None, text: str) -> list[Span]:
    """The marks that the metadata of an example carry as JSON. ValueError if they do not fit the text."""
    value = metadata.get(MARKS_KEY) if metadata is not None else None
    if not isinstance(value, Scalar):
        return []
    try:
        found = json.loads(value.value)
    except RecursionError:
        raise ValueError(MARKS_KEY) from None
    spans: list[Span] = []
    for span in found if isinstance(found, list) else [None]:
        match span:
            case [int(start), int(end), str(name)] if name and 0 <= start < end <= len(text):
                spans.append((start, end, name))
            case _:
                raise ValueError(MARKS_KEY)
    return spans

"""Reads YAML that a stranger wrote: no tags, no aliases, bounded depth and size, every scalar a plain text.

Events of the parser are put together to small trees, one item of a top-level list at a time, so that nothing is
ever constructed that the file asks for, and a large file never stands in memory as objects as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from nlu.errors import UnreadableFile

MOST_BYTES: Final = 64 << 20
MOST_DEPTH: Final = 12
MOST_NODES: Final = 500_000
# The parser in C where the wheel has it: twenty times as fast; the events are the same.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; `is_literal` is true for a block after `|`, whose lines are the lines of the file."""

    line: int
    value: str
    is_literal: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Pairs in the order of the file; a key may occur twice."""

    line: int
    pairs: tuple[tuple[Node, Node], ...]

    def get(self, key: str) -> Node | None:
        """The first value under a plain key."""
        for name, value in self.pairs:
            if isinstance(name, Scalar) and name.value == key:
                return value
        return None


Node = Scalar | Listing | Mapping


@dataclass(frozen=True, slots=True)
class Section:
    """A top-level key with one item of its list, or with its value if that is no list or an empty one."""

    key: str
    node: Node


def sections(data: bytes) -> Iterator[Section]:
    """The top-level keys of the only document, their lists item by item.

    UnreadableFile with the codes too_large, not_utf8, not_yaml, yaml_alias, yaml_tag, yaml_deep, yaml_many,
    yaml_documents or not_a_mapping; lines count from 1.
    """
    if len(data) > MOST_BYTES:
        raise UnreadableFile("too_large", detail=f"{MOST_BYTES >> 20} MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile("not_utf8") from None
    try:
        yield from _document(_checked(text))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise UnreadableFile("not_yaml", line=line, detail=str(error.problem or "")) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UnreadableFile("not_yaml", line=line, detail=error.reason) from None


def _checked(text: str) -> Iterator[yaml.Event]:
    """The events of the text; UnreadableFile at the first thing that data never needs."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableFile("yaml_alias", line=line)
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
            if event.anchor is not None:
                raise UnreadableFile("yaml_alias", line=line)
            if getattr(event, "tag", None) is not None:
                raise UnreadableFile("yaml_tag", line=line)
            if nodes > MOST_NODES:
                raise UnreadableFile("yaml_many", line=line, detail=str(MOST_NODES))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_DEPTH:
                raise UnreadableFile("yaml_deep", line=line, detail=str(MOST_DEPTH))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        yield event


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _document(events: Iterator[yaml.Event]) -> Iterator[Section]:
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise UnreadableFile("yaml_documents", line=_line(event))
        elif isinstance(event, yaml.MappingStartEvent):
            yield from _top_level(events)
        elif isinstance(event, yaml.NodeEvent):
            raise UnreadableFile("not_a_mapping", line=_line(event))
    if not documents:
        raise UnreadableFile("not_a_mapping", line=1)


def _top_level(events: Iterator[yaml.Event]) -> Iterator[Section]:
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            return
        key = _node(event, events)
        if not isinstance(key, Scalar):
            raise UnreadableFile("not_a_mapping", line=key.line)
        value = next(events)
        if isinstance(value, yaml.SequenceStartEvent):
            is_empty = True
            for item in events:
                if isinstance(item, yaml.SequenceEndEvent):
                    break
                is_empty = False
                yield Section(key.value, _node(item, events))
            if is_empty:
                yield Section(key.value, Listing(_line(value), ()))
        else:
            yield Section(key.value, _node(value, events))


def _node(first: yaml.Event, events: Iterator[yaml.Event]) -> Node:
    """The tree that begins with `first`. No recursion: `_checked` bounds the depth, and this the stack."""
    open_nodes: list[tuple[yaml.Event, list[Node]]] = []
    event = first
    while True:
        node: Node | None = None
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(_line(event), event.value, event.style == "|")
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event, []))
        else:
            start, children = open_nodes.pop()
            line = _line(start)
            if isinstance(start, yaml.SequenceStartEvent):
                node = Listing(line, tuple(children))
            else:
                node = Mapping(line, tuple(zip(children[::2], children[1::2], strict=True)))
        if node is not None:
            if not open_nodes:
                return node
            open_nodes[-1][1].append(node)
        event = next(events)

"""YAML that a stranger may have written: all scalars are texts, no tags, no aliases, bounded size and depth."""

from __future__ import annotations

from typing import Any, Final

import yaml

from chat.errors import InvalidInput

MOST_BYTES: Final = 400_000
MOST_DEPTH: Final = 14
MOST_NODES: Final = 20_000
# The parser in C where the wheel has it.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def load_yaml(text: str) -> Any:
    """The document as mappings, lists and texts; InvalidInput with the line of what is wrong.

    `BaseLoader` makes texts of all scalars, so that `no:` stays a word; nothing is constructed that the file asks
    for. Keys must differ.
    """
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise InvalidInput(f"The file has more than {MOST_BYTES // 1000} kB")
    try:
        depth = 0
        for nodes, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            line = event.start_mark.line + 1 if event.start_mark is not None else 0
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise InvalidInput(f"Line {line}: anchors and aliases are not allowed")
            if "\x00" in getattr(event, "value", ""):
                raise InvalidInput(f"Line {line}: a text holds a character that cannot be stored (NUL)")
            if getattr(event, "tag", None):
                raise InvalidInput(f"Line {line}: tags are not allowed")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MOST_DEPTH:
                raise InvalidInput(f"Line {line}: nested more than {MOST_DEPTH} deep")
            if nodes > MOST_NODES:
                raise InvalidInput(f"The file has more than {MOST_NODES} parts")
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"Line {mark.line + 1}: " if mark is not None else ""
        raise InvalidInput(f"{where}{getattr(error, 'problem', None) or 'this is no YAML'}") from None
    return _plain(root)


def _plain(node: yaml.Node | None) -> Any:
    """Mappings, lists and texts of a composed document."""
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InvalidInput(f"Line {key.start_mark.line + 1}: a key must be a word")
            if key.value in result:
                raise InvalidInput(f"Line {key.start_mark.line + 1}: {key.value!r} is there twice")
            result[key.value] = _plain(value)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value) for value in node.value]
    return node.value if node is not None else None

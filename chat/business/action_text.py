"""An action's document as the YAML that people write: no quotes where none are needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from yaml.emitter import Emitter
from yaml.representer import SafeRepresenter
from yaml.resolver import BaseResolver
from yaml.serializer import Serializer


class _TextDumper(Emitter, Serializer, SafeRepresenter, BaseResolver):
    """Knows no other scalars than texts, as the reader does: `5` and `true` need no quotes."""

    def __init__(self, stream: Any, **options: Any) -> None:
        Emitter.__init__(self, stream, width=options["width"], allow_unicode=True)
        Serializer.__init__(self)
        SafeRepresenter.__init__(self, default_flow_style=options["default_flow_style"], sort_keys=False)
        BaseResolver.__init__(self)

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything where it stands: the reader knows no aliases."""
        return True


def action_text(document: Mapping[str, Any]) -> str:
    """The document as text; inverse of `load_yaml`."""
    return document_text(dict(document))


def document_text(document: Any) -> str:
    """Any document of mappings, lists and texts as text; inverse of `load_yaml`."""
    return str(yaml.dump(document, Dumper=_TextDumper, width=100, default_flow_style=None))

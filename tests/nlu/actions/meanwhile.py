"""Something that happens while an action is between its reading and its writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection

INTENTS: Final = '"nlu_intent"."name" IN'
"""In the statement that asks for the intents of a chunk, once it is known which of its texts are new."""
TYPES: Final = '"nlu_entitytype"."name" IN'
"""In the one that asks for its entity types after that."""


@contextmanager
def meanwhile(part: str, act: Callable[[], object]) -> Iterator[None]:
    """Right before the first statement with `part` in it, somebody else does `act`."""
    left = [act]

    def watch(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if part in sql and left:
            left.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert not left

"""The visitor's messages that turns cover, and which of them is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from django.db.models import Q

from chat.models import Message, Turn
from chat.models.messages import Author, MessageKind

PLACEHOLDER: Final = re.compile(r"\[[^\[\]#\n]{1,20}#\d+\]")
"""What masking puts in a value's place."""


def masked_values(messages: Sequence[tuple[int, str]]) -> dict[str, str]:
    """Placeholder -> the sequence of the newest message that has it (messages come newest first)."""
    found: dict[str, str] = {}
    for sequence, text in messages:
        for placeholder in PLACEHOLDER.findall(text):
            found.setdefault(placeholder, str(sequence))
    return found


def visitor_messages(turns: Sequence[Turn]) -> dict[int, list[tuple[int, str]]]:
    """Turn id -> sequence and text of the visitor's messages that it covers, newest first."""
    if not turns:
        return {}
    wanted = Q()
    for turn in turns:
        wanted |= Q(
            conversation_id=turn.conversation_id,
            sequence__gte=turn.first_sequence,
            sequence__lte=turn.last_sequence,
        )
    said: dict[int, list[tuple[int, str]]] = {}
    rows = Message.objects.filter(wanted, author=Author.VISITOR, kind=MessageKind.TEXT).order_by("-sequence")
    for conversation_id, sequence, text in rows.values_list("conversation_id", "sequence", "text"):
        said.setdefault(conversation_id, []).append((sequence, text))
    return {turn.pk: said.get(turn.conversation_id or 0, []) for turn in turns}


def newest(messages: Sequence[str], longest: int) -> str:
    """As many of the newest messages (they come first) as `longest` code points hold, in the order they were
    written, one per line.

    The newest one is in it whole, however long it is: a question after a long paste is what is to be answered.
    """
    chosen: list[str] = []
    left = longest
    for text in messages:
        left -= len(text)
        if chosen and left < 0:
            break
        chosen.append(text)
        left -= 1  # the line's end
    return "\n".join(reversed(chosen))

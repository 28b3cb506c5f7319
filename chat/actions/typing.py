"""Telling the others that somebody types. Never stored, may be lost."""

from __future__ import annotations

from uuid import UUID

from chat.hints import TypingHint
from chat.publish import publish_now


def announce_typing(*, conversation: UUID, author: str, typing: bool, source: str = "") -> None:
    """Tell everybody who follows the conversation; `source` is the channel of the socket that said so."""
    publish_now([TypingHint(conversation=str(conversation), author=author, typing=typing, source=source)])

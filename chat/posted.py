"""A stored message as what a socket sends of it."""

from __future__ import annotations

from datetime import UTC, datetime

from chat.events import Citation, MessagePosted
from chat.models import Message


def posted(message: Message, *, conversation: str, agent: str | None, previous: int) -> MessagePosted:
    """The event of a stored message; `agent` is the name shown for it, `previous` the receiver's last sequence."""
    return MessagePosted(
        conversation=conversation,
        sequence=message.sequence,
        previous=previous,
        id=str(message.uuid),
        author=message.author,
        agent=agent,
        kind=message.kind,
        event=message.event,
        text=message.text,
        citations=tuple(Citation(title=one["title"], url=one["url"]) for one in message.citations),
        quick_replies=tuple(message.quick_replies),
        client_id=message.client_id,
        at=iso(message.created_at),
    )


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as JavaScript writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

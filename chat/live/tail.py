"""Rows that another process wrote, found by looking at the message table once a second.

In the embedded installation the worker process and management commands share the database with the web process
but no bus. Every change of a conversation writes a message, so this look finds changes of hands as well.
"""

from __future__ import annotations

from typing import Final

from django.db.models import Max

from chat.hints import ConversationHint, Hint, InboxHint, MessageHint
from chat.models import Message
from chat.models.conversations import ConversationStatus
from chat.models.messages import MessageKind
from chat.publish import publish_now, was_published_here

LOOK_BACK: Final = 200
"""Ids that are looked at again: with PostgreSQL a smaller id may be committed later than a larger one."""
MOST: Final = 1_000


class Tail:
    """Remembers how far it has looked. Runs in a database thread, one call at a time."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._seen: set[int] = set()

    def start(self) -> None:
        """Begin at the end of the table, once."""
        if self._last is None:
            self._last = Message.objects.aggregate(last=Max("pk"))["last"] or 0
            self._seen = set(Message.objects.filter(pk__gt=self._last - LOOK_BACK).values_list("pk", flat=True))

    def look(self) -> int:
        """Give out hints for what others wrote since the last call; how many messages that were."""
        self.start()
        last = self._last or 0
        rows = (
            Message.objects.filter(pk__gt=last - LOOK_BACK)
            .order_by("pk")
            .values_list(
                "pk",
                "conversation__uuid",
                "sequence",
                "kind",
                "conversation__status",
                "conversation__site__workspace_id",
            )[:MOST]
        )
        hints: list[Hint] = []
        found = 0
        for pk, uuid, sequence, kind, status, workspace_id in rows:
            last = max(last, pk)
            if pk in self._seen:
                continue
            self._seen.add(pk)
            conversation = str(uuid)
            if was_published_here(conversation, sequence):
                continue
            found += 1
            hints.append(MessageHint(conversation, sequence, note=kind == MessageKind.NOTE))
            if kind == MessageKind.EVENT:
                hints.append(ConversationHint(conversation))
            if kind == MessageKind.EVENT or status in (ConversationStatus.WAITING, ConversationStatus.ACTIVE):
                hints.append(InboxHint(workspace_id, conversation))
        self._last = last
        self._seen = {pk for pk in self._seen if pk > last - LOOK_BACK}
        if hints:
            publish_now(hints)
        return found

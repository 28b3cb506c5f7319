"""Transcripts as a table for a spreadsheet: one line a message, masked as stored."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from chat.models import Conversation, Message, Turn
from chat.models.turns import TurnKind
from nlu.formats.cells import safe_cell

MESSAGES_AT_MOST: Final = 50_000
HEADER: Final = (
    "conversation",
    "site",
    "language",
    "status",
    "sequence",
    "time",
    "author",
    "agent",
    "kind",
    "text",
    "intent",
    "confidence",
    "outcome",
)


class _Line:
    """What `csv` writes to: gives back the line instead of keeping it."""

    def write(self, value: str) -> str:
        return value


def export_lines(conversations: QuerySet[Conversation]) -> Iterator[str]:
    """The lines of the file, header first, at most 50,000 messages.

    A visitor's message carries the intent, confidence and outcome of the turn that it began. The byte order mark
    in front makes Excel read UTF-8.
    """
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(HEADER)
    messages = (
        Message.objects.filter(conversation__in=conversations.order_by().values("pk"))
        .select_related("conversation", "conversation__site", "agent")
        .order_by("-conversation__last_activity_at", "conversation_id", "sequence")
    )
    turns: dict[int, Turn] = {}
    turns_of = 0
    for message in messages[:MESSAGES_AT_MOST].iterator(chunk_size=500):
        conversation = message.conversation
        if conversation.pk != turns_of:
            turns_of = conversation.pk
            turns = {turn.first_sequence: turn for turn in conversation.turns.filter(kind=TurnKind.LIVE)}
        turn = turns.get(message.sequence)
        confidence = turn.confidence if turn is not None else None
        yield writer.writerow(
            [
                safe_cell(value)
                for value in (
                    conversation.uuid,
                    conversation.site.name,
                    conversation.locale,
                    conversation.status,
                    message.sequence,
                    timezone.localtime(message.created_at).isoformat(timespec="seconds"),
                    message.author,
                    message.agent.display_name if message.agent is not None else "",
                    message.kind,
                    message.text,
                    turn.intent if turn is not None else "",
                    f"{confidence:.4f}" if confidence is not None else "",
                    turn.outcome if turn is not None else "",
                )
            ]
        )

"""Prints what the database of the installation under test holds, as one JSON object."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from chat.models import Conversation, Handoff, Message, Turn  # noqa: E402
from nlu.models import Job, TrainingRun  # noqa: E402


def main() -> None:
    """Conversations with messages, live turns and the agents who took them; jobs and training runs."""
    conversations = {
        pk: {"uuid": str(uuid), "sequence": sequence, "messages": [], "turns": [], "participants": []}
        for pk, uuid, sequence in Conversation.objects.values_list("id", "uuid", "sequence")
    }
    messages = Message.objects.order_by("conversation_id", "sequence")
    for conversation, *values in messages.values_list(
        "conversation_id", "sequence", "author", "kind", "event", "client_id", "text"
    ):
        conversations[conversation]["messages"].append(values)
    for conversation, agent in Handoff.objects.exclude(accepted_by=None).values_list(
        "conversation_id", "accepted_by__display_name"
    ):
        conversations[conversation]["participants"].append(agent)
    turns = Turn.objects.filter(kind="live").order_by("id")
    for conversation, *values, uuid in turns.values_list(
        "conversation_id", "first_sequence", "last_sequence", "status", "reply_sequence", "uuid"
    ):
        conversations[conversation]["turns"].append([*values, str(uuid)])
    json.dump(
        {
            "conversations": list(conversations.values()),
            "jobs": list(Job.objects.values("id", "task", "status", "attempts", "last_error")),
            "runs": list(TrainingRun.objects.values("id", "status", "error")),
        },
        sys.stdout,
    )


main()

"""What customers said of late, masked as it was stored: for the gate, which knows nothing of conversations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.dispatch import receiver
from django.utils import timezone

from chat.dialogue.state import DialogueState
from chat.models import Turn
from chat.models.turns import TurnKind, TurnStatus
from nlu.models import Workspace
from nlu.signals import recent_examples_wanted
from nlu.types import Example

RECENT: Final = timedelta(days=30)


@receiver(recent_examples_wanted, sender=Workspace, dispatch_uid="chat.recent_messages")
def answer(sender: type[Workspace], workspace_id: int, limit: int, **_: object) -> Iterator[Example]:
    """The messages of the newest answered turns."""
    return recent_messages(workspace_id=workspace_id, limit=limit)


def recent_messages(*, workspace_id: int, limit: int) -> Iterator[Example]:
    """At most `limit` different messages of answered turns, newest first, in the context that they came in.

    The context is put together from the turns before in the same conversation, as far as they are read.
    """
    turns = Turn.objects.filter(
        workspace_id=workspace_id,
        kind=TurnKind.LIVE,
        status=TurnStatus.DONE,
        created_at__gte=timezone.now() - RECENT,
    )
    rows = list(turns.order_by("-id").values_list("conversation_id", "parse", "intent", "outcome")[: 2 * limit])
    states: dict[int, DialogueState] = {}
    found: list[Example] = []
    for conversation_id, parse, intent, outcome in reversed(rows):
        text = str(parse.get("text", "")).strip() if isinstance(parse, dict) else ""
        if not text or conversation_id is None:
            continue
        state = states.get(conversation_id, DialogueState())
        found.append(Example(text=text, context=state.context(), locale=str(parse.get("locale", ""))))
        states[conversation_id] = state.understood(intent=intent, act=outcome, message=text)
    seen: set[str] = set()
    for example in reversed(found):
        if example.text not in seen and len(seen) < limit:
            seen.add(example.text)
            yield example

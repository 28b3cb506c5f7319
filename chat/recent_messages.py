"""What customers said of late, masked as it was stored, in the context that it was read in.

For the gate, which knows nothing of conversations, and for comparing two versions on live turns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.dispatch import receiver
from django.utils import timezone

from chat.dialogue.state import DialogueState
from chat.models import Turn
from chat.models.turns import TurnKind, TurnStatus
from nlu.models import Workspace
from nlu.signals import recent_examples_wanted
from nlu.types import DialogueContext, Example

RECENT: Final = timedelta(days=30)
COLUMNS: Final = (
    "pk",
    "uuid",
    "conversation_id",
    "model_version_id",
    "parse",
    "decision",
    "intent",
    "outcome",
)


@dataclass(frozen=True, slots=True)
class AskedTurn:
    """An answered turn as a model reads it. `understood` is what the version that answered took it for, empty for
    out of scope; `version_id` is that version, None without one."""

    turn_id: int
    uuid: UUID
    version_id: int | None
    understood: str
    example: Example


@receiver(recent_examples_wanted, sender=Workspace, dispatch_uid="chat.recent_messages")
def answer(sender: type[Workspace], workspace_id: int, limit: int, **_: object) -> Iterator[Example]:
    """The messages of the newest answered turns."""
    return recent_messages(workspace_id=workspace_id, limit=limit)


def recent_messages(*, workspace_id: int, limit: int) -> Iterator[Example]:
    """At most `limit` different messages of answered turns, newest first, in the context that they came in."""
    seen: set[str] = set()
    for asked in asked_turns(recent_turns(workspace_id), 2 * limit):
        if asked.example.text not in seen and len(seen) < limit:
            seen.add(asked.example.text)
            yield asked.example


def recent_turns(workspace_id: int) -> QuerySet[Turn]:
    """Live turns of the last `RECENT` that were answered."""
    return Turn.objects.filter(
        workspace_id=workspace_id,
        kind=TurnKind.LIVE,
        status=TurnStatus.DONE,
        created_at__gte=timezone.now() - RECENT,
    )


def asked_turns(turns: QuerySet[Turn], limit: int) -> list[AskedTurn]:
    """The newest `limit` of the turns that say something, newest first.

    The context is the one that the turn keeps. Turns of earlier programs keep none: theirs is put together from
    the turns before in the same conversation, as far as those are among the ones read.
    """
    rows = list(turns.order_by("-pk").values_list(*COLUMNS)[:limit])
    states: dict[int, DialogueState] = {}
    found: list[AskedTurn] = []
    for pk, uuid, conversation_id, version_id, parse, decision, intent, outcome in reversed(rows):
        text = str(parse.get("text", "")) if isinstance(parse, dict) else ""
        if not text.strip() or conversation_id is None:
            continue
        state = states.get(conversation_id, DialogueState())
        kept = kept_context(decision)
        context = kept if kept is not None else state.context()
        example = Example(text=text, context=context, locale=str(parse.get("locale", "")))
        found.append(AskedTurn(pk, uuid, version_id, understood_in(parse), example))
        states[conversation_id] = state.understood(intent=intent, act=outcome, message=text)
    return found[::-1]


def kept_context(decision: Any) -> DialogueContext | None:
    """The context that a turn was read in, if its row keeps it."""
    stored = decision.get("context") if isinstance(decision, dict) else None
    return DialogueContext.from_json(stored) if isinstance(stored, dict) else None


def understood_in(parse: dict[str, Any]) -> str:
    """The understood result of a stored parse: an intent's name, or empty for out of scope."""
    intents = parse.get("intents") or ()
    return str(intents[0].get("name", "")) if intents and parse.get("in_scope") else ""

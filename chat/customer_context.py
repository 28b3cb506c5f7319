"""What an agent should know about a conversation before saying a word: so that nobody has to say it twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from chat.explanations import Explanation, explain_turn
from chat.models import Conversation, Handoff, Message
from chat.models.messages import Author, MessageKind
from chat.models.turns import TurnKind, TurnStatus
from nlu.types import EntitySpan

TURNS_SHOWN: Final = 3
TURNS_SEARCHED: Final = 50
"""How far back entities are collected."""
MESSAGES_SHOWN: Final = 100
QUESTION_OUTCOMES: Final = frozenset({"reply", "article", "confirm", "offer", "rephrase", "flow"})


@dataclass(frozen=True, slots=True)
class CustomerContext:
    """The latest passing to people, the ones before, what the assistant understood lately, and what it collected.

    `question` is what the customer last wanted to know; `turns` has the newest first.
    """

    handoff: Handoff | None
    earlier_handoffs: tuple[Handoff, ...]
    question: str
    turns: tuple[Explanation, ...]
    entities: tuple[EntitySpan, ...]


@dataclass(frozen=True, slots=True)
class MessageRange:
    """Messages in order, and whether older ones exist."""

    messages: tuple[Message, ...]
    has_earlier: bool

    @property
    def first_sequence(self) -> int:
        """Where older messages end; 0 for an empty range."""
        return self.messages[0].sequence if self.messages else 0


def customer_context(conversation: Conversation) -> CustomerContext:
    """Read everything for the pane beside a conversation."""
    handoffs = tuple(conversation.handoffs.select_related("accepted_by").order_by("-id")[:10])
    finished = conversation.turns.filter(kind=TurnKind.LIVE, status__in=(TurnStatus.DONE, TurnStatus.FAILED))
    turns = [
        explain_turn(turn) for turn in finished.select_related("model_version").order_by("-id")[:TURNS_SEARCHED]
    ]
    return CustomerContext(
        handoff=handoffs[0] if handoffs else None,
        earlier_handoffs=handoffs[1:],
        question=last_question(conversation, handoffs[0] if handoffs else None, turns),
        turns=tuple(turns[:TURNS_SHOWN]),
        entities=collected_entities(turns),
    )


def last_question(conversation: Conversation, handoff: Handoff | None, newest_first: Iterable[Explanation]) -> str:
    """What it is about: the last turn that the assistant tried to answer, for "a person please" says nothing.

    Without one the customer's last words before the passing, or before now; empty if there are none.
    """
    for explanation in newest_first:
        if explanation.outcome in QUESTION_OUTCOMES and explanation.text:
            return explanation.text
    asked = conversation.messages.filter(author=Author.VISITOR, kind=MessageKind.TEXT)
    if handoff is not None:
        asked = asked.filter(created_at__lte=handoff.requested_at)
    return asked.order_by("-sequence").values_list("text", flat=True).first() or ""


def collected_entities(newest_first: Iterable[Explanation]) -> tuple[EntitySpan, ...]:
    """Each value once, in the order in which the customer gave them."""
    seen: dict[tuple[str, str], EntitySpan] = {}
    for explanation in newest_first:
        for entity in reversed(explanation.entities):
            seen.setdefault((entity.type, entity.value or entity.text), entity)
    return tuple(reversed(seen.values()))


def read_messages(conversation: Conversation, *, before: int | None = None) -> MessageRange:
    """The last 100 messages, or the 100 before a sequence, oldest first, notes included."""
    rows = conversation.messages.select_related("agent")
    if before is not None:
        rows = rows.filter(sequence__lt=before)
    newest = list(rows.order_by("-sequence")[: MESSAGES_SHOWN + 1])
    return MessageRange(tuple(reversed(newest[:MESSAGES_SHOWN])), has_earlier=len(newest) > MESSAGES_SHOWN)

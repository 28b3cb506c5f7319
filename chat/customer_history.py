"""A customer across their talks: who they are, what is known of them and why, what they came for, how it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any, Final

from django.utils import timezone

from chat.about_me import KnownLine, Talk, line_of, talks_of
from chat.dialogue.flows import Rate
from chat.dialogue.recommending import Interest
from chat.dialogue.templates import REFERENCE
from chat.explanations import intent_titles
from chat.flow_book import read_flow_book
from chat.models import Conversation, ProfileAttribute, Turn
from chat.models.messages import Author, MessageKind
from chat.models.turns import TurnKind
from chat.profiles import JudgedEntry, judged_profile
from chat.suggested_articles import Suggestion, suggested_articles

TURNS_READ: Final = 200
INTENTS_SHOWN: Final = 5
NUMBERS_SHOWN: Final = 6
LAST_WORDS: Final = 3
"""Messages that tell what the customer wants now."""


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """What agents see of a customer. `name` is empty where none may be used.

    `intents` are the most frequent with how often; `numbers` orders, bookings and the like that they gave, newest
    first; `rating` is the mean of `ratings` answers from 1 to 5, None without any.
    """

    name: str
    signed_in: bool
    external_id: str
    lines: tuple[KnownLine, ...]
    talks: tuple[Talk, ...]
    intents: tuple[tuple[str, int], ...]
    numbers: tuple[str, ...]
    rating: float | None
    ratings: int
    suggestions: tuple[Suggestion, ...]


def customer_card(conversation: Conversation, locale: str) -> CustomerCard:
    """Read everything, in a handful of queries."""
    visitor = conversation.visitor
    workspace_id = conversation.site.workspace_id
    now = timezone.now()
    judged = judged_profile(visitor, now)
    listed = (
        {one.name: one for one in ProfileAttribute.objects.filter(workspace_id=workspace_id)} if judged else {}
    )
    names = [one.entry.value for one in judged if one.entry.name == "name" and one.usable]
    turns = _turns(conversation)
    ratings = list(_ratings(workspace_id, turns)) if turns else []
    counted = Counter(intent for intent, _parse, _decision in turns if intent)
    customer = visitor.customer
    return CustomerCard(
        name=names[0] if names else "",
        signed_in=visitor.is_identified(now) and customer is not None and bool(customer.external_id),
        external_id=customer.external_id if customer is not None else "",
        lines=tuple(line_of(one, listed, locale) for one in judged),
        talks=tuple(one for one in talks_of(conversation) if not one.is_this),
        intents=tuple(counted.most_common(INTENTS_SHOWN)),
        numbers=tuple(_numbers(parse for _intent, parse, _decision in turns)),
        rating=mean(ratings) if ratings else None,
        ratings=len(ratings),
        suggestions=suggested_articles(
            conversation.site.workspace,
            conversation.locale,
            interests_of(conversation, [one for one, _times in counted.most_common(INTENTS_SHOWN)], judged),
        ),
    )


def interests_of(
    conversation: Conversation, intents: Sequence[str], judged: Sequence[JudgedEntry]
) -> list[Interest]:
    """What tells what the customer is after: their last words, what they came for, what may be used of them."""
    last = (
        conversation.messages.filter(author=Author.VISITOR, kind=MessageKind.TEXT)
        .order_by("-sequence")
        .values_list("text", flat=True)[:LAST_WORDS]
    )
    titles = intent_titles(conversation.site.workspace_id, conversation.locale)
    return [
        *(Interest("said", text) for text in last),
        *(Interest("asked", titles.get(name, name.replace("_", " "))) for name in intents),
        *(
            Interest("profile", one.entry.value)
            for one in judged
            if one.usable and not REFERENCE.fullmatch(one.entry.value)
        ),
    ]


_Read = tuple[str, Mapping[str, Any], Mapping[str, Any]]


def _turns(conversation: Conversation) -> list[_Read]:
    """Intent, parse and decision of the person's latest turns, newest first."""
    rows = Turn.objects.filter(kind=TurnKind.LIVE)
    customer_id = conversation.visitor.customer_id
    if customer_id is not None:
        rows = rows.filter(conversation__visitor__customer_id=customer_id)
    else:
        rows = rows.filter(conversation=conversation)
    return [
        (intent, parse or {}, decision or {})
        for intent, parse, decision in rows.order_by("-id").values_list("intent", "parse", "decision")[:TURNS_READ]
    ]


def _numbers(parses: Iterable[Mapping[str, Any]]) -> list[str]:
    """Values of types such as `order_no` and `booking_no`, each once."""
    found: dict[str, None] = {}
    for parse in parses:
        for entity in parse.get("entities", ()):
            if str(entity.get("type", "")).endswith("_no") and entity.get("value"):
                found.setdefault(str(entity["value"]))
    return list(found)[:NUMBERS_SHOWN]


def _ratings(workspace_id: int, turns: Iterable[_Read]) -> Iterable[int]:
    """What the customer answered where a flow asked how it was."""
    asked = {
        (flow.name, step.slot)
        for flow in read_flow_book(workspace_id).current.values()
        for step in flow.steps
        if isinstance(step, Rate)
    }
    for _intent, _parse, decision in turns:
        flow = decision.get("flow") or {}
        for slot, value in (flow.get("filled") or {}).items():
            names = {flow.get("flow"), flow.get("ended")}
            if str(value).isdecimal() and any((name, slot) in asked for name in names):
                yield int(value)

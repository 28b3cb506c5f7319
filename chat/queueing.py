"""Where a conversation comes in the queue for people, and to whom it would best go: rules, then who knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chat.access import can_use_desk
from chat.models import Agent, Conversation, Handoff, RoutingRule
from chat.models.routing import TALK_LANGUAGE, Priority
from chat.profiles import NOTHING_KNOWN, usable_profiles

REMEMBERED_FOR: Final = timedelta(days=30)
"""How long the agent who answered last is the one to ask first."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue. `reason` says why, for agents: what the rule went by, or empty."""

    priority: int = Priority.USUAL
    agent: Agent | None = None
    reason: str = ""


def place_of(conversation: Conversation, now: datetime) -> Place:
    """The place of a conversation that is about to wait.

    Only what the site vouches for counts, as far as it may be used: nobody comes first by saying so.
    """
    rules = list(
        RoutingRule.objects.filter(workspace_id=conversation.site.workspace_id).select_related("agent__user")
    )
    signed: Mapping[str, str] = {}
    if rules:
        signed = usable_profiles([conversation], now).get(conversation.pk, NOTHING_KNOWN).signed
    place = place_by_rules(rules, {**signed, TALK_LANGUAGE: conversation.locale})
    if place.agent is not None and not can_use_desk(place.agent.user):
        place = Place(place.priority, None, place.reason)
    if place.agent is None:
        place = Place(place.priority, _last_agent(conversation, now), place.reason)
    return place


def place_by_rules(rules: Sequence[RoutingRule], known: Mapping[str, str]) -> Place:
    """What the first rule that fits says; letters' case does not matter."""
    for rule in rules:
        value = known.get(rule.attribute, "")
        if value and value.casefold() in {one.casefold() for one in rule.wanted}:
            return Place(rule.priority, rule.agent, f"{rule.attribute}: {value}"[:120])
    return Place()


def _last_agent(conversation: Conversation, now: datetime) -> Agent | None:
    """Who answered this person last, if that is not long ago and they still answer."""
    rows = Handoff.objects.filter(accepted_by__isnull=False, accepted_at__gte=now - REMEMBERED_FOR)
    customer = conversation.visitor.customer
    if customer is not None and conversation.visitor.speaks_for_customer(now):
        rows = rows.filter(conversation__visitor__customer=customer)
    else:
        rows = rows.filter(conversation=conversation)
    last = rows.select_related("accepted_by__user").order_by("-accepted_at").first()
    agent = last.accepted_by if last is not None else None
    return agent if agent is not None and can_use_desk(agent.user) else None

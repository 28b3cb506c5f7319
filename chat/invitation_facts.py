"""What the rules decide about, read from the rows: the rules of a site, and the situation of a visitor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from chat.behaviour import Refusal, stored_events
from chat.models import BehaviourPolicy, Conversation, Invitation, InvitationRule
from chat.models.conversations import ConversationStatus
from chat.proactive.reader import read_conditions, read_words
from chat.proactive.rules import Caps, Past, Rule, Situation

PAST_READ: Final = 100
TASK_LASTS: Final = timedelta(minutes=30)
"""Silence after which an unfinished task of the assistant does not keep an invitation back."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the visitor's page says of itself."""

    page: str
    seconds: int
    locale: str
    panel_open: bool


def rule_of(row: InvitationRule) -> Rule:
    """The row as it is decided about; select `flow` with it."""
    flow = row.flow
    return Rule(
        id=row.pk,
        name=row.name,
        priority=row.priority,
        conditions=read_conditions(row.conditions),
        words=read_words(row.texts),
        flow=flow.name if flow is not None else "",
        flow_ready=flow is not None and flow.is_on and flow.published_id is not None,
        most_ever=row.most_ever,
        is_on=row.is_on,
    )


def rules_of_site(*, workspace_id: int, site_id: int, switched_on: bool = True) -> list[Rule]:
    """The rules that hold on a site; with `switched_on` only those in use."""
    rows = InvitationRule.objects.filter(Q(site_id=site_id) | Q(site=None), workspace_id=workspace_id)
    if switched_on:
        rows = rows.filter(is_on=True)
    return [rule_of(row) for row in rows.select_related("flow")]


def caps_of(policy: BehaviourPolicy) -> Caps:
    """How often the site may invite one visitor."""
    return Caps(a_day=policy.invitations_a_day, quiet_hours=policy.quiet_hours)


def past_of(visitor_id: int) -> tuple[Past, ...]:
    """The invitations that the visitor has seen, newest first."""
    rows = Invitation.objects.filter(visitor_id=visitor_id, shown_at__isnull=False).order_by("-pk")
    return tuple(
        Past(rule, shown_at, dismissed_at)
        for rule, shown_at, dismissed_at in rows.values_list("rule_id", "shown_at", "dismissed_at")[:PAST_READ]
        if shown_at is not None
    )


def situation_of(
    *, conversation: Conversation, place: Place, refusal: Refusal, now: datetime | None = None
) -> Situation:
    """Everything that rules may look at; select `visitor` with the conversation."""
    moment = now or timezone.now()
    visitor = conversation.visitor
    return Situation(
        now=timezone.localtime(moment),
        page=place.page,
        locale=place.locale,
        seconds=place.seconds,
        events=tuple(stored_events(visitor.pk, now=moment)) if not refusal else (),
        first_seen=visitor.created_at,
        past=past_of(visitor.pk),
        refusal=refusal,
        panel_open=place.panel_open,
        with_person=conversation.status in (ConversationStatus.WAITING, ConversationStatus.ACTIVE),
        task_under_way=is_busy(conversation, moment),
    )


def is_busy(conversation: Conversation, now: datetime) -> bool:
    """Whether the assistant is in the middle of a task with the visitor, or owes an answer."""
    if conversation.status != ConversationStatus.BOT or now - conversation.last_activity_at > TASK_LASTS:
        return False
    state = conversation.dialogue_state
    frames: Sequence[object] = state.get("frames", ()) if isinstance(state, dict) else ()
    return bool(frames) or conversation.visitor_sequence > conversation.answered_sequence

"""Reading behaviour events: whether any may be kept of a visitor, and what happened lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal

from django.utils import timezone

from chat.models import BehaviourChoice, BehaviourEvent, BehaviourPolicy, Visitor
from chat.models.behaviour import LawfulBasis
from chat.proactive.rules import Happened, Money

Refusal = Literal["", "off", "signal", "withdrawn", "opted_out", "no_consent"]
"""Why nothing may be kept of a visitor: the site takes nothing; the browser says so; the visitor did."""
READ_AT_MOST: Final = 100


def policy_in_force(site_id: int) -> BehaviourPolicy | None:
    """The policy of a site that takes behaviour events; None where nothing may be kept."""
    return BehaviourPolicy.objects.filter(site_id=site_id, is_on=True).first()


def refusal_of(policy: BehaviourPolicy | None, choice: BehaviourChoice | None) -> Refusal:
    """Why nothing may be kept of a visitor who has decided so; empty if it may."""
    if policy is None:
        return "off"
    if choice is not None and choice.withdrawn_at is not None:
        return "withdrawn"
    if choice is not None and choice.opted_out_at is not None:
        return "opted_out"
    if policy.basis == LawfulBasis.CONSENT and (choice is None or choice.consented_at is None):
        return "no_consent"
    return ""


def recent_events(
    visitor: Visitor, *, now: datetime | None = None, limit: int = READ_AT_MOST
) -> Iterator[Happened]:
    """What the visitor did lately, newest first; nothing where it may not be used (any more).

    The one way for other code to read behaviour: it checks the site's policy and the visitor's choice each time.
    """
    choice = BehaviourChoice.objects.filter(visitor=visitor).first()
    if refusal_of(policy_in_force(visitor.site_id), choice):
        return
    yield from stored_events(visitor.pk, now=now or timezone.now(), limit=limit)


def stored_events(visitor_id: int, *, now: datetime, limit: int = READ_AT_MOST) -> Iterator[Happened]:
    """The rows that have not expired, newest first. The caller has asked whether they may be used."""
    rows = BehaviourEvent.objects.filter(visitor_id=visitor_id, expires_at__gt=now)
    for kind, at, page, product, amount, currency in rows.order_by("-happened_at", "-pk").values_list(
        "kind", "happened_at", "page", "product", "amount", "currency"
    )[:limit]:
        value = Money(amount, currency) if amount is not None and currency else None
        yield Happened(kind=kind, at=at, page=page, product=product, value=value)

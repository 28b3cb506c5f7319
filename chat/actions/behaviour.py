"""Behaviour events: the policy that allows them, storing them, the visitor's choices, and their end."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.behaviour import Refusal, policy_in_force, refusal_of
from chat.errors import InvalidInput
from chat.models import BehaviourChoice, BehaviourEvent, BehaviourPolicy, Invitation, Site, Visitor
from chat.models.behaviour import BehaviourKind, LawfulBasis
from chat.proactive.rules import Money
from nlu.actions.audit import Actor, record
from nlu.actions.jobs import enqueue
from nlu.actions.masking import mask_text
from nlu.models import Job
from nlu.models.jobs import JobStatus

logger = logging.getLogger(__name__)

FORGET_TASK: Final = "chat.forget_behaviour"
FORGET_EVERY: Final = timedelta(hours=1)
FORGET_AT_ONCE: Final = 200
"""Rows of one transaction, so that no acknowledgement of a message waits for long."""
MOST_KEPT: Final = 300
"""Events kept of one visitor; older ones make room."""
NOTE_LENGTH: Final = 2_000
_FIELD_LENGTHS: Final = {"page": 200, "product": 80}


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A checked event that is not stored yet; its texts are not masked yet."""

    kind: BehaviourKind
    page: str = ""
    product: str = ""
    value: Money | None = None


@transaction.atomic
def save_policy(
    *,
    site: Site,
    is_on: bool,
    basis: str,
    basis_note: str,
    kept_days: int,
    invitations_a_day: int,
    quiet_hours: int,
    actor: Actor,
) -> BehaviourPolicy:
    """Say whether the site takes behaviour events, and why it may. InvalidInput without a lawful basis.

    Another basis, or other reasons, are recorded anew with who did it and when. Switching off deletes all events,
    asking for consent from now on those of everybody who has not given it.
    """
    note = basis_note.strip()
    if basis and basis not in LawfulBasis.values:
        raise InvalidInput(_("There is no such lawful basis."))
    if is_on and (not basis or not note):
        raise InvalidInput(_("Write down the lawful basis and its reasons first: without them nothing is kept."))
    if len(note) > NOTE_LENGTH:
        raise InvalidInput(_("At most %(count)d characters.") % {"count": NOTE_LENGTH})
    for number, least, most in ((kept_days, 1, 180), (invitations_a_day, 0, 10), (quiet_hours, 0, 720)):
        if not least <= number <= most:
            raise InvalidInput(
                _("A number from %(least)d to %(most)d is wanted.") % {"least": least, "most": most}
            )
    policy = BehaviourPolicy.objects.select_for_update().filter(site=site).first() or BehaviourPolicy(site=site)
    if (policy.basis, policy.basis_note) != (basis, note):
        policy.recorded_at = timezone.now() if basis else None
        policy.recorded_by_id = actor.pk if actor is not None and basis else None
    was_on, basis_before = policy.is_on, policy.basis
    policy.is_on, policy.basis, policy.basis_note = is_on, basis, note
    policy.kept_days, policy.invitations_a_day, policy.quiet_hours = kept_days, invitations_a_day, quiet_hours
    policy.save()
    summary = f"{site.key}: {basis or '-'}, {'on' if is_on else 'off'}"
    record(actor=actor, action="behaviour.policy_saved", target=site, workspace=site.workspace, summary=summary)
    if was_on and not is_on:
        BehaviourEvent.objects.filter(visitor__site=site).delete()
    elif basis == LawfulBasis.CONSENT and basis_before != basis:
        consented = BehaviourChoice.objects.filter(visitor__site=site, consented_at__isnull=False)
        events = BehaviourEvent.objects.filter(visitor__site=site)
        events.exclude(visitor_id__in=consented.values("visitor_id")).delete()
    return policy


@transaction.atomic
def take_events(*, visitor: Visitor, events: Sequence[NewEvent], workspace_id: int) -> Refusal:
    """Store the events, masked, if they may be kept; why not otherwise. The oldest ones make room for them."""
    _hold(visitor)
    policy = policy_in_force(visitor.site_id)
    refusal = refusal_of(policy, BehaviourChoice.objects.filter(visitor=visitor).first())
    if refusal or policy is None or not events:
        return refusal
    now = timezone.now()
    expires = now + timedelta(days=policy.kept_days)
    BehaviourEvent.objects.bulk_create(
        BehaviourEvent(
            visitor=visitor,
            kind=event.kind,
            page=masked(workspace_id, "page", event.page),
            product=masked(workspace_id, "product", event.product),
            amount=event.value.amount if event.value is not None else None,
            currency=event.value.currency if event.value is not None else "",
            # Events of one request keep their order.
            happened_at=now + timedelta(microseconds=place),
            expires_at=expires,
        )
        for place, event in enumerate(events)
    )
    kept = BehaviourEvent.objects.filter(visitor=visitor).order_by("-happened_at", "-pk")
    surplus = list(kept.values_list("pk", flat=True)[MOST_KEPT : MOST_KEPT + FORGET_AT_ONCE])
    if surplus:
        BehaviourEvent.objects.filter(pk__in=surplus).delete()
    queue_forgetting()
    return ""


def _hold(visitor: Visitor) -> None:
    """One after the other: an event on its way must not come after the objection that deletes all of them."""
    Visitor.objects.select_for_update(of=("self",)).get(pk=visitor.pk)


def masked(workspace_id: int, field: str, text: str) -> str:
    """A text as it may be stored: account pages may have a telephone number in their path."""
    return mask_text(workspace_id, text).text[: _FIELD_LENGTHS[field]] if text else ""


@transaction.atomic
def give_consent(*, visitor: Visitor) -> BehaviourChoice:
    """The visitor agrees, as the host page says. Somebody who wants no invitations still gets none."""
    choice, _made = BehaviourChoice.objects.select_for_update().get_or_create(visitor=visitor)
    if choice.consented_at is None or choice.withdrawn_at is not None:
        choice.consented_at = timezone.now()
        choice.withdrawn_at = None
        choice.save(update_fields=["consented_at", "withdrawn_at"])
    return choice


@transaction.atomic
def withdraw_consent(*, visitor: Visitor) -> BehaviourChoice:
    """The visitor withdraws the consent, or objects: what is kept is deleted, and nothing more is kept."""
    _hold(visitor)
    choice, _made = BehaviourChoice.objects.select_for_update().get_or_create(visitor=visitor)
    choice.consented_at = None
    choice.withdrawn_at = choice.withdrawn_at or timezone.now()
    choice.save(update_fields=["consented_at", "withdrawn_at"])
    _forget_where(visitor)
    return choice


def _forget_where(visitor: Visitor) -> None:
    """Delete what tells where the visitor was. Invitations count on, without their page."""
    BehaviourEvent.objects.filter(visitor=visitor).delete()
    Invitation.objects.filter(visitor=visitor).update(page="")


@transaction.atomic
def opt_out(*, visitor: Visitor) -> BehaviourChoice:
    """No invitations any more, for good; and nothing is kept of what they would be decided by."""
    _hold(visitor)
    choice, _made = BehaviourChoice.objects.select_for_update().get_or_create(visitor=visitor)
    if choice.opted_out_at is None:
        choice.opted_out_at = timezone.now()
        choice.save(update_fields=["opted_out_at"])
    _forget_where(visitor)
    return choice


@transaction.atomic
def carry_refusals(*, source: Visitor, target: Visitor) -> None:
    """Somebody else is in the browser now, so that it has a visitor of its own: what was refused stays refused.

    Whether it was the same person nobody knows. A consent is one person's own, so it is not carried.
    """
    choice = BehaviourChoice.objects.filter(visitor=source).first()
    if choice is None or (choice.withdrawn_at is None and choice.opted_out_at is None):
        return
    refusals = {"withdrawn_at": choice.withdrawn_at, "opted_out_at": choice.opted_out_at}
    BehaviourChoice.objects.update_or_create(visitor=target, defaults=refusals)


@transaction.atomic
def forget_behaviour(*, visitor: Visitor) -> int:
    """Erase everything that a visitor did and was shown, as part of erasing the visitor; how many rows.

    The choices stay until the visitor's own row goes: who wanted no invitations must not get any meanwhile.
    """
    events, _by_model = BehaviourEvent.objects.filter(visitor=visitor).delete()
    invitations, _by_model = Invitation.objects.filter(visitor=visitor).delete()
    return events + invitations


def queue_forgetting() -> None:
    """See to it that expired events are deleted: a job looks once an hour while there are any."""
    if not Job.objects.filter(task=FORGET_TASK, status=JobStatus.QUEUED).exists():
        enqueue(task=FORGET_TASK, arguments={}, run_after=timezone.now() + FORGET_EVERY)


def forget_expired() -> int:
    """Delete the events whose time is over, in short transactions; how many. Some stay: look in an hour.

    Offers that no page took up tell nothing any more after a day.
    """
    total = 0
    while ids := list(
        BehaviourEvent.objects.filter(expires_at__lte=timezone.now()).values_list("pk", flat=True)[:FORGET_AT_ONCE]
    ):
        BehaviourEvent.objects.filter(pk__in=ids).delete()
        total += len(ids)
    Invitation.objects.filter(shown_at=None, offered_at__lt=timezone.now() - timedelta(days=1)).delete()
    if BehaviourEvent.objects.exists():
        with transaction.atomic():
            queue_forgetting()
    if total:
        logger.info("%d behaviour events were forgotten", total)
    return total

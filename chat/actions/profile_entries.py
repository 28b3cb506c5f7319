"""What is known about a customer: stored on a basis, taken back, forgotten when its time is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, count
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from chat.errors import NotFound
from chat.identity import Identity
from chat.models import Consent, Conversation, Customer, ProfileAttribute, ProfileEntry, UsedIdentity, Visitor
from chat.models.profiles import SEALED_KINDS, Basis, ProfileSource
from chat.profile_rules import NAME, canonical, hint_of
from nlu.actions.jobs import enqueue
from nlu.actions.vault import KeptValue, NewEntry, keep_values
from nlu.models import Job, VaultEntry, Workspace
from nlu.models.jobs import JobStatus

SWEEP_TASK: Final = "chat.sweep_profiles"
SWEEP_EVERY: Final = timedelta(hours=6)
MOST_ATTRIBUTES: Final = 100
FACT_DAYS: Final = 180
LONGEST_VALUE: Final = 300
OWN_ITEM: Final = 0
"""The item of the vault that a customer's own values are kept under; a message's is its sequence, from 1 on."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a customer confirmed in a flow; `titles` are the slot's, by language."""

    name: str
    value: str
    titles: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def store_signed(*, customer: Customer, identity: Identity, now: datetime) -> None:
    """Store what the site says, as far as the workspace lists it and a basis is recorded.

    A name that is not listed yet is listed without a basis, so that staff see that it is sent; its value is not
    stored. What is said without consent where consent is the basis, or against the customer's objection, is not
    stored either. None takes a value back; what a token does not mention stays.
    """
    if not identity.attributes and not identity.consents:
        return
    workspace_id = customer.site.workspace_id
    attributes = ProfileAttribute.objects.filter(workspace_id=workspace_id)
    listed = {one.name: one for one in attributes if may_be_listed(one.name)}
    for name in identity.consents:
        if name in listed:
            Consent.objects.get_or_create(customer=customer, purpose=name, defaults={"given_at": now})
    choices = {one.purpose: one for one in customer.consents.all()}
    for name, stated in identity.attributes.items():
        attribute = listed.get(name)
        if attribute is None:
            if may_be_listed(name) and len(listed) < MOST_ATTRIBUTES:
                listed[name], _made = ProfileAttribute.objects.get_or_create(workspace_id=workspace_id, name=name)
            continue
        value = canonical(attribute.kind, stated) if stated is not None else ""
        if stated is None or not _may_store(attribute, choices.get(name)):
            _forget(customer.entries.filter(name=name, source=ProfileSource.SIGNED), customer)
        elif value:
            _put(customer, attribute, value, now)
    plan_sweep(now)


def may_be_listed(name: str) -> bool:
    """Whether an attribute can have this name. Consent to remembering is no site's to give."""
    return NAME.fullmatch(name) is not None and name != Consent.REMEMBER


def _may_store(attribute: ProfileAttribute, choice: Consent | None) -> bool:
    if attribute.basis == Basis.CONSENT:
        return choice is not None and choice.withdrawn_at is None and choice.given_at is not None
    if attribute.basis == Basis.INTEREST:
        return choice is None or choice.withdrawn_at is None
    return bool(attribute.basis == Basis.CONTRACT)


def _put(customer: Customer, attribute: ProfileAttribute, value: str, now: datetime) -> None:
    """Store a value of the site, sealed if it is contact details."""
    if attribute.kind in SEALED_KINDS:
        former = customer.entries.filter(name=attribute.name, source=ProfileSource.SIGNED)
        _forget_sealed(former, customer)
        placeholder = _free_placeholder(customer, hint_of(attribute.kind, value))
        keep_values(
            [NewEntry(customer.site.workspace_id, str(customer.uuid), OWN_ITEM, KeptValue(placeholder, value))]
        )
        value = f"vault:{OWN_ITEM}:{placeholder}"
    ProfileEntry.objects.update_or_create(
        customer=customer,
        name=attribute.name,
        source=ProfileSource.SIGNED,
        defaults={
            "titles": attribute.titles,
            "value": value,
            "basis": attribute.basis,
            "learned_at": now,
            "expires_at": now + timedelta(days=attribute.keep_days),
        },
    )


def _free_placeholder(customer: Customer, hint: str) -> str:
    """A placeholder of the line's own: two addresses may look alike as a hint, and each is deleted alone."""
    taken = set(
        VaultEntry.objects.filter(scope=str(customer.uuid), item=OWN_ITEM).values_list("placeholder", flat=True)
    )
    numbered = (f"[{hint} {number}]" for number in count(2))
    return next(one for one in chain((f"[{hint}]",), numbered) if one not in taken)


@transaction.atomic
def learn_facts(*, conversation: Conversation, facts: Sequence[Fact], now: datetime) -> int:
    """Remember what the customer confirmed, if they agreed to that and have not withdrawn it; how many values.

    Nothing where the site's word about the browser has ended: somebody else may sit there by now.
    A masked value stays a reference to what the vault keeps of this conversation.
    """
    customer = conversation.visitor.customer
    if customer is None or not facts or not conversation.visitor.speaks_for_customer(now):
        return 0
    if not _lets_us_remember(customer):
        return 0
    fitting = [one for one in facts if one.value and len(one.value) <= LONGEST_VALUE]
    for fact in fitting:
        ProfileEntry.objects.update_or_create(
            customer=customer,
            name=fact.name[:60],
            source=ProfileSource.CHAT,
            defaults={
                "titles": dict(fact.titles),
                "value": fact.value,
                "basis": Basis.CONSENT,
                "conversation": conversation,
                "sequence": conversation.visitor_sequence,
                "learned_at": now,
                "expires_at": now + timedelta(days=FACT_DAYS),
            },
        )
    plan_sweep(now)
    return len(fitting)


def _lets_us_remember(customer: Customer) -> bool:
    return customer.consents.filter(purpose=Consent.REMEMBER, withdrawn_at=None, given_at__isnull=False).exists()


@transaction.atomic
def settle_consent(
    *, conversation: Conversation, purpose: str, given: bool, wording: str = "", locale: str = ""
) -> Consent:
    """Write down that the visitor agreed to a purpose, or that they do not want it; both end the other.

    A visitor who is nobody yet becomes a customer of their own. Without consent what rested on it goes at once.
    """
    # Read afresh: a sign-in between has made the visitor somebody, whose consent this is then.
    visitor = (
        Visitor.objects.select_for_update(of=("self",))
        .select_related("site", "customer")
        .get(pk=conversation.visitor_id)
    )
    conversation.visitor = visitor
    if visitor.customer is None:
        visitor.customer = Customer.objects.create(site_id=visitor.site_id)
        visitor.save(update_fields=["customer"])
    customer = visitor.customer
    now = timezone.now()
    consent, _made = Consent.objects.update_or_create(
        customer=customer,
        purpose=purpose[:60],
        defaults={
            "given_at": now if given else None,
            "withdrawn_at": None if given else now,
            "wording": wording[:400],
            "locale": locale[:12],
        },
    )
    if not given:
        gone = customer.entries.exclude(basis=Basis.CONTRACT)
        if purpose == Consent.REMEMBER:
            _forget(gone.filter(source=ProfileSource.CHAT), customer)
        else:
            _forget(gone.filter(source=ProfileSource.SIGNED, name=purpose), customer)
    return consent


@transaction.atomic
def forget_entry(*, customer: Customer, uuid: UUID) -> None:
    """Delete one line at the customer's wish. NotFound if it is not theirs.

    What the site says is not taken from it again, unless the contract needs it.
    """
    entry = customer.entries.filter(uuid=uuid).first()
    if entry is None:
        raise NotFound("No such line")
    if entry.source == ProfileSource.SIGNED and entry.basis != Basis.CONTRACT:
        Consent.objects.update_or_create(
            customer=customer,
            purpose=entry.name,
            defaults={"given_at": None, "withdrawn_at": timezone.now(), "wording": "", "locale": ""},
        )
    _forget(customer.entries.filter(pk=entry.pk), customer)


@transaction.atomic
def forget_profile(*, customer: Customer) -> int:
    """Delete every line at the customer's wish, and end what they agreed to; how many lines."""
    uuids = list(customer.entries.values_list("uuid", flat=True))
    for uuid in uuids:
        forget_entry(customer=customer, uuid=uuid)
    customer.consents.filter(withdrawn_at=None).update(given_at=None, withdrawn_at=timezone.now())
    return len(uuids)


def forget_attribute(*, workspace: Workspace, name: str) -> None:
    """Delete what sites said under a name, of all customers. The caller has a transaction."""
    _forget_of_many(_said_by_sites(workspace, name))


def follow_attribute(*, attribute: ProfileAttribute) -> None:
    """Give what is stored under an attribute its present basis, and an end that is no later than it says now.

    What was needed for a contract and no longer is goes where the customer has objected. The caller has a
    transaction.
    """
    entries = _said_by_sites(attribute.workspace, attribute.name)
    if attribute.basis == Basis.INTEREST:
        objected = Consent.objects.filter(purpose=attribute.name, withdrawn_at__isnull=False)
        _forget_of_many(entries.filter(customer__in=objected.values("customer")))
    if attribute.basis:
        entries.exclude(basis=attribute.basis).update(basis=attribute.basis)
    ends = F("learned_at") + timedelta(days=attribute.keep_days)
    entries.filter(expires_at__gt=ends).update(expires_at=ends)


def _said_by_sites(workspace: Workspace, name: str) -> QuerySet[ProfileEntry]:
    return ProfileEntry.objects.filter(customer__site__workspace=workspace, name=name, source=ProfileSource.SIGNED)


def _forget_of_many(entries: QuerySet[ProfileEntry]) -> None:
    for entry in entries.select_related("customer").iterator(chunk_size=200):
        _forget_sealed(ProfileEntry.objects.filter(pk=entry.pk), entry.customer)
    entries.delete()


def adopt(*, anonymous: Customer, customer: Customer) -> None:
    """What somebody let us remember before they signed in, in the same browser, becomes theirs.

    What is known of them already stands, and so does a refusal: who does not want to be remembered takes no facts
    along. The caller has a transaction.
    """
    settled = set(customer.consents.values_list("purpose", flat=True))
    anonymous.consents.exclude(purpose__in=settled).update(customer=customer)
    if _lets_us_remember(customer):
        known = set(customer.entries.values_list("name", "source"))
        for entry in anonymous.entries.filter(source=ProfileSource.CHAT):
            if (entry.name, entry.source) not in known:
                entry.customer = customer
                entry.save(update_fields=["customer"])
    anonymous.visitors.update(customer=customer)
    anonymous.delete()


def sweep_profiles() -> int:
    """Delete what is kept no longer, used tokens that have ended, and customers of whom nothing is left.

    How many lines went; as long as there are some, another sweep is planned.
    """
    now = timezone.now()
    gone = 0
    expired = ProfileEntry.objects.filter(expires_at__lte=now).select_related("customer")
    for entry in expired.iterator(chunk_size=200):
        with transaction.atomic():
            _forget(ProfileEntry.objects.filter(pk=entry.pk), entry.customer)
        gone += 1
    UsedIdentity.objects.filter(expires_at__lte=now - timedelta(minutes=5)).delete()
    Customer.objects.filter(visitors=None, entries=None, consents=None).delete()
    if ProfileEntry.objects.exists() or UsedIdentity.objects.exists():
        plan_sweep(now)
    return gone


def plan_sweep(now: datetime) -> None:
    """Have somebody sweep in some hours, unless that is planned."""
    # A running one does not count: it may be past what has just been stored.
    if not Job.objects.filter(task=SWEEP_TASK, status=JobStatus.QUEUED).exists():
        enqueue(task=SWEEP_TASK, arguments={}, run_after=now + SWEEP_EVERY)


def _forget(entries: QuerySet[ProfileEntry], customer: Customer) -> None:
    _forget_sealed(entries, customer)
    entries.delete()


def _forget_sealed(entries: QuerySet[ProfileEntry], customer: Customer) -> None:
    """Take out of the vault what these lines refer to there, if it is the customer's own and not a message's."""
    own = f"vault:{OWN_ITEM}:"
    for value in entries.filter(value__startswith=own).values_list("value", flat=True):
        _vault(customer, value.removeprefix(own)).delete()


def _vault(customer: Customer, placeholder: str) -> QuerySet[VaultEntry]:
    return VaultEntry.objects.filter(scope=str(customer.uuid), item=OWN_ITEM, placeholder=placeholder)

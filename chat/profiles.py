"""What may be used of a customer's profile in a conversation now: every line passes `profile_rules.may_use`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chat.dialogue.knowledge import Keeping
from chat.dialogue.templates import REFERENCE
from chat.models import Consent, Conversation, ProfileAttribute, ProfileEntry, Visitor
from chat.models.profiles import Basis, ProfileSource
from chat.profile_rules import Choice, may_use


@dataclass(frozen=True, slots=True)
class UsableProfile:
    """`profile` are all attributes by name, `facts` those that the customer said in an earlier talk, `signed`
    those that the site vouches for."""

    profile: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    keeping: Keeping = "off"
    signed: Mapping[str, str] = field(default_factory=dict)


NOTHING_KNOWN = UsableProfile()


@dataclass(frozen=True, slots=True)
class JudgedEntry:
    """A line, the basis that counts for it now, and whether it may be used."""

    entry: ProfileEntry
    basis: str
    usable: bool


def usable_profiles(conversations: Collection[Conversation], now: datetime) -> dict[int, UsableProfile]:
    """Conversation id -> what may be used there; those of visitors of whom nothing is known are not in it.

    One query where nobody is known, four where somebody is.
    """
    ids = {one.visitor_id for one in conversations}
    visitors = {one.pk: one for one in Visitor.objects.filter(pk__in=ids).select_related("customer", "site")}
    customers = {one.customer_id for one in visitors.values() if one.customer_id is not None}
    choices = choices_of(customers)
    lines = _lines(customers)
    listed = _listed({one.site.workspace_id for one in visitors.values() if one.customer_id is not None})
    found: dict[int, UsableProfile] = {}
    for conversation in conversations:
        visitor = visitors.get(conversation.visitor_id)
        if visitor is None or (visitor.customer_id is None and not visitor.site.offers_to_remember):
            continue
        said = choices.get(visitor.customer_id or 0, {})
        judged = judge(
            lines.get(visitor.customer_id or 0, ()),
            visitor=visitor,
            choices=said,
            listed=listed.get(visitor.site.workspace_id, {}),
            now=now,
        )
        usable = [one.entry for one in judged if one.usable and _is_here(one.entry, conversation)]
        found[conversation.pk] = _usable(usable, keeping_of(visitor, said.get(Consent.REMEMBER, ""), now))
    return found


def judge(
    entries: Sequence[ProfileEntry],
    *,
    visitor: Visitor,
    choices: Mapping[str, Choice],
    listed: Mapping[str, ProfileAttribute],
    now: datetime,
) -> list[JudgedEntry]:
    """Each line with its verdict in the visitor's browser. What is listed no longer has no basis any more."""
    customer = visitor.customer
    needs_identity = customer is not None and bool(customer.external_id)
    identified = visitor.is_identified(now)
    judged: list[JudgedEntry] = []
    for entry in entries:
        if entry.source == ProfileSource.SIGNED:
            attribute = listed.get(entry.name)
            basis, purpose = attribute.basis if attribute is not None else "", entry.name
        else:
            basis, purpose = Basis.CONSENT.value, Consent.REMEMBER
        usable = may_use(
            basis=basis,
            choice=choices.get(purpose, ""),
            expires=entry.expires_at,
            now=now,
            needs_identity=needs_identity,
            identified=identified,
        )
        if entry.source == ProfileSource.CHAT and not visitor.site.offers_to_remember:
            usable = False
        judged.append(JudgedEntry(entry, basis, usable))
    return judged


def judged_profile(visitor: Visitor, now: datetime) -> list[JudgedEntry]:
    """Everything that is known about the visitor's customer, usable or not."""
    if visitor.customer_id is None:
        return []
    return judge(
        _lines({visitor.customer_id}).get(visitor.customer_id, ()),
        visitor=visitor,
        choices=choices_of({visitor.customer_id}).get(visitor.customer_id, {}),
        listed=_listed({visitor.site.workspace_id}).get(visitor.site.workspace_id, {}),
        now=now,
    )


def choices_of(customers: Collection[int]) -> dict[int, dict[str, Choice]]:
    """Customer id -> purpose -> what they said."""
    found: dict[int, dict[str, Choice]] = {}
    for consent in Consent.objects.filter(customer_id__in=customers) if customers else ():
        choice: Choice = "withdrawn" if consent.withdrawn_at is not None else "given" if consent.given_at else ""
        found.setdefault(consent.customer_id, {})[consent.purpose] = choice
    return found


def keeping_of(visitor: Visitor, choice: Choice, now: datetime) -> Keeping:
    """Whether more may be remembered of what the visitor confirms."""
    if not visitor.site.offers_to_remember or choice == "withdrawn":
        return "off"
    if visitor.customer is not None and not visitor.speaks_for_customer(now):
        return "off"
    return "on" if choice == "given" else "ask"


def _usable(entries: Sequence[ProfileEntry], keeping: Keeping) -> UsableProfile:
    facts = {one.name: one.value for one in entries if one.source == ProfileSource.CHAT}
    signed = {one.name: one.value for one in entries if one.source == ProfileSource.SIGNED}
    # What the site vouches for counts for more than what was said.
    return UsableProfile({**facts, **signed}, facts, keeping, signed)


def _is_here(entry: ProfileEntry, conversation: Conversation) -> bool:
    """Whether the value can be read in this conversation: a message's kept values are for its own talk alone."""
    reference = REFERENCE.fullmatch(entry.value)
    return reference is None or int(reference[1]) == 0 or entry.conversation_id == conversation.pk


def _lines(customers: Collection[int]) -> dict[int, list[ProfileEntry]]:
    found: dict[int, list[ProfileEntry]] = {}
    for entry in ProfileEntry.objects.filter(customer_id__in=customers) if customers else ():
        found.setdefault(entry.customer_id, []).append(entry)
    return found


def _listed(workspaces: Collection[int]) -> dict[int, dict[str, ProfileAttribute]]:
    found: dict[int, dict[str, ProfileAttribute]] = {}
    for attribute in ProfileAttribute.objects.filter(workspace_id__in=workspaces) if workspaces else ():
        found.setdefault(attribute.workspace_id, {})[attribute.name] = attribute
    return found

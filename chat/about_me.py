"""What a visitor is shown about themselves: every line with its source, its basis and its end, and their talks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from chat.dialogue.templates import shown
from chat.models import Consent, Conversation, Customer, ProfileAttribute, Visitor
from chat.models.profiles import Basis, ProfileSource
from chat.profiles import JudgedEntry, choices_of, judged_profile

TALKS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class KnownLine:
    """One thing known. `used`: it may be used now; `purpose` is what for, if staff wrote it down."""

    uuid: UUID
    title: str
    value: str
    source: ProfileSource
    basis: Basis
    purpose: str
    learned_at: datetime
    expires_at: datetime
    used: bool


@dataclass(frozen=True, slots=True)
class AskedPurpose:
    """Something that needs the visitor's consent, and what they said: `given`, `withdrawn` or nothing."""

    purpose: str
    title: str
    explanation: str
    choice: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation of the visitor, or of their customer in another browser."""

    uuid: UUID
    opened_at: datetime
    last_activity_at: datetime
    messages: int
    status: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class AboutMe:
    """Everything. `signed_in`: the site has said who the visitor is."""

    signed_in: bool
    lines: tuple[KnownLine, ...]
    purposes: tuple[AskedPurpose, ...]
    talks: tuple[Talk, ...]


def about_visitor(conversation: Conversation, locale: str) -> AboutMe:
    """What is known of the visitor of a conversation, in their language."""
    visitor = conversation.visitor
    listed = {one.name: one for one in ProfileAttribute.objects.filter(workspace_id=visitor.site.workspace_id)}
    lines = [line_of(one, listed, locale) for one in judged_profile(visitor, timezone.now())]
    return AboutMe(
        signed_in=visitor.customer is not None and bool(visitor.customer.external_id),
        lines=tuple(lines),
        purposes=tuple(_purposes(visitor, listed, locale)),
        talks=tuple(talks_of(conversation)),
    )


def line_of(judged: JudgedEntry, listed: Mapping[str, ProfileAttribute], locale: str) -> KnownLine:
    """A line as people read it."""
    entry = judged.entry
    attribute = listed.get(entry.name) if entry.source == ProfileSource.SIGNED else None
    return KnownLine(
        uuid=entry.uuid,
        title=attribute.title_in(locale) if attribute is not None else entry.title_in(locale),
        value=shown(entry.value, locale),
        source=ProfileSource(entry.source),
        basis=Basis(judged.basis),
        purpose=attribute.purpose if attribute is not None else "",
        learned_at=entry.learned_at,
        expires_at=entry.expires_at,
        used=judged.usable,
    )


def _purposes(visitor: Visitor, listed: Mapping[str, ProfileAttribute], locale: str) -> list[AskedPurpose]:
    choices = choices_of({visitor.customer_id}).get(visitor.customer_id, {}) if visitor.customer_id else {}
    found: list[AskedPurpose] = []
    if visitor.site.offers_to_remember or Consent.REMEMBER in choices:
        found.append(AskedPurpose(Consent.REMEMBER, "", "", choices.get(Consent.REMEMBER, "")))
    if visitor.customer is None or not visitor.customer.external_id:
        return found
    for attribute in listed.values():
        if attribute.basis in (Basis.CONSENT, Basis.INTEREST):
            default = "given" if attribute.basis == Basis.INTEREST else ""
            found.append(
                AskedPurpose(
                    attribute.name,
                    attribute.title_in(locale),
                    attribute.purpose,
                    choices.get(attribute.name, "") or default,
                )
            )
    return found


def talks_of(conversation: Conversation) -> list[Talk]:
    """The person's conversations that have something in them, the newest first."""
    customer: Customer | None = conversation.visitor.customer
    rows = Conversation.objects.filter(visitor__customer=customer) if customer is not None else None
    found = rows if rows is not None else Conversation.objects.filter(pk=conversation.pk)
    return [
        Talk(
            uuid=one.uuid,
            opened_at=one.opened_at,
            last_activity_at=one.last_activity_at,
            messages=one.sequence,
            status=one.status,
            is_this=one.pk == conversation.pk,
        )
        for one in found.filter(sequence__gt=0).order_by("-last_activity_at")[:TALKS_SHOWN]
    ]

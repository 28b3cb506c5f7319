"""Who a visitor is, by the word of the site: a signed token turns a browser into a customer's.

Nothing else does: no e-mail address, no telephone number, nothing that the page or the visitor says.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chat.actions.behaviour import carry_refusals
from chat.actions.profile_entries import adopt, plan_sweep, store_signed
from chat.actions.signing_keys import note_key_use, verifying_keys
from chat.actions.visitors import Session, create_visitor, find_conversation
from chat.errors import Forbidden, IdentityRefused, InvalidToken
from chat.identity import LEEWAY_SECONDS, Identity, read_identity
from chat.models import Conversation, Customer, Site, UsedIdentity, Visitor
from chat.visitor_tokens import hash_token, new_token

IDENTITY_LASTS: Final = timedelta(hours=12)
"""How long the site's word about a browser holds; its pages renew it whenever the chat is loaded."""


def open_session(
    *, site: Site, token: object, locale: str, identity: str | None = None, now: datetime | None = None
) -> Session:
    """The session of a valid token, or a new visitor with a new conversation.

    `token` is whatever the browser sent: anything that is no valid token of this site means a new visitor.
    `identity` is the site's signed token, empty for somebody who the site says is signed out, None where it says
    nothing.

    Forbidden if the site is not in use; IdentityRefused for a token that cannot be taken, or where the site serves
    signed-in customers alone.
    """
    if not site.enabled:
        raise Forbidden("The site is not in use")
    now = now or timezone.now()
    current = _current(site, token)
    if identity:
        # Nothing is written before the token has proved good.
        read = read_identity(identity, keys=verifying_keys(site), site_key=site.key, now=now)
        return _identify(site=site, token=token, current=current, locale=locale, identity=read, now=now)
    signed_out = identity == "" and current is not None and _signed_customer(current) is not None
    before, current = (current, None) if signed_out else (None, current)
    if before is not None:
        _end_word(before, now)
    if site.identity_required and (current is None or not current.visitor.is_identified(now)):
        raise IdentityRefused("identity_required", "The site serves signed-in customers alone")
    if current is not None and isinstance(token, str):
        return Session(token=token, conversation=current)
    return _after(before, site=site, locale=locale)


def _current(site: Site, token: object) -> Conversation | None:
    if not isinstance(token, str):
        return None
    try:
        return find_conversation(site=site, token=token, even_if_unidentified=True)
    except InvalidToken:
        return None


def _signed_customer(conversation: Conversation) -> Customer | None:
    customer = conversation.visitor.customer
    return customer if customer is not None and customer.external_id else None


@transaction.atomic
def _identify(
    *, site: Site, token: object, current: Conversation | None, locale: str, identity: Identity, now: datetime
) -> Session:
    """The session of the customer, in this browser."""
    # Locked before the visitor, as in an erasure: one that is under way ends first, and this makes a new customer.
    locked = Customer.objects.select_for_update(no_key=True)
    customer, _made = locked.get_or_create(site=site, external_id=identity.customer)
    known = _signed_customer(current) if current is not None else None
    if current is not None and known is not None and known.pk == customer.pk and isinstance(token, str):
        session = Session(token=token, conversation=current)
    elif current is None or known is not None:
        # Nobody's browser yet, or one that somebody else was signed in with: their talk is not shown to this one.
        if current is not None:
            _end_word(current, now)
        session = _after(current, site=site, locale=locale)
    else:
        session = _with_new_token(current)
    visitor = session.conversation.visitor
    if not _use_once(site, identity, visitor.uuid):
        return session
    # Also where the site says nothing but who it is: the used token must go one day.
    plan_sweep(now)
    if visitor.customer is not None and visitor.customer.pk != customer.pk:
        adopt(anonymous=visitor.customer, customer=customer)
    customer.identified_at = now
    customer.save(update_fields=["identified_at"])
    visitor.customer = customer
    visitor.identified_until = now + IDENTITY_LASTS
    visitor.save(update_fields=["customer", "identified_until"])
    store_signed(customer=customer, identity=identity, now=now)
    note_key_use(key=identity.key, now=now)
    return session


@transaction.atomic
def _after(before: Conversation | None, *, site: Site, locale: str) -> Session:
    """A session of a new visitor, in a browser where somebody else was before: their refusals hold on."""
    session = create_visitor(site=site, locale=locale)
    if before is not None:
        carry_refusals(source=before.visitor, target=session.conversation.visitor)
    return session


def _end_word(conversation: Conversation, now: datetime) -> None:
    """With a sign-out: whoever still has the token has the talk, and nothing else of the customer."""
    Visitor.objects.filter(pk=conversation.visitor_id, identified_until__gt=now).update(identified_until=now)


def _with_new_token(conversation: Conversation) -> Session:
    """The same talk under another token: who knew the old one from before the sign-in loses it."""
    token = new_token()
    Visitor.objects.filter(pk=conversation.visitor_id).update(token_hash=hash_token(token))
    return Session(token=token, conversation=conversation)


def _use_once(site: Site, identity: Identity, visitor: UUID) -> bool:
    """Note that the token is used. False if this same browser used it before, which changes nothing.

    IdentityRefused if another one did.
    """
    used, fresh = UsedIdentity.objects.get_or_create(
        site=site,
        jti_hash=identity.jti_hash,
        defaults={
            "visitor_uuid": visitor,
            "expires_at": identity.expires + timedelta(seconds=LEEWAY_SECONDS),
        },
    )
    if fresh:
        return True
    if used.visitor_uuid != visitor:
        raise IdentityRefused("identity_replayed", "The token has been used already")
    return False

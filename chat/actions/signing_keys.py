"""The keys with which a site signs who its customers are: made, shown once, changed over, revoked."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.errors import InvalidInput
from chat.identity import VerifyingKey
from chat.models import SigningKey, Site
from nlu.actions.audit import Actor, record
from nlu.errors import InvalidData, SealBroken, SealKeyMissing
from nlu.vault_keys import key_ring

MOST_KEYS: Final = 3
_PREFIX: Final = "xis_"
_BATCH: Final = 200
_USE_STEP: Final = timedelta(minutes=5)


@transaction.atomic
def create_signing_key(*, site: Site, actor: Actor, text: str = "") -> tuple[SigningKey, str]:
    """A new key and, this once, its text. InvalidInput beyond three valid ones, or where nothing can be sealed.

    The others stay valid until they are revoked, so that the site can change over without turning anybody away.
    A `text` of 32 characters or more is taken as it is.
    """
    Site.objects.select_for_update().get(pk=site.pk)
    if SigningKey.objects.filter(site=site, revoked_at=None).count() >= MOST_KEYS:
        raise InvalidInput(
            _("At most %(count)d keys are valid at a time. Revoke an old one.") % {"count": MOST_KEYS}
        )
    text = text or _PREFIX + secrets.token_urlsafe(32)
    key = SigningKey(site=site, ending=text[-4:])
    try:
        sealed = key_ring().seal(text, context=key.context)
    except (SealKeyMissing, InvalidData):
        raise InvalidInput(_("Keys cannot be stored: this installation has no vault key (VAULT_KEY).")) from None
    key.ciphertext, key.key_id = sealed.data, sealed.key_id
    key.save()
    record(
        actor=actor,
        action="signing_key.created",
        target=key,
        workspace=site.workspace,
        summary=f"{site.key} …{key.ending}",
    )
    return key, text


@transaction.atomic
def revoke_signing_key(*, key: SigningKey, actor: Actor) -> SigningKey:
    """What is signed with the key counts no longer, from now on."""
    fresh = SigningKey.objects.select_for_update(of=("self",)).select_related("site__workspace").get(pk=key.pk)
    if fresh.revoked_at is None:
        fresh.revoked_at = timezone.now()
        fresh.save(update_fields=["revoked_at"])
        record(
            actor=actor,
            action="signing_key.revoked",
            target=fresh,
            workspace=fresh.site.workspace,
            summary=f"{fresh.site.key} …{fresh.ending}",
        )
    return fresh


@transaction.atomic
def require_identity(*, site: Site, required: bool, actor: Actor) -> Site:
    """Whether the site's chat is for signed-in customers alone.

    InvalidInput without a valid key: nobody could come.
    """
    fresh = Site.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=site.pk)
    if required and not SigningKey.objects.filter(site=fresh, revoked_at=None).exists():
        raise InvalidInput(_("Make a signing key first: without one nobody could open the chat."))
    if fresh.identity_required != required:
        fresh.identity_required = required
        fresh.save(update_fields=["identity_required"])
        record(
            actor=actor,
            action="site.identity_required" if required else "site.identity_optional",
            target=fresh,
            workspace=fresh.workspace,
            summary=fresh.key,
        )
    return fresh


@transaction.atomic
def offer_to_remember(*, site: Site, offered: bool, actor: Actor) -> Site:
    """Whether the assistant may ask customers if it should remember what they said."""
    fresh = Site.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=site.pk)
    if fresh.offers_to_remember != offered:
        fresh.offers_to_remember = offered
        fresh.save(update_fields=["offers_to_remember"])
        record(
            actor=actor,
            action="site.remembering_on" if offered else "site.remembering_off",
            target=fresh,
            workspace=fresh.workspace,
            summary=fresh.key,
        )
    return fresh


def verifying_keys(site: Site) -> list[VerifyingKey]:
    """The site's valid keys, newest first; one that cannot be opened is left out."""
    ring = key_ring()
    found: list[VerifyingKey] = []
    for key in SigningKey.objects.filter(site=site, revoked_at=None):
        try:
            found.append(VerifyingKey(str(key.uuid), ring.open(key.sealed, context=key.context)))
        except (SealBroken, SealKeyMissing):
            continue
    return found


def note_key_use(*, key: str, now: datetime) -> None:
    """Write down that a key is in use, at most every five minutes."""
    SigningKey.objects.filter(uuid=key).exclude(last_used_at__gt=now - _USE_STEP).update(last_used_at=now)


def reseal_signing_keys() -> int:
    """Seal again whatever is not under the current vault key; how many keys."""
    done = 0
    while batch := _old_keys():
        with transaction.atomic():
            ring = key_ring()
            rows = list(
                SigningKey.objects.select_for_update().filter(pk__in=batch).exclude(key_id=ring.current_id)
            )
            for row in rows:
                sealed = ring.seal(ring.open(row.sealed, context=row.context), context=row.context)
                row.ciphertext, row.key_id = sealed.data, sealed.key_id
            SigningKey.objects.bulk_update(rows, ["ciphertext", "key_id"])
        done += len(rows)
    return done


def signing_key_ids_in_use() -> set[str]:
    """The ids of the vault keys that signing keys need."""
    return set(SigningKey.objects.order_by().values_list("key_id", flat=True).distinct())


def _old_keys() -> list[int]:
    old = SigningKey.objects.exclude(key_id=key_ring().current_id)
    return list(old.order_by("pk").values_list("pk", flat=True)[:_BATCH])

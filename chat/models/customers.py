"""Customers whom a site vouches for, and the keys with which it does so."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chat.models.sites import Site
from nlu.sealing import Sealed


class Customer(models.Model):
    """A person within one site, in as many browsers as they use.

    `external_id` is what the site calls them, from a signed token and from nowhere else; it is empty for somebody
    who is not signed in there and let the assistant remember something.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="customers")
    external_id = models.CharField(_("id at the site"), max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    identified_at = models.DateTimeField(_("last signed in"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["site", "external_id"], condition=~Q(external_id=""), name="customer_once_per_site"
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def label(self) -> str:
        """What staff call somebody whose name is not known."""
        return gettext("Customer %(code)s") % {"code": self.uuid.hex[:4]}


class SigningKey(models.Model):
    """What a site signs its customers' identity with (HS256), sealed; the key itself is shown once.

    Several may be valid at a time, so that a site can change over; `uuid` is the token's `kid`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="signing_keys")
    ciphertext = models.BinaryField(editable=False)
    key_id = models.CharField(max_length=12, db_index=True, editable=False)
    ending = models.CharField(max_length=4, editable=False)
    created_at = models.DateTimeField(pgettext_lazy("signing key", "made"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.site}: …{self.ending}"

    @property
    def sealed(self) -> Sealed:
        """The ciphertext as it opens."""
        return Sealed(bytes(self.ciphertext), self.key_id)

    @property
    def context(self) -> tuple[str | int, ...]:
        """What the ciphertext is bound to."""
        return ("signing_key", self.site_id, str(self.uuid))


class UsedIdentity(models.Model):
    """A signed token that has been used, by the hash of its `jti`, until it could not be used anyway."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="used_identities")
    jti_hash = models.CharField(max_length=64)
    visitor_uuid = models.UUIDField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("used identity")
        verbose_name_plural = _("used identities")
        constraints = [models.UniqueConstraint(fields=["site", "jti_hash"], name="used_identity_once")]

    def __str__(self) -> str:
        return self.jti_hash[:8]

"""A person using one site's widget, known by an opaque token of which only the hash is stored."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.models.customers import Customer
from chat.models.sites import Site


class Visitor(models.Model):
    """An identity within one site. The token itself is in the visitor's browser and nowhere else.

    `customer` is who they are, if the site vouched for them or they let something be remembered; the site's word
    holds until `identified_until`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="visitors")
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, related_name="visitors", null=True, blank=True
    )
    identified_until = models.DateTimeField(_("identity holds until"), null=True, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    locale = models.CharField(_("language"), max_length=12)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")
        ordering = ("-id",)

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def label(self) -> str:
        """What staff call somebody without a name: short enough for a list, long enough to tell people apart."""
        return gettext("Visitor %(code)s") % {"code": self.uuid.hex[:4]}

    def is_identified(self, now: datetime) -> bool:
        """Whether the site has vouched for this browser lately enough."""
        return self.customer_id is not None and self.identified_until is not None and self.identified_until > now

    def speaks_for_customer(self, now: datetime) -> bool:
        """Whether this browser may use, see or change what is known of its customer.

        A customer of the site's is one only as long as the site's word holds; who is known by the browser alone is
        one for as long as it has its token.
        """
        customer = self.customer
        return customer is not None and (not customer.external_id or self.is_identified(now))

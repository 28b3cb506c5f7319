"""What visitors do on the pages around the widget: only where a lawful basis is recorded, and not for long."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.models.sites import Site
from chat.models.visitors import Visitor


class LawfulBasis(models.TextChoices):
    """Why a site may keep behaviour events. With consent, each visitor has to give it first."""

    CONSENT = "consent", _("consent of each visitor")
    LEGITIMATE_INTERESTS = "legitimate_interests", _("legitimate interests, weighed in writing")
    CONTRACT = "contract", _("needed for a contract with the visitor")


class BehaviourKind(models.TextChoices):
    """The closed list of what a host page may report."""

    PAGE_VIEWED = "page_viewed", _("page viewed")
    PRODUCT_VIEWED = "product_viewed", _("product viewed")
    CART_CHANGED = "cart_changed", _("cart changed")
    CHECKOUT_STARTED = "checkout_started", _("checkout started")
    PAYMENT_FAILED = "payment_failed", _("payment failed")
    ORDER_PLACED = "order_placed", _("order placed")


class BehaviourPolicy(models.Model):
    """Whether a site takes behaviour events, on which lawful basis, for how long, and how often it may invite.

    Without a row, or switched off, nothing is stored and nobody is invited.
    """

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="behaviour_policy")
    is_on = models.BooleanField(_("takes behaviour events"), default=False)
    basis = models.CharField(_("lawful basis"), max_length=30, choices=LawfulBasis, blank=True)
    basis_note = models.TextField(_("reasons, or where they are written down"), blank=True)
    recorded_at = models.DateTimeField(_("recorded"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    kept_days = models.PositiveSmallIntegerField(
        _("days kept"), default=30, validators=[MinValueValidator(1), MaxValueValidator(180)]
    )
    invitations_a_day = models.PositiveSmallIntegerField(
        _("invitations a day"), default=1, validators=[MaxValueValidator(10)]
    )
    quiet_hours = models.PositiveSmallIntegerField(
        _("quiet hours after a dismissal"), default=24, validators=[MaxValueValidator(720)]
    )

    class Meta:
        verbose_name = _("behaviour policy")
        verbose_name_plural = _("behaviour policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_on=False) | (~Q(basis="") & Q(recorded_at__isnull=False)),
                name="behaviour_policy_on_has_basis",
            )
        ]

    def __str__(self) -> str:
        return f"{self.site_id}: {self.basis or '-'}"


class BehaviourChoice(models.Model):
    """What one visitor has decided: consent given or withdrawn, no more invitations. No row: nothing decided."""

    visitor = models.OneToOneField(Visitor, on_delete=models.CASCADE, related_name="behaviour_choice")
    consented_at = models.DateTimeField(_("consent given"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("consent withdrawn, or objected"), null=True, blank=True)
    opted_out_at = models.DateTimeField(_("wants no invitations"), null=True, blank=True)

    class Meta:
        verbose_name = _("choice about behaviour events")
        verbose_name_plural = _("choices about behaviour events")

    def __str__(self) -> str:
        return str(self.visitor_id)


class BehaviourEvent(models.Model):
    """One thing that happened on a host page. Columns that a kind does not have are empty.

    `page` is a path without query and fragment; texts are masked. `expires_at` is fixed when the event comes.
    """

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="behaviour_events")
    kind = models.CharField(_("what"), max_length=20, choices=BehaviourKind)
    page = models.CharField(_("page"), max_length=200, blank=True)
    product = models.CharField(_("product"), max_length=80, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    happened_at = models.DateTimeField(_("when"))
    expires_at = models.DateTimeField(_("kept until"))

    class Meta:
        verbose_name = _("behaviour event")
        verbose_name_plural = _("behaviour events")
        ordering = ("-happened_at", "-id")
        indexes = [
            models.Index(fields=["visitor", "-happened_at"], name="behaviour_of_visitor"),
            models.Index(fields=["expires_at"], name="behaviour_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

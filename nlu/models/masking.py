"""What is taken out of a text before anything stores it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nlu.models.workspaces import Workspace


class Recognizer(models.TextChoices):
    """Built-in recognizers; `pattern` means the rule's own expression."""

    MOBILE = "mobile", _("mobile number")
    RESIDENT_ID = "resident_id", _("resident identity number")
    BANK_CARD = "bank_card", _("bank card number")
    EMAIL = "email", _("e-mail address")
    PATTERN = "pattern", _("own pattern")


class MaskingRule(models.Model):
    """One kind of personal data to replace by a typed placeholder such as `[手机号#1]`."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="masking_rules")
    name = models.CharField(_("name"), max_length=80)
    recognizer = models.CharField(_("recognizer"), max_length=20, choices=Recognizer)
    pattern = models.CharField(_("pattern"), max_length=500, blank=True, help_text=_("An RE2 expression."))
    label = models.CharField(
        _("placeholder label"), max_length=20, help_text=_("What stands in the text instead, without brackets.")
    )
    keeps_original = models.BooleanField(
        _("keep the original"),
        default=False,
        help_text=_(
            "In the vault, encrypted: business actions can use it, and people with the right can open it."
        ),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=100)
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("masking rule")
        verbose_name_plural = _("masking rules")
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="masking_rule_name_once"),
            models.CheckConstraint(
                condition=Q(recognizer="pattern") ^ Q(pattern=""), name="masking_rule_pattern_iff_own"
            ),
        ]

    def __str__(self) -> str:
        return self.name

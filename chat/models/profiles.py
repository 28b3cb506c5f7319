"""What is known about a customer: from where, on which ground, and until when."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.conversations import Conversation
from chat.models.customers import Customer
from nlu.models import Workspace


class Basis(models.TextChoices):
    """Why something personal may be used. Without one it is neither stored nor used."""

    NONE = "", _("none: not stored, not used")
    CONTRACT = "contract", _("needed for the contract")
    CONSENT = "consent", _("with consent")
    INTEREST = "interest", _("legitimate interest")


class AttributeKind(models.TextChoices):
    """What a value must look like. E-mail addresses and telephone numbers are kept sealed."""

    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    YES_NO = "yes_no", _("yes or no")
    DATE = "date", _("date")
    LANGUAGE = "language", _("language")
    EMAIL = "email", _("e-mail address")
    PHONE = "phone", _("telephone number")


SEALED_KINDS = frozenset({AttributeKind.EMAIL.value, AttributeKind.PHONE.value})


class ProfileSource(models.TextChoices):
    """Who said so."""

    SIGNED = "signed", _("from the site, signed")
    CHAT = "chat", _("said in the chat")


class ProfileAttribute(models.Model):
    """Something that sites of the workspace may say about their customers; what is not listed is not stored.

    `titles` are what customers and agents read, by language; `purpose` says what it is for.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="profile_attributes")
    name = models.CharField(_("name"), max_length=40)
    titles = models.JSONField(_("titles"), default=dict)
    kind = models.CharField(_("kind"), max_length=10, choices=AttributeKind, default=AttributeKind.TEXT)
    basis = models.CharField(_("lawful basis"), max_length=10, choices=Basis, blank=True, default=Basis.NONE)
    purpose = models.CharField(_("what for"), max_length=200, blank=True)
    keep_days = models.PositiveSmallIntegerField(_("kept for days"), default=365)

    class Meta:
        verbose_name = _("profile attribute")
        verbose_name_plural = _("profile attributes")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="profile_attribute_name_in_workspace")
        ]

    def __str__(self) -> str:
        return self.name

    def title_in(self, locale: str) -> str:
        """What people of the language call it; its name where nothing else is written."""
        titles: Mapping[str, str] = self.titles
        return titles.get(locale) or next((title for title in titles.values() if title), "") or self.name


class ProfileEntry(models.Model):
    """One thing known about a customer. `value` is canonical, or a reference to what the vault keeps.

    What was said in the chat is kept under its slot's name (`titles`), with the message that said it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="entries")
    name = models.CharField(_("name"), max_length=60)
    titles = models.JSONField(_("titles"), default=dict)
    value = models.CharField(_("value"), max_length=400)
    source = models.CharField(_("source"), max_length=10, choices=ProfileSource)
    basis = models.CharField(_("lawful basis"), max_length=10, choices=Basis)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="learned", null=True, blank=True
    )
    sequence = models.PositiveIntegerField(_("message"), null=True, blank=True)
    learned_at = models.DateTimeField(_("learned"))
    expires_at = models.DateTimeField(_("kept until"), db_index=True)

    class Meta:
        verbose_name = _("profile entry")
        verbose_name_plural = _("profile entries")
        ordering = ("name", "source")
        constraints = [
            models.UniqueConstraint(fields=["customer", "name", "source"], name="profile_entry_once"),
            models.CheckConstraint(condition=~models.Q(basis=""), name="profile_entry_has_basis"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.name}"

    def title_in(self, locale: str) -> str:
        """What people of the language call it."""
        titles: Mapping[str, str] = self.titles
        return titles.get(locale) or next((title for title in titles.values() if title), "") or self.name


class Consent(models.Model):
    """What a customer agreed to or refused, in which words. `purpose` is `remember` or an attribute's name.

    A row with `withdrawn_at` says that they do not want it: nothing but the customer gives it anew.
    """

    REMEMBER = "remember"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("for"), max_length=60)
    wording = models.CharField(_("words agreed to"), max_length=400, blank=True)
    locale = models.CharField(_("language"), max_length=12, blank=True)
    given_at = models.DateTimeField(_("given"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("purpose",)
        constraints = [models.UniqueConstraint(fields=["customer", "purpose"], name="consent_once_per_purpose")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.purpose}"

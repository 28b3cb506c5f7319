"""How the assistant reacts to an intent, and in which words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nlu.models import Intent


class HandlingKind(models.TextChoices):
    """Reply with written words, with an article, or by passing to a person."""

    REPLY = "reply", _("written reply")
    ARTICLE = "article", _("article")
    HANDOFF = "handoff", _("a person")


class IntentHandling(models.Model):
    """What the assistant does about an intent; intents without a row are replied to in writing."""

    intent = models.OneToOneField(Intent, on_delete=models.CASCADE, related_name="handling")
    kind = models.CharField(_("handling"), max_length=10, choices=HandlingKind, default=HandlingKind.REPLY)

    class Meta:
        verbose_name = _("handling of an intent")
        verbose_name_plural = _("handling of intents")

    def __str__(self) -> str:
        return f"{self.intent_id}: {self.kind}"


class ReplyTemplate(models.Model):
    """One wording of the reply to an intent in one language; variants are used in turn."""

    intent = models.ForeignKey(Intent, on_delete=models.CASCADE, related_name="reply_templates")
    locale = models.CharField(_("language"), max_length=12)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        ordering = ("locale", "position", "id")

    def __str__(self) -> str:
        return self.text[:60]


class QuickReply(models.Model):
    """A text that a customer may tap after the reply to an intent."""

    intent = models.ForeignKey(Intent, on_delete=models.CASCADE, related_name="quick_replies")
    locale = models.CharField(_("language"), max_length=12)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    text = models.CharField(_("text"), max_length=80)

    class Meta:
        verbose_name = _("quick reply")
        verbose_name_plural = _("quick replies")
        ordering = ("locale", "position", "id")

    def __str__(self) -> str:
        return self.text

"""What visitors can want, and the utterances that teach it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from nlu.models.entities import EntityType
from nlu.models.workspaces import Workspace


class Intent(models.Model):
    """A member of the closed set of things that a visitor may want."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="intents")
    name = models.SlugField(
        _("name"),
        max_length=120,
        allow_unicode=True,
        help_text=_("Letters, digits, hyphens and underscores; used in files and reports."),
    )
    description = models.TextField(_("description"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("intent")
        verbose_name_plural = _("intents")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="intent_name_once")]

    def __str__(self) -> str:
        return self.name


class IntentTitle(models.Model):
    """What an intent is called in front of customers ("Did you mean: …?") and staff, in one language."""

    intent = models.ForeignKey(Intent, on_delete=models.CASCADE, related_name="titles")
    locale = models.CharField(_("language"), max_length=12)
    title = models.CharField(_("title"), max_length=120)

    class Meta:
        verbose_name = _("intent title")
        verbose_name_plural = _("intent titles")
        ordering = ("locale",)
        constraints = [models.UniqueConstraint(fields=["intent", "locale"], name="intent_title_once")]

    def __str__(self) -> str:
        return self.title


class UtteranceSource(models.TextChoices):
    """Where a training example came from."""

    STAFF = "staff", _("written by staff")
    IMPORT = "import", _("imported")
    PACK = "pack", _("scenario pack")
    CORRECTION = "correction", _("correction of a conversation")
    GENERATED = "generated", _("generated")


class UtteranceQuerySet(models.QuerySet["Utterance"]):
    """Utterances by who said them."""

    def real(self) -> Self:
        """Those that a person wrote or said."""
        return self.exclude(source=UtteranceSource.GENERATED)

    def generated(self) -> Self:
        """Those that a person accepted but nobody wrote: they train, and nothing is measured on them."""
        return self.filter(source=UtteranceSource.GENERATED)


class Utterance(models.Model):
    """A training example, masked like every message. Without an intent it is an example of out of scope.

    `normalized` is the text as the pipeline compares it (width, case and spaces folded): one per workspace, so
    that no text teaches two intents. A generated one trains only; `made_from` are the keys
    (`nlu.training.origins`) of the texts that it was made from, empty where any text of the workspace may have
    taught it.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="utterances")
    intent = models.ForeignKey(Intent, on_delete=models.CASCADE, related_name="utterances", null=True, blank=True)
    text = models.CharField(_("text"), max_length=2000)
    normalized = models.CharField(max_length=2000, editable=False)
    locale = models.CharField(_("language"), max_length=12, blank=True)
    source = models.CharField(_("source"), max_length=12, choices=UtteranceSource, default=UtteranceSource.STAFF)
    made_from = models.JSONField(_("made from"), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UtteranceQuerySet.as_manager()

    class Meta:
        verbose_name = _("utterance")
        verbose_name_plural = _("utterances")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["workspace", "normalized"], name="utterance_text_once"),
        ]

    def __str__(self) -> str:
        return self.text


class EntityAnnotation(models.Model):
    """A labelled span of an utterance, offsets in code points, end exclusive."""

    utterance = models.ForeignKey(Utterance, on_delete=models.CASCADE, related_name="annotations")
    entity_type = models.ForeignKey(EntityType, on_delete=models.CASCADE, related_name="annotations")
    start = models.PositiveIntegerField(_("start"))
    end = models.PositiveIntegerField(_("end"))

    class Meta:
        verbose_name = _("entity annotation")
        verbose_name_plural = _("entity annotations")
        ordering = ("start",)
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="annotation_not_empty"),
            models.UniqueConstraint(fields=["utterance", "start"], name="annotation_start_once"),
        ]

    def __str__(self) -> str:
        return f"{self.start}-{self.end}"

"""What a shadow made of the turns that the active version answered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.models.turns import Turn
from nlu.models import ModelVersion, ShadowRun


class ShadowScore(models.Model):
    """One answered turn as the candidate of `run` would have understood it, beside what `active` understood.

    `understood` and `said` are the two understood results, each by its version's own bound of scope: an intent's
    name, or empty for a message that is rejected as out of scope. `intent` and `confidence` are the candidate's
    best intent, rejected or not. `to_file` marks a disagreement on its way into the review queue.
    """

    run = models.ForeignKey(ShadowRun, on_delete=models.CASCADE, related_name="scores", db_index=False)
    turn = models.OneToOneField(Turn, on_delete=models.CASCADE, related_name="shadow_score")
    active = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    understood = models.CharField(_("understood as"), max_length=120, blank=True)
    said = models.CharField(_("the shadow understood"), max_length=120, blank=True)
    intent = models.CharField(_("intent"), max_length=120, blank=True)
    confidence = models.FloatField(_("confidence"))
    rejected = models.BooleanField(_("rejected"))
    disagrees = models.BooleanField(_("disagrees"))
    to_file = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("shadow score")
        verbose_name_plural = _("shadow scores")
        ordering = ("id",)
        indexes = [
            models.Index(fields=["run", "active", "disagrees", "understood", "said"], name="shadow_pairs"),
            models.Index(fields=["run", "id"], condition=Q(to_file=True), name="shadow_to_file"),
            models.Index(fields=["run", "-id"], name="shadow_newest"),
        ]

    def __str__(self) -> str:
        return f"shadow score {self.pk}"

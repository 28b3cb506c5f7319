"""Findings about the training data that a person has looked at and let stand."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from nlu.models.workspaces import Workspace


class FindingKind(models.TextChoices):
    """What can be let stand (`nlu.data_health`)."""

    CONFLICT = "conflict", _("conflict")
    DOUBT = "doubt", _("doubted label")


class SettledFinding(models.Model):
    """Somebody's answer that nothing is wrong: both sides of a conflict are right, or a doubted label is.

    `content` is `nlu.data_health.settling.content_key`; no text is kept here. Where the words or a label change,
    the finding has another key and is shown again; where it comes back, the answer stands again.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="settled_findings")
    kind = models.CharField(_("kind"), max_length=10, choices=FindingKind)
    content = models.CharField(max_length=64, editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    settled_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("settled finding")
        verbose_name_plural = _("settled findings")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["workspace", "content"], name="settled_finding_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["conflict", "doubt"]), name="settled_finding_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

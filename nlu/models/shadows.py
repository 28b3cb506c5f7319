"""Candidates that score live turns silently, beside the active version."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nlu.models.training import ModelVersion
from nlu.models.workspaces import Workspace


class ShadowEnding(models.TextChoices):
    """Why a shadow run is over."""

    STOPPED = "stopped", pgettext_lazy("shadow run", "stopped")
    ACTIVATED = "activated", pgettext_lazy("shadow run", "activated")
    RETIRED = "retired", _("put aside")


class ShadowProblem(models.TextChoices):
    """Why the candidate does not score, or did not score some turns."""

    UNLOADABLE = "unloadable", _("its files are damaged or missing")
    FAILED = "failed", _("it failed on a message")


class ShadowRun(models.Model):
    """A stretch of time in which a version scores live turns without answering them; open without `ended_at`.

    `problem` is what went wrong last, at `problem_at`; empty while all is well. `unscored` counts turns that the
    version failed on.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="shadow_runs")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="shadow_runs")
    started_at = models.DateTimeField(auto_now_add=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    ending = models.CharField(_("ending"), max_length=10, choices=ShadowEnding, blank=True)
    problem = models.CharField(_("problem"), max_length=12, choices=ShadowProblem, blank=True)
    problem_at = models.DateTimeField(null=True, blank=True)
    unscored = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("shadow run")
        verbose_name_plural = _("shadow runs")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(ended_at__isnull=True), name="shadow_one_open_per_workspace"
            ),
            models.CheckConstraint(
                condition=Q(ending="", ended_at__isnull=True) | (~Q(ending="") & Q(ended_at__isnull=False)),
                name="shadow_ended_has_ending",
            ),
        ]

    def __str__(self) -> str:
        return f"shadow run {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether the version scores at present."""
        return self.ended_at is None

"""What the drift watch remembers of the messages that a version answers, and its alarms."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nlu.models import ModelVersion, Workspace


class DriftWatch(models.Model):
    """The watch over one version since `activated_at`: `state` is a `chat.drift_stream.Stream`.

    `cursor` is the newest turn that is counted. `looked_at`: when something was last counted.
    """

    version = models.OneToOneField(ModelVersion, on_delete=models.CASCADE, related_name="+")
    activated_at = models.DateTimeField()
    cursor = models.BigIntegerField(default=0)
    counted = models.PositiveIntegerField(default=0)
    state = models.JSONField(default=dict)
    looked_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("drift watch")
        verbose_name_plural = _("drift watches")

    def __str__(self) -> str:
        return f"drift watch {self.pk}"


class DriftAlarm(models.Model):
    """The messages of late are not like those before; open until a person closes it.

    `reasons` are `chat.drift_rules.Change`s over `messages` messages, which came from `first_at` to `last_at`,
    against `reference` earlier ones (of an alarm from before there was a reference: held-out utterances).
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="drift_alarms")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="drift_alarms")
    reasons = models.JSONField(default=list)
    messages = models.PositiveIntegerField()
    reference = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    raised_at = models.DateTimeField(auto_now_add=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = _("drift alarm")
        verbose_name_plural = _("drift alarms")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(closed_at__isnull=True), name="drift_one_open_per_workspace"
            )
        ]

    def __str__(self) -> str:
        return f"drift alarm {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it."""
        return self.closed_at is None

"""Which background processes are alive; readiness and the console read it."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

ALIVE_WITHIN: Final = timedelta(seconds=10)


class WorkerRole(models.TextChoices):
    """What a background process does."""

    TURNS = "turns", _("answers messages")
    DISPATCHER = "dispatcher", _("hands out jobs")


class WorkerHeartbeatQuerySet(models.QuerySet["WorkerHeartbeat"]):
    """Who is there."""

    def alive(self, role: str) -> Self:
        """Those of a role that were heard within the last ten seconds."""
        return self.filter(role=role, seen_at__gte=timezone.now() - ALIVE_WITHIN)


class WorkerHeartbeat(models.Model):
    """The last sign of life of one turn worker or dispatcher."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    role = models.CharField(_("role"), max_length=20)
    seen_at = models.DateTimeField(_("seen"))
    models_loaded = models.JSONField(_("models loaded"), default=dict)

    objects: ClassVar[WorkerHeartbeatQuerySet] = WorkerHeartbeatQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name

"""Work to be done later. The row is the truth: the broker may lose everything without harm."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JobStatus(models.TextChoices):
    """Queued rows wait for the dispatcher; sent ones are with Celery under a lease."""

    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Job(models.Model):
    """One deferred call of the Celery task `task` with the row's id; written in the transaction that causes it."""

    task = models.CharField(_("task"), max_length=100)
    arguments = models.JSONField(_("arguments"), default=dict)
    unique_key = models.CharField(_("unique key"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=JobStatus, default=JobStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    max_attempts = models.PositiveSmallIntegerField(_("most attempts"), default=5)
    run_after = models.DateTimeField(_("not before"))
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("id",)
        indexes = [models.Index(fields=["status", "run_after"], name="job_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=~Q(unique_key="") & Q(status__in=["queued", "sent", "running"]),
                name="job_one_open_per_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.task} #{self.pk}"

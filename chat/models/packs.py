"""Installing scenario packs from the console: how far each is."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.errors import InvalidTransition
from nlu.models import TrainingRun, Workspace


class InstallationStatus(models.TextChoices):
    """Life of an installation."""

    QUEUED = "queued", _("queued")
    FILLING = "filling", _("filling the workspace")
    TRAINING = "training", _("training")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


OPEN_STATUSES = (InstallationStatus.QUEUED, InstallationStatus.FILLING, InstallationStatus.TRAINING)


class PackInstallationQuerySet(models.QuerySet["PackInstallation"]):
    """Installations by whether they go on."""

    def in_work(self) -> Self:
        """Waiting, filling or training."""
        return self.filter(status__in=OPEN_STATUSES)


class PackInstallation(models.Model):
    """A scenario pack on its way into its workspace, and the first training there. Progress lives here, so a
    screen shows it after any reload.

    `workspace` is None until the pack's is there. Of `total` utterances, articles and flows `done` are looked at;
    the other counts are what was new. `training` is the first training, None before it and where a model was in
    service already. `error` is a `nlu.run_errors.RunError` as text.
    """

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        InstallationStatus.QUEUED: frozenset(
            {InstallationStatus.FILLING, InstallationStatus.CANCELLED, InstallationStatus.FAILED}
        ),
        InstallationStatus.FILLING: frozenset(
            {
                InstallationStatus.TRAINING,
                InstallationStatus.DONE,
                InstallationStatus.FAILED,
                InstallationStatus.CANCELLED,
            }
        ),
        InstallationStatus.TRAINING: frozenset(
            {InstallationStatus.DONE, InstallationStatus.FAILED, InstallationStatus.CANCELLED}
        ),
        InstallationStatus.DONE: frozenset(),
        InstallationStatus.FAILED: frozenset(),
        InstallationStatus.CANCELLED: frozenset(),
    }

    pack = models.CharField(_("pack"), max_length=60)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="pack_installations", null=True, blank=True
    )
    status = models.CharField(
        _("status"), max_length=10, choices=InstallationStatus, default=InstallationStatus.QUEUED
    )
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    total = models.PositiveIntegerField(_("total"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    utterances = models.PositiveIntegerField(_("utterances"), default=0)
    articles = models.PositiveIntegerField(_("articles"), default=0)
    flows = models.PositiveIntegerField(_("flows"), default=0)
    training = models.ForeignKey(TrainingRun, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = PackInstallationQuerySet.as_manager()

    class Meta:
        verbose_name = _("pack installation")
        verbose_name_plural = _("pack installations")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["pack"],
                condition=Q(status__in=["queued", "filling", "training"]),
                name="pack_installation_one_open",
            )
        ]

    def __str__(self) -> str:
        return self.pack

    @property
    def is_open(self) -> bool:
        """Whether the installation still waits or works."""
        return self.status in OPEN_STATUSES

    @property
    def share_done(self) -> float:
        """How far the filling is, 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    def transition(self, status: str) -> None:
        """Set the status if the map allows the step; InvalidTransition otherwise. The caller saves."""
        if status not in self.TRANSITIONS[self.status]:
            raise InvalidTransition(f"An installation cannot go from {self.status} to {status}")
        self.status = status

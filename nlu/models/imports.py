"""Imports of training data that are too large for a request."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from nlu.errors import InvalidTransition
from nlu.models.workspaces import Workspace


class ImportStatus(models.TextChoices):
    """Life of an import."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Imports by whether they go on."""

    def in_work(self) -> Self:
        """Waiting or running."""
        return self.filter(status__in=[ImportStatus.QUEUED, ImportStatus.RUNNING])

    def untouched_since(self, moment: datetime) -> Self:
        """In work, but no worker has come to them since then."""
        touched = Coalesce("worked_at", "created_at")
        return self.in_work().alias(touched=touched).filter(touched__lt=moment)


class ImportRun(models.Model):
    """A file on its way into a workspace, piece by piece. Progress lives here, so a screen shows it after any
    reload, and another worker goes on where one that died had stopped.

    `waiting` is what remains of the file, read and masked (`nlu.actions.import_files`), relative to
    settings.MODEL_DIR, empty once the import has ended; `offset` is how many bytes of it are stored. Of `total`
    utterances and words of lists `done` are looked at. `pieces` counts the starts and tells a worker from one
    that lost the job before; `worked_at` is the last one. `report` is what
    `nlu.actions.import_reports.Findings` reads, in the language of who asked (`locale`), masked as `name` is.
    """

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        ImportStatus.QUEUED: frozenset({ImportStatus.RUNNING, ImportStatus.CANCELLED, ImportStatus.FAILED}),
        ImportStatus.RUNNING: frozenset({ImportStatus.DONE, ImportStatus.FAILED, ImportStatus.CANCELLED}),
        ImportStatus.DONE: frozenset(),
        ImportStatus.FAILED: frozenset(),
        ImportStatus.CANCELLED: frozenset(),
    }

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="imports")
    status = models.CharField(_("status"), max_length=10, choices=ImportStatus, default=ImportStatus.QUEUED)
    name = models.CharField(_("file"), max_length=200)
    locale = models.CharField(_("language"), max_length=12)
    waiting = models.CharField(_("what waits"), max_length=300, blank=True)
    offset = models.PositiveBigIntegerField(_("offset"), default=0)
    pieces = models.PositiveIntegerField(_("pieces"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    added = models.PositiveIntegerField(_("added"), default=0)
    duplicates = models.PositiveIntegerField(_("there already"), default=0)
    rejected = models.PositiveIntegerField(_("refused"), default=0)
    values = models.PositiveIntegerField(_("values"), default=0)
    patterns = models.PositiveIntegerField(_("patterns"), default=0)
    report = models.JSONField(_("report"), default=dict)
    error = models.TextField(_("error"), blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=Q(status__in=["queued", "running"]),
                name="import_one_open_per_workspace",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether the import still waits or runs."""
        return self.status in {ImportStatus.QUEUED, ImportStatus.RUNNING}

    @property
    def share_done(self) -> float:
        """How far it is, 0 to 1."""
        return self.done / self.total if self.total else 0.0

    def transition(self, status: str) -> None:
        """Set the status if the map allows the step; InvalidTransition otherwise. The caller saves."""
        if status not in self.TRANSITIONS[self.status]:
            raise InvalidTransition(f"An import cannot go from {self.status} to {status}")
        self.status = status


@receiver(post_delete, sender=ImportRun, dispatch_uid="nlu.models.forget_what_waits")
def forget_what_waits(sender: type[ImportRun], instance: ImportRun, **_: object) -> None:
    """The file goes with the row, for example with the whole workspace."""
    if instance.waiting:
        path = Path(settings.MODEL_DIR) / instance.waiting
        transaction.on_commit(partial(path.unlink, missing_ok=True), robust=True)

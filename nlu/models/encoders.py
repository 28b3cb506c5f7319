"""Sentence encoders that staff train from their own texts."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nlu.errors import InvalidTransition
from nlu.models.workspaces import Workspace


class EncoderStatus(models.TextChoices):
    """Life of an encoder: an attempt first, and then something to train with."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class PairSource(models.TextChoices):
    """Where pairs of questions come from."""

    UTTERANCES = "utterances", _("utterances")
    ARTICLES = "articles", _("articles")
    CHAT = "chat", _("chat log")
    FILE = "file", _("file")


class TrainedEncoderQuerySet(models.QuerySet["TrainedEncoder"]):
    """Encoders by what can be done with them."""

    def in_work(self) -> Self:
        """Waiting or being trained."""
        return self.filter(status__in=[EncoderStatus.QUEUED, EncoderStatus.RUNNING])

    def ready(self) -> Self:
        """To train models with."""
        return self.filter(status=EncoderStatus.READY)


class TrainedEncoder(models.Model):
    """One attempt to train a sentence encoder, and its product.

    Progress lives here, so a screen shows it after any reload: `share_done` in 0-1 is how far the training is.
    `sources` are values of `PairSource`. `pairs_file` is the uploaded file, masked, until it has been learned
    from; `folder` is the encoder; both are relative to settings.MODEL_DIR. `fingerprint` is of the pairs, seed and
    settings: equal ones make an equal encoder. `figure` in 0-1 is the area under the ROC curve on `held_out` pairs
    that it has not seen, same meaning against not; `figure_before` that of plain n-grams.
    """

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        EncoderStatus.QUEUED: frozenset({EncoderStatus.RUNNING, EncoderStatus.CANCELLED, EncoderStatus.FAILED}),
        EncoderStatus.RUNNING: frozenset({EncoderStatus.READY, EncoderStatus.FAILED, EncoderStatus.CANCELLED}),
        EncoderStatus.READY: frozenset(),
        EncoderStatus.FAILED: frozenset(),
        EncoderStatus.CANCELLED: frozenset(),
    }

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="encoders")
    name = models.CharField(_("name"), max_length=80)
    status = models.CharField(_("status"), max_length=10, choices=EncoderStatus, default=EncoderStatus.QUEUED)
    sources = models.JSONField(_("sources"), default=list)
    pairs_file = models.CharField(_("file of pairs"), max_length=300, blank=True)
    seed = models.PositiveIntegerField(_("seed"), default=0)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=30)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    share_done = models.FloatField(_("share done"), default=0.0)
    seconds_left = models.FloatField(_("seconds left"), null=True, blank=True)
    loss = models.FloatField(_("loss"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    folder = models.CharField(_("folder"), max_length=300, blank=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True)
    locales = models.JSONField(_("languages"), default=list)
    pairs = models.PositiveIntegerField(_("pairs"), default=0)
    held_out = models.PositiveIntegerField(_("held-out pairs"), default=0)
    figure = models.FloatField(_("figure"), null=True, blank=True)
    figure_before = models.FloatField(_("figure before"), null=True, blank=True)
    seconds = models.FloatField(_("seconds"), null=True, blank=True)
    size_bytes = models.PositiveBigIntegerField(_("size"), default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TrainedEncoderQuerySet.as_manager()

    class Meta:
        verbose_name = _("sentence encoder")
        verbose_name_plural = _("sentence encoders")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=Q(status__in=["queued", "running"]),
                name="encoder_one_open_per_workspace",
            ),
            models.UniqueConstraint(
                fields=["workspace", "name"],
                condition=Q(status__in=["queued", "running", "ready"]),
                name="encoder_name_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether its training still waits or works."""
        return self.status in {EncoderStatus.QUEUED, EncoderStatus.RUNNING}

    def transition(self, status: str) -> None:
        """Set the status if the map allows the step; InvalidTransition otherwise. The caller saves."""
        if status not in self.TRANSITIONS[self.status]:
            raise InvalidTransition(f"The training of an encoder cannot go from {self.status} to {status}")
        self.status = status

"""Attempts to train, and what came out of them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nlu.errors import InvalidTransition
from nlu.models.encoders import TrainedEncoder
from nlu.models.workspaces import Workspace


class RunStatus(models.TextChoices):
    """Life of a training run."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Effort(models.TextChoices):
    """How much a training tries: n-grams alone, the likely encoders, all of them, or one that a person named."""

    FAST = "fast", _("fast")
    BALANCED = "balanced", _("balanced")
    BEST = "best", _("best")
    NAMED = "named", _("one encoder")


class VersionStatus(models.TextChoices):
    """Life of a model version; rolling back is activating a retired one."""

    CANDIDATE = "candidate", _("candidate")
    ACTIVE = "active", _("active")
    RETIRED = "retired", _("retired")


class TrainingRun(models.Model):
    """One attempt to train a model. Progress lives here, so a screen shows it after any reload.

    `encoder` is what was asked for: a key of `nlu.training_plans`, or what a command was given. While encoders are
    compared, `trying` is the one that is being trained, the `tried`-th of `candidates`; `choice` has a row for
    each that is done with (`nlu.training.automatic.Candidate`). `minutes` is what comparing may take.
    `learns_unlabelled`: messages of customers teach, too; `unlabelled` is how many they were, `generated` how many
    utterances that nobody wrote.
    """

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        RunStatus.QUEUED: frozenset({RunStatus.RUNNING, RunStatus.CANCELLED, RunStatus.FAILED}),
        RunStatus.RUNNING: frozenset({RunStatus.DONE, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.QUEUED}),
        RunStatus.DONE: frozenset(),
        RunStatus.FAILED: frozenset(),
        RunStatus.CANCELLED: frozenset(),
    }

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="training_runs")
    status = models.CharField(_("status"), max_length=10, choices=RunStatus, default=RunStatus.QUEUED)
    effort = models.CharField(_("effort"), max_length=10, choices=Effort, default=Effort.FAST)
    minutes = models.FloatField(_("minutes"), default=30.0)
    encoder = models.CharField(_("encoder"), max_length=1000, default="ngram")
    trying = models.CharField(_("encoder in work"), max_length=200, blank=True)
    tried = models.PositiveSmallIntegerField(_("encoders begun"), default=0)
    candidates = models.PositiveSmallIntegerField(_("encoders to try"), default=0)
    choice = models.JSONField(_("choice"), default=list)
    seed = models.PositiveIntegerField(_("seed"), default=0)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    step = models.CharField(_("step"), max_length=40, blank=True)
    epoch = models.PositiveIntegerField(_("epoch"), default=0)
    epochs = models.PositiveIntegerField(_("epochs"), default=0)
    loss = models.FloatField(_("loss"), null=True, blank=True)
    accuracy = models.FloatField(_("validation accuracy"), null=True, blank=True)
    seconds_left = models.FloatField(_("seconds left"), null=True, blank=True)
    curve = models.JSONField(_("curve"), default=list)
    error = models.TextField(_("error"), blank=True)
    utterances = models.PositiveIntegerField(_("utterances"), default=0)
    learns_unlabelled = models.BooleanField(_("learns from unlabelled messages"), default=False)
    unlabelled = models.PositiveIntegerField(_("unlabelled messages"), default=0)
    generated = models.PositiveIntegerField(_("generated utterances"), default=0)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("training run")
        verbose_name_plural = _("training runs")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=Q(status__in=["queued", "running"]),
                name="training_one_open_per_workspace",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether the run still waits or works."""
        return self.status in {RunStatus.QUEUED, RunStatus.RUNNING}

    def transition(self, status: str) -> None:
        """Set the status if the map allows the step; InvalidTransition otherwise. The caller saves."""
        if status not in self.TRANSITIONS[self.status]:
            raise InvalidTransition(f"A training run cannot go from {self.status} to {status}")
        self.status = status


class ModelVersion(models.Model):
    """A folder with a model, and its state. `folder` is relative to settings.MODEL_DIR.

    `gate` is the `GateReport` of the comparison with the version that was active at `gated_at`; None before it
    ran. `override_reason` is why a person activated the version although the gate refused it. `promise` is an
    `ErrorPromise`, whose bound is in force instead of the training's own; None without one. `promised_at` is when
    it last changed, taken back included. `sentence_encoder` is the row that the encoder in the folder is a copy
    of, None for n-grams alone, MiniLM, or an encoder of a command.
    """

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        VersionStatus.CANDIDATE: frozenset({VersionStatus.ACTIVE, VersionStatus.RETIRED}),
        VersionStatus.ACTIVE: frozenset({VersionStatus.RETIRED}),
        VersionStatus.RETIRED: frozenset({VersionStatus.ACTIVE}),
    }

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="model_versions")
    number = models.PositiveIntegerField(_("number"))
    run = models.OneToOneField(
        TrainingRun, on_delete=models.SET_NULL, related_name="version", null=True, blank=True
    )
    status = models.CharField(_("status"), max_length=10, choices=VersionStatus, default=VersionStatus.CANDIDATE)
    folder = models.CharField(_("folder"), max_length=300)
    manifest_hash = models.CharField(_("manifest hash"), max_length=64)
    dataset_fingerprint = models.CharField(_("fingerprint of the data"), max_length=64)
    sentence_encoder = models.ForeignKey(
        TrainedEncoder, on_delete=models.SET_NULL, related_name="versions", null=True, blank=True
    )
    metrics = models.JSONField(_("metrics"), default=dict)
    gate = models.JSONField(_("gate"), null=True, blank=True, default=None)
    gated_at = models.DateTimeField(null=True, blank=True)
    override_reason = models.CharField(_("reason of the override"), max_length=500, blank=True)
    overridden_at = models.DateTimeField(null=True, blank=True)
    overridden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    promise = models.JSONField(_("promise"), null=True, blank=True, default=None)
    promised_at = models.DateTimeField(null=True, blank=True)
    promised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    activated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="model_version_number_once"),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(status="active"), name="model_version_one_active"
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"

    @property
    def has_served(self) -> bool:
        """Whether customers have met this version; going back to it is a roll-back."""
        return self.activated_at is not None

    def transition(self, status: str) -> None:
        """Set the status if the map allows the step; InvalidTransition otherwise. The caller saves."""
        if status not in self.TRANSITIONS[self.status]:
            raise InvalidTransition(f"A model version cannot go from {self.status} to {status}")
        self.status = status

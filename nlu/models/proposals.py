"""Utterances that a generator proposes for thin intents, and the runs that proposed them."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nlu.errors import InvalidTransition
from nlu.models.intents import Intent, Utterance
from nlu.models.workspaces import Workspace


class GenerationMethod(models.TextChoices):
    """How utterances are made (`nlu.generation`)."""

    PARAPHRASE = "paraphrase", _("paraphrase")
    VAE = "vae", _("variational autoencoder")
    GAN = "gan", _("adversarial generator")


class GenerationStatus(models.TextChoices):
    """Life of a run that proposes."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class GenerationRunQuerySet(models.QuerySet["GenerationRun"]):
    """Runs by whether they go on."""

    def in_work(self) -> Self:
        """Waiting or running."""
        return self.filter(status__in=[GenerationStatus.QUEUED, GenerationStatus.RUNNING])


class GenerationRun(models.Model):
    """One attempt to propose utterances. Progress lives here, so a screen shows it after any reload.

    `intents` are names, as they were when it was asked for; `per_intent` proposals at most for each.
    `with_effect`: two trainings say whether the proposals would help. `measures` is what
    `nlu.proposal_measures.RunMeasures` reads; None before the end. `checked_by` is the number of the version that
    checked the labels, None without an active one.
    """

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        GenerationStatus.QUEUED: frozenset(
            {GenerationStatus.RUNNING, GenerationStatus.CANCELLED, GenerationStatus.FAILED}
        ),
        GenerationStatus.RUNNING: frozenset(
            {GenerationStatus.DONE, GenerationStatus.FAILED, GenerationStatus.CANCELLED}
        ),
        GenerationStatus.DONE: frozenset(),
        GenerationStatus.FAILED: frozenset(),
        GenerationStatus.CANCELLED: frozenset(),
    }

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="generation_runs")
    status = models.CharField(
        _("status"), max_length=10, choices=GenerationStatus, default=GenerationStatus.QUEUED
    )
    method = models.CharField(
        _("method"), max_length=12, choices=GenerationMethod, default=GenerationMethod.PARAPHRASE
    )
    intents = models.JSONField(_("intents"), default=list)
    per_intent = models.PositiveSmallIntegerField(_("proposals an intent"), default=10)
    with_effect = models.BooleanField(_("measure the effect"), default=False)
    seed = models.PositiveIntegerField(_("seed"), default=0)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    step = models.CharField(_("step"), max_length=40, blank=True)
    share_done = models.FloatField(_("share done"), default=0.0)
    seconds_left = models.FloatField(_("seconds left"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    checked_by = models.PositiveIntegerField(_("checked by version"), null=True, blank=True)
    measures = models.JSONField(_("measures"), null=True, blank=True, default=None)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = GenerationRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("generation run")
        verbose_name_plural = _("generation runs")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=Q(status__in=["queued", "running"]),
                name="generation_one_open_per_workspace",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether the run still waits or works."""
        return self.status in {GenerationStatus.QUEUED, GenerationStatus.RUNNING}

    def transition(self, status: str) -> None:
        """Set the status if the map allows the step; InvalidTransition otherwise. The caller saves."""
        if status not in self.TRANSITIONS[self.status]:
            raise InvalidTransition(f"A generation run cannot go from {self.status} to {status}")
        self.status = status


class ProposalStatus(models.TextChoices):
    """What a person made of a proposal."""

    PROPOSED = "proposed", _("to review")
    ACCEPTED = "accepted", pgettext_lazy("proposal", "accepted")
    REJECTED = "rejected", pgettext_lazy("proposal", "rejected")


class ProposedUtteranceQuerySet(models.QuerySet["ProposedUtterance"]):
    """Proposals by whether people see them."""

    def shown(self) -> Self:
        """Those of runs that are done; a run stores its proposals piece by piece."""
        return self.filter(run__status=GenerationStatus.DONE)


class ProposedUtterance(models.Model):
    """A text that could teach `intent`. It teaches nothing before a person has accepted it.

    `entities` are [start, end, type] in code points of `text`; `made_from` the keys (`nlu.training.origins`) of
    the texts that it holds something of, none if any text may have taught it; `origins` the ids of those that are
    utterances, the one that it was made of first. No copy of an utterance is kept here: what is deleted is gone.
    `utterance` is what accepting made, which may have been edited first; None once that is deleted.
    `accepted_key` and `accepted_intent` say what that was, to be taken back as long as it still is. `score`: mean
    natural log probability of a token in the generator's own judgement, comparable within a run.
    """

    run = models.ForeignKey(GenerationRun, on_delete=models.CASCADE, related_name="proposals")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="proposed_utterances")
    intent = models.ForeignKey(Intent, on_delete=models.CASCADE, related_name="proposed_utterances")
    text = models.CharField(_("text"), max_length=2000)
    normalized = models.CharField(max_length=2000, editable=False)
    locale = models.CharField(_("language"), max_length=12, blank=True)
    entities = models.JSONField(_("entities"), default=list, blank=True)
    score = models.FloatField(_("score"), default=0.0)
    made_from = models.JSONField(_("made from"), default=list, blank=True)
    origins = models.JSONField(_("utterances that it was made from"), default=list, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=ProposalStatus, default=ProposalStatus.PROPOSED)
    utterance = models.ForeignKey(
        Utterance, on_delete=models.SET_NULL, related_name="proposals", null=True, blank=True
    )
    accepted_key = models.CharField(max_length=40, blank=True, editable=False)
    accepted_intent = models.ForeignKey(
        Intent, on_delete=models.SET_NULL, related_name="+", null=True, blank=True, editable=False
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProposedUtteranceQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposed utterance")
        verbose_name_plural = _("proposed utterances")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["workspace", "normalized"], name="proposal_text_once"),
        ]
        indexes = [models.Index(fields=["workspace", "status", "intent"], name="proposal_to_review")]

    def __str__(self) -> str:
        return self.text

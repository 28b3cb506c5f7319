"""Talks in which staff try a flow out, and recorded conversations that are had again."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar, Final, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.errors import InvalidTransition
from chat.models.flows import Flow, FlowVersion, RecordedConversation
from nlu.models import Workspace

KEPT_FOR: Final = timedelta(days=1)
"""How long a talk is there after its last message."""


class FlowTrialQuerySet(models.QuerySet["FlowTrial"]):
    """Talks by their age."""

    def fresh(self) -> Self:
        """Those that can be gone on with."""
        return self.filter(touched_at__gte=timezone.now() - KEPT_FOR)

    def stale(self) -> Self:
        """Those to be forgotten."""
        return self.exclude(touched_at__gte=timezone.now() - KEPT_FOR)


class FlowTrial(models.Model):
    """One person's talk with one flow: its draft, or `version` if that is set. There is one per person and flow.

    `revision` is the draft's when the talk began. `start` is {"step", "slots"}, empty if it began with a message.
    `turns` are `chat.trial_turns.TrialTurn` objects, `state` what the dialogue remembers after them. `pending` is
    the turn that waits for a decision about a call, with what is known of its calls so far; empty if none does.
    `uuid` is the scope of what is kept in the vault.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="flow_trials")
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="trials")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(FlowVersion, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    locale = models.CharField(_("language"), max_length=12)
    start = models.JSONField(default=dict)
    profile = models.JSONField(default=dict)
    turns = models.JSONField(default=list)
    state = models.JSONField(default=dict)
    pending = models.JSONField(default=dict)
    began_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects: ClassVar[FlowTrialQuerySet] = FlowTrialQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("trial of a flow")
        verbose_name_plural = _("trials of flows")
        constraints = [models.UniqueConstraint(fields=["flow", "staff"], name="flow_trial_one_per_person")]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.staff_id}"


class RehearsalStatus(models.TextChoices):
    """Life of a rehearsal."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class RehearsalRunQuerySet(models.QuerySet["RehearsalRun"]):
    """Rehearsals by whether they go on."""

    def in_work(self) -> Self:
        """Waiting or running."""
        return self.filter(status__in=[RehearsalStatus.QUEUED, RehearsalStatus.RUNNING])


class RehearsalRun(models.Model):
    """Recorded conversations that are had again, one after the other, with the active model.

    With a `flow`, its `definition` (the draft of this `revision`, as it was when asked for) takes the place of
    what is published; without, all is as customers get it. `waiting` are the ids of conversations that are left.
    `pieces` counts the starts and tells a worker from one that lost the job before.
    """

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        RehearsalStatus.QUEUED: frozenset(
            {RehearsalStatus.RUNNING, RehearsalStatus.CANCELLED, RehearsalStatus.FAILED}
        ),
        RehearsalStatus.RUNNING: frozenset(
            {RehearsalStatus.DONE, RehearsalStatus.FAILED, RehearsalStatus.CANCELLED}
        ),
        RehearsalStatus.DONE: frozenset(),
        RehearsalStatus.FAILED: frozenset(),
        RehearsalStatus.CANCELLED: frozenset(),
    }

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="rehearsals")
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="rehearsals", null=True, blank=True)
    definition = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    status = models.CharField(_("status"), max_length=10, choices=RehearsalStatus, default=RehearsalStatus.QUEUED)
    waiting = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    passed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    pieces = models.PositiveIntegerField(default=0)
    error = models.TextField(_("error"), blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[RehearsalRunQuerySet] = RehearsalRunQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=Q(status__in=["queued", "running"]),
                name="rehearsal_one_open_per_workspace",
            )
        ]

    def __str__(self) -> str:
        return f"rehearsal {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.status in {RehearsalStatus.QUEUED, RehearsalStatus.RUNNING}

    @property
    def done(self) -> int:
        """How many conversations were had."""
        return self.passed + self.failed

    @property
    def share_done(self) -> float:
        """How far it is, 0 to 1."""
        return self.done / self.total if self.total else 0.0

    def transition(self, status: str) -> None:
        """Set the status if the map allows the step; InvalidTransition otherwise. The caller saves."""
        if status not in self.TRANSITIONS[self.status]:
            raise InvalidTransition(f"A rehearsal cannot go from {self.status} to {status}")
        self.status = status


class RehearsalResult(models.Model):
    """How one recorded conversation went.

    `mismatches` are those of `chat.dialogue.scripts`, `talk` what was said and decided, turn by turn; `script` is
    what was expected then.
    """

    run = models.ForeignKey(RehearsalRun, on_delete=models.CASCADE, related_name="results")
    conversation = models.ForeignKey(
        RecordedConversation, on_delete=models.SET_NULL, related_name="results", null=True, blank=True
    )
    name = models.CharField(_("name"), max_length=120)
    locale = models.CharField(_("language"), max_length=12)
    passed = models.BooleanField(_("passed"))
    script = models.JSONField(default=dict)
    mismatches = models.JSONField(default=list)
    talk = models.JSONField(default=list)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("result of a rehearsal")
        verbose_name_plural = _("results of rehearsals")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name

"""The durable queue of the assistant, and afterwards the explanation of every reply."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.models.conversations import Conversation
from chat.models.reviews import Review
from nlu.models import ModelVersion, ShadowRun, Workspace


class TurnKind(models.TextChoices):
    """Live turns answer visitors; probes answer the console's and the API's questions to the model."""

    LIVE = "live", _("live")
    PROBE = "probe", _("probe")


class TurnStatus(models.TextChoices):
    """Pending rows are the queue; a claimed one has a lease."""

    PENDING = "pending", _("pending")
    CLAIMED = "claimed", _("being answered")
    DONE = "done", _("done")
    SUPERSEDED = "superseded", _("superseded")
    FAILED = "failed", _("failed")


class Filing(models.IntegerChoices):
    """How far a finished turn has come on its way into the review queue; None before and after."""

    NEW = 0, _("new")
    FILED = 1, _("filed")


class Turn(models.Model):
    """One or more visitor messages (a burst) with what was understood and what was decided.

    Covers messages up to `last_sequence`. At most one live turn of a conversation is open (pending or claimed):
    a message that arrives while one is pending joins it by raising `last_sequence`; `superseded_count` counts how
    often a newer message sent the turn back (once, then it is answered anyway).
    `review` is the row of the review queue with the same wording; a filed turn is looked at once more when what
    followed it is known.
    `to_shadow` is the shadow run whose version has still to score the turn.
    `begins` is the flow that the assistant begins by itself after an invitation; the turn may cover no message.
    `probe` holds {"text", "locale", "state"} of a probe; it is answered in the same columns as a live turn.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="turns")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="turns", null=True, blank=True
    )
    kind = models.CharField(_("kind"), max_length=10, choices=TurnKind, default=TurnKind.LIVE)
    status = models.CharField(_("status"), max_length=10, choices=TurnStatus, default=TurnStatus.PENDING)
    first_sequence = models.PositiveIntegerField(default=0)
    last_sequence = models.PositiveIntegerField(default=0)
    superseded_count = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    begins = models.CharField(max_length=60, blank=True)
    probe = models.JSONField(default=dict)
    parse = models.JSONField(default=dict)
    passages = models.JSONField(default=list)
    decision = models.JSONField(default=dict)
    intent = models.CharField(_("intent"), max_length=120, blank=True)
    confidence = models.FloatField(_("confidence"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, blank=True)
    # Its index is `turn_of_version`: beside one of its own, PostgreSQL would read all turns of the version.
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.SET_NULL, null=True, blank=True, db_index=False
    )
    reply_sequence = models.PositiveIntegerField(null=True, blank=True)
    milliseconds = models.FloatField(_("milliseconds"), null=True, blank=True)
    review = models.ForeignKey(Review, on_delete=models.SET_NULL, related_name="turns", null=True, blank=True)
    filing = models.PositiveSmallIntegerField(null=True, blank=True, choices=Filing)
    to_shadow = models.ForeignKey(
        ShadowRun, on_delete=models.SET_NULL, related_name="+", null=True, blank=True, db_index=False
    )
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        ordering = ("id",)
        indexes = [
            models.Index(fields=["status", "lease_until"], name="turn_queue"),
            models.Index(fields=["intent"], name="turn_intent"),
            models.Index(
                fields=["workspace", "filing", "id"], condition=Q(filing__isnull=False), name="turn_to_file"
            ),
            models.Index(fields=["model_version", "id"], name="turn_of_version"),
            models.Index(fields=["to_shadow", "id"], condition=Q(to_shadow__isnull=False), name="turn_to_shadow"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(kind="live") & Q(status__in=["pending", "claimed"]),
                name="turn_one_open_per_conversation",
            ),
            models.CheckConstraint(
                condition=Q(kind="probe") | Q(conversation__isnull=False), name="turn_live_has_conversation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} turn {self.pk}"

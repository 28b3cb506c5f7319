"""A dated exchange between one visitor and us, and who owns it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.errors import InvalidTransition
from chat.models.agents import Agent
from chat.models.sites import Site
from chat.models.visitors import Visitor


class ConversationStatus(models.TextChoices):
    """Who has it: the assistant, the queue, an agent, or nobody any more."""

    BOT = "bot", _("with the assistant")
    WAITING = "waiting", _("waiting for a person")
    ACTIVE = "active", _("with an agent")
    RESOLVED = "resolved", _("resolved")


class Conversation(models.Model):
    """`sequence` is the last message's number; the row's lock keeps the numbers gap-free.

    `priority`, `preferred_agent` and `routing_reason` are its place in the queue for people (`chat.queueing`).
    A resolved conversation stays the visitor's: their next message reopens it with the assistant.
    """

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        ConversationStatus.BOT: frozenset(
            {ConversationStatus.WAITING, ConversationStatus.ACTIVE, ConversationStatus.RESOLVED}
        ),
        ConversationStatus.WAITING: frozenset(
            {ConversationStatus.ACTIVE, ConversationStatus.BOT, ConversationStatus.RESOLVED}
        ),
        ConversationStatus.ACTIVE: frozenset(
            {ConversationStatus.BOT, ConversationStatus.WAITING, ConversationStatus.RESOLVED}
        ),
        ConversationStatus.RESOLVED: frozenset({ConversationStatus.BOT, ConversationStatus.ACTIVE}),
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="conversations")
    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="conversations")
    status = models.CharField(
        _("status"), max_length=10, choices=ConversationStatus, default=ConversationStatus.BOT
    )
    assignee = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, related_name="conversations", null=True, blank=True
    )
    locale = models.CharField(_("language"), max_length=12)
    sequence = models.PositiveIntegerField(_("last sequence"), default=0)
    visitor_sequence = models.PositiveIntegerField(_("last message of the visitor"), default=0)
    answered_sequence = models.PositiveIntegerField(_("covered by finished turns"), default=0)
    dialogue_state = models.JSONField(default=dict)
    last_intent = models.CharField(_("last intent"), max_length=120, blank=True)
    was_handed_off = models.BooleanField(_("was handed off"), default=False)
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    last_activity_at = models.DateTimeField(_("last activity"))
    priority = models.PositiveSmallIntegerField(_("priority in the queue"), default=0)
    preferred_agent = models.ForeignKey(Agent, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    routing_reason = models.CharField(_("why this place"), max_length=120, blank=True)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    first_agent_reply_at = models.DateTimeField(_("first reply of an agent"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ("-last_activity_at",)
        indexes = [
            models.Index(fields=["status", "waiting_since"], name="conversation_queue"),
            models.Index(fields=["-last_activity_at"], name="conversation_recent"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["visitor"], name="conversation_one_per_visitor"),
            models.CheckConstraint(
                condition=~Q(status="active") | Q(assignee__isnull=False), name="conversation_active_has_agent"
            ),
            models.CheckConstraint(
                condition=~Q(status="waiting") | Q(waiting_since__isnull=False),
                name="conversation_waiting_since_set",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    def transition(self, status: str) -> None:
        """Set the status if the map allows the step; InvalidTransition otherwise. The caller saves."""
        if status not in self.TRANSITIONS[self.status]:
            raise InvalidTransition(f"A conversation cannot go from {self.status} to {status}")
        self.status = status

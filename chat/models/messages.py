"""One thing said or shown in a conversation, already masked."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.models.agents import Agent
from chat.models.conversations import Conversation


class Author(models.TextChoices):
    """Who said it. `system` lines tell what happened (an agent joined, the conversation was resolved)."""

    VISITOR = "visitor", _("customer")
    BOT = "bot", _("assistant")
    AGENT = "agent", _("agent")
    SYSTEM = "system", _("system")


class MessageKind(models.TextChoices):
    """What it is. Notes are for staff and never reach a visitor."""

    TEXT = "text", _("text")
    NOTE = "note", _("note")
    EVENT = "event", _("event")


class Message(models.Model):
    """`sequence` is gap-free within the conversation; `client_id` makes a resend find the first copy.

    `citations` is a list of {"title", "url"}; `quick_replies` a list of texts; `event` names what a system line
    tells (`handoff_requested`, `agent_joined`, `returned_to_bot`, `resolved`, `reopened`).
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(_("sequence"))
    author = models.CharField(_("author"), max_length=10, choices=Author)
    agent = models.ForeignKey(Agent, on_delete=models.SET_NULL, related_name="messages", null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind, default=MessageKind.TEXT)
    event = models.CharField(_("event"), max_length=30, blank=True)
    text = models.TextField(_("text"))
    client_id = models.CharField(_("client id"), max_length=64, null=True, blank=True)
    body_hash = models.CharField(max_length=64, blank=True, editable=False)
    citations = models.JSONField(default=list)
    quick_replies = models.JSONField(default=list)
    created_at = models.DateTimeField(_("sent"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("conversation", "sequence")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "sequence"], name="message_sequence_once"),
            models.UniqueConstraint(
                fields=["conversation", "client_id"],
                condition=Q(client_id__isnull=False),
                name="message_client_id_once",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="message_created")]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.sequence}"

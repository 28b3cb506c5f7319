"""Each time that a conversation went, or should go, to a person."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.agents import Agent
from chat.models.conversations import Conversation


class HandoffReason(models.TextChoices):
    """Why the assistant let go."""

    VISITOR = "visitor", _("the customer asked for a person")
    INTENT = "intent", _("the intent goes to a person")
    FALLBACK = "fallback", _("the assistant did not understand")
    FLOW = "flow", _("a flow goes on with a person")
    FAILURE = "failure", _("the assistant could not answer")
    AGENT = "agent", _("an agent took it")


class Handoff(models.Model):
    """One passing to people: when asked, who accepted, how it ended."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="handoffs")
    reason = models.CharField(_("reason"), max_length=10, choices=HandoffReason)
    requested_at = models.DateTimeField(_("requested"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("handoff")
        verbose_name_plural = _("handoffs")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.reason}"

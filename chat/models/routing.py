"""Who of those that wait for a person comes first, and to whom they would best go."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.agents import Agent
from nlu.models import Workspace

TALK_LANGUAGE = "talk.language"
"""What a rule has as its attribute to go by the language of the conversation, which is no personal data."""


class Priority(models.IntegerChoices):
    """How soon somebody's turn is; among equals who has waited longest comes first."""

    USUAL = 0, _("usual")
    SOONER = 1, _("sooner")
    FIRST = 2, _("first")


class RoutingRule(models.Model):
    """If an attribute that may be used has one of the values, one a line: a priority, and an agent to offer it to.

    The first rule that fits decides.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="routing_rules")
    attribute = models.CharField(_("attribute"), max_length=40)
    values = models.TextField(_("values"), max_length=1_000)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.USUAL)
    agent = models.ForeignKey(Agent, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=1)

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return f"{self.attribute}: {self.priority}"

    @property
    def wanted(self) -> list[str]:
        """The values, one a line."""
        return [line.strip() for line in self.values.splitlines() if line.strip()]

"""The profile of a staff member who answers conversations."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Agent(models.Model):
    """Someone who answers; `display_name` is what customers see."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="agent")
    display_name = models.CharField(_("name shown to customers"), max_length=80)
    capacity = models.PositiveSmallIntegerField(_("most conversations at once"), default=8)
    sound = models.BooleanField(_("sound for new conversations"), default=True)

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        ordering = ("display_name",)

    def __str__(self) -> str:
        return self.display_name

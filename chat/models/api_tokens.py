"""Keys with which other programs use the HTTP interface."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from nlu.models import Workspace


class ApiToken(models.Model):
    """A program's key to one workspace; only its hash is stored. `scopes` are words separated by spaces."""

    SCOPES: ClassVar[tuple[str, ...]] = (
        "parse",
        "articles:read",
        "conversations:read",
        "messages:read",
        "messages:write",
    )

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.CharField(_("scopes"), max_length=200)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name

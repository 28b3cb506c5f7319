"""A widget on somebody's pages: its public key, where it may be embedded, and how it greets."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from nlu.models import Workspace


def validate_origin(value: str) -> None:
    """Accept `https://host[:port]` or `http://host[:port]`: no path, no wildcard, no trailing slash."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValidationError(_("%(value)s is not an origin."), params={"value": value}) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "*" in value:
        raise ValidationError(_("%(value)s is not an origin."), params={"value": value})
    suffix = f":{port}" if port else ""
    if value != f"{parts.scheme}://{parts.hostname}{suffix}":
        raise ValidationError(
            _("%(value)s must be scheme://host or scheme://host:port in lower case, without a path."),
            params={"value": value},
        )


class Site(models.Model):
    """A widget: `key` is public and only selects configuration; rights come from visitors' tokens."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="sites")
    key = models.SlugField(_("site key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    locale = models.CharField(_("language"), max_length=12, default="zh-hans")
    origins = models.TextField(
        _("allowed origins"),
        blank=True,
        help_text=_("One origin a line, for example https://shop.example. Empty: the widget embeds nowhere."),
    )
    enabled = models.BooleanField(_("in use"), default=True)
    identity_required = models.BooleanField(_("only for signed-in customers"), default=False)
    offers_to_remember = models.BooleanField(_("offers to remember"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Every line must be an origin."""
        for origin in self.allowed_origins:
            validate_origin(origin)

    @property
    def allowed_origins(self) -> list[str]:
        """The origins that may frame the chat page, one per line of `origins`."""
        return [line.strip() for line in self.origins.splitlines() if line.strip()]

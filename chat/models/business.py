"""Business systems that flows may call: where they are, what opens them, and what can be asked of them."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from nlu.models import Workspace
from nlu.sealing import Sealed


class Secret(models.Model):
    """What opens a system, sealed (`nlu/sealing.py`). It opens one origin only, to which its ciphertext is bound.

    No page, interface, export or log returns a value: only whether it is set.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="secrets")
    name = models.CharField(_("name"), max_length=60)
    origin = models.CharField(_("opens"), max_length=300)
    ciphertext = models.BinaryField(editable=False)
    key_id = models.CharField(max_length=12, db_index=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("secret")
        verbose_name_plural = _("secrets")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="secret_name_in_workspace")]

    def __str__(self) -> str:
        return self.name

    @property
    def sealed(self) -> Sealed:
        """The ciphertext as it opens."""
        return Sealed(bytes(self.ciphertext), self.key_id)

    @property
    def context(self) -> tuple[str | int, ...]:
        """What the ciphertext is bound to."""
        return ("secret", self.workspace_id, str(self.uuid), self.origin)


class Connection(models.Model):
    """A system. `header` carries the secret behind the word `scheme`; an empty `base_url` is not called yet."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="connections")
    name = models.CharField(_("name"), max_length=60)
    base_url = models.CharField(_("address"), max_length=500, blank=True)
    header = models.CharField(_("header of the secret"), max_length=100, blank=True)
    scheme = models.CharField(_("word before the secret"), max_length=60, blank=True)
    secret = models.ForeignKey(
        Secret, on_delete=models.SET_NULL, related_name="connections", null=True, blank=True
    )

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="connection_name_in_workspace")]

    def __str__(self) -> str:
        return self.name


class BusinessAction(models.Model):
    """One thing that can be asked of a system; `definition` is as docs/flows.md says, with texts for scalars."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="business_actions")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="actions")
    name = models.CharField(_("name"), max_length=60)
    definition = models.JSONField(_("definition"))
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("business action")
        verbose_name_plural = _("business actions")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="business_action_name_in_workspace")
        ]

    def __str__(self) -> str:
        return self.name

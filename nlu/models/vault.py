"""Originals of masked values, sealed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nlu.models.workspaces import Workspace
from nlu.sealing import Sealed


class VaultEntry(models.Model):
    """What stands behind one placeholder of one text, as ciphertext under the key `key_id` (`nlu/sealing.py`).

    `scope` says whose text it was (a floor above knows: the uuid of a conversation), `item` which of its texts.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="vault_entries")
    scope = models.CharField(_("scope"), max_length=36)
    item = models.PositiveIntegerField(_("number of the text"))
    placeholder = models.CharField(_("placeholder"), max_length=40)
    ciphertext = models.BinaryField(editable=False)
    key_id = models.CharField(max_length=12, db_index=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("kept value")
        verbose_name_plural = _("kept values")
        ordering = ("scope", "item", "id")
        constraints = [
            models.UniqueConstraint(fields=["scope", "item", "placeholder"], name="vault_placeholder_once")
        ]

    def __str__(self) -> str:
        return f"{self.scope}/{self.item} {self.placeholder}"

    @property
    def sealed(self) -> Sealed:
        """The ciphertext as it opens."""
        return Sealed(bytes(self.ciphertext), self.key_id)

    @property
    def context(self) -> tuple[str | int, ...]:
        """What the ciphertext is bound to."""
        return ("vault", self.workspace_id, self.scope, self.item, self.placeholder)

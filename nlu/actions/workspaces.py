"""Making tenants."""

from __future__ import annotations

import re
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.masking import ensure_default_rules
from nlu.errors import InvalidData
from nlu.models import Workspace

SHORT_NAME: Final = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_-]{0,59}")
"""Names that begin with _ are kept for folders that belong to no workspace."""


@transaction.atomic
def create_workspace(*, slug: str, name: str, default_locale: str, actor: Actor) -> Workspace:
    """A new workspace with the built-in masking rules switched on: safe before its first message.

    InvalidData if the short name is taken, or is no name for a folder of models.
    """
    if not SHORT_NAME.fullmatch(slug):
        raise InvalidData(_("A short name has letters, digits and hyphens, and no underscore in front."))
    if Workspace.objects.filter(slug=slug).exists():
        raise InvalidData(f"There is already a workspace with the short name {slug}")
    workspace = Workspace.objects.create(slug=slug, name=name, default_locale=default_locale)
    ensure_default_rules(workspace)
    record(actor=actor, action="workspace.created", target=workspace, workspace=workspace, summary=name)
    return workspace


@transaction.atomic
def update_workspace(
    *, workspace: Workspace, name: str, default_locale: str, confirm_limit: int, rephrase_limit: int, actor: Actor
) -> Workspace:
    """Change how a workspace is called and how patient its assistant is. The short name never changes."""
    workspace = Workspace.objects.select_for_update().get(pk=workspace.pk)
    workspace.name = name
    workspace.default_locale = default_locale
    workspace.confirm_limit = confirm_limit
    workspace.rephrase_limit = rephrase_limit
    workspace.save(update_fields=["name", "default_locale", "confirm_limit", "rephrase_limit"])
    record(actor=actor, action="workspace.updated", target=workspace, workspace=workspace, summary=name)
    return workspace

"""The audit trail: every act of staff that changes something leaves one entry."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from nlu.models import AuditEntry, Workspace

Actor = AbstractBaseUser | AnonymousUser | None
SUMMARY_LENGTH = 300
REASON_LENGTH = 500


def record(
    *,
    actor: Actor,
    action: str,
    target: models.Model,
    workspace: Workspace | None = None,
    summary: str = "",
    reason: str = "",
) -> AuditEntry:
    """Write one entry in the caller's transaction.

    `action` is a `noun.past_participle`; `actor` None means the system.

    `summary` names what changed and must never quote a visitor's words.
    """
    person = actor if actor is not None and actor.is_authenticated else None
    return AuditEntry.objects.create(
        workspace=workspace,
        actor_id=person.pk if person is not None else None,
        action=action,
        object_type=target._meta.model_name or "",
        object_id=str(target.pk or ""),
        summary=summary[:SUMMARY_LENGTH],
        reason=reason[:REASON_LENGTH],
    )

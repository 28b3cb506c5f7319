"""Records that superusers may look up. Changes go through the console, which writes the audit trail."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from chat.models import Agent, ApiToken, WorkerHeartbeat
from nlu.models import AuditEntry, Job, Workspace

M = TypeVar("M", bound=Model)


class ReadOnlyAdmin(admin.ModelAdmin, Generic[M]):  # type: ignore[type-arg]
    """Look, but do not touch: a change here would leave no trace and skip the rules of the actions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is made here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is changed here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here."""
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """Who did what."""

    list_display = ("created_at", "actor", "action", "object_type", "object_id", "summary")
    list_filter = ("object_type",)
    search_fields = ("action", "summary", "reason")
    list_select_related = ("actor",)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin[Job]):
    """Deferred work and what became of it."""

    list_display = ("id", "task", "status", "attempts", "run_after", "finished_at")
    list_filter = ("status", "task")


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnlyAdmin[WorkerHeartbeat]):
    """Background processes and their last sign of life."""

    list_display = ("name", "role", "seen_at")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin[ApiToken]):
    """Keys of other programs, without what opens anything."""

    list_display = ("name", "workspace", "scopes", "last_used_at", "revoked_at")
    exclude = ("token_hash",)


@admin.register(Workspace)
class WorkspaceAdmin(ReadOnlyAdmin[Workspace]):
    """Tenants."""

    list_display = ("slug", "name", "default_locale", "created_at")


@admin.register(Agent)
class AgentAdmin(ReadOnlyAdmin[Agent]):
    """Profiles of those who answer."""

    list_display = ("display_name", "user", "capacity")

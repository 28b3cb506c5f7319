"""Signs of life of background processes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from chat.models import WorkerHeartbeat

FORGOTTEN_AFTER: Final = timedelta(hours=1)


@transaction.atomic
def beat(*, name: str, role: str, models_loaded: dict[str, str] | None = None) -> WorkerHeartbeat:
    """Write that the process `name` is alive now; `models_loaded` maps a workspace's id to a version's label."""
    row, _ = WorkerHeartbeat.objects.update_or_create(
        name=name, defaults={"role": role, "seen_at": timezone.now(), "models_loaded": models_loaded or {}}
    )
    return row


@transaction.atomic
def say_goodbye(*, name: str) -> None:
    """Remove the sign of life of a process that ends, and those of processes that died long ago."""
    WorkerHeartbeat.objects.filter(name=name).delete()
    WorkerHeartbeat.objects.filter(seen_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()

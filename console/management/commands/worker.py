"""The dispatcher and a Celery worker alone, for larger installations; `serve` has them already."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from console.processes.worker import run_worker


class Command(BaseCommand):
    """Run one or more of these; each has a dispatcher, and they share the jobs."""

    help = "Hand out and run background jobs until told to stop."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop."""
        run_worker()

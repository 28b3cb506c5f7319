"""A turn worker alone, for larger installations; `serve` has one already."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from console.processes.turns import run_turns


class Command(BaseCommand):
    """Run any number of these beside the web processes."""

    help = "Answer customers' messages until told to stop."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop."""
        run_turns()

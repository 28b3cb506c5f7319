"""Run the installation: every part under one supervisor, or one part alone."""

from __future__ import annotations

import sys
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError
from django.utils.module_loading import import_string

from console.processes.errors import CannotServe
from console.processes.supervisor import serve_everything

ROLES: Final = {
    "web": "console.processes.web.run_web",
    "turns": "console.processes.turns.run_turns",
    "worker": "console.processes.worker.run_worker",
}
"""By name, not by import: a process loads only what its own role needs."""


class Command(BaseCommand):
    """Without `--role`.

    Web and worker (and turn worker, with Redis) under a supervisor that restarts what dies.
    """

    help = "Serve everything under one supervisor, or one role of a larger installation."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """One option."""
        parser.add_argument("--role", choices=sorted(ROLES), help="only this part, without a supervisor")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop."""
        role = options["role"]
        if role is not None:
            import_string(ROLES[role])()
            return
        require_migrated()
        try:
            status = serve_everything(sys.stdout)
        except CannotServe as error:
            raise CommandError(str(error)) from None
        raise SystemExit(status)


def require_migrated() -> None:
    """CommandError unless the database is reachable and up to date."""
    try:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CommandError(f"The database cannot be used: {error}") from None
    finally:
        connections.close_all()
    if behind:
        raise CommandError("The database is not up to date; run `manage.py migrate` (or `make run`) first")

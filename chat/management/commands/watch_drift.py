"""Count the new messages now, and say how the drift watch stands."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.actions.drift import look, open_alarm, read_stream, watch_over
from chat.drift_rules import ENOUGH
from nlu.inference import active_version
from nlu.models import Workspace


class Command(BaseCommand):
    """JSON on stdout: messages counted, messages of the reference, the open alarm with its reasons."""

    help = "Count the new live messages for the drift watch and print how it stands."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The workspace."""
        parser.add_argument("--workspace", default="default", help="short name of the workspace")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count everything that is new, then print."""
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace {options['workspace']}")
        version = active_version(workspace.pk)
        while look(workspace_id=workspace.pk):
            pass
        watch = watch_over(version) if version is not None else None
        if watch is None:
            raise CommandError(f"Workspace {workspace.slug} has no active version")
        stream = read_stream(watch)
        alarm = open_alarm(workspace.pk)
        found = {
            "version": str(version),
            "counted": watch.counted,
            "reference": stream.learned,
            "learning": stream.reference is None,
            "needed": ENOUGH,
            "alarm": {
                "raised_at": alarm.raised_at.isoformat(timespec="seconds"),
                "messages": alarm.messages,
                "reasons": alarm.reasons,
            }
            if alarm is not None
            else None,
        }
        self.stdout.write(json.dumps(found, ensure_ascii=False))

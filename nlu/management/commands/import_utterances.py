"""Load training data from a file into a workspace."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from nlu.actions.importing import import_utterances
from nlu.actions.workspaces import create_workspace
from nlu.models import Workspace

SHOWN_ERRORS = 20
NICENESS = 10


class Command(BaseCommand):
    """One JSON object with what was added on stdout; progress and rejected lines on stderr."""

    help = "Load utterances from a JSON Lines or CSV file. A workspace that does not exist is created."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file and the workspace."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--workspace", default="default", help="short name of the workspace")

    def run_from_argv(self, argv: list[str]) -> None:
        """As a program of its own: a chat that is going on comes first."""
        os.nice(NICENESS)
        super().run_from_argv(argv)

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        """Import; exit 1 when the file cannot be read or nothing in it is usable."""
        file: Path = options["file"]
        slug: str = options["workspace"]
        workspace = Workspace.objects.filter(slug=slug).first()
        if workspace is None:
            workspace = create_workspace(slug=slug, name=slug, default_locale="zh-hans", actor=None)
            self.stderr.write(f"Created the workspace {slug}")
        try:
            with file.open(encoding="utf-8") as lines:
                report = import_utterances(
                    workspace=workspace,
                    lines=lines,
                    file_format="csv" if file.suffix.lower() == ".csv" else "jsonl",
                    actor=None,
                    progress=lambda done: self.stderr.write(f"{done} lines done"),
                )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise CommandError(f"{file} is not UTF-8 text") from None
        for wrong in report.errors[:SHOWN_ERRORS]:
            self.stderr.write(f"line {wrong.line}: {wrong.message}")
        if not report.added and not report.duplicates:
            raise CommandError(f"{file} has no usable utterance ({report.rejected} lines rejected)")
        summary = {
            "workspace": slug,
            "added": report.added,
            "duplicates": len(report.duplicates),
            "rejected": report.rejected,
        }
        sys.stdout.write(json.dumps(summary) + "\n")

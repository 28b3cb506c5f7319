"""Load training data from a file into a workspace."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, get_args

from django.core.management.base import BaseCommand, CommandError, no_translations

from nlu.actions.training_files import import_training_file
from nlu.actions.workspaces import create_workspace
from nlu.errors import InvalidData
from nlu.formats.records import FileFormat
from nlu.models import Workspace

SHOWN_ERRORS = 20
NICENESS = 10


class Command(BaseCommand):
    """One JSON object with what was added on stdout; progress and rejected lines on stderr."""

    help = (
        "Load training data from CSV, JSON Lines, Rasa YAML or a Dialogflow ES agent (ZIP). "
        "A workspace that does not exist is created."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, its form and the workspace."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--workspace", default="default", help="short name of the workspace")
        parser.add_argument(
            "--format",
            choices=("auto", *get_args(FileFormat)),
            default="auto",
            help="form of the file; auto goes by its name and content",
        )

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
            with file.open("rb") as content:
                report = import_training_file(
                    workspace=workspace,
                    file=content,
                    name=file.name,
                    file_format=options["format"],
                    actor=None,
                    progress=lambda done: self.stderr.write(f"{done} lines done"),
                )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from None
        except InvalidData as error:
            raise CommandError(f"{file} cannot be used: {error}") from None
        for name, usable in report.renamed:
            self.stderr.write(f"{name} is called {usable} here")
        for remark in report.remarks:
            self.stderr.write(f"{remark.text} ({remark.count})")
        for wrong in report.errors[:SHOWN_ERRORS]:
            place = f"{wrong.file}, item {wrong.line}" if wrong.file else f"line {wrong.line}"
            self.stderr.write(f"{place}: {wrong.message}")
        if not (report.added or report.duplicates or report.values or report.patterns):
            raise CommandError(f"{file} has nothing usable ({report.rejected} lines rejected)")
        summary = {
            "workspace": slug,
            "added": report.added,
            "duplicates": len(report.duplicates),
            "rejected": report.rejected,
            "values": report.values,
            "patterns": report.patterns,
            "renamed": len(report.renamed),
        }
        sys.stdout.write(json.dumps(summary) + "\n")

"""Write the training data of a workspace to a file."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, get_args

from django.core.management.base import BaseCommand, CommandError, no_translations

from nlu.formats.records import FileFormat
from nlu.models import Workspace
from nlu.training_exports import Losses, losses_of, text_lines, write_agent


class Command(BaseCommand):
    """The file on stdout or under --output; on stderr what its form cannot carry."""

    help = "Write the utterances of a workspace as JSON Lines, CSV, Rasa YAML or a Dialogflow ES agent (ZIP)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The workspace, the form and the place."""
        parser.add_argument("--workspace", default="default", help="short name of the workspace")
        parser.add_argument("--format", choices=get_args(FileFormat), default="jsonl", help="form of the file")
        parser.add_argument("--output", type=Path, help="the file to write; dialogflow needs one")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        """Export; exit 1 when there is no such workspace or the file cannot be written."""
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace {options['workspace']}")
        file_format: FileFormat = options["format"]
        output: Path | None = options["output"]
        if file_format == "dialogflow" and output is None:
            raise CommandError("An agent of Dialogflow is a ZIP file: name it with --output FILE")
        for line in told(losses_of(workspace)[file_format]):
            self.stderr.write(line)
        if output is None:
            for line in text_lines(workspace, file_format):
                sys.stdout.write(line)
            return
        try:
            with replaced(output) as file:
                if file_format == "dialogflow":
                    write_agent(file, workspace)
                else:
                    for line in text_lines(workspace, file_format):
                        file.write(line.encode())
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}") from None
        self.stderr.write(f"{output} is written")


def told(losses: Losses) -> Iterator[str]:
    """What the form cannot carry, a line for each kind of loss."""
    if losses.left_out:
        yield f"{losses.left_out} utterances cannot be written in this form and are left out"
    if losses.without_marks:
        yield f"{losses.without_marks} utterances are written without some of their marks"
    if losses.without_locale:
        yield f"{losses.without_locale} utterances without a language get the workspace's"
    if losses.types:
        yield f"Lists or patterns are not written in full: {', '.join(losses.types)}"


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A file that stands under `path` once it is whole; the old one stays if anything goes wrong."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)

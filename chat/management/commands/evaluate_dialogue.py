"""Measure dialogue state tracking: learn from one file of annotated dialogues, judge on another."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.evaluation.dialogue_formats import FORMATS, read_dialogues
from chat.evaluation.errors import UnreadableDialogues
from nlu.errors import NluError
from nlu.types import TrainingProgress


class Command(BaseCommand):
    """JSON on stdout: joint goal accuracy and slot F1, the baseline's beside; progress on stderr.

    docs/dialogue-evaluation.md says what is measured and how. Needs no database.
    """

    help = "Learn dialogue state tracking from annotated dialogues and measure it on others."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The two files, their format and the seed."""
        parser.add_argument("--train", required=True, help="dialogues to learn from, JSON lines, plain or .gz")
        parser.add_argument("--data", required=True, help="dialogues to judge on")
        parser.add_argument("--format", required=True, choices=FORMATS)
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read both files before anything is learned, so that a mistyped name costs nothing."""
        try:
            training = read_dialogues(options["train"], options["format"])
            judged = read_dialogues(options["data"], options["format"])
            # Imported late: torch takes seconds to import and a mistyped option should not.
            from chat.evaluation.tracking_report import evaluate_tracking

            report = evaluate_tracking(
                training, judged, options["format"], seed=options["seed"], progress=self._progress
            )
        except (UnreadableDialogues, NluError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(report.to_json(), ensure_ascii=False))

    def _progress(self, progress: TrainingProgress) -> None:
        if progress.epoch == progress.epochs or progress.epoch % 5 == 0:
            self.stderr.write(f"parser, {progress.stage}: epoch {progress.epoch} of {progress.epochs}")

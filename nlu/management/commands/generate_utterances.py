"""Propose utterances for thin intents, from files and without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from nlu.errors import NluError
from nlu.generation.proposals import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nlu.generation.proposals import Proposer
    from nlu.training.dataset import Dataset
    from nlu.training.masked import Mask
    from nlu.training.question_pairs import QuestionPair


class Command(BaseCommand):
    """`generate_utterances --data F --output F`: proposals as JSON lines, measures as one JSON object on stdout.

    Texts are masked by the default rules, as a chat would mask them. Nothing of `--guard` is ever learned from.
    """

    help = "Propose new utterances for intents that have few. A person reviews them before they teach anything."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", required=True, help="JSON lines with labelled utterances")
        parser.add_argument("--output", required=True, help="JSON lines file for the proposals")
        parser.add_argument("--method", choices=METHODS, default="paraphrase")
        parser.add_argument(
            "--guard",
            nargs="*",
            default=[],
            help="evaluation and test sets (JSON lines): nothing like them is proposed",
        )
        parser.add_argument(
            "--unlabelled", nargs="*", default=[], help='messages {"text"} that teach how customers write'
        )
        parser.add_argument(
            "--pairs", nargs="*", default=[], help="questions of one meaning, as for train_encoder"
        )
        parser.add_argument("--intents", nargs="*", help="default: those with fewer than ten utterances")
        parser.add_argument("--per-intent", type=int, default=10, help="proposals an intent at most (1 to 200)")
        parser.add_argument("--model", help="model folder of train_nlu that checks the labels of proposals")
        parser.add_argument("--judge", help="model folder of a better model, which only measures the labels")
        parser.add_argument(
            "--held-out", help="JSON lines: train with and without the proposals and compare the accuracy there"
        )
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["per_intent"] <= 200:
            raise CommandError("--per-intent must be from 1 to 200")
        try:
            report = self._generate(options)
        except NluError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}") from error
        self.stdout.write(json.dumps(report, ensure_ascii=False))

    def _generate(self, options: dict[str, Any]) -> dict[str, Any]:
        # Imported late: torch takes seconds to import and a mistyped option should not.
        from nlu.generation.effect import measure_effect
        from nlu.generation.filters import REASONS
        from nlu.generation.generate import generate
        from nlu.pipeline.pipeline import NluPipeline
        from nlu.training.masked import default_mask
        from nlu.training.question_pairs import load_pairs

        mask = default_mask()
        dataset = _load(options["data"], mask)
        unlabelled = _texts(options["unlabelled"], mask)
        guarded = _texts([*options["guard"], *([options["held_out"]] if options["held_out"] else [])], mask)
        pairs = load_pairs(options["pairs"], mask) if options["pairs"] else ()
        generated = generate(
            dataset,
            _proposer(options["method"], unlabelled, pairs),
            mask=mask,
            intents=options["intents"] or None,
            per_intent=options["per_intent"],
            guarded=guarded,
            site_texts=unlabelled,
            model=NluPipeline.load(options["model"]) if options["model"] else None,
            judge=NluPipeline.load(options["judge"]) if options["judge"] else None,
            seed=options["seed"],
            progress=self._progress,
        )
        _write(Path(options["output"]), (proposal.to_json() for proposal in generated.kept))
        for reason, total in generated.reasons().items():
            self.stderr.write(f"{total} proposals left out: each {REASONS[reason]}")
        report = {"method": options["method"], "output": options["output"], **generated.to_json(), "effect": None}
        if options["held_out"]:
            effect = measure_effect(
                dataset,
                [proposal.as_example() for proposal in generated.kept],
                _load(options["held_out"], mask),
                seed=options["seed"],
                progress=self._progress,
            )
            report["effect"] = effect.to_json()
        return report

    def _progress(self, progress: Any) -> None:
        self.stderr.write(
            f"{progress.stage}: {progress.epoch} of {progress.epochs}, "
            f"{progress.seconds_elapsed:.0f} s, about {progress.seconds_left:.0f} s left"
        )


def _load(path: str, mask: Mask) -> Dataset:
    from nlu.training.dataset import load_dataset
    from nlu.training.masked import masked_dataset

    return masked_dataset(load_dataset(path), mask)


def _texts(paths: Iterable[str], mask: Mask) -> list[str]:
    return [example.text for path in paths for example in _load(path, mask).examples]


def _proposer(method: str, texts: list[str], pairs: tuple[QuestionPair, ...]) -> Proposer:
    from nlu.generation.methods import proposer_of

    return proposer_of(method, texts=texts, pairs=pairs)


def _write(path: Path, records: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)

"""Measure masking on labelled texts; needs no database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from nlu.errors import InvalidData
from nlu.masking.engine import compile_rules
from nlu.masking.scoring import MaskingScore, Span
from nlu.masking.types import DEFAULT, rules_for, type_names


class Command(BaseCommand):
    """JSON lines `{"text", "spans": [[start, end, type]]}` -> precision, recall, F1, overall and by type."""

    help = 'Measures masking on JSON lines {"text", "spans": [[start, end, type]]}.'
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The labelled texts."""
        parser.add_argument("--data", type=Path, required=True, help="JSON lines with labelled spans")
        parser.add_argument("--types", default=DEFAULT, help="default, all, or names such as MOBILE,CN_ID")

    def handle(self, *, data: Path, types: str, **options: object) -> None:
        """Mask each text, compare, print one JSON object."""
        try:
            masker = compile_rules(rules_for(types))
            score = MaskingScore()
            with data.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, start=1):
                    if not line.strip():
                        continue
                    text, labelled = read_line(line, number)
                    masked = type_names(
                        (span.start, span.end, span.recognizer) for span in masker.mask(text).spans
                    )
                    score.add(text, labelled, masked)
        except (InvalidData, OSError) as error:
            raise CommandError(str(error)) from None
        by_type = {kind: tally.to_json() for kind, tally in sorted(score.by_type.items())}
        print(json.dumps({**score.overall.to_json(), "by_type": by_type}, ensure_ascii=False))


def read_line(line: str, number: int) -> tuple[str, list[Span]]:
    """The text and its labelled spans (`spans`, or `entities` as in training data); InvalidData names the line."""
    try:
        entry = json.loads(line)
        text = entry["text"]
        spans = [
            (int(start), int(end), str(kind)) for start, end, kind in entry.get("spans", entry.get("entities", []))
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidData(f'line {number}: not {{"text", "spans": [[start, end, type]]}}') from None
    if not isinstance(text, str) or any(not 0 <= start < end <= len(text) for start, end, _ in spans):
        raise InvalidData(f"line {number}: a span lies outside the text")
    return text, spans

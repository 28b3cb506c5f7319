"""Mask texts from the standard input; needs no database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from nlu.errors import InvalidData
from nlu.masking.engine import compile_rules
from nlu.masking.types import DEFAULT, rules_for, type_names


class Command(BaseCommand):
    """JSON lines `{"text"}` -> `{"masked", "spans": [[start, end, type]]}`."""

    help = 'Masks JSON lines {"text"} of the standard input: {"masked", "spans": [[start, end, type]]} each.'
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which types to mask."""
        parser.add_argument("--types", default=DEFAULT, help="default, all, or names such as MOBILE,CN_ID")

    def handle(self, *, types: str, **options: object) -> None:
        """Read, mask, print."""
        try:
            masker = compile_rules(rules_for(types))
        except InvalidData as error:
            raise CommandError(str(error)) from None
        for number, line in enumerate(sys.stdin, start=1):
            if not line.strip():
                continue
            try:
                text = json.loads(line)["text"]
            except (ValueError, KeyError, TypeError):
                raise CommandError(f'line {number}: not a JSON object with "text"') from None
            if not isinstance(text, str):
                raise CommandError(f'line {number}: "text" is no string')
            masked = masker.mask(text)
            spans = type_names((span.start, span.end, span.recognizer) for span in masked.spans)
            print(json.dumps({"masked": masked.text, "spans": spans}, ensure_ascii=False))

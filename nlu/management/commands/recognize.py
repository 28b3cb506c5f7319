"""Find built-in entities in texts from the standard input; needs no database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError

from nlu.recognizers.calendar import FIRST_YEAR, LAST_YEAR
from nlu.recognizers.recognizer import recognize


class Command(BaseCommand):
    """JSON lines `{"text"}` -> `{"entities": [{"start", "end", "type", "value"}]}`."""

    help = (
        'Finds dates, times, numbers, money and so on in JSON lines {"text"} of the standard input: '
        '{"entities": [{"start", "end", "type", "value"}]} each, offsets in code points.'
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The language, and what counts as now."""
        parser.add_argument("--locale", default="", help="zh-hans or en; without it the script decides")
        parser.add_argument(
            "--clock", default="", help="ISO 8601 with the offset of the time zone that values are in"
        )

    def handle(self, *, locale: str, clock: str, **options: object) -> None:
        """Read, recognize, print."""
        if locale and locale.lower().partition("-")[0] not in ("zh", "en"):
            raise CommandError(f"--locale {locale}: there are zh-hans and en")
        try:
            now = datetime.fromisoformat(clock) if clock else datetime.now().astimezone()
        except ValueError:
            raise CommandError(f"--clock {clock}: not a date and time of ISO 8601") from None
        if not FIRST_YEAR <= now.year <= LAST_YEAR:
            raise CommandError(f"--clock {clock}: only years from {FIRST_YEAR} to {LAST_YEAR}")
        for number, line in enumerate(sys.stdin, start=1):
            if not line.strip():
                continue
            try:
                text = json.loads(line)["text"]
            except (ValueError, KeyError, TypeError):
                raise CommandError(f'line {number}: not a JSON object with "text"') from None
            if not isinstance(text, str):
                raise CommandError(f'line {number}: "text" is no string')
            entities = [entity.to_json() for entity in recognize(text, clock=now, locale=locale)]
            print(json.dumps({"entities": entities}, ensure_ascii=False))

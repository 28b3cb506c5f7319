"""Understand one text with a workspace's active model."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from nlu.errors import NluError


class Command(BaseCommand):
    """Prints the Parse as JSON: of the text as masked by the workspace's rules, as in a chat."""

    help = "Parse a text with the active model of a workspace and print the result as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text")
        parser.add_argument("--workspace", default="default")
        parser.add_argument("--locale", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        # Imported late: loading a model needs torch, which takes seconds to import.
        from nlu.actions.masking import mask_for_workspace
        from nlu.inference import load_active_pipeline
        from nlu.models import Workspace

        try:
            pipeline = load_active_pipeline(options["workspace"])
            text = mask_for_workspace(Workspace.objects.get(slug=options["workspace"]).pk, options["text"])
            parse = pipeline.parse(text, locale=options["locale"])
        except NluError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(parse.to_json(), ensure_ascii=False))

"""Install scenario packs."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.actions.packs import install_pack
from chat.errors import InvalidInput
from chat.packs import available, read_pack


class Command(BaseCommand):
    """One JSON object per pack on stdout."""

    help = "Install scenario packs (idempotent: only what is missing is added)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The packs and the workspace."""
        parser.add_argument("packs", nargs="+", metavar="NAME", help=f"available: {', '.join(available())}")
        parser.add_argument("--workspace", default="", help="short name; the pack's own workspace if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read all packs before the first is installed, so that a wrong name changes nothing."""
        try:
            packs = [read_pack(name) for name in options["packs"]]
        except (InvalidInput, KeyError, OSError) as error:
            raise CommandError(str(error)) from None
        for pack in packs:
            self.stderr.write(f"Installing the pack {pack.name} …")
            report = install_pack(pack=pack, workspace_slug=options["workspace"])
            sys.stdout.write(json.dumps({"pack": pack.name, **asdict(report)}) + "\n")

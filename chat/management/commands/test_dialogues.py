"""Have recorded conversations again and report where they go another way."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.action_calls import RehearsalCaller
from chat.demo_process import DemoBackendProcess
from chat.dialogue.scripts import Script, read_scripts, script_of
from chat.errors import InvalidInput
from chat.packs import available, read_pack
from chat.rehearsal import Rehearsal, rehearse
from nlu.inference import PipelineCache, use_threads
from nlu.models import Workspace


@dataclass(frozen=True, slots=True)
class Given:
    """A conversation and its language."""

    locale: str
    script: Script


class Command(BaseCommand):
    """`{"passed", "failed", "failures"}` on stdout; exit status 1 if a conversation failed."""

    help = "Replay recorded conversations with the active model against a demo backend of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the conversations are."""
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--pack", help=f"one of {', '.join(available())}")
        source.add_argument("--data", type=Path, help="a YAML file of conversations (docs/flows.md)")
        parser.add_argument("--locale", default="", help="zh-hans or en; all of the pack's if left out")
        parser.add_argument("--workspace", default="", help="short name; the pack's own, or default")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay all, then report."""
        try:
            slug, given = self.read(options["pack"], options["data"], options["locale"])
        except (InvalidInput, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from None
        slug = options["workspace"] or slug
        workspace = Workspace.objects.filter(slug=slug).first()
        if workspace is None:
            raise CommandError(f"There is no workspace {slug}; install the pack first (load_pack)")
        use_threads(1)
        models = PipelineCache()
        if models.get(workspace.pk) is None:
            raise CommandError(f"Workspace {slug} has no active model; train one first (train_nlu)")
        failures = []
        passed = 0
        for one, rehearsal in self.rehearsals(workspace, given, models):
            if rehearsal.passed:
                passed += 1
            else:
                failures.append(failure_of(one, rehearsal))
            mark = "ok" if rehearsal.passed else "FAILED"
            self.stderr.write(f"{mark:6} {one.locale:8} {one.script.name}")
        sys.stdout.write(
            json.dumps({"passed": passed, "failed": len(failures), "failures": failures}, ensure_ascii=False)
            + "\n"
        )
        if failures:
            sys.exit(1)

    def read(self, pack: str | None, data: Path | None, locale: str) -> tuple[str, list[Given]]:
        """The workspace and the conversations."""
        if data is not None:
            scripts = read_scripts(data.read_text(encoding="utf-8"))
            return "default", [Given(locale or data.stem, script) for script in scripts]
        read = read_pack(pack or "")
        chosen = [one for one in read.conversations if locale in ("", one.locale)]
        if not chosen:
            raise InvalidInput(f"The pack {read.name} has no recorded conversations in {locale or 'any language'}")
        return read.workspace_slug, [Given(one.locale, script_of(one.script, one.name)) for one in chosen]

    def rehearsals(
        self, workspace: Workspace, given: Sequence[Given], models: PipelineCache
    ) -> Iterator[tuple[Given, Rehearsal]]:
        """Each conversation on fresh data; those of one clock share a backend."""
        clocks = dict.fromkeys(one.script.clock for one in given)
        for clock in clocks:
            with DemoBackendProcess(clock=clock.isoformat() if clock else "") as backend:
                caller = RehearsalCaller(backend)
                for one in given:
                    if one.script.clock == clock:
                        backend.reset()
                        try:
                            had = rehearse(
                                one.script, workspace=workspace, locale=one.locale, models=models, caller=caller
                            )
                        except InvalidInput as error:
                            raise CommandError(f"{one.script.name}: {error}") from None
                        yield one, had


def failure_of(one: Given, rehearsal: Rehearsal) -> dict[str, Any]:
    """What went another way, with the talk for whoever looks into it."""
    return {
        "name": one.script.name,
        "locale": one.locale,
        "mismatches": [asdict(mismatch) for mismatch in rehearsal.mismatches],
        "talk": [
            {"user": turn.user, "assistant": decision.text, "by": decision.reason}
            for turn, decision in zip(one.script.turns, rehearsal.decisions, strict=True)
        ],
    }

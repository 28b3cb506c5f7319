"""`python -m tests.packs_live --pack NAME [--held] [--locale L] [--model FOLDER]`: a pack's conversations, live.

Installs the pack into an installation of its own, trains (or takes a model folder that was trained from the same
pack), serves everything, and has every recorded conversation through a session and a WebSocket against the demo
backend. `--held`: those of `tests/packs_held` instead, which no pack was written with; of them at least eight in
ten must end as they should, of the pack's own all. `--replay` has them by `test_dialogues` first. One JSON
object on stdout, exit 1 if too many fail.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.stack import ROOT, Stack

if TYPE_CHECKING:
    from chat.dialogue.scripts import Script
    from tests.packs_live.replay import Backend, Had

HELD = ROOT / "tests" / "packs_held"
HELD_SHARE = 0.8


def say(text: str) -> None:
    """Progress for whoever waits."""
    print(text, file=sys.stderr, flush=True)


def files_of(options: argparse.Namespace) -> list[Path]:
    """The files of conversations, one a language."""
    folder = HELD / options.pack if options.held else options.packs / options.pack / "conversations"
    return [file for file in sorted(folder.glob("*.yaml")) if options.locale in ("", file.stem)]


def read_given(options: argparse.Namespace) -> list[tuple[str, Script]]:
    """The conversations with their languages."""
    from chat.dialogue.scripts import read_scripts

    files = files_of(options)
    return [(file.stem, one) for file in files for one in read_scripts(file.read_text(encoding="utf-8"))]


def set_up(stack: Stack) -> Backend:
    """Make this process one of the installation, which reads its rows; the demo backend, from outside."""
    os.environ.update(stack.environment)
    import django

    django.setup()
    from django.conf import settings

    from tests.packs_live.replay import Backend

    return Backend(f"127.0.0.1:{stack.port + 2}", settings.DEMO_BACKEND_TOKEN)


def have_all(stack: Stack, given: list[tuple[str, Script]], site: str, backend: Backend) -> Iterator[Had]:
    """Have all conversations; the installation starts anew for each clock."""
    from tests.packs_live.replay import have

    for clock in dict.fromkeys(script.clock for _locale, script in given):
        hold_clock(stack, clock)
        stack.start()
        try:
            for locale, script in given:
                if script.clock == clock:
                    had = have(script, locale=locale, origin=stack.url, site=site, backend=backend)
                    say(f"{'FAILED' if had.mismatches else 'ok':6} {locale:8} {script.name}")
                    yield had
        finally:
            stack.stop()


def hold_clock(stack: Stack, clock: datetime | None) -> None:
    """The present of the next start; the real one for None."""
    stack.environment.pop("DEMO_CLOCK", None)
    if clock is not None:
        stack.environment["DEMO_CLOCK"] = clock.isoformat()


def replay(stack: Stack, options: argparse.Namespace, workspace: str) -> dict:
    """Have the same without sockets, by the command; its counts."""
    command = [sys.executable, "manage.py", "test_dialogues", "--workspace", workspace]
    counts = {"passed": 0, "failed": 0}
    for file in files_of(options):
        done = subprocess.run(
            [*command, "--data", str(file)], cwd=ROOT, env=stack.environment, stdout=subprocess.PIPE, check=False
        )
        report = json.loads(done.stdout)
        counts = {key: counts[key] + report[key] for key in counts}
    return counts


def have_pack(stack: Stack, options: argparse.Namespace, backend: Backend) -> dict:
    """Install the pack, and train it unless it is; the report of its conversations."""
    from tests.packs_live.replay import summary

    given = read_given(options)
    say(f"==> {options.pack}: {len(given)} conversations")
    model = str(options.model.resolve()) if options.model else ""
    known = sorted({name for _locale, script in given for name in script.profile})
    arguments = (options.pack, str(options.packs), model, ",".join(known))
    installed = json.loads(stack.run("-m", "tests.packs_live.install", *arguments))
    replayed = {"replayed": replay(stack, options, installed["workspace"])} if options.replay else {}
    report = summary(list(have_all(stack, given, installed["site"], backend)))
    return {"pack": options.pack, "held": options.held, **replayed, **report}


def enough(report: dict) -> bool:
    """Whether so many went as written as have to, by each way."""
    share = HELD_SHARE if report["held"] else 1.0
    ways = [report, report["replayed"]] if "replayed" in report else [report]
    return all(one["passed"] >= share * (one["passed"] + one["failed"]) for one in ways)


def main() -> int:
    """Run; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--packs", type=Path, default=ROOT / "chat" / "packs", help="the folder of packs")
    parser.add_argument("--held", action="store_true", help="the held-back conversations instead")
    parser.add_argument("--locale", default="", help="zh-hans or en; both if left out")
    parser.add_argument("--model", type=Path, help="a model folder trained from this pack; else it trains")
    parser.add_argument("--replay", action="store_true", help="also by manage.py test_dialogues")
    options = parser.parse_args()
    if not files_of(options):
        parser.error(f"there are no such conversations of {options.pack}")
    with Stack() as stack:
        report = have_pack(stack, options, set_up(stack))
    print(json.dumps(report, ensure_ascii=False))
    return 0 if enough(report) else 1


if __name__ == "__main__":
    sys.exit(main())

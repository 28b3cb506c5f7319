"""`make bench`: measures understanding on the public sets and writes `docs/benchmarks.md`.

Results go into a JSON file after every measurement, and a run that was broken off resumes there; with an
unchanged program, finished models are not trained again. The sets lie in --data (or BENCH_DATA); what is missing
there, or not installed, is said on the page and left out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from nlu.errors import NluError
from tests.bench.understanding.job import Job, NotMeasured
from tests.bench.understanding.page import renewed, section
from tests.bench.understanding.parts import NEEDS_PAIRS, PARTS, Part
from tests.bench.understanding.results import Measured, ResultsFile, key_of
from tests.bench.understanding.sets import PublicSets

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "benchmarks.md"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command was asked to do."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    default = os.environ.get("BENCH_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of the public sets")
    parser.add_argument("--work", type=Path, default=Path("var/bench"), help="folder of results and models")
    names = [part.name for part in PARTS]
    parser.add_argument("--only", nargs="+", choices=names, metavar="PART", help=", ".join(names))
    parser.add_argument("--variants", nargs="+", help="ngram, minilm, pairs, rules; without it all")
    parser.add_argument("--seeds", type=int, default=3, help="for parts whose training is short")
    parser.add_argument("--fresh", action="store_true", help="measure again what was measured before")
    parser.add_argument("--page", action=argparse.BooleanOptionalAction, default=True, help="write the page")
    return parser.parse_args(given)


def commit() -> str:
    """The version of the program, with a mark if files were changed since."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=9"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"


def say(text: str) -> None:
    """A line of progress."""
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


def measured(part: Part, job: Job, version: str) -> Measured:
    """Take one measurement; what cannot be measured becomes a reason."""
    begun = time.monotonic()
    figures, refused = {}, ""
    needed = [*part.files, *(NEEDS_PAIRS if job.variant == "pairs" else ())]
    if missing := job.sets.missing(needed):
        refused = f"not in the data folder: {', '.join(missing)}"
    else:
        try:
            figures = part.measure(job)
        except (NotMeasured, NluError) as error:
            refused = str(error)
    today = datetime.now(UTC).isoformat(timespec="seconds")
    seconds = round(time.monotonic() - begun, 1)
    return Measured(part.name, job.variant, job.seed, figures, refused, seconds, today, version)


def main() -> int:
    """Measure everything that was asked for; 1 if a part that was asked for by name has no figures."""
    options = arguments()
    version = commit()
    results = ResultsFile(options.work / "results.json")
    sets = PublicSets(options.data)
    workshop = options.work / "models" / version
    if options.fresh:
        shutil.rmtree(options.work / "models", ignore_errors=True)
    workshop.mkdir(parents=True, exist_ok=True)
    chosen = [part for part in PARTS if not options.only or part.name in options.only]
    failed = 0
    for part in chosen:
        for variant in part.variants:
            if options.variants and variant not in options.variants:
                continue
            for seed in range(1 if part.once else options.seeds):
                key = key_of(part.name, variant, seed)
                if results.get(key) is not None and not options.fresh:
                    say(f"{key}: measured before")
                    continue
                say(f"{key}: measuring")
                row = measured(part, Job(sets, workshop, variant, seed), version)
                results.add(row)
                shown = row.refused or ", ".join(f"{name} {value:.4g}" for name, value in row.figures.items())
                say(f"{key}: {shown} ({row.seconds:.0f} s)")
                if options.page:
                    PAGE.write_text(renewed(PAGE.read_text("utf-8"), section(PARTS, results)), encoding="utf-8")
                failed += bool(row.refused)
                if row.refused:
                    break
    return int(bool(options.only and failed))


if __name__ == "__main__":
    sys.exit(main())

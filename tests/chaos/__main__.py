"""`make chaos`: both variants in full.

One JSON object on stdout, progress on stderr, exit 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

from tests.chaos.stack import Stack
from tests.chaos.storm import Plan, Report, run_storm
from tests.servers import Backends

FULL = Plan(visitors=40, agents=40, seconds=80.0, messages=2_000)
SHORT = Plan(visitors=8, agents=8, seconds=25.0, messages=200, pause=0.8)


def say(text: str) -> None:
    """Progress for whoever waits."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def run_variant(variant: str, plan: Plan, *, keep_log: str = "") -> Report:
    """One variant on an installation of its own."""
    if variant == "embedded":
        with Stack() as stack:
            return storm_and_log(stack, plan, variant, keep_log)
    with Backends() as backends, Stack(backends=backends) as stack:
        return storm_and_log(stack, plan, variant, keep_log)


def storm_and_log(stack: Stack, plan: Plan, variant: str, keep_log: str) -> Report:
    """Run, and keep the installation's log if that is wanted."""
    try:
        return run_storm(stack, plan, variant=variant, say=say)
    finally:
        for file in (stack.log, stack.var / "dump.json"):
            if keep_log and file.exists():
                shutil.copy(file, Path(keep_log) / f"{variant}-{file.name}")


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=["embedded", "scaled", "both"], default="both")
    parser.add_argument("--short", action="store_true", help="200 messages instead of 2,000")
    parser.add_argument("--seconds", type=float, help="how long people write")
    parser.add_argument("--logs", default="", help="keep the installation's log and last rows in this folder")
    options = parser.parse_args()
    plan = SHORT if options.short else FULL
    if options.seconds:
        plan = Plan(plan.visitors, plan.agents, options.seconds, plan.messages, plan.rounds, plan.pause)
    variants = ["embedded", "scaled"] if options.variant == "both" else [options.variant]
    reports = []
    for variant in variants:
        say(f"=== {variant}")
        reports.append(run_variant(variant, plan, keep_log=options.logs))
        say(f"=== {variant}: {'nothing lost' if reports[-1].passed else 'FAILED'}")
    json.dump(
        {"passed": all(one.passed for one in reports), "runs": [one.to_json() for one in reports]}, sys.stdout
    )
    print()
    return 0 if all(one.passed for one in reports) else 1


if __name__ == "__main__":
    sys.exit(main())

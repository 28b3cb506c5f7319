"""`make test`: the suite on the embedded variant, then its persistence and socket tests on PostgreSQL and Redis.

Tests with whole process groups run one after another, the rest in parallel: browsers on an installation for each
worker, which takes its tests in order and gives away what it can't get done.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time

PLUGINS = ["-p", "tests.no_skips", "--durations=25"]


def pytest(*arguments: str, environment: dict[str, str]) -> int:
    """Run pytest in a process of its own; its exit status. 5 (nothing collected) counts as failure."""
    print(f"==> pytest {' '.join(arguments)}", flush=True)
    started = time.monotonic()
    status = subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGINS, *arguments], env=environment, check=False
    ).returncode
    print(f"==> exit {status} after {time.monotonic() - started:.0f} s", flush=True)
    return status


def module(name: str, environment: dict[str, str]) -> int:
    """Run one of the slow programs of the tests; its exit status."""
    print(f"==> {name}", flush=True)
    return subprocess.run([sys.executable, "-m", name], env=environment, check=False).returncode


def main() -> int:
    """Run all phases even if one fails; 0 only if all passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="also everything slow: full chaos, quality")
    long = parser.parse_args().long
    with tempfile.TemporaryDirectory(prefix="xiaoer-test-") as var:
        environment = os.environ | {"XIAOER_VAR": var}
        for name in ("DATABASE_URL", "REDIS_URL", "DEBUG"):
            environment.pop(name, None)
        skip_long = "" if long else " and not long"
        statuses = [
            pytest("-q", "-n", "2", "-m", f"not browser and not processes{skip_long}", environment=environment),
            pytest("-q", "-n", "2", "--dist", "worksteal", "-m", f"browser{skip_long}", environment=environment),
            pytest("-q", "-m", f"processes{skip_long}", environment=environment),
            module("tests.run_scaled", environment),
        ]
        if long:
            statuses += [module("tests.chaos", environment), module("tests.quality", environment)]
            statuses.append(module("tests.packs_live.every", environment))
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())

"""Imports whose worker is killed: another one goes on exactly where that one stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.nlu.actions.killed_imports import CHUNKS, POINTS

ROOT = Path(__file__).parents[3]


def test_killed_at_three_points(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "console.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/xiaoer.sqlite3",
        "XIAOER_VAR": str(tmp_path / "var"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.nlu.actions.killed_imports"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    chunk, total = said["chunk"], CHUNKS * said["chunk"]
    assert said["points"].keys() == POINTS.keys()
    for name, found in said["points"].items():
        assert found == {
            "signal": signal.SIGKILL,
            "between": {"status": "running", "done": chunk, "stored": chunk},
            "status": "done",
            "added": total,
            "duplicates": 0,
            "stored": total,
        }, name
    assert said["left_behind"] == []

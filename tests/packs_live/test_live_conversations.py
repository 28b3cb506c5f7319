"""Recorded conversations with a running installation: those that go as written pass, another one does not."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.chaos.stack import ROOT

pytestmark = [pytest.mark.processes, pytest.mark.timeout(420)]


def test_conversations_are_had_by_sockets_backend_and_clock():
    done = subprocess.run(
        [sys.executable, "-m", "tests.packs_live", "--pack", "corner-shop", "--packs", "tests/packs_live/packs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert (report["passed"], report["failed"]) == (2, 1), done.stdout
    (failure,) = report["failures"]
    assert failure["name"] == "expects what does not happen"
    assert [(one["turn"], one["what"], one["found"]) for one in failure["mismatches"]] == [
        (0, "outcome", "under way"),
        (0, "calls", "find_order(order_no=LM20260318001234)"),
    ]

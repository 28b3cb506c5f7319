"""The chaos test in short: both variants, some hundred messages. `make chaos` is the long one."""

from __future__ import annotations

import pytest

from tests.chaos.__main__ import SHORT, run_variant

pytestmark = [pytest.mark.processes, pytest.mark.timeout(420)]


@pytest.mark.parametrize("variant", ["embedded", pytest.param("scaled", marks=pytest.mark.scaled)])
def test_nothing_is_lost_doubled_or_left_unanswered(variant):
    report = run_variant(variant, SHORT)
    assert report.passed, report.to_json()
    assert report.verdict.counts["acknowledged"] >= SHORT.messages * 0.9
    assert len(report.faults) >= 5

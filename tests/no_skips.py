"""A pytest plugin that makes a skipped test a failure: what cannot run here must be said, not passed over."""

from __future__ import annotations

import pytest


class SkipCounter:
    """Collects the skipped tests of a run."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note each skip."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn the run red if anything was skipped."""
        if self.skipped:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name what was skipped."""
        for nodeid in self.skipped:
            terminalreporter.write_line(f"SKIPPED, which counts as failed here: {nodeid}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    """Register the counter."""
    config.pluginmanager.register(SkipCounter(), "skip-counter")

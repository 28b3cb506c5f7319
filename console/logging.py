"""One line per log record, control characters escaped, so that no input can forge or garble a line."""

from __future__ import annotations

import logging
import time

CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127)}


class LineFormatter(logging.Formatter):
    """`2026-03-18T14:30:00Z LEVEL logger message` on exactly one line; a traceback is folded into it."""

    def converter(self, seconds: float | None) -> time.struct_time:
        """UTC, whatever the server's zone."""
        return time.gmtime(seconds)

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line, with every control character written as an escape."""
        return super().format(record).replace("\n", " | ").translate(CONTROL)


class ExpectedNo(logging.Filter):
    """Drops the record of a /readyz that said "not yet": whoever asks hears it, every second of every start."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to keep the record."""
        path = getattr(getattr(record, "request", None), "path", "")
        return not (path == "/readyz" and getattr(record, "status_code", 0) == 503)

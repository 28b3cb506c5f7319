"""A part of `serve` must not outlive its supervisor."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Final

from console import env

SUPERVISOR_PID: Final = "XIAOER_SUPERVISOR_PID"
"""Set by the supervisor for the processes that it starts."""
LOOK_SECONDS: Final = 1.0


def watch_parent() -> None:
    """In a process that a supervisor started: end as on SIGTERM when that supervisor is gone, however it died."""
    supervisor = env.integer(SUPERVISOR_PID, 0, maximum=2**31)
    if not supervisor:
        return

    def look() -> None:
        while os.getppid() == supervisor:
            time.sleep(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, name="parent-watch", daemon=True).start()

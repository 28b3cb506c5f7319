"""The hint that a turn waits. It only saves time: turn workers look at the table anyway."""

from __future__ import annotations

import threading

turn_waiting = threading.Event()
"""Set after a commit that left a pending turn; a turn worker in the same process clears it."""


def hint_turn_worker() -> None:
    """Wake the turn worker of this process, if it has one. Call after the commit, from any thread."""
    turn_waiting.set()

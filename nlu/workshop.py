"""A folder for work in progress that tells whether somebody is still at work in it.

The process holds a lock on a file in it. The lock ends with the process, however that ends, so that what a killed
one left can be told from what a slow one still needs, and removed at once. On a network disk another machine may
not see the lock, so the file says whose it is: what others left goes by its age.
"""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

LOCK: Final = "in-use.lock"
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def this_machine() -> str:
    """What a lock file says of where its process runs: the host's name, and its last start where that is known."""
    try:
        started = BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        started = ""
    return f"{socket.gethostname()} {started}\n"


@contextmanager
def workshop(goal: Path) -> Iterator[Path]:
    """A new folder beside `goal`, removed with everything in it at the end.

    What killed processes of this machine left of others for the same goal is removed first.
    """
    goal.parent.mkdir(parents=True, exist_ok=True)
    for left in goal.parent.glob(f".{glob.escape(goal.name)}.*"):
        remove_abandoned(left)
    folder = Path(tempfile.mkdtemp(prefix=f".{goal.name}.", dir=goal.parent))
    try:
        unnamed = folder / f".{LOCK}"
        with unnamed.open("w", encoding="utf-8") as lock:
            lock.write(this_machine())
            lock.flush()
            # Locked before it has its name: nobody finds it free. A disk without locks leaves it without the name,
            # and the folder to those who go by its age.
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                unnamed.rename(folder / LOCK)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(folder: Path) -> bool:
    """Remove the folder if it is a workshop whose process, one of this machine, has ended; whether it is gone."""
    try:
        # Without following a link, which could name a file elsewhere.
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    with os.fdopen(handle, "r+", encoding="utf-8", errors="replace") as lock:
        if lock.read(1000) != this_machine():
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()

"""A folder for work in progress that tells whether somebody is still at work in it.

The process holds a lock on a file in it. The lock ends with the process, however that ends, so that what a killed
one left can be told from what a slow one still needs, and removed at once.
"""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

LOCK: Final = "in-use.lock"


@contextmanager
def workshop(goal: Path) -> Iterator[Path]:
    """A new folder beside `goal`, removed with everything in it at the end.

    What killed processes left of others for the same goal is removed first.
    """
    goal.parent.mkdir(parents=True, exist_ok=True)
    for left in goal.parent.glob(f".{glob.escape(goal.name)}.*"):
        remove_abandoned(left)
    folder = Path(tempfile.mkdtemp(prefix=f".{goal.name}.", dir=goal.parent))
    try:
        unnamed = folder / f".{LOCK}"
        with unnamed.open("w") as lock:
            # Locked before it has its name: nobody finds it free. A disk without locks leaves it without the name,
            # and the folder to those who go by its age.
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                unnamed.rename(folder / LOCK)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(folder: Path) -> bool:
    """Remove the folder if it is a workshop whose process has ended; whether it was one."""
    try:
        # Without following a link, which could name a file elsewhere.
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    with os.fdopen(handle, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        shutil.rmtree(folder, ignore_errors=True)
    return True

"""What a log may say of an unexpected error: never its text, which may quote a customer."""

from __future__ import annotations

import traceback


def place_of(error: BaseException) -> str:
    """The error's class and the last place of it, such as `KeyError at hub.py:81 in deliver`."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} at {last.filename.rsplit('/', 1)[-1]}:{last.lineno} in {last.name}"

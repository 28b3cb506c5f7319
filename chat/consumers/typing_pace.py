"""How often typing is passed on: changes at once, repetitions at most every two seconds."""

from __future__ import annotations

import time
from typing import Final
from uuid import UUID

REPEAT_SECONDS: Final = 2.0


class TypingPace:
    """The last typing state of each conversation that a socket announced."""

    def __init__(self) -> None:
        self._last: dict[UUID, tuple[bool, float]] = {}

    def lets(self, conversation: UUID, *, typing: bool) -> bool:
        """Whether this state is worth telling now; if so it counts as told."""
        now = time.monotonic()
        known, at = self._last.get(conversation, (False, float("-inf")))
        if known == typing and now - at < REPEAT_SECONDS:
            return False
        if not typing and not known:
            return False
        self._last[conversation] = (typing, now)
        return True

"""Turns that wait for business actions, in threads of their own: a slow backend holds up nobody else's answer."""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from django.db import connections

from chat.actions.turns import ClaimedTurn
from chat.answering import Caller, Thinking, TurnAnswer
from chat.dialogue.calls import ActionResult

logger = logging.getLogger(__name__)

THREADS: Final = 8
LONGEST_TURN: Final = 20.0
"""Seconds of calls in one turn; then they count as timed out. Below the lease of a claim, which is 30."""


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A turn whose calls are made: its answer, or the class of the error that came instead."""

    claim: ClaimedTurn
    answer: TurnAnswer | None
    error: str = ""


class ActionThreads:
    """`submit` turns, `collect` them when their calls are made; `told` is called in the thread that is done."""

    def __init__(self, *, caller: Caller, told: Callable[[], None]) -> None:
        self.caller = caller
        self.told = told
        self.done: queue.SimpleQueue[WorkedOut] = queue.SimpleQueue()
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="actions")

    def submit(self, claim: ClaimedTurn, thinking: Thinking) -> None:
        """Make the turn's calls, one after the other, in a thread of the pool."""
        self.pool.submit(self._work_out, claim, thinking)

    def collect(self) -> list[WorkedOut]:
        """What was worked out since the last time."""
        found: list[WorkedOut] = []
        while not self.done.empty():
            found.append(self.done.get_nowait())
        return found

    def stop(self) -> None:
        """Begin no more calls. A turn that is not worked out is claimed again when its lease ends, and its calls
        carry the same keys."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _work_out(self, claim: ClaimedTurn, thinking: Thinking) -> None:
        give_up_at = time.monotonic() + LONGEST_TURN
        try:
            while thinking.call is not None:
                late = time.monotonic() >= give_up_at
                result = ActionResult("timeout") if late else self.caller(thinking.given, thinking.call)
                thinking.go_on(result)
            self.done.put(WorkedOut(claim, thinking.answer))
        except Exception as error:  # noqa: BLE001 - the turn goes back to the queue, then to a person
            logger.warning("turn %d could not be worked out: %s", claim.input.turn_id, type(error).__name__)
            self.done.put(WorkedOut(claim, None, type(error).__name__))
        finally:
            connections.close_all()
            self.told()

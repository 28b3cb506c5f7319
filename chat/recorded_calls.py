"""Calls in a recorded conversation: what they brought then, or a demo backend's answer; never a real system's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from chat.action_calls import RehearsalCaller, find_article
from chat.answering import Caller, TurnInput
from chat.demo_process import DemoBackendProcess
from chat.dialogue.calling import ARTICLE_SEARCH
from chat.dialogue.calls import ActionCall, ActionResult
from chat.dialogue.scripts import RecordedResult


class RecordedCaller:
    """Answers the calls of one conversation in their order: each recorded result is brought once, and the last of
    equal ones from then on. What was not recorded goes to `otherwise`."""

    def __init__(self, results: Sequence[RecordedResult], otherwise: Caller) -> None:
        self.left = list(results)
        self.used: list[RecordedResult] = []
        self.otherwise = otherwise

    def __call__(self, given: TurnInput, call: ActionCall) -> ActionResult:
        """The call's result."""
        for one in self.left:
            if _same(one, call):
                self.left.remove(one)
                self.used.append(one)
                return one.result
        again = next((one for one in reversed(self.used) if _same(one, call)), None)
        return again.result if again is not None else self.otherwise(given, call)


def _same(one: RecordedResult, call: ActionCall) -> bool:
    given = {name: value for name, value in call.inputs.items() if value}
    return one.call.action == call.action and dict(one.call.inputs) == given


class DemoCaller:
    """Calls at a demo backend of one's own, which is started with the first call. Use as a context."""

    def __init__(self) -> None:
        self.clock: datetime | None = None
        self.backend: DemoBackendProcess | None = None
        self.caller: RehearsalCaller | None = None
        self.is_new = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def begin(self, clock: datetime | None) -> None:
        """Another conversation begins, whose present is this: with fresh data."""
        if self.backend is not None and clock != self.clock:
            self.stop()
        self.clock = clock
        self.is_new = True

    def stop(self) -> None:
        """End the backend."""
        if self.backend is not None:
            self.backend.__exit__(None, None, None)
        self.backend, self.caller = None, None

    def __call__(self, given: TurnInput, call: ActionCall) -> ActionResult:
        """The call's result."""
        if call.action == ARTICLE_SEARCH:
            return find_article(given, call.inputs.get("query", ""))
        if self.backend is None or self.caller is None:
            backend = DemoBackendProcess(clock=self.clock.isoformat() if self.clock else "")
            backend.__enter__()
            self.backend, self.caller = backend, RehearsalCaller(backend)
        elif self.is_new:
            self.backend.reset()
        self.is_new = False
        return self.caller(given, call)

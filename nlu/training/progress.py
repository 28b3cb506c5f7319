"""How far a training run is, told once per epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from nlu.errors import TrainingCancelled
from nlu.types import TrainingProgress

PAUSE_SECONDS = 2.0


@dataclass(slots=True)
class Reporter:
    """Counts epochs over several fits, reports them, and stops the run when asked to."""

    epochs: int
    report: Callable[[TrainingProgress], None]
    should_cancel: Callable[[], bool]
    begun: float = field(default_factory=time.monotonic)
    done: int = 0
    told: float = -math.inf

    def check(self) -> None:
        """Raise TrainingCancelled if somebody cancelled the run."""
        if self.should_cancel():
            raise TrainingCancelled("the training run was cancelled")

    def epoch(self, stage: str, loss: float, accuracy: float | None) -> None:
        """Count one epoch and report it."""
        self.done += 1
        self.epochs = max(self.epochs, self.done)
        elapsed = time.monotonic() - self.begun
        left = elapsed / self.done * (self.epochs - self.done)
        self.report(TrainingProgress(self.done, self.epochs, stage, loss, accuracy, elapsed, left))
        self.check()

    def part(self, stage: str, done: float, loss: float) -> None:
        """Report how far within an epoch the run is, `done` epochs of all, not more often than it is worth."""
        self.check()
        now = time.monotonic()
        if now - self.told < PAUSE_SECONDS or done <= 0:
            return
        self.told = now
        elapsed = now - self.begun
        left = elapsed / done * max(0.0, self.epochs - done)
        self.report(TrainingProgress(self.done, self.epochs, stage, loss, None, elapsed, left))

    def skip(self, epochs: int) -> None:
        """Epochs that will not take place after all."""
        self.epochs = max(self.done, self.epochs - epochs)

"""The turn worker's companion: lets shadows read what was answered, after the replies are posted.

A thread of its own, so that neither loading a candidate nor asking it ever stands before a visitor's message.
Within the process it also waits until the turn worker has nothing to do, but not for ever: under steady load it
takes a few turns every `PATIENCE` seconds.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.db import DatabaseError, connections

from chat.actions.shadows import (
    forget_ended_runs,
    give_up_scoring,
    open_runs,
    read_turns,
    store_scores,
    turns_to_score,
)
from chat.faults import place_of
from chat.shadowing import BATCH, shadow_readings
from nlu.actions.shadows import clear_shadow_problem, note_shadow_problem
from nlu.inference import ShadowCache
from nlu.models import ShadowRun
from nlu.models.shadows import ShadowProblem

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
"""How soon a shadow that was started is loaded, and one that has ended is dropped."""
PATIENCE: Final = 5.0
BUSY_BATCH: Final = 8
"""Turns of one forward pass while messages are answered: a reply in the making shares the processor with it."""


class ShadowWorker:
    """Runs from `start` to `stop`. `worker` is the name under which the turn worker claims turns.

    `quiet` is set while that one has nothing to do.
    """

    def __init__(self, *, worker: str, quiet: threading.Event) -> None:
        self.worker = worker
        self.quiet = quiet
        self.cache = ShadowCache()
        self.told = threading.Event()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, name="shadow-worker")

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def ask_to_stop(self) -> None:
        """End after the batch in hand."""
        self.stopping.set()
        self.told.set()
        self.quiet.set()

    def stop(self, timeout: float | None = None) -> bool:
        """The same, and wait. False if that takes longer than `timeout` seconds."""
        self.ask_to_stop()
        if self.thread.is_alive():
            self.thread.join(timeout)
        return not self.thread.is_alive()

    def run(self) -> None:
        """The loop. Whatever goes wrong stays in this thread."""
        try:
            while not self.stopping.is_set():
                try:
                    worked = self.step()
                except Exception as error:  # noqa: BLE001 - a shadow must never take the process along
                    logger.warning("shadows try again after %s", place_of(error))
                    connections.close_all()
                    worked = False
                if not worked:
                    self.told.wait(LOOK_SECONDS)
                    self.told.clear()
        finally:
            connections.close_all()

    def step(self) -> bool:
        """One batch of every shadow that runs; drop those that do not any more. False if nothing waited."""
        runs = open_runs()
        self.cache.keep_only({run.version_id for run in runs})
        forget_ended_runs()
        waiting = [(run, ids) for run in runs if (ids := self.waiting(run))]
        limit = BATCH
        if waiting and not self.stopping.is_set() and not self.quiet.wait(PATIENCE):
            limit = BUSY_BATCH
        worked = [self.try_to_score(run, ids[:limit]) and len(ids) >= limit for run, ids in waiting]  # every one
        return any(worked)

    def waiting(self, run: ShadowRun) -> list[int]:
        """The turns of the next batch of a shadow, which is loaded if need be; none while there is no model."""
        known = run.version_id in self.cache.failed_at
        pipeline = self.cache.get(run.version)
        if pipeline is None:
            if not known:
                logger.warning("the shadow %s of run %d cannot be loaded", run.version, run.pk)
                note_shadow_problem(run_id=run.pk, problem=ShadowProblem.UNLOADABLE)
            return []
        if run.problem == ShadowProblem.UNLOADABLE:
            clear_shadow_problem(run_id=run.pk, problem=ShadowProblem.UNLOADABLE)
        return turns_to_score(run=run, worker=self.worker)

    def try_to_score(self, run: ShadowRun, ids: list[int]) -> bool:
        """Score these turns; False if that failed. What is wrong with one shadow leaves the others alone."""
        try:
            self.score(run, ids)
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 - other workspaces' shadows must go on
            logger.warning("the shadow %s of run %d tries again after %s", run.version, run.pk, place_of(error))
            return False
        return True

    def score(self, run: ShadowRun, ids: list[int]) -> None:
        """One batch of one shadow."""
        try:
            readings = shadow_readings(self.cache.loaded[run.version_id], read_turns(ids))
        except DatabaseError:
            raise
        except Exception:  # noqa: BLE001 - found out one by one
            self.score_singly(run, ids)
            return
        store_scores(run=run, ids=ids, readings=readings)

    def score_singly(self, run: ShadowRun, ids: list[int]) -> None:
        """Turn by turn; what the candidate fails on alone is left out, and the run says so."""
        pipeline = self.cache.loaded[run.version_id]
        for pk in ids:
            try:
                readings = shadow_readings(pipeline, read_turns([pk]))
            except DatabaseError:
                raise
            except Exception as error:  # noqa: BLE001 - one message must not keep the others from being scored
                logger.warning("the shadow %s failed on turn %d: %s", run.version, pk, type(error).__name__)
                give_up_scoring(run=run, turn_id=pk)
            else:
                store_scores(run=run, ids=[pk], readings=readings)

"""The turn worker: claims turns in batches, answers each batch in one forward pass, writes down how each ended.

In an embedded installation it is a thread of the web process, started after the sockets are open, because loading
torch takes seconds; in a larger one it is a process of its own (`manage.py turns`). Any number may run.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from django.db import DatabaseError, connections

from chat.action_calls import make_call
from chat.actions.finishing import finish_turns
from chat.actions.turns import ClaimedTurn, claim_turns, fail_turn
from chat.actions.workers import beat, say_goodbye
from chat.answering import Caller, Thinking, TurnAnswer, TurnInput, begin_answers
from chat.faults import place_of
from chat.live.action_threads import ActionThreads
from chat.live.drift_watcher import DriftWatcher
from chat.live.shadow_worker import ShadowWorker
from chat.metrics import TURN_SECONDS, TURNS_ENDED
from chat.models import Turn
from chat.models.workers import WorkerRole
from chat.wakeup import turn_waiting
from nlu.inference import PipelineCache, use_threads
from nlu.models import ModelVersion
from nlu.models.training import VersionStatus

logger = logging.getLogger(__name__)

BEAT_SECONDS: Final = 3.0
LONGEST_PAUSE: Final = 5.0
RETRY_SECONDS: Final = 2.0
# The end of a host's name tells machines apart (replicas differ there), and `Turn.claimed_by` holds 64 letters.
HOST_LETTERS: Final = 40

Answerer = Callable[[Sequence[TurnInput]], Sequence[Thinking | TurnAnswer]]
Status = Callable[[], dict[str, str]]


class TurnWorker:
    """Runs until `stop`. `prepare` is called first, in the worker's thread, and returns how to answer and what is
    loaded.

    `poll_seconds` is how often it looks at the table when no hint comes. `shadows` reads what was answered with
    the workspaces' shadows, `drift` counts it, each in a thread of its own. `caller` makes the business actions'
    calls; the turns that need some wait in `actions`, and the others go on.
    """

    def __init__(
        self,
        *,
        prepare: Callable[[], tuple[Answerer, Status]],
        poll_seconds: float = 0.5,
        caller: Caller = make_call,
    ) -> None:
        self.prepare = prepare
        self.actions = ActionThreads(caller=caller, told=turn_waiting.set)
        self.poll_seconds = poll_seconds
        self.name = f"turns@{socket.gethostname()[-HOST_LETTERS:]}:{os.getpid()}:{id(self) % 100_000}"
        self.stopping = threading.Event()
        self.beaten_at = float("-inf")
        self.quiet = threading.Event()
        self.shadows = ShadowWorker(worker=self.name, quiet=self.quiet)
        self.drift = DriftWatcher()
        self.thread = threading.Thread(target=self.run, name="turn-worker")

    def start(self) -> None:
        """Begin in a thread of its own. The process must `stop` it before it ends.

        Torch dies hard in a live thread.
        """
        self.thread.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """Finish the batch in hand and end. False if that takes longer than `timeout` seconds."""
        self.stopping.set()
        self.shadows.ask_to_stop()
        self.drift.ask_to_stop()
        turn_waiting.set()
        if self.thread.is_alive():
            self.thread.join(timeout)
        return not self.thread.is_alive()

    def run(self) -> None:
        """The loop. A database that is away for a while only delays it."""
        try:
            answerer, status = self.prepare_when_possible()
            self.shadows.start()
            self.drift.start()
            pause = self.poll_seconds
            while not self.stopping.is_set():
                try:
                    self.show_life(status)
                    worked = self.step(answerer)
                    pause = self.poll_seconds
                except Exception as error:  # noqa: BLE001 - leases give back what was in hand; others must be answered
                    logger.warning("the turn worker tries again after %s", place_of(error))
                    connections.close_all()
                    worked = False
                    pause = min(pause * 2, LONGEST_PAUSE)
                if not worked:
                    self.quiet.set()
                    turn_waiting.wait(pause)
                    self.quiet.clear()
                    if self.stopping.is_set():
                        self.quiet.set()  # the companion was told to end, too: it waits for nothing
                turn_waiting.clear()
            self.sign_off()
        finally:
            self.actions.stop()
            self.shadows.stop()
            self.drift.stop()
            connections.close_all()

    def prepare_when_possible(self) -> tuple[Answerer, Status]:
        """Prepare, again and again while the database is away. Any other error ends the thread, and is shown."""
        while True:
            try:
                return self.prepare()
            except DatabaseError as error:
                logger.warning("the turn worker waits for the database: %s", type(error).__name__)
                connections.close_all()
                if self.stopping.wait(RETRY_SECONDS):
                    raise

    def show_life(self, status: Status) -> None:
        """A sign of life every few seconds, with the models that are loaded."""
        if time.monotonic() - self.beaten_at >= BEAT_SECONDS:
            beat(name=self.name, role=WorkerRole.TURNS, models_loaded=status())
            self.beaten_at = time.monotonic()

    def sign_off(self) -> None:
        """Take the sign of life away, if the database is still there."""
        try:
            say_goodbye(name=self.name)
        except DatabaseError:
            logger.warning("the turn worker could not sign off")

    def step(self, answerer: Answerer) -> bool:
        """Finish what was worked out, claim one batch, and answer it. False if nothing waited."""
        worked_out = self.actions.collect()
        answers = [(one.claim, one.answer) for one in worked_out if one.answer is not None]
        for one in worked_out:
            if one.answer is None:
                fail_turn(claim=one.claim, error=one.error)
        claims = claim_turns(worker=self.name)
        for claim, begun in self.begin_all(answerer, claims) if claims else ():
            answer = begun.answer if isinstance(begun, Thinking) else begun
            if answer is not None:
                answers.append((claim, answer))
            elif isinstance(begun, Thinking):
                self.actions.submit(claim, begun)
        for turn in finish_turns(answers=answers) if answers else ():
            if turn is not None:
                count(turn)
                if turn.to_shadow_id is not None:
                    self.shadows.told.set()
        return bool(claims or worked_out)

    def begin_all(
        self, answerer: Answerer, claims: Sequence[ClaimedTurn]
    ) -> list[tuple[ClaimedTurn, Thinking | TurnAnswer]]:
        """Begin to answer the batch at once; if that raises, one by one, and put back what raises alone."""
        try:
            return list(zip(claims, answerer([claim.input for claim in claims]), strict=True))
        except DatabaseError:
            raise
        except Exception:  # noqa: BLE001 - found out one by one below
            if len(claims) > 1:
                logger.warning("a batch of %d turns could not be answered at once", len(claims))
        begun: list[tuple[ClaimedTurn, Thinking | TurnAnswer]] = []
        for claim in claims:
            try:
                begun.append((claim, answerer([claim.input])[0]))
            except DatabaseError:
                raise
            except Exception as error:  # noqa: BLE001 - a turn that cannot be answered goes back, then to a person
                logger.warning("turn %d could not be answered: %s", claim.input.turn_id, type(error).__name__)
                fail_turn(claim=claim, error=type(error).__name__)
        return begun


def count(turn: Turn) -> None:
    """Tell the metrics how a turn ended; one that went back to the queue has no outcome yet."""
    TURNS_ENDED.labels(outcome=turn.outcome or "put_back").inc()
    if turn.finished_at is not None:
        TURN_SECONDS.observe(max((turn.finished_at - turn.created_at).total_seconds(), 0.0))


def prepare_models() -> tuple[Answerer, Status]:
    """Load torch and every active model now, so that the first visitor does not wait for it."""
    use_threads(1)
    models = PipelineCache()

    def answer_with_models(inputs: Sequence[TurnInput]) -> Sequence[Thinking | TurnAnswer]:
        return begin_answers(inputs, models=models)

    def load_active() -> dict[str, str]:
        # With each sign of life, so that a version that was just activated does not keep a visitor waiting.
        active = ModelVersion.objects.filter(status=VersionStatus.ACTIVE)
        for workspace_id in list(active.values_list("workspace_id", flat=True)):
            models.get(workspace_id)
        return models.status()

    load_active()
    return answer_with_models, load_active

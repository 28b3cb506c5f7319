"""The turn worker's thread, and probes through it."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from chat.actions.probes import ask_probe
from chat.actions.visitors import create_visitor
from chat.actions.workers import beat
from chat.errors import NoTurnWorker
from chat.live import turn_worker
from chat.live.turn_worker import TurnWorker
from chat.models import Message, Turn, WorkerHeartbeat
from chat.models.messages import Author
from chat.models.turns import TurnStatus
from chat.models.workers import WorkerRole

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]

PATIENCE = 15.0


class Answered:
    """The scripted assistant with a semaphore that counts its calls."""

    def __init__(self, assistant):
        self.assistant = assistant
        self.calls = threading.Semaphore(0)

    def __call__(self, inputs):
        try:
            return self.assistant(inputs)
        finally:
            self.calls.release()


@pytest.fixture
def answered(assistant):
    return Answered(assistant)


@pytest.fixture
def worker(answered):
    """A running turn worker that is stopped and joined at the end."""
    running = TurnWorker(prepare=lambda: (answered, lambda: {"1": "v1"}), poll_seconds=0.05)
    running.start()
    yield running
    assert running.stop(PATIENCE)


def test_the_name_of_a_worker_fits_its_turns_however_long_the_hosts(answered, monkeypatch):
    longest = Turn._meta.get_field("claimed_by").max_length
    names = set()
    for host in ("web-1." + "a" * 57, "b" * 62 + "-1", "b" * 62 + "-2"):
        monkeypatch.setattr(socket, "gethostname", lambda host=host: host)
        names.add(TurnWorker(prepare=lambda: (answered, dict)).name.split(":")[0])
    assert len(names) == 3
    assert all(len(f"{name}:{2**22}:99999") <= longest for name in names)


def test_a_worker_that_ends_keeps_its_companion_from_waiting(answered):
    """Told to end while it looked and found nothing: the companion must not wait for another quiet moment."""
    worker = TurnWorker(prepare=lambda: (answered, dict), poll_seconds=0.05)
    quiet_at_end = []

    def told_to_end(answerer) -> bool:
        worker.stopping.set()
        worker.shadows.ask_to_stop()
        return False

    worker.step = told_to_end
    worker.sign_off = lambda: quiet_at_end.append(worker.quiet.is_set())
    worker.start()
    worker.thread.join(PATIENCE)
    assert not worker.thread.is_alive()
    assert quiet_at_end == [True]


def test_the_worker_answers_what_comes_and_stops_in_order(conversation, visitor_writes, worker, answered):
    visitor_writes(conversation, "hello")
    assert answered.calls.acquire(timeout=PATIENCE)
    assert worker.stop(PATIENCE)
    texts = Message.objects.filter(conversation=conversation, author=Author.BOT).values_list("text", flat=True)
    assert list(texts) == ["Answer to hello"]
    assert not WorkerHeartbeat.objects.filter(name=worker.name).exists()


def test_the_worker_shows_that_it_lives_and_what_it_has_loaded(worker):
    assert wait_alive(worker)
    row = WorkerHeartbeat.objects.get(name=worker.name)
    assert row.role == WorkerRole.TURNS
    assert row.models_loaded == {"1": "v1"}


def wait_alive(worker) -> bool:
    """Until the first sign of life is committed."""
    ticker = threading.Event()
    for _ in range(int(PATIENCE * 100)):
        if WorkerHeartbeat.objects.alive(WorkerRole.TURNS).exists():
            return True
        ticker.wait(0.01)
    return False


def test_a_probe_is_answered_like_a_message_and_leaves_nothing(workspace, worker, assistant):
    assert wait_alive(worker)
    result = ask_probe(workspace=workspace, text="hello", locale="en", timeout=PATIENCE)
    assert result.parse["intents"][0]["name"] == "greeting"
    assert result.decision["text"] == "Answer to hello"
    assert result.decision["thresholds"]["confirm"] == pytest.approx(0.25)
    assert not Turn.objects.exists()
    assert not Message.objects.exists()


def test_a_probe_is_masked_like_a_message(workspace, worker, assistant):
    assert wait_alive(worker)
    ask_probe(workspace=workspace, text="call 13800138000", locale="en", timeout=PATIENCE)
    assert "13800138000" not in assistant.seen[0].text


def test_without_a_turn_worker_a_probe_says_so(workspace):
    with pytest.raises(NoTurnWorker):
        ask_probe(workspace=workspace, text="hello", locale="en")
    assert not Turn.objects.exists()


def test_a_worker_that_is_silent_too_long_does_not_count(workspace):
    beat(name="dead", role=WorkerRole.TURNS)
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=11))
    with pytest.raises(NoTurnWorker):
        ask_probe(workspace=workspace, text="hello", locale="en")


def test_a_worker_that_hangs_lets_a_probe_give_up(workspace):
    beat(name="hanging", role=WorkerRole.TURNS)
    with pytest.raises(NoTurnWorker):
        ask_probe(workspace=workspace, text="hello", locale="en", timeout=0.1)
    assert not Turn.objects.exists()


def test_a_database_that_is_away_at_the_start_only_delays(conversation, visitor_writes, answered, monkeypatch):
    monkeypatch.setattr(turn_worker, "RETRY_SECONDS", 0.01)
    failures = [OperationalError("away"), OperationalError("away")]

    def prepare():
        if failures:
            raise failures.pop()
        return answered, dict

    visitor_writes(conversation, "hello")
    worker = TurnWorker(prepare=prepare, poll_seconds=0.05)
    worker.start()
    assert answered.calls.acquire(timeout=PATIENCE)
    assert worker.stop(PATIENCE)
    assert Turn.objects.get().status == TurnStatus.DONE


def test_an_unexpected_error_does_not_end_the_worker(conversation, visitor_writes, answered):
    calls = []

    def status():
        calls.append(1)
        if len(calls) == 1:
            raise KeyError("surprise")
        return {}

    visitor_writes(conversation, "hello")
    worker = TurnWorker(prepare=lambda: (answered, status), poll_seconds=0.05)
    worker.start()
    assert answered.calls.acquire(timeout=PATIENCE)
    assert worker.stop(PATIENCE)
    assert Turn.objects.get().status == TurnStatus.DONE


def test_a_poisoned_message_does_not_stop_the_others(site, visitor_writes, assistant, answered):
    good = create_visitor(site=site, locale="en").conversation
    bad = create_visitor(site=site, locale="en").conversation
    assistant.raises["poison"] = KeyError("poison")
    visitor_writes(bad, "poison")
    visitor_writes(good, "hello")
    worker = TurnWorker(prepare=lambda: (answered, dict))
    assert worker.step(answered)
    assert Turn.objects.get(conversation=good).status == TurnStatus.DONE
    left = Turn.objects.get(conversation=bad)
    assert (left.status, left.error) == (TurnStatus.PENDING, "KeyError")
    connections.close_all()

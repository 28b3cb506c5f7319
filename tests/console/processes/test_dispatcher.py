"""The dispatcher: due jobs go to the broker by name and id; a broker that is away costs nothing but time."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from chat.models import WorkerHeartbeat
from chat.models.workers import WorkerRole
from console.celery import app
from console.processes.dispatcher import Dispatcher
from nlu.actions import jobs
from nlu.models import Job
from nlu.models.jobs import JobStatus

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


class Broker:
    """Stands for the Celery application."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, list[int]]] = []
        self.error: Exception | None = None

    def send_task(self, name, args, **options):
        if self.error is not None:
            raise self.error
        self.sent.append((name, args))


@pytest.fixture
def broker():
    return Broker()


@pytest.fixture
def dispatcher(broker):
    return Dispatcher(broker)


def test_a_due_job_is_sent_once_by_name_and_id(dispatcher, broker):
    job = jobs.enqueue(task="nlu.run_training", arguments={"run": 1})
    dispatcher.tick()
    dispatcher.tick()
    assert broker.sent == [("nlu.run_training", [job.pk])]


@pytest.mark.parametrize("error", [BrokerError("away"), ConnectionRefusedError()])
def test_a_job_that_the_broker_does_not_take_is_sent_later(dispatcher, broker, error):
    job = jobs.enqueue(task="nlu.run_training", arguments={"run": 1})
    broker.error = error
    dispatcher.tick()
    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED
    assert job.attempts == 0
    broker.error = None
    Job.objects.update(run_after=timezone.now() - timedelta(seconds=1))
    dispatcher.tick()
    assert broker.sent == [("nlu.run_training", [job.pk])]


def test_the_dispatcher_shows_that_it_lives_and_signs_off(dispatcher):
    dispatcher.tick()
    assert WorkerHeartbeat.objects.alive(WorkerRole.DISPATCHER).count() == 1
    dispatcher.start()
    dispatcher.stop()
    assert not WorkerHeartbeat.objects.exists()


def test_no_fork_happens_inside_a_round(dispatcher):
    dispatcher.tick()
    with dispatcher.gate:
        assert dispatcher.gate.locked()
    child = os.fork()
    if child == 0:
        os._exit(3 if dispatcher.gate.locked() else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not dispatcher.gate.locked()


def test_every_task_has_a_name_limits_and_no_retries():
    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    heavy = {"nlu.run_training", "nlu.train_encoder", "nlu.run_gate", "nlu.generate_utterances"}
    heavy |= {"chat.rehearse", "chat.install_pack"}
    light = {"chat.file_reviews", "nlu.import_utterances", "nlu.sweep_imports", "nlu.forget_old_values"}
    light |= {"chat.sweep_profiles", "chat.forget_trials", "chat.forget_behaviour"}
    assert set(ours) == heavy | light
    assert {name for name in ours if app.conf.task_routes.get(name) == {"queue": "training"}} == heavy
    for task in ours.values():
        assert task.max_retries == 0
        assert (
            0
            < task.soft_time_limit
            < task.time_limit
            < app.conf.broker_transport_options.get("visibility_timeout", 6 * 3600)
        )

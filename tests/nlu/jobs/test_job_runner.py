"""run_job: what a Celery process does with an id."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from nlu import job_runner
from nlu.actions import jobs
from nlu.errors import TrainingRefused
from nlu.job_runner import JobContinues, JobInterrupted, LeaseKeeper, describe, run_job, run_job_in_worker
from nlu.models import Job
from nlu.models.jobs import JobStatus

pytestmark = [pytest.mark.django_db(transaction=True)]


def sent_job(**options) -> Job:
    job = jobs.enqueue(task="tests.echo", arguments={"n": 7}, **options)
    jobs.claim_due()
    return job


def test_the_body_gets_the_arguments_and_the_job_is_done():
    job = sent_job()
    seen = []
    assert run_job(job.pk, seen.append)
    job.refresh_from_db()
    assert seen == [{"n": 7}]
    assert job.status == JobStatus.DONE
    assert job.finished_at is not None


def test_a_second_delivery_does_not_run_the_body():
    job = sent_job()
    seen = []
    run_job(job.pk, seen.append)
    assert not run_job(job.pk, seen.append)
    assert len(seen) == 1


def test_an_error_is_noted_without_its_words_and_tried_again():
    job = sent_job()

    def broken(arguments):
        raise ValueError("my number is 13800138000")

    assert not run_job(job.pk, broken)
    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED
    assert job.last_error.startswith("ValueError in test_job_runner.py:")
    assert "138" not in job.last_error


def test_a_database_that_went_away_does_not_count_against_the_job():
    job = sent_job(max_attempts=1)

    def cut_off(arguments):
        raise OperationalError("server closed the connection")

    assert not run_job(job.pk, cut_off)
    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED
    assert [claimed.job_id for claimed in jobs.claim_due()] == [job.pk]


def test_a_refusal_is_noted_in_its_own_words_and_not_tried_again():
    job = sent_job()

    def refused(arguments):
        raise TrainingRefused("Too little data")

    run_job(job.pk, refused)
    job.refresh_from_db()
    assert job.status == JobStatus.FAILED
    assert job.last_error == "TrainingRefused: Too little data"


def test_a_shutdown_releases_the_job_and_ends_the_body():
    job = sent_job()
    ended = []

    def told_to_stop(arguments):
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(10)
        ended.append("reached the end")

    with pytest.raises(JobInterrupted):
        run_job(job.pk, told_to_stop)
    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED
    assert job.run_after <= timezone.now()
    assert ended == []


def test_a_long_body_keeps_its_lease(monkeypatch):
    monkeypatch.setattr(job_runner, "PROLONG_SECONDS", 0.01)
    job = sent_job()
    before = []

    def long_body(arguments):
        leases = set()
        while len(leases) < 3:
            leases.add(Job.objects.values_list("lease_until", flat=True).get(pk=job.pk))
        before.append(leases)

    assert run_job(job.pk, long_body)
    assert len(before[0]) == 3


def test_a_lost_lease_ends_the_process(monkeypatch):
    monkeypatch.setattr(job_runner, "PROLONG_SECONDS", 0.01)
    job = sent_job()
    lost = threading.Event()

    def given_to_somebody_else(arguments):
        Job.objects.filter(pk=job.pk).update(attempts=99)
        assert lost.wait(10)

    assert not run_job(job.pk, given_to_somebody_else, on_lost=lost.set)
    job.refresh_from_db()
    assert job.status == JobStatus.RUNNING


def test_a_gone_parent_ends_the_process(monkeypatch):
    monkeypatch.setattr(job_runner, "PROLONG_SECONDS", 0.01)
    job = sent_job()
    run = jobs.start(job_id=job.pk)
    lost = threading.Event()
    keeper = LeaseKeeper(job_id=job.pk, attempt=run.attempts, on_lost=lost.set)
    keeper.parent = -1
    with keeper:
        assert lost.wait(10)


def test_describe_names_the_place_of_a_foreign_error():
    try:
        int("a secret")
    except ValueError as error:
        assert describe(error).startswith("ValueError in test_job_runner.py:")
    assert describe(KeyError("a secret")) == "KeyError"


def test_a_celery_process_that_is_told_to_stop_releases_its_job_and_ends(tmp_path):
    job = sent_job()
    mark = tmp_path / "running"
    connections.close_all()
    child = os.fork()
    if child == 0:

        def body(arguments):
            mark.touch()
            threading.Event().wait(30)

        run_job_in_worker(job.pk, body)
        os._exit(0)
    ticker = threading.Event()
    while not mark.exists():
        ticker.wait(0.01)
    os.kill(child, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED


def test_a_body_that_has_more_to_do_is_called_again_and_that_is_no_failure():
    job = sent_job(max_attempts=1)

    def piece(arguments):
        raise JobContinues

    for _ in range(3):
        assert not run_job(job.pk, piece)
        job.refresh_from_db()
        assert (job.status, job.last_error) == (JobStatus.QUEUED, "")
        assert [claimed.job_id for claimed in jobs.claim_due()] == [job.pk]
    assert run_job(job.pk, lambda arguments: None)

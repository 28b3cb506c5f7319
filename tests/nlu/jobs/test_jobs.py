"""Jobs: written with their cause, claimed once, run at least once, given up in the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from nlu.actions import jobs
from nlu.models import Job
from nlu.models.jobs import JobStatus
from nlu.signals import job_given_up

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def given_up():
    """The jobs that were given up."""
    seen: list[int] = []

    def note(sender, job, **_):
        seen.append(job.pk)

    job_given_up.connect(note)
    yield seen
    job_given_up.disconnect(note)


def queue(**options) -> Job:
    return jobs.enqueue(task="tests.echo", arguments={"n": 1}, **options)


def expire(job: Job) -> None:
    """Let the job's lease have ended a second ago."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def status_of(job: Job) -> str:
    return Job.objects.values_list("status", flat=True).get(pk=job.pk)


def test_a_job_exists_exactly_if_its_transaction_commits():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue()
        raise ZeroDivisionError
    assert not Job.objects.exists()
    with transaction.atomic():
        queue()
    assert Job.objects.count() == 1


def test_a_unique_key_has_one_open_job_at_a_time():
    first = queue(unique_key="k")
    assert queue(unique_key="k") == first
    Job.objects.update(status=JobStatus.DONE)
    assert queue(unique_key="k") != first


def test_a_due_job_is_claimed_once():
    job = queue()
    assert [claimed.job_id for claimed in jobs.claim_due()] == [job.pk]
    assert jobs.claim_due() == []


def test_a_job_waits_for_its_time():
    job = queue(run_after=timezone.now() + timedelta(hours=1))
    assert jobs.claim_due() == []
    Job.objects.update(run_after=timezone.now())
    assert [claimed.job_id for claimed in jobs.claim_due()] == [job.pk]


def test_a_sent_job_that_nobody_started_is_sent_again_after_its_lease():
    job = queue()
    jobs.claim_due()
    expire(job)
    assert [claimed.job_id for claimed in jobs.claim_due()] == [job.pk]


def test_a_second_delivery_is_a_no_op():
    job = queue()
    jobs.claim_due()
    assert jobs.start(job_id=job.pk) is not None
    assert jobs.start(job_id=job.pk) is None


def test_a_job_that_is_not_sent_does_not_start():
    assert jobs.start(job_id=queue().pk) is None


def test_a_run_that_lost_its_lease_can_write_nothing():
    job = queue()
    jobs.claim_due()
    slow = jobs.start(job_id=job.pk)
    expire(job)
    jobs.claim_due()
    quick = jobs.start(job_id=job.pk)
    assert slow is not None and quick is not None and quick.attempts == slow.attempts + 1
    assert not jobs.prolong(job_id=job.pk, attempt=slow.attempts)
    assert not jobs.finish(job_id=job.pk, attempt=slow.attempts)
    assert not jobs.fail(job_id=job.pk, attempt=slow.attempts, error="late")
    assert not jobs.release(job_id=job.pk, attempt=slow.attempts)
    assert jobs.prolong(job_id=job.pk, attempt=quick.attempts)
    assert jobs.finish(job_id=job.pk, attempt=quick.attempts)
    assert status_of(job) == JobStatus.DONE


def test_a_prolonged_lease_keeps_the_job():
    job = queue()
    jobs.claim_due()
    run = jobs.start(job_id=job.pk)
    expire(job)
    assert jobs.prolong(job_id=job.pk, attempt=run.attempts)
    assert jobs.claim_due() == []


def test_failures_are_retried_later_and_later_and_then_given_up(given_up):
    job = queue(max_attempts=3)
    delays = []
    for _ in range(3):
        Job.objects.update(run_after=timezone.now())
        jobs.claim_due()
        run = jobs.start(job_id=job.pk)
        assert jobs.fail(job_id=job.pk, attempt=run.attempts, error="Broken")
        job.refresh_from_db()
        delays.append((job.run_after - timezone.now()).total_seconds())
    assert delays[0] < delays[1]
    assert job.status == JobStatus.FAILED
    assert job.last_error == "Broken"
    assert given_up == [job.pk]


def test_an_error_that_would_only_repeat_is_not_retried(given_up):
    job = queue()
    jobs.claim_due()
    run = jobs.start(job_id=job.pk)
    jobs.fail(job_id=job.pk, attempt=run.attempts, error="Refused", again=False)
    assert status_of(job) == JobStatus.FAILED
    assert given_up == [job.pk]


def test_a_job_that_kills_its_process_again_and_again_is_given_up(given_up):
    job = queue(max_attempts=2)
    for _ in range(2):
        jobs.claim_due()
        assert jobs.start(job_id=job.pk) is not None
        expire(job)
    assert jobs.claim_due() == []
    assert status_of(job) == JobStatus.FAILED
    assert given_up == [job.pk]


def test_a_released_job_is_due_at_once():
    job = queue()
    jobs.claim_due()
    run = jobs.start(job_id=job.pk)
    assert jobs.release(job_id=job.pk, attempt=run.attempts)
    job.refresh_from_db()
    assert job.max_attempts - job.attempts == 5
    assert [claimed.job_id for claimed in jobs.claim_due()] == [job.pk]


def test_a_job_that_the_broker_refused_waits_and_a_started_one_does_not():
    job = queue()
    jobs.claim_due()
    assert jobs.unsend(job_id=job.pk)
    assert status_of(job) == JobStatus.QUEUED
    Job.objects.update(run_after=timezone.now())
    jobs.claim_due()
    jobs.start(job_id=job.pk)
    assert not jobs.unsend(job_id=job.pk)
    assert status_of(job) == JobStatus.RUNNING


def test_one_training_runs_at_a_time_and_other_jobs_pass_it():
    first = jobs.enqueue(task="nlu.run_training", arguments={"run": 1})
    second = jobs.enqueue(task="nlu.run_training", arguments={"run": 2})
    other = queue()
    assert [claimed.job_id for claimed in jobs.claim_due()] == [first.pk, other.pk]
    run = jobs.start(job_id=first.pk)
    assert jobs.claim_due() == []
    jobs.finish(job_id=first.pk, attempt=run.attempts)
    assert [claimed.job_id for claimed in jobs.claim_due()] == [second.pk]


def test_a_job_that_does_its_work_in_pieces_lets_others_go_first():
    first, second = (jobs.enqueue(task="nlu.import_utterances", arguments={"import": n}) for n in range(2))
    turns = []
    for _ in range(4):
        (claimed,) = jobs.claim_due()
        turns.append(claimed.job_id)
        run = jobs.start(job_id=claimed.job_id)
        assert run is not None
        jobs.release(job_id=run.pk, attempt=run.attempts)
    assert turns == [first.pk, second.pk, first.pk, second.pk]


def test_an_empty_broker_makes_sent_jobs_due_and_leaves_running_ones():
    sent, running = queue(), queue()
    jobs.claim_due()
    jobs.start(job_id=running.pk)
    assert jobs.requeue_sent() == 1
    assert status_of(sent) == JobStatus.QUEUED
    assert status_of(running) == JobStatus.RUNNING


def test_a_waiting_job_can_be_cancelled_and_a_running_one_cannot():
    waiting, running = queue(unique_key="a"), queue(unique_key="b")
    jobs.claim_due()
    jobs.start(job_id=running.pk)
    assert jobs.cancel_waiting(unique_key="a")
    assert not jobs.cancel_waiting(unique_key="b")
    assert jobs.start(job_id=waiting.pk) is None

"""Two people at the same message at the same moment, and a queue that is filed by two at once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from chat.actions.review_filing import BATCH, file_batch, queue_filing
from chat.actions.reviews import correct_turn
from chat.errors import AlreadyReviewed
from chat.models import Review, Turn
from chat.models.turns import Filing
from chat.tasks import file_workspace
from nlu.models import EvaluationCase, Utterance
from tests.chat.reviews.conftest import Desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


def together(*works) -> None:
    """Run these at the same moment, each with a connection of its own."""
    barrier = threading.Barrier(len(works))

    def run(work) -> None:
        try:
            barrier.wait(10)
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_one_of_two_answers_counts_and_the_other_is_told():
    desk = Desk()
    turn = desk.ask("my parcel vanished")
    people = [desk.person("one"), desk.person("two")]
    told: list[str] = []

    def answer(person, name):
        def work() -> None:
            try:
                correct_turn(turn=turn, intent=desk.intents[name], actor=person)
            except AlreadyReviewed as error:
                told.append(str(error))

        return work

    together(answer(people[0], "track"), answer(people[1], "pay"))
    row = Review.objects.get()
    assert len(told) == 1
    assert row.answered_by is not None
    assert row.answered_by.username in told[0]
    assert Utterance.objects.get().intent == EvaluationCase.objects.get().intent == row.answer


def test_filing_twice_at_once_counts_once():
    desk = Desk()
    turn = desk.ask("number 0")
    fields = {
        name: getattr(turn, name) for name in ("decision", "outcome", "intent", "finished_at", "conversation")
    }
    Turn.objects.bulk_create(
        Turn(
            workspace=desk.workspace,
            status="done",
            filing=Filing.NEW,
            parse={**turn.parse, "text": f"number {number % 7}"},
            **fields,
        )
        for number in range(1, BATCH)
    )
    together(*[lambda: file_batch(workspace_id=desk.workspace.pk)] * 2)
    assert Review.objects.count() == 7
    assert sum(Review.objects.values_list("seen", flat=True)) == BATCH
    assert not Turn.objects.filter(review=None).exists()


def test_the_job_files_what_is_left():
    desk = Desk()
    desk.ask("one")
    job = queue_filing(workspace_id=desk.workspace.pk)
    assert queue_filing(workspace_id=desk.workspace.pk) == job
    file_workspace(job.arguments)
    assert Review.objects.count() == 1
    file_workspace({"workspace": 999_999})

"""Requests that meet between two statements: two who open the queue, and an edit of what is being corrected."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from chat.actions.review_filing import queue_filing
from chat.actions.reviews import correct_turn
from nlu.actions.evaluation_cases import add_case, edit_case
from nlu.actions.utterance_edits import add_texts, edit_utterance
from nlu.models import AuditEntry, EvaluationCase, Job, Utterance
from tests.chat.reviews.conftest import Desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]

TEXT = "my parcel vanished"
PATIENCE = 1.0
"""Seconds in which the other one gets to the same point, unless a lock keeps it out."""


def in_thread(
    pool: ThreadPoolExecutor, work: Callable[[], Any], around: Callable[[str, Callable[[], Any]], Any]
) -> Future[Any]:
    """Run it on a connection of its own; `around` gets each statement and what executes it."""

    def wrapper(execute, sql, params, many, context):
        return around(sql, lambda: execute(sql, params, many, context))

    def run() -> Any:
        try:
            with connection.execute_wrapper(wrapper):
                return work()
        finally:
            connection.close()

    return pool.submit(run)


def test_two_who_open_the_queue_at_once_leave_one_job():
    desk = Desk()
    both_have_looked = threading.Barrier(2)

    def around(sql: str, execute: Callable[[], Any]) -> Any:
        result = execute()
        if 'FROM "nlu_job"' in sql:
            with contextlib.suppress(threading.BrokenBarrierError):
                both_have_looked.wait(PATIENCE)
        return result

    with ThreadPoolExecutor(2) as pool:
        runs = [in_thread(pool, lambda: queue_filing(workspace_id=desk.workspace.pk), around) for _ in range(2)]
        jobs = [run.result(30) for run in runs]
    assert jobs == [Job.objects.get()] * 2


@pytest.mark.parametrize("kind", ["utterance", "evaluationcase"])
def test_what_is_being_corrected_can_be_edited_meanwhile(kind):
    """The correction holds the workspace and is about to write the row; the edit holds the row by then."""
    desk = Desk()
    turn = desk.ask(TEXT)
    refund, track = desk.intents["refund"], desk.intents["track"]
    add_texts(workspace=desk.workspace, intent=refund, texts=[TEXT], locale="en", actor=None)
    utterance = Utterance.objects.get()
    case = add_case(workspace=desk.workspace, text=TEXT, intent=refund, locale="en", actor=None)
    about_to_write, row_is_held = threading.Event(), threading.Event()

    def correcting(sql: str, execute: Callable[[], Any]) -> Any:
        if sql.startswith(f'UPDATE "nlu_{kind}"') and not about_to_write.is_set():
            about_to_write.set()
            row_is_held.wait(PATIENCE)
        return execute()

    def editing(sql: str, execute: Callable[[], Any]) -> Any:
        result = execute()
        if f'FROM "nlu_{kind}"' in sql:
            row_is_held.set()
        return result

    def edit() -> None:
        assert about_to_write.wait(30)
        if kind == "utterance":
            edit_utterance(utterance=utterance, text="my parcel is gone", locale="en", actor=None)
        else:
            edit_case(case=case, text=TEXT, intent=track, locale="en", entities=None, note="looked at", actor=None)

    with ThreadPoolExecutor(2) as pool:
        runs = [
            in_thread(pool, lambda: correct_turn(turn=turn, intent=track, actor=None), correcting),
            in_thread(pool, edit, editing),
        ]
        for run in runs:
            run.result(30)
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "turn.corrected",
        "utterance.edited" if kind == "utterance" else "evaluation_case.edited",
    }
    assert EvaluationCase.objects.get().intent == track
    assert Utterance.objects.get().intent == track
    if kind == "utterance":
        assert Utterance.objects.get().text == "my parcel is gone"
    else:
        assert EvaluationCase.objects.get().note == "looked at"

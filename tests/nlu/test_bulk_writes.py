"""Imports are split, so that no chat waits for one; durable when they are reported."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from nlu.actions.utterances import CHUNK, NewUtterance, chunks

FULL, NORMAL = 2, 1


def items(count: int) -> list[NewUtterance]:
    return [NewUtterance(text=str(number), intent="") for number in range(count)]


def flush_mode() -> int:
    """SQLite's `synchronous`; PostgreSQL always flushes."""
    if connection.vendor != "sqlite":
        return FULL
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_every_item_comes_once_in_order_in_short_pieces():
    pieces = list(chunks(items(2 * CHUNK + 1)))
    assert [len(piece) for piece in pieces] == [CHUNK, CHUNK, 1]
    assert [one.text for piece in pieces for one in piece] == [str(number) for number in range(2 * CHUNK + 1)]


@pytest.mark.django_db(transaction=True)
def test_pieces_are_flushed_by_the_next_commit_of_the_caller():
    during = [flush_mode() for _ in chunks(items(2))]
    assert during == [NORMAL if connection.vendor == "sqlite" else FULL]
    assert flush_mode() == FULL


@pytest.mark.django_db(transaction=True)
def test_an_import_that_fails_leaves_the_connection_durable():
    with pytest.raises(ZeroDivisionError):
        for _ in chunks(items(2)):
            raise ZeroDivisionError
    assert flush_mode() == FULL


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_of_the_caller_nothing_changes():
    with transaction.atomic():
        assert [flush_mode() for _ in chunks(items(2))] == [FULL]

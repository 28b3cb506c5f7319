"""Imports are split, so that no chat waits for one; durable when they are reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from nlu.actions.intents import create_intent, delete_intent
from nlu.actions.utterances import CHUNK, NewUtterance, Stored, chunks, considerately, store_chunk
from nlu.actions.workspaces import create_workspace
from nlu.models import Utterance
from nlu.training.origins import origin_key
from tests.nlu.actions.meanwhile import INTENTS, TYPES, meanwhile

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


@pytest.mark.persistence
@pytest.mark.django_db(transaction=True)
def test_a_text_that_somebody_adds_meanwhile_is_a_duplicate():
    workspace = create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)
    first = NewUtterance(text="where is it", intent="track", place=7)

    def add() -> None:
        store_chunk(workspace=workspace, items=[NewUtterance(text="Where is it", intent="find")], source="staff")

    with meanwhile(INTENTS, add):
        stored = store_chunk(workspace=workspace, items=[first, replace(first, text="lost")], source="import")
    assert stored.added == 1
    assert [(one.place, one.intent) for one in stored.duplicates] == [(7, "find")]
    assert sorted(Utterance.objects.values_list("text", "intent__name")) == [
        ("Where is it", "find"),
        ("lost", "track"),
    ]


@pytest.mark.persistence
@pytest.mark.django_db(transaction=True)
def test_an_intent_that_somebody_deletes_meanwhile_is_made_again():
    workspace = create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)
    intent = create_intent(workspace=workspace, name="track", actor=None)
    item = NewUtterance(text="where is it", intent="track", entities=((9, 11, "thing"),))
    with meanwhile(TYPES, lambda: delete_intent(intent=intent, actor=None)):
        assert store_chunk(workspace=workspace, items=[item], source="import").added == 1
    assert Utterance.objects.get(intent__name="track").annotations.count() == 1


@pytest.mark.persistence
@pytest.mark.django_db(transaction=True)
def test_what_is_stored_is_what_was_given_and_nothing_is_noted_of_what_fails():
    workspace = create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)
    item = NewUtterance(text='说 it\'s "100%s" 😀', intent="a", locale="en", generated=True, made_from=("b",))

    def refuse(stored: Stored) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store_chunk(workspace=workspace, items=[item], source="import", note=refuse)
    assert not Utterance.objects.exists()
    store_chunk(workspace=workspace, items=[item], source="import")
    row = Utterance.objects.get()
    assert (row.text, row.locale, row.source, row.made_from) == (item.text, "en", "generated", [origin_key("b")])
    assert timezone.now() - row.created_at < timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_one_within_another_leaves_the_connection_as_it_was():
    modes = []
    for _ in considerately(["outer", "outer"]):
        modes += [flush_mode() for _ in chunks(items(2))]
        modes.append(flush_mode())
    assert modes == ([NORMAL] * 4 if connection.vendor == "sqlite" else [FULL] * 4)
    assert flush_mode() == FULL

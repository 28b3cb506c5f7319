"""Group commit: acknowledged means stored, and one bad message never takes others with it."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest
from asgiref.sync import sync_to_async
from django.db import IntegrityError, OperationalError, connection, connections

from chat.actions.messages import visitor_message
from chat.actions.storing import NewMessage, Stored, store_messages
from chat.errors import Busy, ClientIdReused, InvalidInput, NotFound
from chat.live import writer as writer_module
from chat.live.writer import Writer
from chat.models import Conversation, Message, Turn
from chat.models.messages import Author

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


@pytest.fixture
async def writer(transactional_db):
    made = Writer()
    yield made
    await asyncio.get_running_loop().run_in_executor(None, made.stop, 5.0)
    await sync_to_async(connections.close_all)()


def message(session, client_id: str, text: str = "hello"):
    return partial(
        visitor_message,
        conversation_id=session.conversation.pk,
        workspace_id=session.conversation.site.workspace_id,
        client_id=client_id,
        text=text,
    )


async def test_outcomes_come_after_the_commit_in_order(writer, visitor):
    futures = [writer.submit(message(visitor, f"m{number}")) for number in range(50)]
    outcomes = await asyncio.wait_for(asyncio.gather(*futures), 10)
    assert [one.message.sequence for one in outcomes] == list(range(1, 51))
    assert await Message.objects.acount() == 50


async def test_what_waits_is_stored_in_one_transaction(writer, visitor, monkeypatch):
    sizes: list[int] = []
    gate = threading.Event()

    def slow(batch):
        if not sizes:
            gate.wait(5)
        sizes.append(len(batch))
        return store_messages(batch)

    monkeypatch.setattr(writer_module, "store_messages", slow)
    first = writer.submit(message(visitor, "first"))
    while writer.count_waiting():
        await asyncio.sleep(0)
    rest = [writer.submit(message(visitor, f"m{number}")) for number in range(40)]
    gate.set()
    await asyncio.wait_for(asyncio.gather(first, *rest), 10)
    assert sizes == [1, 40]


async def test_same_id_in_one_batch_is_stored_once(writer, visitor):
    futures = [
        writer.submit(message(visitor, "same")),
        writer.submit(message(visitor, "same")),
        writer.submit(message(visitor, "same", "another text")),
    ]
    first, second, third = await asyncio.wait_for(asyncio.gather(*futures), 10)
    assert isinstance(first, Stored)
    assert isinstance(second, Stored)
    assert first.message.sequence == second.message.sequence == 1
    assert isinstance(third, ClientIdReused)


async def test_poisoned_message_fails_alone(writer, visitor):
    def poisoned() -> NewMessage:
        return NewMessage(
            conversation_id=visitor.conversation.pk,
            author=Author.VISITOR,
            text="hello",
            client_id="poison",
            agent_id=99_999_999,
        )

    def broken() -> NewMessage:
        raise RuntimeError("the masking of this text fails")

    futures = [
        writer.submit(message(visitor, "before")),
        writer.submit(poisoned),
        writer.submit(broken),
        writer.submit(lambda: NewMessage(conversation_id=99_999_999, author=Author.VISITOR, text="nowhere")),
        writer.submit(message(visitor, "after")),
    ]
    outcomes = await asyncio.wait_for(asyncio.gather(*futures), 10)
    assert [type(one) for one in outcomes] == [Stored, InvalidInput, InvalidInput, NotFound, Stored]
    rows = [one async for one in Message.objects.order_by("sequence").values_list("sequence", "client_id")]
    assert rows == [(1, "before"), (2, "after")]


async def test_lost_connection_is_replaced_and_the_batch_tried_again(writer, visitor, monkeypatch):
    await asyncio.wait_for(writer.submit(message(visitor, "before")), 5)
    calls: list[int] = []

    def once(batch):
        calls.append(len(batch))
        if len(calls) == 1:
            # As a killed server looks from here: the connection is dead in the middle of the work.
            connection.close()
            raise OperationalError("server closed the connection unexpectedly")
        return store_messages(batch)

    monkeypatch.setattr(writer_module, "store_messages", once)
    outcome = await asyncio.wait_for(writer.submit(message(visitor, "after")), 10)
    assert isinstance(outcome, Stored)
    assert outcome.message.sequence == 2


async def test_database_that_stays_away_means_busy_not_lost(writer, visitor, monkeypatch):
    def away(batch):
        raise OperationalError("away")

    monkeypatch.setattr(writer_module, "store_messages", away)
    assert isinstance(await asyncio.wait_for(writer.submit(message(visitor, "m")), 10), Busy)
    monkeypatch.undo()
    outcome = await asyncio.wait_for(writer.submit(message(visitor, "m")), 10)
    assert isinstance(outcome, Stored)
    assert outcome.created


async def test_commit_that_was_not_heard_of_is_found_again(writer, visitor, monkeypatch):
    """The connection dies after the commit: the retry finds the stored rows instead of doubling them."""
    real = writer_module.store_messages
    calls: list[int] = []

    def committed_then_lost(batch):
        calls.append(len(batch))
        outcomes = real(batch)
        if len(calls) == 1:
            connection.connection.commit()
            connection.close()
            raise OperationalError("the answer to COMMIT never came")
        return outcomes

    monkeypatch.setattr(writer_module, "store_messages", committed_then_lost)
    outcome = await asyncio.wait_for(writer.submit(message(visitor, "m")), 10)
    assert isinstance(outcome, Stored)
    assert not outcome.created
    assert await Message.objects.acount() == 1
    assert await Turn.objects.acount() == 1


async def test_full_queue_is_busy(visitor):
    small = Writer(most_waiting=0)
    with pytest.raises(Busy):
        small.submit(message(visitor, "m"))
    assert small.stop()


async def test_stopping_stores_what_waits_and_takes_no_more(visitor):
    writer = Writer()
    futures = [writer.submit(message(visitor, f"m{number}")) for number in range(30)]
    assert await asyncio.get_running_loop().run_in_executor(None, writer.stop, 5.0)
    outcomes = await asyncio.wait_for(asyncio.gather(*futures), 5)
    assert all(isinstance(one, Stored) for one in outcomes)
    with pytest.raises(Busy):
        writer.submit(message(visitor, "late"))
    await sync_to_async(connections.close_all)()


async def test_integrity_error_of_the_database_is_not_hidden(visitor):
    """Two rows with one number can never exist, whatever the code above does."""
    await Message.objects.acreate(
        conversation=visitor.conversation,
        sequence=1,
        author="bot",
        text="x",
        created_at=visitor.conversation.opened_at,
    )
    with pytest.raises(IntegrityError):
        await Message.objects.acreate(
            conversation=visitor.conversation,
            sequence=1,
            author="bot",
            text="y",
            created_at=visitor.conversation.opened_at,
        )
    await sync_to_async(connections.close_all)()


async def test_turns_are_left_alone_while_a_person_has_it(writer, visitor):
    await Conversation.objects.aupdate(status="waiting", waiting_since=visitor.conversation.opened_at)
    await asyncio.wait_for(writer.submit(message(visitor, "m")), 5)
    assert not await Turn.objects.aexists()
    assert (await Conversation.objects.aget()).visitor_sequence == 1

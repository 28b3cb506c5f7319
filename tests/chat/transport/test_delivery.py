"""Nothing lost, nothing doubled, no gap: under many senders, slow readers, lost hints and other processes."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from chat.actions.messages import post_bot_reply
from chat.actions.storing import NewMessage, store_message
from chat.actions.visitors import create_visitor
from chat.hints import MessageHint
from chat.models import Conversation, Message, Turn
from chat.models.messages import Author
from tests.chat.transport.conftest import new_id

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.socket]


def sequences(socket) -> list[int]:
    return [frame["data"]["sequence"] for frame in socket.seen if frame["type"] == "message.posted"]


async def collect(socket, count: int) -> list[int]:
    while len(sequences(socket)) < count:
        await socket.next()
    return sequences(socket)


async def test_twenty_senders_leave_no_gap_and_everybody_sees_the_same(sockets, visitor, settings):
    settings.SOCKET_MESSAGES_PER_SECOND = 1000
    senders = [await sockets.chat(visitor) for _ in range(20)]
    await asyncio.gather(
        *(
            socket.send("message.send", client_id=f"s{sender}-{number}", text=f"from {sender}: {number}")
            for sender, socket in enumerate(senders)
            for number in range(5)
        )
    )
    for socket in senders:
        assert await collect(socket, 100) == list(range(1, 101))
    rows = [one async for one in Message.objects.order_by("sequence").values_list("sequence", "client_id")]
    assert [sequence for sequence, _ in rows] == list(range(1, 101))
    assert len({client_id for _, client_id in rows}) == 100
    assert (await Conversation.objects.aget()).visitor_sequence == 100
    assert await Turn.objects.acount() == 1


async def test_writer_and_actions_share_one_sequence(sockets, visitor, settings):
    settings.SOCKET_MESSAGES_PER_SECOND = 1000
    socket = await sockets.chat(visitor)

    def say(number: int) -> None:
        store_message(
            NewMessage(
                conversation_id=visitor.conversation.pk,
                author=Author.SYSTEM,
                kind="event",
                event="agent_joined",
                text=f"event {number}",
            )
        )

    async def others() -> None:
        for number in range(15):
            await sync_to_async(say)(number)

    async def mine() -> None:
        for number in range(30):
            await socket.send("message.send", client_id=f"m{number}", text="hello")

    await asyncio.gather(others(), mine())
    assert await collect(socket, 45) == list(range(1, 46))


async def test_reconnecting_reader_misses_nothing(sockets, visitor, site, settings):
    settings.SOCKET_MESSAGES_PER_SECOND = 1000
    sender = await sockets.chat(visitor)
    applied: list[int] = []
    for part in range(4):
        reader = await sockets.chat(visitor, after=applied[-1] if applied else 0)
        for number in range(6):
            await sender.send("message.send", client_id=f"p{part}-{number}", text="hello")
        await collect(reader, 3)
        await reader.disconnect()
        applied += sequences(reader)
    reader = await sockets.chat(visitor, after=applied[-1])
    applied += await collect(reader, 24 - len(applied))
    assert applied == list(range(1, 25))


async def test_overflow_of_the_layer_leads_to_the_database(sockets, visitor):
    socket = await sockets.chat(visitor)
    layer = get_channel_layer()
    name = str(visitor.conversation.uuid)
    # More hints than a mailbox holds, delivered before the consumer can run; the message's own is among the lost.
    lost = [MessageHint(name, 1)] + [MessageHint(name, 0) for _ in range(layer.capacity * 2)]
    await sync_to_async(unannounced)(visitor, 1)
    layer.deliver_hints(lost)
    posted = await socket.expect("message.posted")
    assert (posted["sequence"], posted["text"]) == (1, "message 1")


async def test_gap_in_the_hints_is_read_from_the_database(sockets, visitor):
    socket = await sockets.chat(visitor)
    for number in (1, 2, 3):
        await sync_to_async(unannounced)(visitor, number)
    await sockets_send(visitor, 4)
    assert await collect(socket, 4) == [1, 2, 3, 4]


async def test_hint_that_runs_ahead_of_the_rows_is_harmless(sockets, visitor):
    socket = await sockets.chat(visitor)
    get_channel_layer().deliver_hints([MessageHint(str(visitor.conversation.uuid), 50)])
    await sockets_send(visitor, 1)
    assert await collect(socket, 1) == [1]
    await sockets_send(visitor, 2)
    assert await collect(socket, 2) == [1, 2]


async def test_late_and_repeated_hints_post_nothing_twice(sockets, visitor):
    socket = await sockets.chat(visitor)
    await sockets_send(visitor, 1)
    await sockets_send(visitor, 2)
    assert await collect(socket, 2) == [1, 2]
    hint = MessageHint(str(visitor.conversation.uuid), 1)
    get_channel_layer().deliver_hints([hint, hint])
    assert await socket.is_quiet()


def unannounced(session, *sequences: int) -> None:
    """Rows that nobody was told of, as written by a process whose hints were lost."""
    Message.objects.bulk_create(
        Message(
            conversation=session.conversation,
            sequence=sequence,
            author=Author.BOT,
            text=f"message {sequence}",
            created_at=session.conversation.opened_at,
        )
        for sequence in sequences
    )
    Conversation.objects.filter(pk=session.conversation.pk).update(sequence=sequences[-1])


async def sockets_send(session, number: int) -> None:
    """A message through the front door, without a socket."""
    await sync_to_async(store_message)(
        NewMessage(conversation_id=session.conversation.pk, author=Author.BOT, text=f"message {number}")
    )


async def test_reader_that_reports_nothing_is_closed_and_catches_up(sockets, visitor, monkeypatch):
    monkeypatch.setattr("chat.consumers.feed.MOST_UNREPORTED", 5)
    lazy, diligent = await sockets.chat(visitor), await sockets.chat(visitor)
    for number in range(1, 7):
        await sockets_send(visitor, number)
        await diligent.expect("message.posted", sequence=number)
        await diligent.send("cursor.report", conversation=str(visitor.conversation.uuid), sequence=number)
        await diligent.send("messages.resume", conversation=str(visitor.conversation.uuid), after=number)
        await diligent.expect("messages.resumed")
    assert await lazy.expect_close() == 1013
    again = await sockets.chat(visitor, after=5)
    assert await collect(again, 1) == [6]
    assert await diligent.is_quiet()


async def test_long_replay_waits_for_reports(sockets, visitor, monkeypatch):
    monkeypatch.setattr("chat.consumers.feed.MOST_UNREPORTED", 100)
    await sync_to_async(unannounced)(visitor, *range(1, 251))
    socket = sockets.make("/ws/chat/shop/")
    assert await socket.connect()
    await socket.send("session.open", token=visitor.token, cursors={})
    assert await collect(socket, 100) == list(range(1, 101))
    assert await socket.is_quiet()
    await socket.send("cursor.report", conversation=str(visitor.conversation.uuid), sequence=100)
    assert await collect(socket, 200) == list(range(1, 201))
    await socket.send("cursor.report", conversation=str(visitor.conversation.uuid), sequence=200)
    assert await collect(socket, 250) == list(range(1, 251))
    await socket.expect("messages.resumed", sequence=250)


async def test_reader_that_is_late_is_closed(sockets, visitor, monkeypatch):
    monkeypatch.setattr("chat.consumers.feed.LONGEST_UNREPORTED", 0.3)
    monkeypatch.setattr("chat.live.caretaker.TICK_SECONDS", 0.05)
    lazy, diligent = await sockets.chat(visitor), await sockets.chat(visitor)
    await sockets_send(visitor, 1)
    await diligent.expect("message.posted")
    await diligent.send("cursor.report", conversation=str(visitor.conversation.uuid), sequence=1)
    assert await lazy.expect_close() == 1013
    assert await diligent.is_quiet()


async def test_bot_reply_reaches_the_visitor(sockets, visitor):
    socket = await sockets.chat(visitor)
    await socket.send("message.send", client_id=new_id(), text="hello")
    await socket.expect("message.acknowledged")
    turn = await Turn.objects.select_related("conversation").aget()
    await sync_to_async(post_bot_reply)(
        turn=turn,
        text="Good day",
        citations=[{"title": "Hours", "url": "/help/shop/en/hours/"}],
        quick_replies=["Thanks"],
    )
    posted = await socket.expect("message.posted", author="bot")
    assert posted["citations"] == [{"title": "Hours", "url": "/help/shop/en/hours/"}]
    assert posted["quick_replies"] == ["Thanks"]


async def test_sixty_fresh_conversations_at_once(sockets, site, settings):
    """A first message of each of many visitors through one writer: all acknowledged, each its own sequence 1."""
    sessions = [await sync_to_async(create_visitor)(site=site, locale="en") for _ in range(60)]
    opened = await asyncio.gather(*(sockets.chat(session) for session in sessions))
    await asyncio.gather(*(one.send("message.send", client_id="first", text="hello") for one in opened))
    for one in opened:
        assert (await one.expect("message.acknowledged"))["sequence"] == 1
    assert await Turn.objects.acount() == 60
    assert {one.conversation.pk for one in sessions} == {
        pk async for pk in Message.objects.values_list("conversation_id", flat=True)
    }

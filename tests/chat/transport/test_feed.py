"""One conversation on one socket, where what happens during a read decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from chat.actions.storing import NewMessage, store_message
from chat.consumers.feed import Feed
from chat.events import ConversationUpdated, Event, MessagePosted
from chat.hints import MessageHint
from chat.live.database import DatabaseThreads
from chat.live.reading import ConversationRef, Page
from chat.models import Conversation
from chat.models.conversations import ConversationStatus
from chat.models.messages import Author
from tests.chat.transport.conftest import PATIENCE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.socket]


class Threads(DatabaseThreads):
    """Database threads whose answers can be kept back, or replaced by a failure."""

    def __init__(self) -> None:
        super().__init__("feed", 1)
        self.answers = asyncio.Event()
        self.answers.set()
        self.have_read: asyncio.Queue[Page] = asyncio.Queue()
        self.failures: list[Exception] = []

    async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if self.failures:
            raise self.failures.pop()
        result = await super().run(function, *args, **kwargs)
        self.have_read.put_nowait(result)
        await self.answers.wait()
        return result


class Reader:
    """A feed and what it sent."""

    def __init__(self, conversation: Conversation, workspace_id: int) -> None:
        self.conversation = conversation
        self.threads = Threads()
        self.sent: asyncio.Queue[Event] = asyncio.Queue()
        self.codes: list[int] = []
        ref = ConversationRef(conversation.pk, conversation.uuid, workspace_id)
        self.feed = Feed(ref, notes=False, threads=self.threads, send=self.sent.put, shut=self.shut)

    async def shut(self, code: int) -> None:
        self.codes.append(code)

    async def next(self, kind: type[Event]) -> Any:
        """The next event of this kind."""
        async with asyncio.timeout(PATIENCE):
            while not isinstance(event := await self.sent.get(), kind):
                continue
            return event

    async def reads(self) -> None:
        """Wait until the database has been read and the answer is kept back."""
        async with asyncio.timeout(PATIENCE):
            await self.threads.have_read.get()

    async def store(self, number: int) -> None:
        await sync_to_async(store_message)(
            NewMessage(conversation_id=self.conversation.pk, author=Author.BOT, text=f"message {number}")
        )

    def hint(self, sequence: int) -> MessageHint:
        return MessageHint(str(self.conversation.uuid), sequence)


@pytest.fixture
async def reader(visitor, workspace) -> AsyncIterator[Reader]:
    made = Reader(visitor.conversation, workspace.pk)
    made.feed.resume(0)
    await made.next(ConversationUpdated)
    await made.reads()
    yield made
    made.feed.end()
    await sync_to_async(made.threads.close)()


@pytest.mark.parametrize("mistaken", [1, 50], ids=["no mistake", "a hint beyond the end"])
async def test_message_stored_while_the_database_is_read_is_sent(reader, mistaken):
    reader.threads.answers.clear()
    await reader.feed.offer(reader.hint(mistaken))
    await reader.reads()
    await reader.store(1)
    await reader.feed.offer(reader.hint(1))
    reader.threads.answers.set()
    posted: MessagePosted = await reader.next(MessagePosted)
    assert (posted.sequence, posted.text) == (1, "message 1")


async def test_change_of_hands_is_told_after_a_read_that_failed(reader, monkeypatch):
    monkeypatch.setattr("chat.consumers.feed.PAUSE_SECONDS", 0.01)
    reader.threads.failures = [OperationalError("the database is away")]
    await Conversation.objects.filter(pk=reader.conversation.pk).aupdate(status=ConversationStatus.RESOLVED)
    reader.feed.wake()
    updated: ConversationUpdated = await reader.next(ConversationUpdated)
    assert updated.status == ConversationStatus.RESOLVED
    assert reader.codes == []

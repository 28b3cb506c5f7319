"""The process's machinery: its orderly end, its database threads, its look at the table, its size."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.db import OperationalError, connection, connections

from chat.actions.conversations import take_conversation
from chat.actions.visitors import create_visitor
from chat.live import shut_down_sockets
from chat.live.database import DatabaseThreads
from chat.live.services import live_services, restart_services
from chat.live.tail import Tail
from chat.models import Conversation, Message
from chat.publish import publish_now
from tests.chat.transport.conftest import ORIGIN, new_id

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.socket]


async def test_shutdown_stores_closes_and_refuses(sockets, visitor, make_user):
    agent = await sync_to_async(make_user)("lin", "agent")
    chat, desk = await sockets.chat(visitor), await sockets.desk(agent)
    ids = [new_id() for _ in range(8)]
    for client_id in ids:
        await chat.send("message.send", client_id=client_id, text="hello")
    await chat.expect("message.acknowledged")
    assert await shut_down_sockets()
    assert await chat.expect_close() == 1012
    assert await desk.expect_close() == 1012
    acknowledged = {f["data"]["client_id"] for f in chat.seen if f["type"] == "message.acknowledged"}
    stored = {one async for one in Message.objects.values_list("client_id", flat=True)}
    assert acknowledged <= stored
    late = sockets.make("/ws/chat/shop/", (b"origin", ORIGIN))
    assert not await late.connect()
    # A new process takes over where this one ended; what was not acknowledged is sent again.
    await restart_services()
    again = await sockets.chat(visitor)
    for client_id in ids:
        await again.send("message.send", client_id=client_id, text="hello")
        await again.expect("message.acknowledged", client_id=client_id)
    assert await Message.objects.acount() == 8


async def test_closed_sockets_leave_nothing_behind(sockets, visitor):
    opened = [await sockets.chat(visitor) for _ in range(5)]
    services = live_services()
    assert len(services.sockets) == 5
    for socket in opened:
        await socket.disconnect()
    assert len(services.sockets) == 0
    from channels.layers import get_channel_layer

    assert get_channel_layer().count_channels() == 0
    assert get_channel_layer().count_groups() == 0


async def test_database_threads_replace_a_broken_connection(transactional_db):
    threads = DatabaseThreads("test", 1)
    calls: list[int] = []

    def work() -> int:
        calls.append(1)
        if len(calls) == 1:
            connection.close()
            raise OperationalError("server closed the connection unexpectedly")
        return Conversation.objects.count()

    assert await threads.run(work) == 0
    assert len(calls) == 2

    def away() -> None:
        raise OperationalError("away")

    with pytest.raises(OperationalError):
        await threads.run(away)
    await asyncio.get_running_loop().run_in_executor(None, threads.close)


async def test_database_threads_keep_their_connection(transactional_db):
    threads = DatabaseThreads("test", 1)

    def which() -> int:
        connection.ensure_connection()
        return id(connection.connection)

    assert await threads.run(which) == await threads.run(which)
    await asyncio.get_running_loop().run_in_executor(None, threads.close)


OTHER_PROCESS = """
import django
django.setup()
from chat.actions.agents import ensure_agent
from chat.actions.storing import NewMessage, store_message
from chat.models import Conversation
conversation = Conversation.objects.get()
store_message(NewMessage(conversation_id=conversation.pk, author="bot", text="from another process"))
"""


async def test_rows_of_another_process_reach_the_socket(sockets, visitor):
    """By the look at the table on SQLite, by Redis in a larger installation."""
    socket = await sockets.chat(visitor)
    await sync_to_async(run_elsewhere)(OTHER_PROCESS)
    posted = await socket.expect("message.posted", seconds=10)
    assert (posted["text"], posted["previous"]) == ("from another process", 0)


def database_url() -> str:
    """This test's database, for another process."""
    name, given = str(connection.settings_dict["NAME"]), django_settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"postgresql://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{name}"


def run_elsewhere(code: str) -> None:
    """Run code in a process of its own that uses this test's database."""
    environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "console.settings"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)


async def test_tail_tells_what_others_wrote_and_not_what_we_told(visitor, make_user):
    agent = await sync_to_async(make_user)("lin", "agent")
    tail = Tail()
    await sync_to_async(tail.start)()
    from chat.actions.agents import ensure_agent

    await sync_to_async(ensure_agent)(agent)
    await sync_to_async(take_conversation)(conversation=visitor.conversation, actor=agent)
    # This process published it itself.
    assert await sync_to_async(tail.look)() == 0
    await Message.objects.acreate(
        conversation=visitor.conversation,
        sequence=2,
        author="bot",
        text="written elsewhere",
        created_at=visitor.conversation.opened_at,
    )
    assert await sync_to_async(tail.look)() == 1
    assert await sync_to_async(tail.look)() == 0
    await sync_to_async(connections.close_all)()


async def test_publishing_without_any_socket_is_harmless(site):
    session = await sync_to_async(create_visitor)(site=site, locale="en")
    from chat.hints import ConversationHint

    await sync_to_async(publish_now)([ConversationHint(str(session.conversation.uuid))])
    await sync_to_async(connections.close_all)()


def test_importing_the_application_loads_no_torch():
    code = (
        "import sys, console.asgi; "
        "heavy = {'torch', 'transformers', 'nlu.training'} & set(sys.modules); "
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


async def test_lifespan_is_answered():
    from channels.testing import ApplicationCommunicator

    from console.asgi import application

    communicator = ApplicationCommunicator(application, {"type": "lifespan"})
    await communicator.send_input({"type": "lifespan.startup"})
    assert await communicator.receive_output(2) == {"type": "lifespan.startup.complete"}
    await communicator.send_input({"type": "lifespan.shutdown"})
    assert await communicator.receive_output(5) == {"type": "lifespan.shutdown.complete"}
    await restart_services()

"""What only a real server shows: close codes on the wire, large frames, binary ones, an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat.models import Conversation, Message
from tests.chat.transport.test_services import database_url

LARGE = "x" * 15_000

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.socket]


@pytest.fixture
def daphne(visitor, tmp_path, request):
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "console.settings",
        "XIAOER_VAR": str(tmp_path),
        "LOG_LEVEL": "ERROR",
        "SOCKET_FRAMES_PER_SECOND": "10000",
    }
    script = Path(__file__).with_name("daphne_server.py")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.chat.transport.daphne_server", *getattr(request, "param", [])],
        cwd=script.parents[3],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.port = int(process.stdout.readline())
    yield process
    process.kill()
    process.wait()


async def opened(daphne, session) -> ClientConnection:
    socket = await connect(f"ws://127.0.0.1:{daphne.port}/ws/chat/shop/", compression=None)
    await say(socket, "session.open", token=session.token, cursors={})
    while (await hear(socket))["type"] != "messages.resumed":
        continue
    return socket


async def say(socket: ClientConnection, name: str, **data: object) -> None:
    await socket.send(json.dumps({"type": name, "v": 1, "data": data}))


async def hear(socket: ClientConnection) -> dict:
    return json.loads(await socket.recv())


async def close_code(socket: ClientConnection) -> int:
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


async def test_end_of_the_process_is_told_and_loses_nothing(daphne, visitor):
    socket = await opened(daphne, visitor)
    for number in range(20):
        await say(socket, "message.send", client_id=f"m{number}", text="hello")
    await socket.recv()
    daphne.send_signal(signal.SIGTERM)
    acknowledged = set()
    try:
        while True:
            frame = await hear(socket)
            if frame["type"] == "message.acknowledged":
                acknowledged.add(frame["data"]["client_id"])
    except ConnectionClosed as closed:
        assert closed.rcvd is not None
        assert closed.rcvd.code == 1012
    assert daphne.stdout.readline() == "stored\n"
    assert daphne.wait(15) == 0
    stored = {one async for one in Message.objects.values_list("client_id", flat=True)}
    assert acknowledged <= stored
    await sync_to_async(connections.close_all)()


async def test_bad_tokens_and_frames_get_their_codes(daphne, visitor):
    socket = await connect(f"ws://127.0.0.1:{daphne.port}/ws/chat/shop/", compression=None)
    await say(socket, "session.open", token="A" * 43, cursors={})
    assert await close_code(socket) == 4401
    socket = await opened(daphne, visitor)
    await socket.send(b"\x00\x01")
    assert (await hear(socket))["data"]["code"] == "bad_frame"
    await socket.send("x" * 20_000)
    assert (await hear(socket))["data"]["code"] == "too_large"
    await say(socket, "message.send", client_id="a", text="still works")
    while (await hear(socket))["type"] != "message.acknowledged":
        continue
    for _ in range(8):
        await socket.send("nonsense")
    assert await close_code(socket) == 4400


async def test_foreign_pages_are_refused_before_the_socket_opens(daphne, visitor):
    for path, origin in (("/ws/desk/", None), ("/ws/desk/", "http://evil.example"), ("/ws/nowhere/", None)):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{daphne.port}{path}", origin=origin)
        assert refused.value.response.status_code == 403
    own = f"http://127.0.0.1:{daphne.port}"
    socket = await connect(f"ws://127.0.0.1:{daphne.port}/ws/desk/", origin=own)
    assert await close_code(socket) == 4403  # open to the page, closed to who is not signed in


@pytest.mark.parametrize("daphne", [["--plain"]], indirect=True)
async def test_server_that_cannot_send_the_code_closes_all_the_same(daphne, visitor):
    socket = await opened(daphne, visitor)
    daphne.send_signal(signal.SIGTERM)
    assert await close_code(socket) == 1000
    assert daphne.wait(15) == 0


@contextlib.asynccontextmanager
async def no_writes() -> AsyncIterator[None]:
    """While another transaction has the conversation, nothing can be stored in it."""
    other = transaction.atomic()
    await sync_to_async(other.__enter__)()
    try:
        await sync_to_async(lambda: list(Conversation.objects.select_for_update()))()
        yield
    finally:
        await sync_to_async(other.__exit__)(None, None, None)
        await sync_to_async(connections.close_all)()


async def test_socket_is_not_read_while_its_messages_wait(daphne, visitor):
    socket = await opened(daphne, visitor)
    sent = 0

    async def flood() -> None:
        nonlocal sent
        while sent < 2_000:
            await say(socket, "typing.set", typing=True, unknown=LARGE)
            sent += 1

    async with no_writes():
        for number in range(9):  # one more than may be in work
            await say(socket, "message.send", client_id=f"m{number}", text="hello")
        flooding = asyncio.create_task(flood())
        stalled, _ = await asyncio.wait({flooding}, timeout=3)
        # What the network itself keeps for a socket that nobody reads is a few megabytes.
        assert not stalled
        assert sent * len(LARGE) < 12 * 1024 * 1024
    await flooding
    await say(socket, "message.send", client_id="last", text="goodbye")
    assert await acknowledged(socket, 10) == [*(f"m{number}" for number in range(9)), "last"]


async def test_many_small_frames_wait_for_their_turn(daphne, visitor):
    socket = await opened(daphne, visitor)
    async with no_writes():
        for number in range(9):
            await say(socket, "message.send", client_id=f"m{number}", text="hello")
        for _ in range(1_000):
            await say(socket, "typing.set", typing=True)
        await say(socket, "message.send", client_id="last", text="goodbye")
    assert await acknowledged(socket, 10) == [*(f"m{number}" for number in range(9)), "last"]


async def test_socket_that_is_not_read_can_be_closed(daphne, visitor):
    socket = await opened(daphne, visitor)
    async with no_writes():
        for number in range(9):
            await say(socket, "message.send", client_id=f"m{number}", text="hello")
        for _ in range(200):
            await say(socket, "typing.set", typing=True)
        daphne.send_signal(signal.SIGTERM)
        assert await close_code(socket) == 1012


async def acknowledged(socket: ClientConnection, count: int) -> list[str]:
    """The client ids of so many acknowledgements, in the order in which they come."""
    ids: list[str] = []
    while len(ids) < count:
        frame = await hear(socket)
        assert frame["type"] != "error", frame
        if frame["type"] == "message.acknowledged":
            ids.append(frame["data"]["client_id"])
    return ids

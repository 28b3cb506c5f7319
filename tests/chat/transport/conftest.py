"""Sites, visitors, agents and the sockets that they open on the whole ASGI application."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections

from chat.actions.visitors import Session, create_visitor
from chat.live.services import restart_services
from chat.models import Site
from console.asgi import application
from nlu.actions.masking import forget_compiled_rules
from nlu.actions.workspaces import create_workspace
from nlu.models import Workspace

ORIGIN = b"http://testserver"
PATIENCE = 5.0


@pytest.fixture
def workspace(transactional_db) -> Workspace:
    forget_compiled_rules()
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


@pytest.fixture
def site(workspace) -> Site:
    return Site.objects.create(workspace=workspace, key="shop", name="Shop", locale="en")


@pytest.fixture
def other_site(workspace) -> Site:
    return Site.objects.create(workspace=workspace, key="other", name="Other", locale="en")


@pytest.fixture
def visitor(site) -> Session:
    return create_visitor(site=site, locale="en")


@pytest.fixture
def make_user(transactional_db):
    def make(name: str, *groups: str, **fields: Any) -> User:
        user = User.objects.create_user(name, password="correct horse battery", **fields)
        for group in groups:
            user.groups.add(Group.objects.get_or_create(name=group)[0])
        return user

    return make


def sign_in(user: User) -> str:
    """The session key of a signed-in user."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    assert store.session_key
    return store.session_key


class Socket:
    """A client on the whole application: it counts what it sees and never waits for longer than PATIENCE."""

    def __init__(self, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        self.communicator = WebsocketCommunicator(application, path, headers=headers)
        self.communicator.scope["client"] = ["127.0.0.1", 40000]
        self.seen: list[dict[str, Any]] = []
        self.passed_over: list[dict[str, Any]] = []

    async def connect(self) -> bool:
        accepted, _ = await self.communicator.connect(timeout=PATIENCE)
        return accepted

    async def send(self, name: str, **data: Any) -> None:
        await self.raw(json.dumps({"type": name, "v": 1, "data": data}))

    async def raw(self, text: str) -> None:
        await self.communicator.send_input({"type": "websocket.receive", "text": text})

    async def next(self, *, seconds: float = PATIENCE) -> dict[str, Any]:
        frame = json.loads(await self.communicator.receive_from(timeout=seconds))
        self.seen.append(frame)
        return frame

    async def expect(self, name: str, *, seconds: float = PATIENCE, **data: Any) -> dict[str, Any]:
        """The `data` of the first frame with this name and these values; other frames wait for their turn.

        The order of frames about different things is nobody's promise; that of messages is, and `seen` has it.
        """

        def fits(frame: dict[str, Any]) -> bool:
            return frame["type"] == name and all(frame["data"].get(key) == value for key, value in data.items())

        async def search() -> dict[str, Any]:
            while True:
                frame = await self.next(seconds=seconds)
                if fits(frame):
                    return frame["data"]
                self.passed_over.append(frame)

        for frame in self.passed_over:
            if fits(frame):
                self.passed_over.remove(frame)
                return frame["data"]
        return await asyncio.wait_for(search(), seconds)

    async def expect_close(self, *, seconds: float = PATIENCE) -> int:
        """The code with which the server closes; frames before it are passed over."""

        async def search() -> int:
            while True:
                output = await self.communicator.receive_output(seconds)
                if output["type"] == "websocket.close":
                    return int(output["code"])

        return await asyncio.wait_for(search(), seconds)

    async def is_quiet(self, seconds: float = 0.2) -> bool:
        """Whether nothing more comes; call it when everything expected was received."""
        return await self.communicator.receive_nothing(timeout=seconds, interval=0.02)

    async def disconnect(self) -> None:
        await self.communicator.disconnect(timeout=PATIENCE)


@dataclass
class Sockets:
    """Opens sockets and closes them when the test ends."""

    opened: list[Socket]

    def make(self, path: str, *headers: tuple[bytes, bytes]) -> Socket:
        socket = Socket(path, [(b"host", b"testserver"), *headers])
        self.opened.append(socket)
        return socket

    async def chat(self, session: Session, *, after: int = 0, key: str = "shop", locale: str = "") -> Socket:
        """A visitor's socket after its replay."""
        socket = self.make(f"/ws/chat/{key}/", (b"origin", ORIGIN))
        assert await socket.connect()
        name = str(session.conversation.uuid)
        await socket.send("session.open", token=session.token, cursors={name: after}, locale=locale)
        await socket.expect("session.opened")
        await socket.expect("messages.resumed")
        return socket

    async def desk_socket(self, user: User) -> Socket:
        """A staff socket before its first frame."""
        key = await sync_to_async(sign_in)(user)
        socket = self.make("/ws/desk/", (b"origin", ORIGIN), (b"cookie", f"sessionid={key}".encode()))
        assert await socket.connect()
        return socket

    async def desk(self, user: User, *sessions: Session) -> Socket:
        """A staff socket that watches the conversations of these visitors."""
        socket = await self.desk_socket(user)
        await socket.send("desk.open", cursors={str(one.conversation.uuid): 0 for one in sessions})
        await socket.expect("desk.opened")
        for _ in sessions:
            await socket.expect("conversation.updated")
        return socket


@pytest.fixture
async def sockets(transactional_db) -> AsyncIterator[Sockets]:
    opened: list[Socket] = []
    yield Sockets(opened)
    for socket in opened:
        if not socket.communicator.future.done():
            await socket.disconnect()
    await restart_services()
    # The thread that asgiref keeps for the tests' own queries has a connection, too.
    await sync_to_async(connections.close_all)()


def new_id() -> str:
    return uuid.uuid4().hex

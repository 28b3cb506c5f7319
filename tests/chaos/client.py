"""A client on a real socket that keeps the protocol's promises.

Outbox, cursors, resume, reconnect with back-off.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.chaos.ledger import Ledger

RESEND_AFTER = 5.0
AGAIN = frozenset({"busy", "rate_limited"})
IN_FLIGHT = 4


class Client:
    """The half that visitors and agents share. Subclasses open the session and react to frames."""

    def __init__(self, *, name: str, url: str, headers: dict[str, str], ledger: Ledger, seed: int) -> None:
        self.name = name
        self.url = url
        self.headers = headers
        self.ledger = ledger
        self.random = random.Random(seed)
        self.socket: ClientConnection | None = None
        self.opened = asyncio.Event()
        self.stopping = False
        self.outbox: dict[str, dict[str, Any]] = {}
        self.tried_at: dict[str, float] = {}
        self.cursors: dict[str, int] = {}
        self.asked: dict[str, float] = {}
        self.count = 0

    async def run(self) -> None:
        """Connect, and connect again, until told to stop."""
        pause = 0.1
        while not self.stopping:
            try:
                async with connect(
                    self.url,
                    additional_headers=self.headers,
                    compression=None,
                    open_timeout=5,
                    close_timeout=1,
                    ping_interval=None,
                ) as socket:
                    self.socket = socket
                    await self.open(socket)
                    keeper = asyncio.create_task(self.keep())
                    try:
                        async for frame in socket:
                            await self.receive(json.loads(frame))
                            pause = 0.1
                    finally:
                        keeper.cancel()
                        with contextlib.suppress(asyncio.CancelledError, websockets.ConnectionClosed):
                            await keeper
            except (OSError, websockets.WebSocketException, TimeoutError, EOFError):
                pause = min(pause * 2, 1.0)
            finally:
                self.opened.clear()
                self.socket = None
                self.tried_at.clear()
                self.asked.clear()
            self.ledger.reconnects += 1
            await asyncio.sleep(pause * (0.5 + self.random.random()))

    async def open(self, socket: ClientConnection) -> None:
        """Say who this is."""
        raise NotImplementedError

    async def on_frame(self, kind: str, data: dict[str, Any]) -> None:
        """React to what is not handled here."""
        raise NotImplementedError

    async def send(self, kind: str, **data: Any) -> None:
        """Send a frame if there is a socket."""
        if self.socket is not None:
            with contextlib.suppress(websockets.ConnectionClosed):
                await self.socket.send(json.dumps({"type": kind, "v": 1, "data": data}))

    def tear(self) -> bool:
        """Cut the connection without a word, as a lost network does."""
        if self.socket is None or self.socket.transport is None:
            return False
        self.socket.transport.abort()
        return True

    def put(self, kind: str, *, conversation: str, text: str, **data: Any) -> str:
        """Put a message into the outbox; it is sent until it is acknowledged or refused."""
        self.count += 1
        client_id = f"{self.name}-{self.count}"
        self.ledger.note_sent(
            client_id=client_id, conversation=conversation, text=text, by=self.name, now=time.monotonic()
        )
        payload = {"client_id": client_id, **data}
        if text:
            payload["text"] = text
        self.outbox[client_id] = {"kind": kind, "data": payload}
        return client_id

    async def flush(self) -> None:
        """Send what waits: a few at a time, in order, and again what was not answered for long."""
        if not self.opened.is_set():
            return
        now = time.monotonic()
        for client_id, entry in list(self.outbox.items())[:IN_FLIGHT]:
            if now - self.tried_at.get(client_id, -RESEND_AFTER) < RESEND_AFTER:
                continue
            self.tried_at[client_id] = now
            self.ledger.sent[client_id].tries += 1
            await self.send(entry["kind"], **entry["data"])

    async def keep(self) -> None:
        """While connected: resend, and say how far this client has read."""
        await self.opened.wait()
        while True:
            await self.flush()
            for conversation, sequence in list(self.cursors.items()):
                await self.send("cursor.report", conversation=conversation, sequence=sequence)
            await asyncio.sleep(1.0)

    async def receive(self, frame: dict[str, Any]) -> None:
        """What every client does about a frame."""
        kind, data = frame["type"], frame["data"]
        if kind == "message.posted":
            await self.apply({**data, "sequence": data.get("sequence", frame.get("sequence"))})
        elif kind == "message.acknowledged":
            sequence = data.get("sequence", frame.get("sequence"))
            if data["client_id"] in self.ledger.sent:
                self.ledger.note_acknowledged(client_id=data["client_id"], sequence=sequence, now=time.monotonic())
            self.outbox.pop(data["client_id"], None)
            await self.flush()
        elif kind in {"conversation.heartbeat", "messages.resumed"}:
            self.asked.pop(data["conversation"], None)
            sequence = data.get("sequence", frame.get("sequence"))
            if data["conversation"] in self.cursors and sequence > self.cursors[data["conversation"]]:
                await self.resume(data["conversation"])
        elif kind == "error":
            await self.refused(data)
        await self.on_frame(kind, data)

    async def refused(self, data: dict[str, Any]) -> None:
        """Busy: later again. Anything else about a message is final.

        What was not about a message (a conversation to follow) is asked for again by coming back.
        """
        client_id = data.get("client_id")
        if client_id is None and data["code"] in AGAIN:
            self.tear()
        if client_id in self.outbox and data["code"] not in AGAIN:
            self.outbox.pop(client_id)
            self.ledger.note_refused(client_id=client_id, code=data["code"])

    async def apply(self, data: dict[str, Any]) -> None:
        """Show a message if it is exactly the next one; ask for what is missing otherwise."""
        conversation, sequence = data["conversation"], data["sequence"]
        if conversation not in self.cursors:
            return
        cursor = self.cursors[conversation]
        if sequence <= cursor:
            return
        if data["previous"] != cursor:
            await self.resume(conversation)
            return
        self.cursors[conversation] = sequence
        self.ledger.seen[self.name, conversation].append(sequence)
        await self.on_message(data)

    async def on_message(self, data: dict[str, Any]) -> None:
        """A message was shown."""

    async def resume(self, conversation: str) -> None:
        """Ask for what is missing, but not twice at a time."""
        now = time.monotonic()
        if now - self.asked.get(conversation, -10.0) < 2.0:
            return
        self.asked[conversation] = now
        self.ledger.resumes += 1
        await self.send("messages.resume", conversation=conversation, after=self.cursors[conversation])

    def follow(self, conversation: str) -> None:
        """Begin to show a conversation from its start."""
        self.cursors.setdefault(conversation, 0)
        self.ledger.seen.setdefault((self.name, conversation), [])

    async def settled(self, done: Callable[[], bool], *, within: float) -> bool:
        """Wait until `done`, nudging the outbox; False after `within` seconds."""
        return await wait_until(done, within=within, meanwhile=self.flush)


async def wait_until(
    done: Callable[[], bool], *, within: float, meanwhile: Callable[[], Awaitable[None]] | None = None
) -> bool:
    """Poll a condition of other coroutines ten times a second."""
    give_up_at = time.monotonic() + within
    while not done():
        if time.monotonic() >= give_up_at:
            return False
        if meanwhile is not None:
            await meanwhile()
        await asyncio.sleep(0.1)
    return True

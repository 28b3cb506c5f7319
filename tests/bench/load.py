"""Load on real sockets: as fast as acknowledgements come, or at a steady rate."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect

REPORT_SECONDS = 3.0


@dataclass
class Writer:
    """One visitor's socket. `waits` are the seconds from sending to acknowledgement of what was measured."""

    kind: str
    token: str
    url: str
    number: int
    socket: ClientConnection | None = None
    count: int = 0
    acknowledged: int = 0
    seen: int = 0
    reported: int = 0
    conversation: str = ""
    broken: list[BaseException] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    open: dict[str, float] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    room: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Connect and open the session."""
        path = "/ws/chat/bench/" if self.kind == "product" else f"/naive/{self.token}/"
        self.socket = await connect(f"ws://{self.url}{path}", compression=None, ping_interval=None)
        if self.kind == "product":
            opening = {"token": self.token, "cursors": {}}
            await self.socket.send(json.dumps({"type": "session.open", "v": 1, "data": opening}))
        self.tasks = [asyncio.create_task(self.read()), asyncio.create_task(self.report())]
        for task in self.tasks:
            task.add_done_callback(self.check)

    def check(self, task: asyncio.Task[None]) -> None:
        """A benchmark whose socket broke measures nothing: end it."""
        if not task.cancelled():
            error = task.exception() or RuntimeError("a socket was closed")
            asyncio.get_running_loop().call_exception_handler({"message": str(error), "exception": error})
            self.broken.append(error)
            self.room.set()

    async def report(self) -> None:
        """Say how far was read, as every client does: who does not is taken for too slow."""
        assert self.socket is not None
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            if self.conversation and self.seen > self.reported:
                self.reported = self.seen
                report = {"conversation": self.conversation, "sequence": self.seen}
                await self.socket.send(json.dumps({"type": "cursor.report", "v": 1, "data": report}))

    async def read(self) -> None:
        """Count acknowledgements."""
        assert self.socket is not None
        async for text in self.socket:
            frame = json.loads(text)
            data = frame["data"]
            if frame["type"] == "message.acknowledged":
                sent_at = self.open.pop(data["client_id"])
                self.waits.append(time.perf_counter() - sent_at)
                self.acknowledged += 1
                self.room.set()
            elif frame["type"] == "session.opened":
                self.conversation = data["conversation"]
            elif frame["type"] == "error":
                raise RuntimeError(f"{self.kind}: {data['code']}")
            elif frame["type"] == "message.posted" and self.conversation:
                self.seen = data["sequence"]

    async def send(self) -> None:
        """One message."""
        if self.socket is None or self.broken:
            raise RuntimeError(f"{self.kind}: {self.broken}")
        self.count += 1
        client_id = f"{self.kind}-{self.number}-{self.count}"
        data = {"client_id": client_id, "text": f"where is my order, please, and when will it come ({self.kind})"}
        self.open[client_id] = time.perf_counter()
        await self.socket.send(json.dumps({"type": "message.send", "v": 1, "data": data}))

    async def flood(self, seconds: float, in_flight: int) -> None:
        """Keep so many messages under way."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            while len(self.open) < in_flight:
                await self.send()
            self.room.clear()
            if len(self.open) >= in_flight:
                await self.room.wait()
        while self.open and not self.broken:
            self.room.clear()
            await self.room.wait()

    async def stop(self) -> None:
        """Close."""
        assert self.socket is not None
        for task in self.tasks:
            task.cancel()
        await self.socket.close()


async def flood(writers: list[Writer], *, seconds: float, in_flight: int) -> float:
    """Acknowledgements per second of all of them together."""
    before = sum(writer.acknowledged for writer in writers)
    started = time.perf_counter()
    await asyncio.gather(*(writer.flood(seconds, in_flight) for writer in writers))
    return (sum(writer.acknowledged for writer in writers) - before) / (time.perf_counter() - started)


async def steady(writers: list[Writer], *, rate: float, until: asyncio.Event) -> list[float]:
    """Send `rate` messages a second in turn until the event; the waits in seconds."""
    for writer in writers:
        writer.waits.clear()
    started = time.perf_counter()
    sent = 0
    while not until.is_set():
        await writers[sent % len(writers)].send()
        sent += 1
        await asyncio.sleep(max(0.0, started + sent / rate - time.perf_counter()))
    while any(writer.open and not writer.broken for writer in writers):
        await asyncio.sleep(0.01)
    return [wait for writer in writers for wait in writer.waits]

"""`make bench-turns`: whole turns a second, from message to reply, of 64 visitors at once against one at a time.

A turn is a message over a socket, stored, understood, answered and stored again, with every commit that live chat
makes. Both sides run on one server in turns, so that whatever else the machine does meets both. One JSON object
on stdout, progress on stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.bench.bench_chat import percentile, say
from tests.chaos.stack import Stack
from tests.servers import Backends

VISITORS = 64
QUESTIONS = ("where is my order", "how do I return this", "can I pay with a card", "good morning", "many thanks")
PATIENCE = 30.0


@dataclass
class Visitor:
    """One visitor's socket. `waits`: seconds from a message to the reply that answers it."""

    url: str
    token: str
    number: int
    socket: ClientConnection | None = None
    asked: int = 0
    conversation: str = ""
    waits: list[float] = field(default_factory=list)

    async def start(self) -> None:
        """Connect and open the session."""
        self.socket = await connect(f"ws://{self.url}/ws/chat/chaos/", compression=None, ping_interval=None)
        await self._send("session.open", token=self.token, cursors={})
        self.conversation = (await self._frame("session.opened"))["conversation"]

    async def ask(self) -> None:
        """Send a message and wait for the assistant's reply."""
        self.asked += 1
        text = QUESTIONS[(self.number + self.asked) % len(QUESTIONS)]
        began = time.perf_counter()
        await self._send("message.send", client_id=f"{self.number}-{self.asked}", text=text)
        while (posted := await self._frame("message.posted"))["author"] != "bot":
            continue
        self.waits.append(time.perf_counter() - began)
        await self._send("cursor.report", conversation=self.conversation, sequence=posted["sequence"])

    async def stop(self) -> None:
        """Close."""
        if self.socket is not None:
            await self.socket.close()

    async def _send(self, kind: str, **data: Any) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps({"type": kind, "v": 1, "data": data}))

    async def _frame(self, kind: str) -> dict[str, Any]:
        """The next frame of this kind; RuntimeError for an error, TimeoutError if none comes."""
        assert self.socket is not None
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = json.loads(await self.socket.recv())
                if frame["type"] == "error":
                    raise RuntimeError(f"{frame['data']}")
                if frame["type"] == kind:
                    return {**frame["data"], "sequence": frame["data"].get("sequence", frame.get("sequence"))}


async def one_at_a_time(visitors: list[Visitor], seconds: float) -> float:
    """Turns a second if every visitor waits until the one before has the reply."""
    began, turns = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        await visitors[turns % len(visitors)].ask()
        turns += 1
    return turns / (time.perf_counter() - began)


async def at_once(visitors: list[Visitor], seconds: float) -> float:
    """Turns a second if all visitors ask, each its next question when it has the reply."""
    began = time.perf_counter()

    async def chat(visitor: Visitor) -> int:
        turns = 0
        while time.perf_counter() - began < seconds:
            await visitor.ask()
            turns += 1
        return turns

    turns = sum(await asyncio.gather(*(chat(visitor) for visitor in visitors)))
    return turns / (time.perf_counter() - began)


async def measure(stack: Stack, tokens: list[str], *, rounds: int, seconds: float) -> dict[str, Any]:
    """Both sides in turns, on connected sockets."""
    visitors = [Visitor(stack.url, token, number) for number, token in enumerate(tokens)]
    await asyncio.gather(*(visitor.start() for visitor in visitors))
    ways = {"one at a time": one_at_a_time, "at once": at_once}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    waits: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        await way(visitors, 1.0)  # warm up
    for number in range(rounds):
        for name in list(ways) if number % 2 == 0 else list(ways)[::-1]:
            for visitor in visitors:
                visitor.waits.clear()
            rates[name].append(await ways[name](visitors, seconds))
            waits[name] += [wait for visitor in visitors for wait in visitor.waits]
            say(f"round {number + 1}: {name} {rates[name][-1]:.1f} turns/s")
    await asyncio.gather(*(visitor.stop() for visitor in visitors))
    ratios = [many / one for one, many in zip(rates["one at a time"], rates["at once"], strict=True)]
    return {
        "turns_per_second": {name: round(statistics.median(found), 1) for name, found in rates.items()},
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
        "p50_ms": {name: percentile(found, 0.5) for name, found in waits.items()},
        "p99_ms": {name: percentile(found, 0.99) for name, found in waits.items()},
    }


def run(stack: Stack, *, rounds: int, seconds: float) -> dict[str, Any]:
    """Seed, serve and measure one installation."""
    stack.environment |= {"SOCKET_MESSAGES_PER_SECOND": "100000", "SOCKET_FRAMES_PER_SECOND": "100000"}
    with stack:
        seeded = json.loads(stack.run("-m", "tests.chaos.seed", str(VISITORS), "0").splitlines()[-1])
        stack.start()
        tokens = [one["token"] for one in seeded["visitors"]]
        return asyncio.run(measure(stack, tokens, rounds=rounds, seconds=seconds))


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long one side lasts at a time")
    parser.add_argument("--scaled", action="store_true", help="on PostgreSQL and Redis instead of SQLite")
    options = parser.parse_args()
    if options.scaled:
        with Backends() as backends:
            result = run(Stack(backends=backends), rounds=options.rounds, seconds=options.seconds)
    else:
        result = run(Stack(), rounds=options.rounds, seconds=options.seconds)
    json.dump(result, sys.stdout)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""One run: clients on real sockets, sockets cut all the time, processes killed, Redis emptied, then the checks."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.chaos.checker import StoredConversation, StoredMessage, StoredTurn, Verdict, check
from tests.chaos.client import Client, wait_until
from tests.chaos.ledger import Ledger
from tests.chaos.people import Agent, Board, Visitor
from tests.chaos.stack import Stack

SETTLE_SECONDS = 120.0
TEAR_SECONDS = 0.3


@dataclass(frozen=True)
class Plan:
    """How much of everything. `seconds` is how long people write."""

    visitors: int
    agents: int
    seconds: float
    messages: int
    """At least so many messages of people must have been sent; people go on writing until then."""
    rounds: int = 1
    """How often each process is killed and stopped."""
    pause: float = 0.7
    """Seconds between two messages of a visitor, on average."""


@dataclass
class Report:
    """The outcome of a run, as the program prints it."""

    variant: str
    verdict: Verdict
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    acknowledge_seconds: dict[str, float] = field(default_factory=dict)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    exit_status: int = 0

    @property
    def passed(self) -> bool:
        """Nothing lost, doubled, missing, unanswered; every job done; `serve` ended in order."""
        return self.verdict.clean and self.exit_status == 0 and all(job["status"] == "done" for job in self.jobs)

    def to_json(self) -> dict[str, Any]:
        """Everything, with the lists cut short."""
        row = asdict(self) | {"passed": self.passed}
        for name, value in row["verdict"].items():
            if isinstance(value, list):
                row["verdict"][name] = {"count": len(value), "first": value[:5]}
        return row


class Storm:
    """Runs a plan on a started stack."""

    def __init__(self, stack: Stack, plan: Plan, *, say: Callable[[str], None]) -> None:
        self.stack = stack
        self.plan = plan
        self.say = say
        self.ledger = Ledger()
        self.board = Board()
        self.faults: list[str] = []
        self.clients: list[Client] = []

    async def run(self, seed: dict[str, Any]) -> None:
        """Write, hurt, settle."""
        visitors = self.make_visitors(seed)
        agents = self.make_agents(seed)
        self.clients = [*visitors, *agents]
        running = [asyncio.create_task(client.run()) for client in self.clients]
        working = [asyncio.create_task(one.write(pause=self.plan.pause)) for one in visitors]
        working += [asyncio.create_task(one.work(pause=1.0)) for one in agents]
        tearing = asyncio.create_task(self.tear())
        hurting = asyncio.create_task(self.hurt())
        await asyncio.sleep(self.plan.seconds)
        await hurting
        enough = await wait_until(lambda: len(self.ledger.sent) >= self.plan.messages, within=SETTLE_SECONDS)
        self.board.open = False
        await asyncio.gather(*working)
        tearing.cancel()
        self.say(f"{len(self.ledger.sent)} messages sent; waiting until everything is settled")
        if not enough:
            self.ledger.disagreements.append(f"Only {len(self.ledger.sent)} messages could be sent")
        for client in self.clients:
            await client.settled(lambda client=client: not client.outbox, within=SETTLE_SECONDS)
        await asyncio.to_thread(self.wait_for_answers)
        await wait_until(self.all_seen, within=40.0)
        for client in self.clients:
            client.stopping = True
            client.tear()
        await asyncio.gather(*running)

    def make_visitors(self, seed: dict[str, Any]) -> list[Visitor]:
        """One for each prepared session."""
        return [
            Visitor(
                name=f"visitor{number}",
                url=f"ws://{self.stack.url}/ws/chat/{seed['site']}/",
                headers={"Origin": f"http://{self.stack.url}"},
                ledger=self.ledger,
                seed=number,
                board=self.board,
                **session,
            )
            for number, session in enumerate(seed["visitors"])
        ]

    def make_agents(self, seed: dict[str, Any]) -> list[Agent]:
        """One for each prepared sign-in."""
        return [
            Agent(
                name=agent["name"],
                url=f"ws://{self.stack.url}/ws/desk/",
                headers={"Origin": f"http://{self.stack.url}", "Cookie": agent["cookie"]},
                ledger=self.ledger,
                seed=1000 + number,
                board=self.board,
            )
            for number, agent in enumerate(seed["agents"])
        ]

    async def tear(self) -> None:
        """Cut a socket every 0.3 seconds."""
        turn = 0
        while True:
            await asyncio.sleep(TEAR_SECONDS)
            turn += 1
            self.ledger.dropped_sockets += self.clients[(turn * 7) % len(self.clients)].tear()

    async def hurt(self) -> None:
        """Every fault in its turn, evenly over the time in which people write."""
        blows = self.blows() * self.plan.rounds
        pause = self.plan.seconds / (len(blows) + 1)
        for name, blow in blows:
            await asyncio.sleep(pause)
            self.say(f"{name} ({len(self.ledger.sent)} sent, {len(self.ledger.acknowledged)} acknowledged)")
            self.faults.append(name)
            await asyncio.to_thread(blow)

    def blows(self) -> list[tuple[str, Callable[[], object]]]:
        """What happens, with its name. A training is going on when the worker dies."""
        parts = sorted(self.stack.parts())
        planned: list[tuple[str, Callable[[], object]]] = [
            ("a training is requested", lambda: self.stack.run("-m", "tests.chaos.request_training"))
        ]
        for part in ("worker", "web", "turns"):
            if part in parts:
                planned.append((f"kill -9 {part}", lambda part=part: self.stack.hurt(part, signal.SIGKILL)))
        for part in ("web", "turns", "worker"):
            if part in parts:
                planned.append((f"SIGTERM {part}", lambda part=part: self.stack.hurt(part, signal.SIGTERM)))
        backends = self.stack.backends
        if backends is not None:
            planned.append(("Redis FLUSHALL", backends.flush_redis))
            planned.append(("Redis restarts empty", backends.restart_redis))
            planned.append(("PostgreSQL loses its power", backends.restart_postgresql))
        return planned

    def wait_for_answers(self) -> None:
        """Until no turn is open and no job is under way, as the database has it."""
        give_up_at = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < give_up_at:
            dumped = json.loads(self.stack.run("-m", "tests.chaos.dump"))
            turns = [turn[2] for one in dumped["conversations"] for turn in one["turns"]]
            jobs = [job["status"] for job in dumped["jobs"]]
            if not {"pending", "claimed"} & set(turns) and not {"queued", "sent", "running"} & set(jobs):
                return
            time.sleep(1.0)

    def all_seen(self) -> bool:
        """Whether every reader of a conversation has the same last message.

        (The heartbeat brings the late ones.)
        """
        furthest: dict[str, int] = {}
        for (_, conversation), seen in self.ledger.seen.items():
            furthest[conversation] = max(furthest.get(conversation, 0), seen[-1] if seen else 0)
        return all(
            seen and seen[-1] == furthest[conversation]
            for (reader, conversation), seen in self.ledger.seen.items()
            if reader.startswith("agent")
        )


def run_storm(stack: Stack, plan: Plan, *, variant: str, say: Callable[[str], None]) -> Report:
    """Seed, start, storm, stop, check."""
    started = time.monotonic()
    say("training a small model")
    seed = json.loads(stack.run("-m", "tests.chaos.seed", str(plan.visitors), str(plan.agents)))
    say("starting the installation")
    stack.start()
    storm = Storm(stack, plan, say=say)
    asyncio.run(storm.run(seed))
    exit_status = stack.stop()
    written = stack.run("-m", "tests.chaos.dump")
    (stack.var / "dump.json").write_text(written)
    dumped = json.loads(written)
    verdict = check(storm.ledger, [stored(row) for row in dumped["conversations"]])
    return Report(
        variant=variant,
        verdict=verdict,
        faults=storm.faults,
        seconds=round(time.monotonic() - started, 1),
        acknowledge_seconds=percentiles(storm.ledger),
        jobs=dumped["jobs"],
        exit_status=exit_status,
    )


def stored(row: dict[str, Any]) -> StoredConversation:
    """A conversation of the dump."""
    return StoredConversation(
        uuid=row["uuid"],
        sequence=row["sequence"],
        messages=tuple(StoredMessage(*message) for message in row["messages"]),
        turns=tuple(StoredTurn(*turn) for turn in row["turns"]),
        participants=frozenset(row["participants"]),
    )


def percentiles(ledger: Ledger) -> dict[str, float]:
    """From the first try of a message to its acknowledgement, restarts included, in seconds."""
    waits = sorted(
        entry.acknowledged_at - entry.first_at
        for entry in ledger.acknowledged
        if entry.acknowledged_at is not None
    )
    if not waits:
        return {}
    return {
        "p50": round(waits[len(waits) // 2], 4),
        "p99": round(waits[int(len(waits) * 0.99)], 4),
        "max": round(waits[-1], 4),
    }

"""`make bench-chat`: durable acknowledgements per second against a naive consumer, and latency during an import.

Both sides run in one server process on one database, in turns that are interleaved and reversed, so that whatever
else the machine does meets both. One JSON object on stdout, progress on stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.load import Writer, flood, steady
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
VISITORS = 50
IN_FLIGHT = 2
UTTERANCES = 10_000
WORDS = "order parcel refund coupon invoice delivery price size colour shop help please when where how"
RATE = 50.0
IDLE_SECONDS = 12.0


def say(text: str) -> None:
    """Progress."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def percentile(waits: list[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(waits)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)


class Bench:
    """A server of its own in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.environment = os.environ | {
            "XIAOER_VAR": str(folder),
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "PYTHONPATH": str(ROOT),
            "SOCKET_MESSAGES_PER_SECOND": "100000",
            "SOCKET_FRAMES_PER_SECOND": "100000",
            "LOG_LEVEL": "WARNING",
        }
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> dict[str, list[str]]:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.server", str(self.port), str(VISITORS)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the server of the benchmark did not start")
        tokens: dict[str, list[str]] = json.loads(line)
        return tokens

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(20)

    def import_many(self, name: str) -> asyncio.Future[int]:
        """Start an import of 10,000 utterances in a process of its own; its exit status comes as a future."""
        shuffled = random.Random(name)
        words = WORDS.split()
        file = self.folder / f"{name}.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for number in range(UTTERANCES):
                text = f"{' '.join(shuffled.choices(words, k=6))} {number}"
                out.write(json.dumps({"text": text, "intent": f"intent_{number % 77}"}) + "\n")
        command = [sys.executable, "manage.py", "import_utterances", str(file), "--workspace", name]
        return asyncio.ensure_future(
            asyncio.to_thread(
                lambda: (
                    subprocess.run(
                        command,
                        cwd=ROOT,
                        env=self.environment,
                        check=True,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                    ).returncode
                )
            )
        )


async def measure(
    bench: Bench, tokens: dict[str, list[str]], *, rounds: int, seconds: float, import_rounds: int
) -> dict[str, Any]:
    """Everything, on connected sockets."""
    writers = {
        kind: [
            Writer(kind=kind, token=token, url=f"127.0.0.1:{bench.port}", number=number)
            for number, token in enumerate(tokens[kind])
        ]
        for kind in ("product", "naive")
    }
    for group in writers.values():
        for writer in group:
            await writer.start()
    rates: dict[str, list[float]] = {"product": [], "naive": []}
    for kind in writers:
        await flood(writers[kind], seconds=1.0, in_flight=IN_FLIGHT)  # warm up
    for number in range(rounds):
        for kind in ("product", "naive") if number % 2 == 0 else ("naive", "product"):
            rate = await flood(writers[kind], seconds=seconds, in_flight=IN_FLIGHT)
            rates[kind].append(rate)
            say(f"round {number + 1}: {kind} {rate:.0f} acknowledgements/s")
    ratios = [product / naive for product, naive in zip(rates["product"], rates["naive"], strict=True)]
    imports = await measure_imports(bench, writers["product"], rounds=import_rounds) if import_rounds else {}
    for group in writers.values():
        for writer in group:
            await writer.stop()
    return {
        "acknowledgements_per_second": {
            kind: round(statistics.median(some), 1) for kind, some in rates.items() if some
        },
        "ratio": round(statistics.median(ratios), 2) if ratios else None,
        "ratios": [round(ratio, 2) for ratio in ratios],
        "import": imports,
    }


async def measure_imports(bench: Bench, writers: list[Writer], *, rounds: int) -> dict[str, Any]:
    """Acknowledgement latency at a steady rate: while utterances are imported, and idle before and after it."""
    idle: list[float] = []
    busy: list[float] = []
    lasted: list[float] = []
    ratios: list[float] = []
    before = await idle_for(writers, IDLE_SECONDS)
    for number in range(rounds):
        started = time.perf_counter()
        importing = bench.import_many(f"import-{number}")
        done = asyncio.Event()
        importing.add_done_callback(lambda _, done=done: done.set())
        now_busy = await steady(writers, rate=RATE, until=done)
        await importing
        lasted.append(time.perf_counter() - started)
        after = await idle_for(writers, IDLE_SECONDS)
        now_idle = before + after
        before = after
        idle += after
        busy += now_busy
        ratios.append(percentile(now_busy, 0.99) / percentile(now_idle, 0.99))
        say(
            f"import {number + 1} ({lasted[-1]:.0f} s): p99 {percentile(now_busy, 0.99)} ms, "
            f"idle {percentile(now_idle, 0.99)} ms"
        )
    return {
        "utterances": UTTERANCES,
        "seconds": round(statistics.median(lasted), 1),
        "messages_per_second": RATE,
        "p50_ms": {"idle": percentile(idle, 0.5), "import": percentile(busy, 0.5)},
        "p99_ms": {"idle": percentile(idle, 0.99), "import": percentile(busy, 0.99)},
        "p99_ratio": round(statistics.median(ratios), 2),
        "p99_ratios": [round(ratio, 2) for ratio in ratios],
    }


async def idle_for(writers: list[Writer], seconds: float) -> list[float]:
    """The waits while nothing else goes on."""
    end = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, end.set)
    return await steady(writers, rate=RATE, until=end)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="comparisons with the naive consumer")
    parser.add_argument("--import-rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long one side is flooded at a time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xiaoer-bench-") as folder:
        bench = Bench(Path(folder))
        with bench as tokens:
            result = asyncio.run(
                measure(
                    bench,
                    tokens,
                    rounds=options.rounds,
                    seconds=options.seconds,
                    import_rounds=options.import_rounds,
                )
            )
    json.dump(result, sys.stdout)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())

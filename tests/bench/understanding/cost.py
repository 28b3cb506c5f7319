"""What a message costs: time alone and in batches, memory, and the wait for the first answer."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable

from nlu.types import Example
from tests.bench.understanding.job import BATCH, Job, load_average
from tests.bench.understanding.measures import percentile
from tests.bench.understanding.results import Figures

WARMED, TIMED = 30, 400
ROUNDS = 3
START = """
import json, sys, time
begun = time.perf_counter()
from nlu.pipeline.pipeline import NluPipeline
pipeline = NluPipeline.load(sys.argv[1])
pipeline.parse("where is my order")
waited = time.perf_counter() - begun
status = open("/proc/self/status").read()
held = int(status.split("VmRSS:")[1].split()[0]) / 1024
print(json.dumps({"start_seconds": waited, "memory_mib": held}))
"""


def parse_cost(job: Job) -> Figures:
    """The model of SNIPS (39 kinds of entities) reads the validation part, one thread.

    p50 and p99 of the clock and the time that a core worked, a message; parses a second of the same messages in
    batches of 64 and one at a time, best of three rounds that take turns.
    """
    examples = job.sets.dataset("snips/valid.jsonl").examples
    trained = job.train("snips", job.sets.dataset("snips/train.jsonl"))
    pipeline = trained.pipeline
    for example in examples[:WARMED]:
        pipeline.parse(example.text)
    times, used = [], time.process_time()
    for example in examples[:TIMED]:
        begun = time.perf_counter()
        pipeline.parse(example.text)
        times.append((time.perf_counter() - begun) * 1000)
    worked = (time.process_time() - used) * 1000 / len(times)

    def alone(batch: tuple[Example, ...]) -> None:
        for example in batch:
            pipeline.parse(example.text)

    def together(batch: tuple[Example, ...]) -> None:
        pipeline.parse_many([example.text for example in batch])

    batches = [examples[start : start + BATCH] for start in range(0, len(examples) - BATCH + 1, BATCH)]
    rounds = [(_cpu_seconds(alone, batches), _cpu_seconds(together, batches)) for _ in range(ROUNDS)]
    single, batched = min(one for one, _ in rounds), min(two for _, two in rounds)
    started = subprocess.run(
        [sys.executable, "-c", START, str(trained.folder)], capture_output=True, text=True, check=True
    )
    return {
        "p50_ms": percentile(times, 50),
        "p99_ms": percentile(times, 99),
        "cpu_ms": worked,
        "alone_per_second": BATCH * len(batches) / single,
        "together_per_second": BATCH * len(batches) / batched,
        "speedup": single / batched,
        "load": load_average(),
        **json.loads(started.stdout),
    }


def _cpu_seconds(work: Callable[[tuple[Example, ...]], None], batches: list[tuple[Example, ...]]) -> float:
    begun = time.process_time()
    for batch in batches:
        work(batch)
    return time.process_time() - begun

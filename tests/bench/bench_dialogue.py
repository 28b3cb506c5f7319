"""What the dialogue itself costs a turn at many flows: `python -m tests.bench.bench_dialogue [--flows N]`.

Understanding, search and calls are outside the clock; reading the stored state, deciding and writing the next one
are inside. The talks are those of the tests' travel agency, with an interruption, a correction and a miss.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import replace
from datetime import timedelta

from chat.dialogue.engine import respond
from chat.dialogue.flow_reader import read_flow
from chat.dialogue.state import DialogueState
from tests.chat.dialogue.flows.scene import Scene, all_flows, parse
from tests.chat.dialogue.flows.travel_flows import FLOWS

TALK = (
    "I want to change my flight",
    "TR1001",
    "tomorrow",
    "how much baggage is free?",
    "I don't want a refund, the second one",
    "no, make it Friday",
    "blah",
    "yes",
)


def timed(scene: Scene, text: str) -> float:
    """Milliseconds of the dialogue's own work for one turn."""
    heard = parse(text, scene.locale)
    scene.now += timedelta(seconds=20)
    knowledge, stored = scene.knowledge(), scene.state.to_json()
    outside = 0.0
    started = time.perf_counter()
    talk = respond(parse=heard, hits=(), state=DialogueState.from_json(stored), knowledge=knowledge, now=scene.now)
    result = None
    try:
        while True:
            call = talk.send(result)
            before = time.perf_counter()
            result = scene.backend(call)
            outside += time.perf_counter() - before
    except StopIteration as end:
        scene.state = end.value.state
    scene.state.to_json()
    return (time.perf_counter() - started - outside) * 1000


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=200)
    parser.add_argument("--talks", type=int, default=50)
    options = parser.parse_args()
    flows = all_flows()
    for number in range(options.flows - len(flows)):
        text = FLOWS[0].replace("name: change_flight", f"name: other_{number}").replace("改签", f"业务{number}")
        flows.append(replace(read_flow(text, version=1), triggers=()))
    times = [
        timed(scene, text)
        for scene in (Scene(locale="en", flows=flows) for _ in range(options.talks))
        for text in TALK
    ]
    ordered = sorted(times)
    figures = {
        "flows": len(flows),
        "turns": len(times),
        "milliseconds": {
            "median": round(statistics.median(times), 3),
            "p95": round(ordered[int(len(ordered) * 0.95)], 3),
            "p99": round(ordered[int(len(ordered) * 0.99)], 3),
        },
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

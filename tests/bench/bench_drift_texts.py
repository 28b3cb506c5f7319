"""The drift watch on real questions: `python -m tests.bench.bench_drift_texts --data ../shared/data`.

A model is trained on two thirds of BANKING77's training part; messages are drawn from the rest, and in drifted
streams partly from other sets, from other intents, or with spelling mistakes. Nothing called test is read. One
JSON line for each scenario.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from chat.drift_rules import Seen
from chat.drift_stream import Stream
from nlu.held_out import read_answers
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.language import detect_locale
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset
from nlu.training.trainer import train
from nlu.types import OUT_OF_SCOPE, Example
from tests.bench.bench_drift import STABLE, report

Parsed = tuple[str, str, float, str]
"""What a text was understood as, its language, its familiarity, and its true intent."""


def read(path: Path) -> list[Example]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Example(row["text"], row.get("intent", "")) for row in rows]


def misspelt(text: str, chance: random.Random) -> str:
    """Two neighbouring letters changed places in every third word."""
    words = text.split()
    for place, word in enumerate(words):
        if len(word) > 3 and chance.random() < 1 / 3:
            at = chance.randrange(1, len(word) - 1)
            words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def parsed(pipeline: NluPipeline, examples: Sequence[Example]) -> list[Parsed]:
    found: list[Parsed] = []
    for start in range(0, len(examples), 64):
        batch = examples[start : start + 64]
        for example, parse in zip(batch, pipeline.parse_many([one.text for one in batch]), strict=True):
            locale = detect_locale(example.text, default="en")
            found.append((parse.understood, locale, parse.scope_score, example.intent))
    return found


def draw(pool: Sequence[Parsed], chance: random.Random) -> Iterator[Seen]:
    """An endless stream, each message by another customer."""
    number = 0
    while True:
        number += 1
        understood, locale, familiarity, _gold = chance.choice(pool)
        yield Seen(number, number, understood, locale, familiarity)


def mixed(
    first: Sequence[Parsed], second: Sequence[Parsed], share: float
) -> Callable[[random.Random], Iterator[Seen]]:
    """A stream of which this share comes from the second pool."""

    def stream(chance: random.Random) -> Iterator[Seen]:
        one, other = draw(first, chance), draw(second, chance)
        while True:
            yield next(other if chance.random() < share else one)

    return stream


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--streams", type=int, default=100)
    options = parser.parse_args()
    examples = read(options.data / "banking77" / "train.jsonl")
    random.Random(0).shuffle(examples)
    third = len(examples) // 3
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "model"
        train(
            Dataset.of(examples[third:]), output_dir=place, config=dataclasses.replace(PipelineConfig(), epochs=11)
        )
        pipeline = NluPipeline.load(place)
        held_out = [one for one in read_answers(place) if one.gold != OUT_OF_SCOPE]
    start = Stream(sum(one.said == OUT_OF_SCOPE for one in held_out), len(held_out)).to_json()
    chance = random.Random(1)
    usual = parsed(pipeline, examples[:third])
    few = sorted({one.intent for one in examples})[:8]
    pools = {
        "8 of the 77 intents": [one for one in usual if one[3] in few],
        "CLINC150": parsed(pipeline, read(options.data / "clinc150" / "val.jsonl")),
        "HWU64": parsed(pipeline, read(options.data / "hwu64" / "valid.jsonl")),
        "Chinese bank questions": parsed(pipeline, read(options.data / "bq_intents_zh" / "train.jsonl")),
        "misspelt": parsed(
            pipeline, [Example(misspelt(one.text, chance), one.intent) for one in examples[:third]]
        ),
    }

    def run(
        seed: int, after: Callable[[random.Random], Iterator[Seen]] | None, *, early: bool = False
    ) -> int | None:
        chance = random.Random(seed)
        stream = Stream.from_json(start)
        stable = draw(usual, chance)
        turning = STABLE if after is None else 0 if early else chance.randint(500, 2_500)
        for number in range(1, turning + 1):
            if stream.add(next(stable)) is not None:
                return number if after is None else run(seed + 1_000_003, after)
        if after is None:
            return None
        late = after(chance)
        return next((number for number in range(1, 2_001) if stream.add(next(late)) is not None), None)

    report("stable: BANKING77", [run(seed, None) for seed in range(options.streams)], stable=True)
    for name, pool in pools.items():
        for share in (0.1, 0.2, 0.4) if name != "misspelt" else (0.5, 1.0):
            after = mixed(usual, pool, share)
            report(f"{share:.0%} {name}", [run(seed, after) for seed in range(options.streams)], stable=False)
    after = mixed(usual, pools["CLINC150"], 0.5)
    delays = [run(seed, after, early=True) for seed in range(options.streams)]
    report("50% CLINC150 from the first message", delays, stable=False)


if __name__ == "__main__":
    main()

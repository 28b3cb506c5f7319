"""Does a promise hold on messages that nobody trained or chose a bound on? Written for docs/promise.md.

    python -m tests.quality.promise --data train.jsonl [more.jsonl] [--out-of-scope oos.jsonl] [--fresh more.jsonl]

Splits off a fresh quarter (or takes `--fresh` less the texts of the data), trains once a seed as `train_nlu` does,
chooses the bound of each percentage on the training's own held-out answers, and measures it on the fresh part.
One JSON object a seed and percentage on stdout; `percent` null is the threshold that training fitted.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nlu.held_out import read_answers
from nlu.pipeline.pipeline import NluPipeline
from nlu.promise import make_promise
from nlu.training.dataset import Dataset, intents_of, load_dataset
from nlu.training.masked import default_mask, masked_dataset
from nlu.training.trainer import train
from nlu.types import OUT_OF_SCOPE, Example, Parse, Thresholds

BATCH = 64


def acts(parse: Parse, bounds: Thresholds) -> bool:
    """Whether the assistant would act without asking, no article being found."""
    if parse.matched_by == "exact" and parse.in_scope:
        return True
    runner_up = parse.intents[1].confidence if len(parse.intents) > 1 else 0.0
    sure = parse.intents[0].confidence
    return parse.in_scope and sure >= bounds.confidence and sure - runner_up >= bounds.margin


def measure(parses: Sequence[Parse], examples: Sequence[Example], bounds: Thresholds) -> dict[str, float | int]:
    """Share answered alone, and share of these that is wrong."""
    answered = [(p, e) for p, e in zip(parses, examples, strict=True) if acts(p, bounds)]
    wrong = sum(p.intents[0].name != (intents_of(e) or (OUT_OF_SCOPE,))[0] for p, e in answered)
    return {
        "fresh": len(examples),
        "answered": len(answered),
        "wrong": wrong,
        "share": round(len(answered) / len(examples), 4),
        "error": round(wrong / len(answered), 4) if answered else 0.0,
    }


def split(options: argparse.Namespace, seed: int) -> tuple[Dataset, Dataset]:
    """What trains, and what is fresh; masked as in a chat."""
    known = [example for path in options.data for example in load_dataset(path).examples]
    for path in options.out_of_scope:
        known += [dataclasses.replace(one, intent="", intents=()) for one in load_dataset(path).examples]
    chance = random.Random(seed)
    if options.fresh:
        texts = {example.text for example in known}
        fresh = [one for path in options.fresh for one in load_dataset(path).examples if one.text not in texts]
    else:
        chance.shuffle(known)
        count = round(len(known) / 4)
        fresh, known = known[:count], known[count:]
    mask = default_mask()
    return masked_dataset(Dataset.of(known), mask), masked_dataset(Dataset.of(fresh), mask)


def main() -> None:
    """Measure every seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--out-of-scope", nargs="*", default=[])
    parser.add_argument("--fresh", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--percent", type=float, nargs="*", default=[2.0, 5.0, 10.0])
    options = parser.parse_args()
    for seed in range(options.seeds):
        known, fresh = split(options, seed)
        with tempfile.TemporaryDirectory(prefix="xiaoer-promise-") as place:
            folder = Path(place) / "model"
            train(known, output_dir=folder, seed=seed)
            pipeline, answers = NluPipeline.load(folder), read_answers(folder)
        texts = [example.text for example in fresh.examples]
        parses = [p for at in range(0, len(texts), BATCH) for p in pipeline.parse_many(texts[at : at + BATCH])]
        own = pipeline.thresholds
        rows = [{"percent": None, "shown": None, **measure(parses, fresh.examples, own)}]
        for percent in options.percent:
            promise = make_promise(percent, answers, own)
            found = measure(parses, fresh.examples, promise.applied_to(own))
            rows.append({"percent": percent, "shown": promise.shown, **found})
        for row in rows:
            json.dump({"seed": seed, "trained": len(known), "held_out": len(answers), **row}, sys.stdout)
            sys.stdout.write("\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

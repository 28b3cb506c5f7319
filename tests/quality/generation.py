"""Do generated utterances and unlabelled messages help, and how good is what is generated? For docs/generation.md.

    python -m tests.quality.generation --data /path/to/data [--seeds 3] [--intents 20] > runs.jsonl
    python -m tests.quality.generation --table runs.jsonl

For each seed, set and number of examples: draws that many utterances of each of `--intents` intents from the
training part (never from validation or test parts), trains without and with the proposals of each method, and
adversarially with the rest of the training part as unlabelled messages; measures on validation texts of the same
intents. One JSON object a method on stdout. Sets without a validation part are split. Judges (models of all of the
training part) are kept in `--judges` and trained if they are not there.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from nlu.generation.gan import GanConfig, GanProposer
from nlu.generation.generate import Generated, generate
from nlu.generation.paraphrase import ParaphraseProposer
from nlu.generation.proposals import Proposer
from nlu.generation.variational import VaeConfig, VaeProposer
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.normalizer import canonical
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset, load_dataset
from nlu.training.evaluation import evaluate
from nlu.training.masked import default_mask, masked_dataset
from nlu.training.question_pairs import QuestionPair, load_pairs
from nlu.training.trainer import train
from nlu.types import Example

# Name: training part, validation part (empty: split), out-of-scope texts, utterances an intent.
SETS = {
    "banking77": ("train.jsonl", "fewshot_valid.jsonl", "../banking77_oos/ood-oos_valid.jsonl", (5, 10)),
    "clinc150": ("train.jsonl", "val.jsonl", "oos_val.jsonl", (5, 10)),
    "hwu64": ("train.jsonl", "valid.jsonl", "", (5, 10)),
    "bq_intents_zh": ("train.jsonl", "", "oos_valid.jsonl", (4,)),
}
PAIRS = "zh_question_pairs/bq_valid.jsonl.gz"
MOST_PAIRS = 1500
MOST_MESSAGES = 500
METHODS = ("paraphrase", "vae", "gan")
ADVERSARIAL = "gan-bert"
# One member and two folds, where the product has two and four: the same for all methods, and less to wait for.
CONFIG = dataclasses.replace(PipelineConfig(), folds=2, members=1)


@dataclasses.dataclass(frozen=True)
class Scene:
    """What one row of the table is measured on."""

    name: str
    shots: int
    seed: int
    shown: Dataset
    held_out: Dataset
    outside: tuple[Example, ...]
    messages: list[str]
    pairs: tuple[QuestionPair, ...]


def load(path: Path) -> list[Example]:
    """Masked as in a chat."""
    return list(masked_dataset(load_dataset(path), default_mask()).examples)


def scene(data: Path, name: str, shots: int, seed: int, intents: int) -> Scene:
    """Draws the intents, their utterances and the messages; nothing of the held-out part is among them."""
    train_file, valid_file, outside_file, _ = SETS[name]
    chance = random.Random(f"{name} {seed}")
    pool = load(data / name / train_file)
    names = sorted({example.intent for example in pool})
    if valid_file:
        names = chance.sample(names, min(intents, len(names)))
    pool = [example for example in pool if example.intent in names]
    held_out = (
        [example for example in load(data / name / valid_file) if example.intent in names] if valid_file else []
    )
    closed = {canonical(example.text) for example in held_out}
    pool = [example for example in pool if canonical(example.text) not in closed]
    chance.shuffle(pool)
    groups: defaultdict[str, list[Example]] = defaultdict(list)
    for example in pool:
        groups[example.intent].append(example)
    shown = [example for intent in names for example in groups[intent][:shots]]
    rest = [example for intent in names for example in groups[intent][shots:]]
    chance.shuffle(rest)
    messages = [example.text for example in rest[:MOST_MESSAGES]]
    pairs: tuple[QuestionPair, ...] = ()
    if not valid_file:
        held_out = rest
        closed = {canonical(example.text) for example in held_out}
        known = load_pairs([data / PAIRS], default_mask())
        pairs = tuple(p for p in known if not {canonical(p.first), canonical(p.second)} & closed)
        pairs = tuple(chance.sample(pairs, min(MOST_PAIRS, len(pairs))))
        messages = [pair.first for pair in pairs][:MOST_MESSAGES]
    outside = [Example(example.text) for example in load(data / name / outside_file)] if outside_file else []
    return Scene(name, shots, seed, Dataset.of(shown), Dataset.of(held_out), tuple(outside), messages, pairs)


def judge(data: Path, name: str, folder: Path) -> NluPipeline:
    """A model of all of the set's training part, less the validation texts."""
    if not (folder / name / "manifest.json").is_file():
        train_file, valid_file, _, _ = SETS[name]
        held_out = load(data / name / valid_file) if valid_file else []
        closed = {canonical(example.text) for example in held_out}
        pool = [one for one in load(data / name / train_file) if canonical(one.text) not in closed]
        train(Dataset.of(pool), output_dir=folder / name, validation=Dataset.of(held_out) if held_out else None)
    return NluPipeline.load(folder / name)


def proposer(method: str, drawn: Scene) -> Proposer:
    """The method with sizes for few texts."""
    if method == "paraphrase":
        return ParaphraseProposer(pairs=drawn.pairs, texts=drawn.messages)
    if method == "vae":
        return VaeProposer(texts=drawn.messages, config=VaeConfig(steps=300))
    return GanProposer(texts=drawn.messages, config=GanConfig(teaching=250, contest=40))


def trained(drawn: Scene, folder: Path, new: Sequence[Example], messages: Sequence[str]) -> dict:
    """Held-out accuracy, and the area under the ROC curve of out-of-scope texts, of one training."""
    train(
        drawn.shown, output_dir=folder, config=CONFIG, generated=tuple(new), unlabelled=messages, seed=drawn.seed
    )
    found = evaluate(NluPipeline.load(folder), drawn.held_out, drawn.outside)
    scope = found.out_of_scope
    return {"accuracy": found.intent_accuracy, "oos_auroc": scope.auroc if scope else None}


def runs(drawn: Scene, referee: NluPipeline, methods: Sequence[str]) -> Iterator[dict]:
    """One result a method; proposals are checked by the model that was trained without any."""
    head = {"set": drawn.name, "shots": drawn.shots, "seed": drawn.seed, "held_out": len(drawn.held_out)}
    with tempfile.TemporaryDirectory(prefix="xiaoer-generation-") as place:
        begun = time.process_time()
        yield {**head, "method": "nothing", **trained(drawn, Path(place) / "plain", (), ())}
        plain = NluPipeline.load(Path(place) / "plain")
        cost = time.process_time() - begun
        if ADVERSARIAL in methods:
            begun = time.process_time()
            result = trained(drawn, Path(place) / "adversarial", (), drawn.messages)
            yield {**head, "method": ADVERSARIAL, **result, "cpu": round(time.process_time() - begun - cost, 1)}
        for method in (one for one in methods if one != ADVERSARIAL):
            begun = time.process_time()
            made: Generated = generate(
                drawn.shown,
                proposer(method, drawn),
                mask=default_mask(),
                intents=sorted({example.intent for example in drawn.shown.examples}),
                per_intent=5,
                guarded=[example.text for example in drawn.held_out.examples],
                site_texts=drawn.messages,
                model=plain,
                judge=referee,
                seed=drawn.seed,
            )
            cost = time.process_time() - begun
            new = [proposal.as_example() for proposal in made.kept]
            result = trained(drawn, Path(place) / method, new, ())
            yield {**head, "method": method, **result, "cpu": round(cost, 1), "generated": made.to_json()}


def mean(values: Sequence[float | None], digits: int = 1, scale: float = 100) -> str:
    """Mean over the seeds, or a dash."""
    known = [value for value in values if value is not None]
    return f"{scale * statistics.mean(known):.{digits}f}" if known else "-"


def table(rows: Sequence[dict]) -> Iterator[str]:
    """Two tables in Markdown: effect on accuracy, and measures of the texts."""
    groups: defaultdict[tuple[str, int], defaultdict[str, list[dict]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        groups[row["set"], row["shots"]][row["method"]].append(row)
    order = ("nothing", "paraphrase", "vae", "gan", ADVERSARIAL)
    yield "| set, utterances an intent (seeds; held out a seed) | " + " | ".join(order) + " |"
    yield "| --- |" + " --- |" * len(order)
    for (name, shots), by_method in groups.items():
        base = by_method["nothing"]
        cells = []
        for method in order:
            seeds = {row["seed"]: row for row in by_method[method]}
            cell = mean([row["accuracy"] for row in seeds.values()])
            if method != "nothing" and seeds:
                gains = [100 * (seeds[r["seed"]]["accuracy"] - r["accuracy"]) for r in base if r["seed"] in seeds]
                cell += " (" + ", ".join(f"{gain:+.1f}" for gain in gains) + ")"
            auroc = mean([row["oos_auroc"] for row in seeds.values()], 3, 1)
            cells.append(cell + (f"; {auroc}" if auroc != "-" else ""))
        held = "/".join(str(row["held_out"]) for row in base)
        yield f"| {name}, {shots} ({len(base)}; {held}) | " + " | ".join(cells) + " |"
    yield ""
    yield (
        "| set, method | proposed | kept | no copy, raw | judge agrees, raw | judge agrees, kept | distinct-1, -2 "
        "| self-BLEU | perplexity (real texts) | CPU s |"
    )
    yield "| --- |" + " --- |" * 9
    for (name, shots), by_method in groups.items():
        for method in METHODS:
            made = [row["generated"] for row in by_method[method]]
            if not made:
                continue
            shown, raw = [one["shown"] for one in made], [one["raw"] for one in made]
            cells = [
                mean([one["proposed"] for one in made], 0, 1),
                mean([one["kept"] for one in made], 0, 1),
                mean([one["no_copy"] for one in raw]),
                mean([one["label_agreement"] for one in raw]),
                mean([one["label_agreement"] for one in shown]),
                ", ".join(mean([one[f"distinct_{order}"] for one in shown], 2, 1) for order in (1, 2)),
                mean([one["self_bleu"] for one in shown], 2, 1),
                f"{mean([one['perplexity'] for one in shown], 0, 1)} "
                f"({mean([one['reference_perplexity'] for one in made], 0, 1)})",
                mean([row["cpu"] for row in by_method[method]], 0, 1),
            ]
            yield f"| {name} {shots}, {method} | " + " | ".join(cells) + " |"


def main() -> None:
    """Run, or make tables of what was run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, help="print tables of these results and stop")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--judges", type=Path, default=Path(tempfile.gettempdir()) / "xiaoer-judges")
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS))
    every = [*METHODS, ADVERSARIAL]
    parser.add_argument("--methods", nargs="*", default=every, choices=every)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--shots", type=int, nargs="*", help="only these numbers of utterances an intent")
    parser.add_argument("--intents", type=int, default=12, help="intents drawn of a set with a validation part")
    options = parser.parse_args()
    if options.table:
        lines = options.table.read_text(encoding="utf-8").splitlines()
        print("\n".join(table([json.loads(line) for line in lines])))
        return
    if options.data is None:
        parser.error("--data is needed")
    # Seeds outermost: a run that is stopped has measured every set alike.
    for seed in options.seeds:
        for name in options.sets:
            for shots in (one for one in SETS[name][3] if not options.shots or one in options.shots):
                drawn = scene(options.data, name, shots, seed, options.intents)
                for result in runs(drawn, judge(options.data, name, options.judges), options.methods):
                    json.dump(result, sys.stdout)
                    sys.stdout.write("\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    main()

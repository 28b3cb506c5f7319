"""Two judged utterances in one message, and judged utterances that look like two: what models of one intent find.

Nothing here trained or set a bound: the utterances are the judged parts of the sets. Of the connectors one group
is neither rehearsed in training nor known to what cuts a message, but for a comma in it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.pipeline.clauses import clauses_of
from nlu.pipeline.language import detect_locale
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset, intents_of, stratified_folds
from nlu.types import Example
from tests.bench.understanding.intents import BQ_FOLDS
from tests.bench.understanding.job import Job, parse_all
from tests.bench.understanding.measures import Counts
from tests.bench.understanding.results import Figures
from tests.bench.understanding.sets import SHOPS

PAIRS = 400
LISTED = {"zh-hans": ("，", "。", "并且", "，另外", "，还有"), "en": (" and ", ", and ", ". ", ", also ", "; ")}
OTHERS = {
    "zh-hans": ("，再就是", "，再一个就是", "～", " ", "，我还有个问题，", "。哦，"),
    "en": (" & ", " / ", " - ", ". oh, ", ", on top of that ", ", second question: "),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A model and utterances that it has not seen."""

    pipeline: NluPipeline
    data: Dataset


def joined(examples: Sequence[Example], connectors: dict[str, tuple[str, ...]], seed: int) -> list[Example]:
    """`PAIRS` messages of two utterances with different intents in one language."""
    chance = random.Random(seed)
    found: list[Example] = []
    while len(found) < PAIRS:
        first, second = chance.sample(list(examples), 2)
        locale = detect_locale(first.text, default="en")
        if intents_of(first) == intents_of(second) or locale != detect_locale(second.text, default="en"):
            continue
        text = first.text.rstrip(" .!?,;。！？，；") + chance.choice(connectors[locale]) + second.text
        found.append(Example(text, intents=(*intents_of(first), *intents_of(second))))
    return found


def figures(judged: Judged, seed: int) -> Figures:
    """Of pairs: said to have several, F1, both right; the same of connectors that nothing knows; false alarms."""
    examples = [one for one in judged.data.examples if intents_of(one)]
    found: Figures = {}
    for prefix, connectors in (("", LISTED), ("other_", OTHERS)):
        pairs = joined(examples, connectors, seed)
        parses = parse_all(judged.pipeline, pairs)
        counts = Counts.of(
            [frozenset(one.intents) for one in pairs], [judged.pipeline.found(parse) for parse in parses]
        )
        reported = sum(bool(parse.several) for parse in parses)
        right = sum(
            judged.pipeline.found(parse) == frozenset(pair.intents)
            for pair, parse in zip(pairs, parses, strict=True)
        )
        found |= {
            f"{prefix}recall": reported / len(pairs),
            f"{prefix}exact": counts.exact,
            f"{prefix}f1": counts.f1,
            f"{prefix}right_when_reported": right / max(1, reported),
        }
    parses = parse_all(judged.pipeline, examples)
    alarms = sum(bool(parse.several) for parse in parses)
    looks = sum(bool(clauses_of(one.text)) for one in examples)
    return found | {
        "alarms": alarms / len(examples),
        "alarms_of_cut": alarms / max(1, looks),
        "cut": looks / len(examples),
        "bound": judged.pipeline.thresholds.several,
    }


def banking77(job: Job) -> Figures:
    """BANKING77, ten examples an intent: 77 intents that lie close together."""
    split = job.sets.banking77("banking77/fewshot_train_10.jsonl")
    return figures(Judged(job.train("banking77-10", split.train).pipeline, split.judged), job.seed)


def clinc150(job: Job) -> Figures:
    """CLINC150, five examples an intent: 150 intents of ten trades."""
    split = job.sets.clinc150_few()
    return figures(Judged(job.train("clinc150-5", split.train).pipeline, split.judged), job.seed)


def hwu64(job: Job) -> Figures:
    """HWU64, all of the training part: 64 intents of a home assistant."""
    split = job.sets.hwu64()
    return figures(Judged(job.train("hwu64", split.train).pipeline, split.judged), job.seed)


def bank_questions(job: Job) -> Figures:
    """Chinese bank questions, four of five examples an intent."""
    data = job.sets.dataset("bq_intents_zh/train.jsonl")
    hidden = set(stratified_folds(data.examples, BQ_FOLDS, seed=job.seed)[0])
    kept = data.select(row for row in range(len(data)) if row not in hidden)
    return figures(Judged(job.train("bq-0", kept).pipeline, data.select(sorted(hidden))), job.seed)


def hint3(job: Job) -> Figures:
    """Mean of three shops, without the intents that are hidden there."""
    rows = []
    for shop in SHOPS:
        split, _ = job.sets.hint3(shop, job.seed)
        rows.append(figures(Judged(job.train(f"hint3-{shop}", split.train).pipeline, split.judged), job.seed))
    return {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]}

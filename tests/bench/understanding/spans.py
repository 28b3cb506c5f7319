"""Entities: F1 of spans with their types, and of recognized values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from nlu.pipeline.pipeline import NluPipeline
from nlu.recognizers.recognizer import recognize
from nlu.training.dataset import Dataset, stratified_folds
from nlu.types import Example
from tests.bench.understanding.job import Job, parse_all
from tests.bench.understanding.measures import Counts, Span
from tests.bench.understanding.results import Figures

XSID_FOLDS = 5
SENTENCES = Path(__file__).parents[2] / "nlu" / "recognizers"
CLOCK = datetime.fromisoformat("2026-03-18T14:30:00+08:00")


def found_spans(pipeline: NluPipeline, examples: Sequence[Example]) -> list[frozenset[Span]]:
    """The entities of each text, as `evaluate_nlu` counts them: masked values do not count unless labelled."""
    return [
        frozenset(
            (span.start, span.end, span.type)
            for span in parse.entities
            if span.source != "placeholder" or (span.start, span.end, span.type) in example.entities
        )
        for parse, example in zip(parse_all(pipeline, examples), examples, strict=True)
    ]


def span_counts(pipeline: NluPipeline, judged: Dataset) -> Counts:
    """Spans found, said and asked for."""
    return Counts.of(
        [frozenset(example.entities) for example in judged.examples], found_spans(pipeline, judged.examples)
    )


def snips(job: Job) -> Figures:
    """Training part, judged on the validation part."""
    judged = job.sets.dataset("snips/valid.jsonl")
    trained = job.train("snips", job.sets.dataset("snips/train.jsonl"))
    counts = span_counts(trained.pipeline, judged)
    return {
        "f1": counts.f1,
        "whole": counts.exact,
        "training_seconds": trained.seconds,
        "training_cpu_seconds": trained.cpu_seconds,
    }


def xsid(job: Job) -> Figures:
    """300 Chinese sentences: four fifths train, the fifth is judged, five times over."""
    data = job.sets.dataset("xsid/zh_valid.jsonl")
    total = Counts()
    for number, rows in enumerate(stratified_folds(data.examples, XSID_FOLDS, seed=job.seed)):
        hidden = set(rows)
        kept = data.select(row for row in range(len(data)) if row not in hidden)
        trained = job.train(f"xsid-{number}", kept)
        total += span_counts(trained.pipeline, data.select(rows))
    return {"f1": total.f1, "whole": total.exact}


def ecsa(job: Job) -> Figures:
    """Queries of a shop without intents: training part, judged on the validation part."""
    judged = job.sets.dataset("ecsa_zh/valid.jsonl")
    trained = job.train("ecsa", job.sets.dataset("ecsa_zh/train.jsonl.gz"))
    counts = span_counts(trained.pipeline, judged)
    return {"f1": counts.f1, "whole": counts.exact, "training_cpu_seconds": trained.cpu_seconds}


def recognizers(job: Job) -> Figures:
    """The sentences of the suite's own tests, with which the rules were written: no measure of what is new."""
    figures: Figures = {}
    for locale in ("zh-hans", "en"):
        rows = [json.loads(line) for line in (SENTENCES / f"{locale}.jsonl").read_text("utf-8").splitlines()]
        total, traps, kept = Counts(), 0, 0
        for row in rows:
            found = [entity.to_json() for entity in recognize(row["text"], clock=CLOCK, locale=locale)]
            total += Counts.of([_valued(row["entities"])], [_valued(found)])
            for start, end in row.get("traps", []):
                traps += 1
                kept += all(one["end"] <= start or end <= one["start"] for one in found)
        figures |= {f"{locale}_f1": total.f1, f"{locale}_traps": kept / traps if traps else 1.0}
    return figures


def _valued(entities: Sequence[dict]) -> frozenset[tuple[int, int, str]]:
    return frozenset(
        (one["start"], one["end"], json.dumps([one["type"], one["value"]], sort_keys=True)) for one in entities
    )

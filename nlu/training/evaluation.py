"""Measures a pipeline on labelled examples: the numbers that `evaluate_nlu` prints."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nlu.pipeline.calibration import expected_calibration_error
from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import Dataset, intents_of
from nlu.training.metrics import (
    IntentReport,
    auroc,
    f1_score,
    intent_reports,
    macro_f1,
    matthews,
    multi_label_counts,
    ratio,
)
from nlu.types import OUT_OF_SCOPE, Example, IntentScore, Parse

BATCH = 64
# Single messages timed for the latency figures; the first ones warm the caches and are not counted.
TIMED, WARMED = 300, 20


@dataclass(frozen=True, slots=True)
class ScopeMetrics:
    """How well strangers are told from friends, all in 0-1.

    recall, precision, f1: of "out of scope" at the model's bound; in_scope_accuracy: share of the in-scope
    examples that are kept and given the right intent.
    """

    auroc: float
    recall: float
    precision: float
    f1: float
    in_scope_accuracy: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds for one message alone."""

    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """Scores in 0-1 over `n` examples that are not out of scope; None where the data does not say.

    exact_match: all intents and all entity spans right; micro_f1: over intents (equals accuracy for one intent
    each); of examples with several intents both count all that the model finds, one of single intents in clauses;
    mcc: Matthews correlation, out-of-scope counting as a class when there are such examples.
    """

    n: int
    intent_accuracy: float | None
    macro_f1: float | None = None
    exact_match: float | None = None
    micro_f1: float | None = None
    mcc: float | None = None
    entity_f1: float | None = None
    calibration_error: float | None = None
    out_of_scope: ScopeMetrics | None = None
    latency_ms: Latency | None = None
    messages_per_second: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The numbers by name, rounded to six digits."""
        rounded: dict[str, Any] = _rounded(asdict(self))
        return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(entry) for name, entry in value.items()}
    return round(value, 6) if isinstance(value, float) else value


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Metrics and what lies behind them: confusions (gold, predicted, count), most frequent first, and reports."""

    metrics: Metrics
    confusions: tuple[tuple[str, str, int], ...]
    intents: tuple[IntentReport, ...]


def evaluate(pipeline: NluPipeline, dataset: Dataset, out_of_scope: Sequence[Example] = ()) -> Metrics:
    """The metrics alone; see `evaluate_in_detail`."""
    return evaluate_in_detail(pipeline, dataset, out_of_scope).metrics


def evaluate_in_detail(
    pipeline: NluPipeline, dataset: Dataset, out_of_scope: Sequence[Example] = ()
) -> Evaluation:
    """Parse every example in its context and compare.

    Examples without an intent count as out of scope too; unless others have several, where none is an answer like
    any other, or no example has one at all and entities are all that there is to measure.
    """
    labelled = [example for example in dataset.examples if intents_of(example)]
    multi = any(len(example.intents) > 1 for example in labelled)
    with_entities = dataset.labelled_entities
    bare = with_entities and not labelled
    counted = dataset.examples if multi or bare else labelled
    strangers = [*out_of_scope]
    if not multi and not bare:
        strangers.extend(example for example in dataset.examples if not intents_of(example))
    begun = time.perf_counter()
    parses = _parse(pipeline, counted)
    seconds = time.perf_counter() - begun
    strange = _parse(pipeline, strangers)
    known = [parse for parse, example in zip(parses, counted, strict=True) if intents_of(example)]
    gold = [intents_of(example)[0] for example in labelled]
    said = [_top(parse).name for parse in known]
    correct = np.array([s in intents_of(e) for s, e in zip(said, labelled, strict=True)], dtype=np.bool_)
    confidence = np.array([_top(parse).confidence for parse in known])
    sets = [frozenset(intents_of(example)) for example in counted]
    found = (
        sets if bare else [pipeline.found(parse) if multi else frozenset([_top(parse).name]) for parse in parses]
    )
    hits, predicted, asked = multi_label_counts(sets, found)
    spans = [_spans_right(e, p) for e, p in zip(counted, parses, strict=True)]
    whole = [g == f and (s.perfect or not with_entities) for g, f, s in zip(sets, found, spans, strict=True)]
    all_gold = gold + [OUT_OF_SCOPE] * len(strange)
    all_said = (
        [s if p.in_scope else OUT_OF_SCOPE for s, p in zip(said, known, strict=True)]
        + [_top(p).name if p.in_scope else OUT_OF_SCOPE for p in strange]
        if strange
        else said
    )
    some = bool(labelled)
    metrics = Metrics(
        n=len(counted),
        intent_accuracy=float(correct.mean()) if some else None,
        macro_f1=macro_f1(gold, said) if some and not multi else None,
        exact_match=ratio(sum(whole), len(whole)) if counted else None,
        micro_f1=f1_score(hits, predicted, asked) if some else None,
        mcc=matthews(all_gold, all_said) if not multi and not bare else None,
        entity_f1=f1_score(sum(s.hits for s in spans), sum(s.predicted for s in spans), sum(s.gold for s in spans))
        if with_entities
        else None,
        calibration_error=expected_calibration_error(confidence, correct) if some else None,
        out_of_scope=_scope(known, correct, strange) if strange and some else None,
        latency_ms=_latency(pipeline, counted or strangers),
        messages_per_second=ratio(len(parses), seconds) if counted else None,
    )
    wrong = Counter((g, s) for g, s in zip(all_gold, all_said, strict=True) if g != s)
    confusions = tuple((g, s, count) for (g, s), count in wrong.most_common())
    return Evaluation(metrics, confusions, tuple(intent_reports(all_gold, all_said)))


def _parse(pipeline: NluPipeline, examples: Sequence[Example]) -> list[Parse]:
    parses: list[Parse] = []
    for start in range(0, len(examples), BATCH):
        batch = examples[start : start + BATCH]
        parses.extend(
            pipeline.parse_many([e.text for e in batch], [e.context for e in batch], [e.locale for e in batch])
        )
    return parses


def _top(parse: Parse) -> IntentScore:
    """The most probable intent; one of no name and no confidence from a model that knows none."""
    return parse.top or IntentScore("", 0.0)


@dataclass(frozen=True, slots=True)
class _SpanCounts:
    hits: int
    predicted: int
    gold: int

    @property
    def perfect(self) -> bool:
        return self.hits == self.predicted == self.gold


def _spans_right(example: Example, parse: Parse) -> _SpanCounts:
    gold = set(example.entities)
    # Masked values are found by their brackets, not understood; unless they are labelled they are left out.
    predicted = {
        (span.start, span.end, span.type)
        for span in parse.entities
        if span.source != "placeholder" or (span.start, span.end, span.type) in gold
    }
    return _SpanCounts(len(gold & predicted), len(predicted), len(gold))


def _scope(
    parses: Sequence[Parse], correct: np.ndarray[Any, np.dtype[np.bool_]], strange: Sequence[Parse]
) -> ScopeMetrics:
    inside = np.array([parse.scope_score for parse in parses])
    outside = np.array([parse.scope_score for parse in strange])
    kept = np.array([parse.in_scope for parse in parses])
    refused = sum(not parse.in_scope for parse in strange)
    wrongly = int((~kept).sum())
    return ScopeMetrics(
        auroc=auroc(inside, outside),
        recall=ratio(refused, len(strange)),
        precision=ratio(refused, refused + wrongly),
        f1=f1_score(refused, refused + wrongly, len(strange)),
        in_scope_accuracy=float((kept & correct).mean()),
    )


def _latency(pipeline: NluPipeline, examples: Sequence[Example]) -> Latency | None:
    if not examples:
        return None
    times = []
    for turn in range(WARMED + TIMED):
        example = examples[turn % len(examples)]
        begun = time.perf_counter()
        pipeline.parse(example.text, context=example.context)
        times.append((time.perf_counter() - begun) * 1000)
    counted = np.array(times[WARMED:])
    return Latency(float(np.percentile(counted, 50)), float(np.percentile(counted, 99)))

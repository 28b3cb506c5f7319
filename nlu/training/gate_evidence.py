"""Asks two models the same questions: what the gate (`nlu.training.gate`) decides on."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Final

from nlu.errors import CorruptArtifact, IncompatibleArtifact
from nlu.held_out import HeldOutAnswer, by_key, read_answers
from nlu.pipeline.exact_matcher import text_key
from nlu.pipeline.pipeline import NluPipeline
from nlu.promise import ErrorPromise
from nlu.risk_coverage import alone
from nlu.training.gate import GateEvidence, Knowledge, Outcome, Pair, SpanCounts
from nlu.types import OUT_OF_SCOPE, Example, Parse, Thresholds

ENOUGH_CASES: Final = 100
"""With fewer cases in the evaluation set the held-out examples of both trainings are compared as well."""
TIMED: Final = 60
ROUNDS: Final = 3
BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class FrozenCase:
    """A case of the evaluation set by its id. `example.entities` are judged only if `marked`.

    taught: a correction whose text is an utterance as well, so that being right says only that it was learned.
    """

    case_id: int
    example: Example
    marked: bool = False
    taught: bool = False


@dataclass(frozen=True, slots=True)
class Contender:
    """A model's folder and what was promised of it: it is judged by the bounds that customers would meet."""

    folder: Path
    promise: ErrorPromise | None = None

    def bounds(self, own: Thresholds) -> Thresholds:
        """The bounds in force, of a model whose training fitted `own`."""
        return self.promise.applied_to(own) if self.promise is not None else own


@dataclass(frozen=True, slots=True)
class Questions:
    """What both models are asked: the evaluation set, recent masked messages, and texts to take the time with."""

    cases: tuple[FrozenCase, ...]
    recent: Iterable[Example]
    timed: tuple[str, ...]
    wanted: Knowledge


def gather(
    candidate: Contender, active: Contender, questions: Questions, *, active_number: int
) -> GateEvidence | None:
    """Load both models from their folders and ask them. None if the active one cannot be loaded any more.

    CorruptArtifact or IncompatibleArtifact if the candidate cannot be loaded.
    """
    new = NluPipeline.load(candidate.folder)
    try:
        old = NluPipeline.load(active.folder)
    except (CorruptArtifact, IncompatibleArtifact, OSError):
        return None
    bounds = candidate.bounds(new.thresholds), active.bounds(old.thresholds)
    pairs, corrections, leaked = case_pairs(new, old, questions.cases, bounds)
    if len(pairs) < ENOUGH_CASES:
        answers = by_key(read_answers(candidate.folder)), by_key(read_answers(active.folder))
        pairs += held_out_pairs(*answers, bounds)
    replayed, changed = replay(new, old, questions.recent)
    return GateEvidence(
        pairs=tuple(pairs),
        corrections=tuple(corrections),
        wanted=questions.wanted,
        active=knowledge_of(old),
        candidate=knowledge_of(new),
        active_number=active_number,
        entity_f1=(own_entity_f1(active.folder), own_entity_f1(candidate.folder)),
        latency=time_both(new, old, questions.timed),
        replayed=replayed,
        changed=changed,
        leaked=leaked,
    )


def case_pairs(
    candidate: NluPipeline,
    active: NluPipeline,
    cases: Sequence[FrozenCase],
    bounds: tuple[Thresholds, Thresholds],
) -> tuple[list[Pair], list[Pair], int]:
    """Both models on every case that neither learned, nor its encoder; on corrections; how many are left out.

    bounds: the candidate's and the active model's. A case may be younger than an encoder: the encoder then knows
    what it means, although no model was taught it.
    """
    learned = candidate.learned_by_encoder | active.learned_by_encoder
    kinds = frozenset(kind for case in cases if case.marked for _start, _end, kind in case.example.entities)
    examples = [case.example for case in cases]
    answers = zip(cases, parse_all(active, examples), parse_all(candidate, examples), strict=True)
    pairs: list[Pair] = []
    corrections: list[Pair] = []
    leaked = 0
    for case, before, after in answers:
        by_heart = "exact" in (before.matched_by, after.matched_by)
        if not case.taught and (by_heart or text_key(case.example.text) in learned):
            leaked += 1
            continue
        (corrections if case.taught else pairs).append(
            Pair(
                gold=case.example.intent or OUT_OF_SCOPE,
                active=outcome_of(before, bounds[1], case, kinds),
                candidate=outcome_of(after, bounds[0], case, kinds),
                case=case.case_id,
            )
        )
    return pairs, corrections, leaked


def outcome_of(parse: Parse, bounds: Thresholds, case: FrozenCase, kinds: frozenset[str]) -> Outcome:
    """What a parse amounts to. Of entities only the `kinds` that somebody marked are judged."""
    top = parse.intents[0]
    lead = top.confidence - (parse.intents[1].confidence if len(parse.intents) > 1 else 0.0)
    spans = None
    if case.marked:
        gold = set(case.example.entities)
        found = {(span.start, span.end, span.type) for span in parse.entities if span.type in kinds}
        spans = SpanCounts(len(gold & found), len(found), len(gold))
    return Outcome(
        said=top.name if parse.in_scope else OUT_OF_SCOPE,
        intent=top.name,
        confidence=top.confidence,
        certain=parse.in_scope and top.confidence >= bounds.confidence and lead >= bounds.margin,
        spans=spans,
    )


def parse_all(pipeline: NluPipeline, examples: Sequence[Example]) -> list[Parse]:
    """Every example in its context, in batches."""
    parses: list[Parse] = []
    for start in range(0, len(examples), BATCH):
        batch = examples[start : start + BATCH]
        parses.extend(
            pipeline.parse_many([e.text for e in batch], [e.context for e in batch], [e.locale for e in batch])
        )
    return parses


def held_out_pairs(
    candidate: dict[int, HeldOutAnswer],
    active: dict[int, HeldOutAnswer],
    bounds: tuple[Thresholds, Thresholds],
) -> list[Pair]:
    """Both trainings on the texts that both held out, where both were taught the same of them.

    A text that was given another intent since says nothing: each model is right by what it was taught.
    """
    return [
        Pair(
            gold=answer.gold,
            active=as_outcome(active[key], bounds[1]),
            candidate=as_outcome(answer, bounds[0]),
            key=key,
        )
        for key, answer in sorted(candidate.items())
        if key in active and active[key].gold == answer.gold
    ]


def as_outcome(answer: HeldOutAnswer, bounds: Thresholds) -> Outcome:
    """A held-out answer in the gate's form; one without a lead stays as certain as its training called it."""
    certain = answer.certain if answer.lead is None else alone(answer, bounds)
    return Outcome(answer.said, answer.intent, answer.confidence, certain)


def replay(candidate: NluPipeline, active: NluPipeline, recent: Iterable[Example]) -> tuple[int, int]:
    """How many recent messages there are, and how many the candidate would take for something else."""
    examples = list(recent)
    before, after = parse_all(active, examples), parse_all(candidate, examples)
    return len(examples), sum(taken_for(a) != taken_for(b) for a, b in zip(before, after, strict=True))


def taken_for(parse: Parse) -> str:
    """The intent that the assistant would act on."""
    return parse.intents[0].name if parse.in_scope else OUT_OF_SCOPE


def knowledge_of(pipeline: NluPipeline) -> Knowledge:
    """What a model can name."""
    return Knowledge(frozenset(pipeline.labels), pipeline.entity_types)


def own_entity_f1(folder: Path) -> float | None:
    """The figure that the training itself measured, if it measured one."""
    try:
        value = json.loads((folder / "metrics.json").read_text(encoding="utf-8")).get("entity_f1")
    except (OSError, ValueError, AttributeError):
        return None
    return float(value) if isinstance(value, int | float) else None


def time_both(candidate: NluPipeline, active: NluPipeline, texts: Sequence[str]) -> tuple[float, float] | None:
    """Median milliseconds of one message: (active, candidate), asked in turn so that both meet the same load.

    Of each message the quickest of all rounds counts, and the order changes with every message and round: on a
    busy machine one of the two would else be interrupted more often than the other.
    """
    chosen = texts[:TIMED]
    if not chosen:
        return None
    times: tuple[list[float], list[float]] = ([inf] * len(chosen), [inf] * len(chosen))
    for turn in range(ROUNDS):
        for number, text in enumerate(chosen):
            order = ((0, active), (1, candidate))
            for place, pipeline in order if (turn + number) % 2 else order[::-1]:
                begun = time.perf_counter()
                pipeline.parse(text)
                times[place][number] = min(times[place][number], (time.perf_counter() - begun) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])

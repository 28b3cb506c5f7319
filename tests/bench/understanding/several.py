"""Several intents in one message, with and without what was said before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlu.pipeline.pipeline import NluPipeline
from nlu.training.dataset import intents_of
from nlu.types import Example
from tests.bench.understanding.job import Job, parse_all
from tests.bench.understanding.measures import Counts
from tests.bench.understanding.plain import OneVsRest
from tests.bench.understanding.results import Figures
from tests.bench.understanding.sets import Turn, in_context


def said_intents(pipeline: NluPipeline, examples: Sequence[Example]) -> list[frozenset[str]]:
    """Every intent that the model takes to be in each text."""
    bound = pipeline.thresholds.present
    return [
        frozenset(score.name for score in parse.intents if score.confidence >= bound)
        for parse in parse_all(pipeline, examples)
    ]


def nlupp(job: Job) -> Figures:
    """Mean of two domains; examples without an intent count, too: what is said of them is too much."""
    rows = []
    for domain in ("banking", "hotels"):
        split = job.sets.nlupp(domain)
        gold = [frozenset(intents_of(example)) for example in split.judged.examples]
        trained = job.train(f"nlupp-{domain}", split.train)
        counts = Counts.of(gold, said_intents(trained.pipeline, split.judged.examples))
        peer = OneVsRest(
            [example.text for example in split.train.examples],
            [frozenset(intents_of(example)) for example in split.train.examples],
        )
        plain = Counts.of(gold, peer.present([example.text for example in split.judged.examples]))
        rows.append({"f1": counts.f1, "exact": counts.exact, "plain_f1": plain.f1, "plain_exact": plain.exact})
    return {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]}


def crosswoz(job: Job) -> Figures:
    """Acts and domains of visitors' turns, four fifths of the dialogues against one.

    In the judged dialogues the intents before a turn are those that the model itself found there; what the
    assistant did is known. The peers: one-vs-rest on the turn alone, and with the assistant's words before it.
    """
    learned, judged = job.sets.crosswoz(job.seed)
    examples = [example for dialogue in learned for example in in_context(dialogue)]
    gold = [frozenset(turn.labels) for dialogue in judged for turn in dialogue]
    bare = job.sets.masked(Example(example.text, intents=example.intents) for example in examples)
    alone = job.train("crosswoz-alone", bare)
    asked = job.sets.masked(Example(turn.text) for dialogue in judged for turn in dialogue)
    without = Counts.of(gold, said_intents(alone.pipeline, asked.examples))
    trained = job.train("crosswoz", job.sets.masked(examples))
    known = Counts.of(gold, [found for one in _followed(job, trained.pipeline, judged) for found in one])
    labels = [frozenset(example.intents) for example in examples]
    words, spoken = [one.text for one in examples], [turn.text for dialogue in judged for turn in dialogue]
    before = [turn.bot_text for dialogue in learned for turn in dialogue]
    peer = Counts.of(gold, OneVsRest(words, labels).present(spoken))
    other = OneVsRest(words, labels, before=before)
    informed = Counts.of(gold, other.present(spoken, [turn.bot_text for dialogue in judged for turn in dialogue]))
    return {
        "exact": known.exact,
        "exact_alone": without.exact,
        "gain": known.exact - without.exact,
        "f1": known.f1,
        "f1_alone": without.f1,
        "plain_exact": informed.exact,
        "plain_exact_alone": peer.exact,
    }


def _followed(job: Job, pipeline: NluPipeline, dialogues: Sequence[Sequence[Turn]]) -> list[list[frozenset[str]]]:
    """What the model says of every turn when it is led through the dialogues, all of them side by side."""
    said: list[list[frozenset[str]]] = [[] for _ in dialogues]
    for number in range(max(len(dialogue) for dialogue in dialogues)):
        rows = [row for row, dialogue in enumerate(dialogues) if number < len(dialogue)]
        batch = []
        for row in rows:
            example = in_context(dialogues[row])[number]
            previous = tuple(sorted(said[row][-1])) if said[row] else ()
            batch.append(replace(example, context=replace(example.context, previous_intents=previous)))
        for row, found in zip(rows, said_intents(pipeline, job.sets.masked(batch).examples), strict=True):
            said[row].append(found)
    return said

"""The bound from which on a message of several clauses is said to have several intents, learned in rehearsal.

People label utterances with one intent, so nothing in the training data says what two look like. But it says what
one looks like: utterances with commas and conjunctions that are one concern all the same. And two held-out
utterances with a conjunction between them are a message of two. Both are read by a network that saw neither.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nlu.pipeline.calibration import Matrix, softmax
from nlu.pipeline.clauses import Clause, added_clauses, clauses_of
from nlu.pipeline.language import detect_locale
from nlu.pipeline.several import ADDED_SAYS, WHOLE_SAYS, divide
from nlu.training.dataset import intents_of
from nlu.training.fitted_bounds import Bounds, HeldOut, combine
from nlu.types import Example

CONNECTORS = {
    "zh-hans": ("，", "。", "，另外", "，还有", "并且", "，然后", "，顺便"),
    "en": (" and ", ", and ", ". ", ", also ", "; ", " and then "),
}
MOST_JOINED = 320
"""Joined pairs of all folds together, of different intents and of one each; more tell nothing new."""
MOST_WHOLE = 600
ONE_STAYS_ONE = 0.99
"""At least so many of the utterances that can be cut must stay one intent.

Customers meet a few more false alarms: the final network has seen more than those that rehearse, and is surer.
"""
ONE_AT_MOST = 0.1
"""At most so many of the messages that are said to have several may have one; pairs of one intent among them."""
LEAST_BOUND = 0.3
FEW = 30
"""From so few utterances that can be cut nothing is learned about what stays one, so the bound is careful."""
LEAST_BOUND_OF_FEW = 0.5
NEVER = 1.0


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Messages that can be cut, with their clauses and what should be found in them.

    several: whether there are two intents; joined: whether two utterances were put together.
    """

    messages: tuple[Example, ...]
    clauses: tuple[tuple[Clause, ...], ...]
    several: tuple[bool, ...]
    joined: tuple[bool, ...]

    def examples(self) -> tuple[Example, ...]:
        """What is to be read: the messages, then their clauses in order."""
        pieces = [
            Example(message.text[start:end], context=message.context)
            for message, clauses in zip(self.messages, self.clauses, strict=True)
            for start, end in clauses
        ]
        return (*(Example(one.text, context=one.context) for one in self.messages), *pieces)


def rehearsal_of(examples: Sequence[Example], *, folds: int, seed: int) -> Rehearsal:
    """What to rehearse with one fold's held-out examples of one intent each."""
    labelled = [one for one in examples if len(intents_of(one)) == 1]
    chance = random.Random(seed)  # noqa: S311  # draws examples, keeps no secret
    found: list[tuple[Example, list[Clause], bool, bool]] = []
    for example in chance.sample(labelled, len(labelled)):
        clauses = clauses_of(example.text, [(start, end) for start, end, _ in example.entities])
        if clauses and len(found) < MOST_WHOLE // folds:
            found.append((example, clauses, False, False))
    for first, second in _pairs(labelled, max(1, MOST_JOINED // folds), chance):
        message = _joined(first, second, chance)
        clauses = clauses_of(message.text)
        if clauses:
            found.append((message, clauses, intents_of(first) != intents_of(second), True))
    return Rehearsal(
        tuple(message for message, _, _, _ in found),
        tuple(tuple(clauses) for _, clauses, _, _ in found),
        tuple(wanted for _, _, wanted, _ in found),
        tuple(joined for _, _, _, joined in found),
    )


def _pairs(examples: Sequence[Example], count: int, chance: random.Random) -> list[tuple[Example, Example]]:
    """`count` pairs of different intents and as many of one, each pair in one language, if there are any."""
    languages: defaultdict[str, list[Example]] = defaultdict(list)
    intents: defaultdict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in examples:
        language = _language(example)
        languages[language].append(example)
        intents[language, intents_of(example)[0]].append(example)
    several = [group for group in languages.values() if len({intents_of(one)[0] for one in group}) > 1]
    same = [group for group in intents.values() if len(group) > 1]
    pairs: list[tuple[Example, Example]] = []
    for _ in range(count if several else 0):
        group = chance.choice(several)
        first = chance.choice(group)
        pairs.append((first, chance.choice([one for one in group if intents_of(one) != intents_of(first)])))
    for _ in range(count if same else 0):
        first, second = chance.sample(chance.choice(same), 2)
        pairs.append((first, second))
    return pairs


def _language(example: Example) -> str:
    return detect_locale(example.text, default="en")


def _joined(first: Example, second: Example, chance: random.Random) -> Example:
    connector = chance.choice(CONNECTORS[_language(first)])
    return Example(first.text.rstrip(" .!?,;。！？，；") + connector + second.text, context=first.context)


def with_several(bounds: Bounds, rehearsed: Sequence[tuple[Rehearsal, HeldOut]], known: int) -> Bounds:
    """The bounds of a training with what was learned in rehearsal; without any, one intent a message."""
    learned = fit_several(rehearsed, bounds, known) if rehearsed and known > 1 else NEVER
    says = {"whole_says": WHOLE_SAYS, "added_says": ADDED_SAYS}
    return replace(bounds, thresholds=replace(bounds.thresholds, several=learned, **says))


def fit_several(rehearsed: Sequence[tuple[Rehearsal, HeldOut]], bounds: Bounds, known: int) -> float:
    """The smallest bound that keeps both promises, `ONE_STAYS_ONE` and `ONE_AT_MOST`; `NEVER` if none does.

    With fewer than `FEW` utterances that can be cut it starts at `LEAST_BOUND_OF_FEW`.

    rehearsed: with the scores of each rehearsal's `examples()`; known: how many of the labels are intents.
    """
    whole: list[float] = []
    said: list[tuple[float, bool]] = []
    for rehearsal, held in rehearsed:
        for score, right, joined in _read(rehearsal, held, bounds, known):
            said.append((score, right))
            if not joined:
                whole.append(score)
    allowed = int((1 - ONE_STAYS_ONE) * len(whole))
    least = sorted(whole, reverse=True)[allowed] if whole else 0.0
    bound = max(LEAST_BOUND if len(whole) >= FEW else LEAST_BOUND_OF_FEW, least)
    for candidate in sorted({bound, *(score for score, _ in said if score > bound)}):
        reported = [right for score, right in said if score > candidate]
        if not reported:
            return NEVER
        if reported.count(False) <= ONE_AT_MOST * len(reported):
            return round(min(candidate + 5e-5, NEVER), 4)
    return NEVER


def _read(rehearsal: Rehearsal, held: HeldOut, bounds: Bounds, known: int) -> list[tuple[float, bool, bool]]:
    """(score or 0, whether the message has several intents, whether it was joined), message by message.

    Which intents they are is not judged here: that is for the bound of confidence, as it is for one intent.
    """
    cooled = held.cooled(bounds.temperatures)
    logits = combine(cooled.logits, bounds.shares, multi_label=False)
    chances: Matrix = softmax(logits / bounds.temperature)[:, :known]
    scripts = [str(script) for script in held.scripts]
    scope = bounds.scope.scores(chances.max(axis=1), held.coverage, held.closeness, scripts)
    inside: list[bool] = np.greater_equal(scope, bounds.thresholds.scope).tolist()
    found: list[tuple[float, bool, bool]] = []
    first = len(rehearsal.messages)
    for row, (message, clauses, wanted, joined) in enumerate(
        zip(rehearsal.messages, rehearsal.clauses, rehearsal.several, rehearsal.joined, strict=True)
    ):
        rows = slice(first, first + len(clauses))
        first += len(clauses)
        says = [ADDED_SAYS if added else WHOLE_SAYS for added in added_clauses(message.text, clauses)]
        division = divide(chances[row], chances[rows], inside[rows], bounds.thresholds.confidence, says)
        found.append((division.score if division else 0.0, wanted, joined))
    return found

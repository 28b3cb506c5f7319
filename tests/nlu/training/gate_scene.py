"""Evidence as the gate gets it, made up: an active model of a shop, and candidates that differ on purpose."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable

from nlu.training.gate import GateEvidence, Knowledge, Outcome, Pair, SpanCounts
from nlu.types import OUT_OF_SCOPE

INTENTS = tuple(f"intent_{number}" for number in range(8))
TYPES = frozenset({"city", "order_no"})
KNOWN = Knowledge(frozenset({*INTENTS, OUT_OF_SCOPE}), TYPES)

Change = Callable[[random.Random, str, Outcome], Outcome]


def answer(chance: random.Random, gold: str, right: float) -> Outcome:
    """A calibrated model's answer: as often right as it says, more often certain where it is right."""
    confidence = min(
        0.99, max(0.2, chance.betavariate(9, 1) if chance.random() < right else chance.uniform(0.2, 0.7))
    )
    hit = chance.random() < confidence
    if gold == OUT_OF_SCOPE:
        caught = chance.random() < 0.85
        said = OUT_OF_SCOPE if caught else chance.choice(INTENTS)
        return Outcome(said, chance.choice(INTENTS), 0.4, certain=not caught and chance.random() < 0.2)
    intent = gold if hit else chance.choice([name for name in INTENTS if name != gold])
    return Outcome(intent, intent, confidence, certain=confidence > 0.7, spans=spans(chance, 0.85))


def spans(chance: random.Random, right: float) -> SpanCounts:
    """Two marks, found or not."""
    hits = sum(chance.random() < right for _ in range(2))
    return SpanCounts(hits, 2, 2)


def scene(
    change: Change, *, seed: int = 0, per_intent: int = 14, strangers: int = 30, candidate: Knowledge = KNOWN
) -> GateEvidence:
    """Pairs of the active model's answers and what `change` makes of each for the candidate."""
    chance = random.Random(seed)
    golds = [*(name for name in INTENTS for _ in range(per_intent)), *([OUT_OF_SCOPE] * strangers)]
    pairs = []
    for number, gold in enumerate(golds):
        active = answer(chance, gold, 0.9)
        pairs.append(Pair(gold, active, change(chance, gold, active), case=number))
    return GateEvidence(
        pairs=tuple(pairs), wanted=KNOWN, active=KNOWN, candidate=candidate, active_number=1, latency=(1.0, 1.0)
    )


def same(chance: random.Random, gold: str, active: Outcome) -> Outcome:
    """The same answers."""
    return active


def other_seed(chance: random.Random, gold: str, active: Outcome) -> Outcome:
    """As good, but one answer in eight is made anew."""
    return answer(chance, gold, 0.9) if chance.random() < 0.125 else active


def worse_at(share: float, *, only: frozenset[str] | None = None, to: str = "") -> Change:
    """This share of answers (of the intents `only`) becomes wrong."""

    def change(chance: random.Random, gold: str, active: Outcome) -> Outcome:
        if (only is not None and gold not in only) or chance.random() >= share:
            return active
        wrong = to or chance.choice([name for name in INTENTS if name != gold])
        return dataclasses.replace(active, said=wrong, intent=wrong)

    return change


def better_at(share: float) -> Change:
    """This share of the wrong answers becomes right."""

    def change(chance: random.Random, gold: str, active: Outcome) -> Outcome:
        if active.said == gold or chance.random() >= share:
            return active
        intent = active.intent if gold == OUT_OF_SCOPE else gold
        return dataclasses.replace(active, said=gold, intent=intent)

    return change


def confident(value: float | None = None, *, times: float = 1.0) -> Change:
    """Another confidence for the same answers."""

    def change(chance: random.Random, gold: str, active: Outcome) -> Outcome:
        confidence = value if value is not None else min(1.0, active.confidence * times)
        return dataclasses.replace(active, confidence=confidence)

    return change


def certain(share: float) -> Change:
    """This share of the answers is given as if certain, right or wrong."""
    return lambda chance, gold, active: dataclasses.replace(
        active, certain=active.certain or chance.random() < share
    )


def hesitant(evidence: GateEvidence, share: float) -> GateEvidence:
    """The active model asks this share of what it was certain of."""
    chance = random.Random(1)
    pairs = tuple(
        dataclasses.replace(
            pair,
            active=dataclasses.replace(pair.active, certain=pair.active.certain and chance.random() >= share),
        )
        for pair in evidence.pairs
    )
    return dataclasses.replace(evidence, pairs=pairs)


def careless(spoiled: int) -> GateEvidence:
    """400 messages: the active model answers 200 itself, 10 of them wrongly; the candidate spoils so many of the
    others and answers 40 more, all rightly, that were open and misunderstood before."""
    pairs = []
    for number in range(400):
        gold, wrong = INTENTS[number % 8], INTENTS[(number + 1) % 8]
        sure, more = number < 200, 200 <= number < 240
        before = gold if number >= 10 and not more else wrong
        after = wrong if 10 <= number < 10 + spoiled else gold if more else before
        pairs.append(
            Pair(gold, Outcome(before, before, 0.8, sure), Outcome(after, after, 0.8, sure or more), case=number)
        )
    return GateEvidence(
        pairs=tuple(pairs), wanted=KNOWN, active=KNOWN, candidate=KNOWN, active_number=1, latency=(1.0, 1.0)
    )


def entities(right: float) -> Change:
    """Entities found with this probability."""

    def change(chance: random.Random, gold: str, active: Outcome) -> Outcome:
        if active.spans is None:
            return active
        hits = min(active.spans.hits, sum(chance.random() < right for _ in range(2)))
        return dataclasses.replace(active, spans=SpanCounts(hits, 2, 2))

    return change


def refuse_all_in_scope(share: float) -> Change:
    """This share of known messages is taken for strange ones."""

    def change(chance: random.Random, gold: str, active: Outcome) -> Outcome:
        if gold == OUT_OF_SCOPE or chance.random() >= share:
            return active
        return dataclasses.replace(active, said=OUT_OF_SCOPE, certain=False)

    return change


def accept_strangers(share: float) -> Change:
    """This share of strange messages is taken for known ones."""

    def change(chance: random.Random, gold: str, active: Outcome) -> Outcome:
        if gold != OUT_OF_SCOPE or chance.random() >= share:
            return active
        return dataclasses.replace(active, said=active.intent)

    return change


def learned_more(
    strangers_before: int, strangers_after: int, *, known: int = 200, gained: int = 150
) -> GateEvidence:
    """400 messages and 100 strange ones: the active model understands `known` and refuses the rest, the candidate
    understands `gained` more; so many of the strange ones each model takes for an intent."""
    pairs = []
    for number in range(400):
        gold = INTENTS[number % 8]
        said = [gold if number < most else OUT_OF_SCOPE for most in (known, known + gained)]
        pairs.append(Pair(gold, *(Outcome(one, gold, 0.8, certain=False) for one in said), case=number))
    for number in range(100):
        said = [INTENTS[0] if number < most else OUT_OF_SCOPE for most in (strangers_before, strangers_after)]
        outcomes = (Outcome(one, INTENTS[0], 0.2, certain=False) for one in said)
        pairs.append(Pair(OUT_OF_SCOPE, *outcomes, case=400 + number))
    return GateEvidence(
        pairs=tuple(pairs), wanted=KNOWN, active=KNOWN, candidate=KNOWN, active_number=1, latency=(1.0, 1.0)
    )


def taught_more(strangers_before: int, strangers_after: int, *, old: tuple[int, int] = (145, 140)) -> GateEvidence:
    """150 messages of three intents, of which the models understand so many each, 250 of five that only the
    candidate was taught and 100 strange ones; so many of these each model takes for an intent."""
    before = Knowledge(frozenset({*INTENTS[:3], OUT_OF_SCOPE}), TYPES)
    rows = [(INTENTS[n % 3], n < old[0], n < old[1]) for n in range(150)]
    rows += [(INTENTS[3 + n % 5], False, n < 240) for n in range(250)]
    rows += [(OUT_OF_SCOPE, n >= strangers_before, n >= strangers_after) for n in range(100)]
    pairs = []
    for number, (gold, *right) in enumerate(rows):
        other = INTENTS[0] if gold == OUT_OF_SCOPE else OUT_OF_SCOPE
        said = [gold if hit else other for hit in right]
        guess = INTENTS[0] if gold == OUT_OF_SCOPE else gold
        pairs.append(Pair(gold, *(Outcome(one, guess, 0.6, certain=False) for one in said), case=number))
    return GateEvidence(
        pairs=tuple(pairs), wanted=KNOWN, active=before, candidate=KNOWN, active_number=1, latency=(1.0, 1.0)
    )


def few_right(right: int, *, kept: int) -> GateEvidence:
    """Ten messages of an intent that the active model hardly knows; of its right answers so many are kept."""
    other = scene(same)
    gold, wrong = INTENTS[0], INTENTS[1]
    few = tuple(
        Pair(gold, *(Outcome(one, one, 0.5, certain=False) for one in said), case=1000 + number)
        for number in range(10)
        for said in [[gold if number < most else wrong for most in (right, kept)]]
    )
    return dataclasses.replace(other, pairs=(*(pair for pair in other.pairs if pair.gold != gold), *few))

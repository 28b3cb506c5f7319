"""Intents that have too little to learn from, far more than the others, or nothing in a language."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

from nlu.data_health.texts import OUTSIDE, TaughtText

HEAVY: Final = 5.0
"""An intent with so many times the median draws doubtful messages to itself."""
SERVED_SHARE: Final = 0.25
"""A language counts as served when so many of the intents are taught in it."""
ENOUGH_OUTSIDE: Final = 50

BalanceProblem = Literal["thin", "heavy", "language", "outside"]


@dataclass(frozen=True, slots=True)
class Imbalance:
    """What is uneven: `count` utterances of `intent` (`OUTSIDE` for out of scope) against what is `usual`.

    thin: fewer than enough; heavy: many times the median; language: none in `locale`, and `count` in others;
    outside: few examples of out of scope.
    """

    problem: BalanceProblem
    intent: int
    count: int
    usual: int
    locale: str = ""


def find_imbalance(
    texts: Sequence[TaughtText], intents: Sequence[int], *, default_locale: str, enough: int
) -> tuple[Imbalance, ...]:
    """The worst first. `intents`: the ids of all intents, also of those without an utterance."""
    if not intents:
        return ()
    counts = Counter(text.intent for text in texts)
    usual = round(median(counts[intent] for intent in intents))
    thin = [Imbalance("thin", one, counts[one], enough) for one in intents if counts[one] < enough]
    heavy = [
        Imbalance("heavy", one, counts[one], usual)
        for one in intents
        if counts[one] >= enough and counts[one] > HEAVY * max(usual, 1)
    ]
    by_locale: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for text in texts:
        if text.locale and text.intent != OUTSIDE:
            by_locale[text.locale][text.intent] += 1
    served = {locale for locale, taught in by_locale.items() if len(taught) >= SERVED_SHARE * len(intents)}
    if by_locale:
        served.add(default_locale)
    missing = [
        Imbalance("language", one, counts[one], usual, locale)
        for locale in sorted(served)
        for one in intents
        if counts[one] and not by_locale[locale][one]
    ]
    outside = counts[OUTSIDE]
    few = [Imbalance("outside", OUTSIDE, outside, ENOUGH_OUTSIDE)] if outside < ENOUGH_OUTSIDE else []
    return (
        *few,
        *sorted(thin, key=lambda one: one.count),
        *missing,
        *sorted(heavy, key=lambda one: -one.count),
    )

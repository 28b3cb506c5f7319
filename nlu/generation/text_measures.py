"""How good generated texts are, by the measures that such generators are usually compared with."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nlu.generation.filters import BATCH
from nlu.generation.known_texts import KnownTexts
from nlu.generation.language_model import SiteLanguage
from nlu.generation.pieces import keys_of, pieces_of
from nlu.generation.proposals import Proposal
from nlu.pipeline.pipeline import NluPipeline

BLEU_ORDERS = 4
MOST_MEASURED = 2000
"""Texts of which self-BLEU is the mean, drawn at random from more."""


@dataclass(frozen=True, slots=True)
class TextMeasures:
    """Shares in 0-1; None where there is nothing to measure with.

    no_copy: share that is no utterance of the training set, folded; label_agreement: share, of those with an
    intent that the judge knows, to which it gives the same one; distinct_1, distinct_2: different tokens and pairs
    of them as a share of all (Li et al. 2016); self_bleu: mean BLEU-4 of each text against all others (Zhu et al.
    2018), 1 = all the same; perplexity:
    under the language of the site's utterances, per token.
    """

    n: int
    no_copy: float | None
    label_agreement: float | None
    distinct_1: float | None
    distinct_2: float | None
    self_bleu: float | None
    perplexity: float | None

    def to_json(self) -> dict[str, Any]:
        """The numbers by name, rounded to four digits."""
        return {
            name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(self).items()
        }


def measure_texts(
    proposals: Sequence[Proposal],
    *,
    training: Sequence[str],
    language: SiteLanguage | None = None,
    judge: NluPipeline | None = None,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> TextMeasures:
    """Measure proposals. The judge is a model trained on more data than they were made from; so should the
    language be, else whoever copies most looks most fluent. `check` is called now and then, and may raise."""
    texts = [proposal.text for proposal in proposals]
    if not texts:
        return TextMeasures(0, None, None, None, None, None, None)
    known = KnownTexts(training)
    keys = [keys_of(pieces_of(text)) for text in texts]
    return TextMeasures(
        n=len(texts),
        no_copy=sum(not known.has(text) for text in texts) / len(texts),
        label_agreement=_agreement(proposals, judge, check) if judge is not None else None,
        distinct_1=distinct(keys, 1),
        distinct_2=distinct(keys, 2),
        self_bleu=self_bleu(keys, seed=seed),
        perplexity=language.perplexity(texts) if language is not None else None,
    )


def _agreement(proposals: Sequence[Proposal], judge: NluPipeline, check: Callable[[], None]) -> float | None:
    known = set(judge.intents)
    proposals = [one for one in proposals if one.intent in known]
    if not proposals:
        return None
    same = 0
    for start in range(0, len(proposals), BATCH):
        check()
        batch = proposals[start : start + BATCH]
        for proposal, parse in zip(batch, judge.parse_many([one.text for one in batch]), strict=True):
            same += parse.top is not None and parse.top.name == proposal.intent
    return same / len(proposals)


def _grams(keys: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(keys[i : i + order]) for i in range(len(keys) - order + 1))


def distinct(texts: Sequence[Sequence[str]], order: int) -> float | None:
    """Different n-grams as a share of all n-grams of all texts; None if there are none."""
    counts: Counter[tuple[str, ...]] = Counter()
    for keys in texts:
        counts.update(_grams(keys, order))
    return len(counts) / total if (total := sum(counts.values())) else None


def self_bleu(texts: Sequence[Sequence[str]], *, seed: int = 0) -> float | None:
    """Mean smoothed BLEU-4 of the texts, each against all others; None for fewer than two.

    How often each n-gram occurs at most in any other text is known from the two greatest counts over all texts, so
    the work grows with the number of tokens and not with its square. Orders that a text is too short for are left
    out; counts above one token are smoothed by adding one (Lin & Och 2004).
    """
    if len(texts) < 2:
        return None
    tables = [[_grams(keys, order) for keys in texts] for order in range(1, BLEU_ORDERS + 1)]
    greatest = [_two_greatest(table) for table in tables]
    lengths = Counter(len(keys) for keys in texts)
    rows = range(len(texts))
    if len(texts) > MOST_MEASURED:
        rows = random.Random(seed).sample(rows, MOST_MEASURED)  # type: ignore[assignment]  # noqa: S311
    return sum(_bleu(row, texts, tables, greatest, lengths) for row in rows) / len(rows)


def _two_greatest(table: Sequence[Counter[tuple[str, ...]]]) -> dict[tuple[str, ...], tuple[int, int]]:
    best: dict[tuple[str, ...], tuple[int, int]] = {}
    for counts in table:
        for gram, count in counts.items():
            first, second = best.get(gram, (0, 0))
            best[gram] = (count, first) if count > first else (first, max(second, count))
    return best


def _bleu(
    row: int,
    texts: Sequence[Sequence[str]],
    tables: Sequence[Sequence[Counter[tuple[str, ...]]]],
    greatest: Sequence[dict[tuple[str, ...], tuple[int, int]]],
    lengths: Counter[int],
) -> float:
    logs = []
    for order, (table, best) in enumerate(zip(tables, greatest, strict=True)):
        mine = table[row]
        total = sum(mine.values())
        if not total:
            break
        hits = 0
        for gram, count in mine.items():
            first, second = best[gram]
            elsewhere = second if count == first else first
            hits += min(count, elsewhere)
        if not order and not hits:
            return 0.0
        logs.append(math.log((hits + (order > 0)) / (total + (order > 0))))
    if not logs:
        return 0.0
    length = len(texts[row])
    others = [other for other, count in lengths.items() if count > (other == length)]
    closest = min(others, key=lambda other: (abs(other - length), other))
    brevity = min(1.0, math.exp(1 - closest / length))
    return brevity * math.exp(sum(logs) / len(logs))

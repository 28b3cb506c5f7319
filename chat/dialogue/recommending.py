"""Which of several things fit a customer best, by a model that anybody can check: shared words, added up.

What the customer says now counts most, then what they talked about before, then what they looked at, then what is
known of them. A thing's score is the sum over these of their weight times the share of their words that the thing
has, words that all things have left out. The strongest part is the reason that is told. Nothing personal comes in
here but what may be used (`chat.profiles`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

InterestKind = Literal["said", "asked", "seen", "profile"]
WEIGHTS: Final[dict[str, float]] = {"said": 3.0, "asked": 2.0, "seen": 2.0, "profile": 1.0}
LEAST: Final = 0.5
"""Of a score for which a reason is told: a single common word of a long message says nothing."""
LONGEST_REASON: Final = 24
_LATIN: Final = re.compile(r"[a-z][a-z0-9]+|\d+(?:\.\d+)?")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_EMPTY: Final = frozenset(
    re.findall(
        r"\w+",
        "the and for are you can how what which with that this from have has not but any all one was were will "
        "would want need like please me my is it to of in on at do does there your get",
    )
)
_EMPTY_HAN: Final = frozenset(
    re.findall(r"\w+", "我想 想要 什么 怎么 请问 可以 一个 有没 没有 哪个 哪些 多少 是多 的是 一下 推荐 帮我 给我")
)


@dataclass(frozen=True, slots=True)
class Interest:
    """Something that tells what the customer is after: their own words, a title, an event's, an attribute's."""

    kind: InterestKind
    words: str


@dataclass(frozen=True, slots=True)
class Recommended:
    """Where a thing stands: `place` is its place in what was given, `reason` the strongest interest, if any."""

    place: int
    score: float
    reason: Interest | None


def recommend(things: Sequence[str], interests: Iterable[Interest]) -> list[Recommended]:
    """The things, best first; equals keep their order."""
    tokens = [tokens_of(one) for one in things]
    common = frozenset.intersection(*tokens) if len(tokens) > 1 else frozenset()
    wanted = [(one, tokens_of(one.words) - common) for one in interests]
    found: list[Recommended] = []
    for place, have in enumerate(tokens):
        parts = [
            (WEIGHTS[interest.kind] * len(words & have) / len(words), interest)
            for interest, words in wanted
            if words and words & have
        ]
        score = sum(part for part, _interest in parts)
        strongest = max(parts, key=lambda one: one[0], default=None)
        reason = strongest[1] if strongest is not None and strongest[0] >= LEAST else None
        found.append(Recommended(place, round(score, 4), reason))
    return sorted(found, key=lambda one: -one.score if one.reason is not None else 0.0)


def tokens_of(text: str) -> frozenset[str]:
    """Latin words and numbers, and pairs of Chinese characters; small words are left out."""
    plain = text.casefold()
    words = {word.removesuffix("s") if len(word) > 3 else word for word in _LATIN.findall(plain)} - _EMPTY
    pairs = {run[at : at + 2] for run in _HAN.findall(plain) for at in range(len(run) - 1)}
    return frozenset(words | (pairs - _EMPTY_HAN))


def shortened(words: str) -> str:
    """As much of an interest's words as a reason has room for."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_REASON else line[:LONGEST_REASON].rstrip() + "…"

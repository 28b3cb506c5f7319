"""What a version makes of turns that another one answered, and what counts as disagreement.

**Disagreement**: the two versions' understood results differ. The understood result of a version is its most
probable intent, or "out of scope" when the version's own detector rejects the message (scope score below its own
bound; exact matches included). It is what the review queue shows as understood, and what the gate's replay counts.
A candidate that means the same but is less certain, and would ask first, does not disagree; how certain it is, is
kept beside. Two versions that both reject agree, whatever their best intents are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from chat.recent_messages import AskedTurn
from nlu.types import OUT_OF_SCOPE, Parse

if TYPE_CHECKING:
    from nlu.pipeline.pipeline import NluPipeline

BATCH: Final = 32
"""Turns of one forward pass."""


@dataclass(frozen=True, slots=True)
class ShadowReading:
    """A turn as the active version understood it (`understood`), and as the candidate did (`said`); both are an
    intent's name, or empty for out of scope. `intent` and `confidence` (0-1): the candidate's best, rejected or
    not.
    """

    asked: AskedTurn
    understood: str
    said: str
    intent: str
    confidence: float

    @property
    def rejected(self) -> bool:
        """Whether the candidate would have taken the message for out of scope."""
        return not self.said

    @property
    def disagrees(self) -> bool:
        """Whether the understood results differ."""
        return self.understood != self.said


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions on the same turns, newest first."""

    readings: tuple[ShadowReading, ...]

    @property
    def disagreements(self) -> tuple[ShadowReading, ...]:
        """The turns that the two understand differently."""
        return tuple(one for one in self.readings if one.disagrees)

    def pairs(self) -> list[tuple[str, str, int]]:
        """(what the active version understood, what the candidate did, how often), the most frequent first."""
        counted = Counter((one.understood, one.said) for one in self.disagreements)
        return sorted(((*pair, count) for pair, count in counted.items()), key=lambda row: (-row[2], row[:2]))

    def to_json(self) -> dict[str, Any]:
        """Counts, pairs and the turns that differ, with masked texts; out of scope under its reserved name."""
        differing = self.disagreements
        return {
            "turns": len(self.readings),
            "disagree": len(differing),
            "rejected": {
                "active": sum(not one.understood for one in self.readings),
                "candidate": sum(one.rejected for one in self.readings),
            },
            "pairs": [
                {"active": shown(understood), "candidate": shown(said), "count": count}
                for understood, said, count in self.pairs()
            ],
            "disagreements": [
                {
                    "turn": str(one.asked.uuid),
                    "text": one.asked.example.text,
                    "active": shown(one.understood),
                    "candidate": shown(one.said),
                    "confidence": round(one.confidence, 6),
                }
                for one in differing
            ],
        }


def shown(understood: str) -> str:
    """An understood result as files and figures name it."""
    return understood or OUT_OF_SCOPE


def shadow_readings(candidate: NluPipeline, asked: Sequence[AskedTurn]) -> list[ShadowReading]:
    """The candidate beside what was understood when the turns were answered, in their order."""
    return [
        reading(turn, turn.understood, parse) for turn, parse in zip(asked, parses(candidate, asked), strict=True)
    ]


def compare(active: NluPipeline, candidate: NluPipeline, asked: Sequence[AskedTurn]) -> Comparison:
    """Both versions on the same turns, whichever version answered them."""
    both = zip(asked, parses(active, asked), parses(candidate, asked), strict=True)
    return Comparison(tuple(reading(turn, before.understood, after) for turn, before, after in both))


def parses(pipeline: NluPipeline, asked: Sequence[AskedTurn]) -> list[Parse]:
    """Each turn's text in the context and language that it was answered in, in batches."""
    found: list[Parse] = []
    for start in range(0, len(asked), BATCH):
        examples = [turn.example for turn in asked[start : start + BATCH]]
        found += pipeline.parse_many(
            [one.text for one in examples], [one.context for one in examples], [one.locale for one in examples]
        )
    return found


def reading(asked: AskedTurn, understood: str, parse: Parse) -> ShadowReading:
    """One row."""
    top = parse.top
    return ShadowReading(
        asked=asked,
        understood=understood,
        said=parse.understood,
        intent=top.name if top is not None else "",
        confidence=top.confidence if top is not None else 0.0,
    )

"""Labels that a model doubted which had not seen the text: cross-validation's second opinion.

After "confident learning" (Northcutt, Jiang, Chuang 2021): where a model that did not train on an example is
certain of something else than its label, the label is worth a look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nlu.data_health.texts import OUTSIDE, TaughtText

SURE: Final = 0.8
"""Below this confidence the model's word is no reason to look at a label."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model said of a text: names of intents ("" for out of scope), its confidence in 0-1.

    certain: whether the assistant would have acted on it alone.
    """

    label: str
    said: str
    confidence: float
    certain: bool


@dataclass(frozen=True, slots=True)
class Doubt:
    """An utterance whose label the model was certain is another one, by the ids of both intents."""

    utterance: int
    intent: int
    suggested: int
    confidence: float


def find_doubts(
    texts: Sequence[TaughtText], opinions: Mapping[int, Opinion], intents: Mapping[str, int]
) -> tuple[Doubt, ...]:
    """The most certain first. `opinions` by utterance, `intents` from name to id.

    An utterance that was moved since, and a suggestion that is no intent any more or out of scope, are no doubt.
    """
    found = []
    for text in texts:
        opinion = opinions.get(text.id)
        if opinion is None or opinion.said == opinion.label:
            continue
        if not opinion.certain or opinion.confidence < SURE:
            continue
        suggested = intents.get(opinion.said)
        label = intents.get(opinion.label) if opinion.label else OUTSIDE
        if suggested is not None and label == text.intent and suggested != text.intent:
            found.append(Doubt(text.id, text.intent, suggested, opinion.confidence))
    return tuple(sorted(found, key=lambda one: (-one.confidence, one.utterance)))

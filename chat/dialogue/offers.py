"""Intents that are only plausible: which of them a message supports, and which were offered.

A message may be worded as nobody worded it before and still say what it is about: it names a booking, or the task.
A flow that such values fit is begun where a bare guess would only be asked about, because a flow asks before it
changes anything. And whoever was asked "did you mean ...?" may go on without answering: with a yes, or with what
the offered task needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chat.dialogue.cues import asks
from chat.dialogue.flows import Flow
from chat.dialogue.frames import Task
from chat.dialogue.slot_values import TAKES
from chat.dialogue.turn import Turn
from nlu.recognizers.entities import KINDS

LEAST: Final = 0.15
"""Confidence of an intent below which nothing that the message names makes its flow begin."""
LEAD: Final = 1.3
"""How much more the best has to weigh than the next one."""
CONSIDERED: Final = 5
_IDENTIFIER, _NAMED, _OTHER = 1.0, 1.0, 0.4


@dataclass(frozen=True, slots=True)
class Supported:
    """A flow, the intent that begins it, and what of the message it takes."""

    intent: str
    task: Task
    confidence: float
    support: float

    @property
    def weight(self) -> float:
        """Confidence, doubled by each thing that speaks for it."""
        return self.confidence * float(2.0**self.support)


def supported(turn: Turn, values: Mapping[str, Mapping[str, str]], *, than: str = "") -> Supported | None:
    """The flow that is clearly meant by a message whose intent is only plausible; `values` are what flows take.

    `than`: only one that a code in the message fits, where this flow, the likeliest one, has no place for it.
    """
    considered: list[Supported] = []
    identifiers = _identifiers(turn)
    for score in turn.parse.intents[:CONSIDERED]:
        entry = turn.knowledge.catalogue.intents.get(score.name)
        if entry is None:
            continue
        flow = turn.knowledge.flows.current.get(entry.flow)
        given = values.get(entry.flow, {})
        support = _support(turn, flow, given, identifiers) if flow is not None else 0.0
        considered.append(Supported(score.name, Task(entry.flow, given), score.confidence, support))
    if not considered:
        return None
    best = max(considered, key=lambda one: one.weight)
    if than:
        likeliest = next((one for one in considered if one.task.flow == than), None)
        if likeliest is None or best.support - likeliest.support < 2 * _IDENTIFIER:
            return None
    others = [one.weight for one in considered if one.task.flow != best.task.flow]
    if not best.task.flow or best.confidence < LEAST or best.support < _OTHER:
        return None
    if (
        asks(turn.parse.text)
        and turn.knowledge.flows.current[best.task.flow].explains
        and best.support < _IDENTIFIER
    ):
        return None
    return best if best.weight >= LEAD * max(others, default=0.0) else None


def _identifiers(turn: Turn) -> frozenset[str]:
    """The types of the numbers and codes that the message names."""
    return frozenset(span.type for span in turn.parse.entities if span.source == "pattern")


def _support(turn: Turn, flow: Flow, given: Mapping[str, str], identifiers: frozenset[str]) -> float:
    text = turn.parse.text.casefold()
    named = any(word.casefold() in text for words in flow.keywords.values() for word in words)
    kinds = {flow.slots[name].type for name in given}
    taken = len(identifiers & kinds)
    strangers = len(identifiers - {slot.type for slot in flow.slots.values()})
    others = [kind for kind in kinds - identifiers if kind not in KINDS and kind not in ("choice", "text")]
    dated = any(kind in KINDS and kind in TAKES for kind in kinds)
    found = taken * _IDENTIFIER + named * _NAMED + min(len(others), 2) * _OTHER + dated * _OTHER / 2
    return found - strangers * _IDENTIFIER


def proposed_tasks(
    turn: Turn, offered: Sequence[str], values: Mapping[str, Mapping[str, str]]
) -> tuple[Task, ...]:
    """The flows of the intents that the visitor is asked to choose from, with what the message says for them."""
    flows = [
        entry.flow for name in offered if (entry := turn.knowledge.catalogue.intents.get(name)) and entry.flow
    ]
    return tuple(Task(name, values.get(name, {})) for name in dict.fromkeys(flows) if name in values)

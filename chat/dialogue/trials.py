"""Trying a flow out: a talk with one flow in its draft or any other version, from any step.

Calls of business actions may be held back in it. What a turn worker must know of it comes with each message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self

from chat.dialogue.calls import ActionCall, ActionResult, OutputValue
from chat.dialogue.flows import Flow
from chat.dialogue.frames import Task
from chat.dialogue.knowledge import Knowledge
from chat.dialogue.moving import begin
from chat.dialogue.replying import Dialogue, running
from chat.dialogue.state import DialogueState
from chat.dialogue.turn import Turn
from nlu.types import Parse

DRAFT: Final = 0
"""The version of a flow that is not published."""


@dataclass(frozen=True, slots=True)
class Start:
    """Begin at this step of the flow (the first one if empty) with these slots, instead of reading a message."""

    step: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A JSON object; inverse of `from_json`."""
        return {"step": self.step, "slots": dict(self.slots)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from a stored object."""
        return cls(str(data.get("step", "")), dict(data.get("slots", {})))


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried out with a message.

    `definition` is the flow's, as it is stored, and `version` its number; it takes the place of the published
    flow. `results` are what calls bring, by their keys, that were made already for this message or whose outcome a
    person chose. Writing actions are made only if their key is in `really`; otherwise the turn ends there. `scope`
    names the talk and `turn` the message in it: a call that is sent twice for the same message is done once.
    `references` map placeholders of masked values in the message to the number of the message that holds them.
    """

    definition: Mapping[str, Any]
    version: int = DRAFT
    start: Start | None = None
    results: Mapping[str, ActionResult] = field(default_factory=dict)
    really: frozenset[str] = frozenset()
    scope: str = ""
    turn: int = 0
    references: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, str] = field(default_factory=dict)
    now: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON object; inverse of `from_json`."""
        return {
            "definition": dict(self.definition),
            "version": self.version,
            "start": self.start.to_json() if self.start is not None else None,
            "results": {key: result_to_json(result) for key, result in self.results.items()},
            "really": sorted(self.really),
            "scope": self.scope,
            "turn": self.turn,
            "references": dict(self.references),
            "profile": dict(self.profile),
            "now": self.now.isoformat() if self.now is not None else "",
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from a stored object."""
        start, now = data.get("start"), data.get("now", "")
        return cls(
            definition=data["definition"],
            version=int(data.get("version", DRAFT)),
            start=Start.from_json(start) if start else None,
            results={key: result_of_json(one) for key, one in data.get("results", {}).items()},
            really=frozenset(data.get("really", ())),
            scope=str(data.get("scope", "")),
            turn=int(data.get("turn", 0)),
            references=dict(data.get("references", {})),
            profile=dict(data.get("profile", {})),
            now=datetime.fromisoformat(now) if now else None,
        )


def result_to_json(result: ActionResult) -> dict[str, Any]:
    """A JSON object of what a call brought."""
    outputs = {
        name: value if isinstance(value, str) else [dict(item) for item in value]
        for name, value in result.outputs.items()
    }
    return {"outcome": result.outcome, "outputs": outputs}


def result_of_json(data: Mapping[str, Any]) -> ActionResult:
    """What a call brought, from a stored object."""
    outputs: dict[str, OutputValue] = {
        str(name): value if isinstance(value, str) else tuple(dict(item) for item in value)
        for name, value in data.get("outputs", {}).items()
    }
    return ActionResult(str(data.get("outcome", "")), outputs)


def to_go_on(state: DialogueState, calls: Sequence[tuple[ActionCall, ActionResult]]) -> dict[str, Any]:
    """What whoever tries a flow out keeps of a turn, whose own row is gone after the answer."""
    return {
        "state": state.to_json(),
        "calls": [{"action": call.action, "key": call.key, **result_to_json(result)} for call, result in calls],
    }


def start_flow(
    flow: Flow, start: Start, *, parse: Parse, state: DialogueState, knowledge: Knowledge, now: datetime
) -> Dialogue:
    """Begin the flow at a step without a message. A step that is gone is the first one."""
    turn = Turn.begin(parse, state, knowledge, now)
    turn.policy = "start_flow"
    begin(turn, Task(flow.name, start.slots))
    if start.step in flow.places:
        turn.frame = replace(turn.frame, step=start.step)
    return running(turn)

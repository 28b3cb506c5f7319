"""A flow that is under way: where it stands and what it knows. Frozen: every change makes a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from chat.dialogue.calls import OutputValue


@dataclass(frozen=True, slots=True)
class Frame:
    """One entry of the stack of tasks.

    `version` pins the published version that the visitor began with. `step` is the step that waits, or from which
    the flow goes on; empty at the beginning. `asked` are the steps that waited, oldest first, for "back".
    `confirmed` maps confirm steps to what exactly was agreed to, `called` action steps to the key of the call and
    its outcome, `saved` the names of results to their outputs; with them a flow can be run again after a
    correction without asking, telling or calling anything twice. `written` tells that an action changed something.
    """

    flow: str
    version: int = 0
    step: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    saved: Mapping[str, Mapping[str, OutputValue]] = field(default_factory=dict)
    confirmed: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    misses: int = 0
    written: bool = False
    running_again: bool = False

    def with_slots(self, values: Mapping[str, str]) -> Frame:
        """With these slots set; a slot that is set is no longer skipped."""
        skipped = tuple(name for name in self.skipped if not values.get(name))
        return replace(self, slots={**self.slots, **values}, skipped=skipped)

    def without_slots(self, names: tuple[str, ...]) -> Frame:
        """With these slots empty."""
        if not any(name in self.slots for name in names):
            return self
        return replace(self, slots={name: value for name, value in self.slots.items() if name not in names})

    def to_json(self) -> dict[str, Any]:
        """A JSON object without what is empty; inverse of `from_json`."""
        data: dict[str, Any] = {
            "flow": self.flow,
            "version": self.version,
            "step": self.step,
            "slots": dict(self.slots),
            "saved": {
                name: {
                    output: value if isinstance(value, str) else [dict(item) for item in value]
                    for output, value in outputs.items()
                }
                for name, outputs in self.saved.items()
            },
            "confirmed": dict(self.confirmed),
            "called": {step: list(call) for step, call in self.called.items()},
            "said": list(self.said),
            "asked": list(self.asked),
            "skipped": list(self.skipped),
            "misses": self.misses,
            "written": self.written,
            "running_again": self.running_again,
        }
        return {name: value for name, value in data.items() if value or name == "flow"}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from a stored object; what it does not have is empty."""
        return cls(
            flow=str(data["flow"]),
            version=int(data.get("version", 0)),
            step=str(data.get("step", "")),
            slots=dict(data.get("slots", {})),
            saved={
                name: {
                    output: value if isinstance(value, str) else tuple(dict(item) for item in value)
                    for output, value in outputs.items()
                }
                for name, outputs in data.get("saved", {}).items()
            },
            confirmed=dict(data.get("confirmed", {})),
            called={step: (str(key), str(outcome)) for step, (key, outcome) in data.get("called", {}).items()},
            said=tuple(data.get("said", ())),
            asked=tuple(data.get("asked", ())),
            skipped=tuple(data.get("skipped", ())),
            misses=int(data.get("misses", 0)),
            written=bool(data.get("written", False)),
            running_again=bool(data.get("running_again", False)),
        )


@dataclass(frozen=True, slots=True)
class Remembered:
    """A value that the visitor confirmed, for later flows with a slot of the same name."""

    value: str
    flow: str
    at: str


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that was talked about, for "it" and "that one"."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class ListShown:
    """What was last offered as a list, for "the second one" after the flow is over."""

    flow: str
    slot: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A flow that waits for its turn, with what the message that asked for it said."""

    flow: str
    slots: Mapping[str, str] = field(default_factory=dict)

"""What the assistant remembers of a conversation between two turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from chat.dialogue.frames import Frame, ListShown, Mention, Remembered, Task
from nlu.types import DialogueContext

REMEMBERED_INTENTS = 3
REMEMBERED_CHARACTERS = 500
MENTIONS: Final = 12
VERSION: Final = 2
"""Of the stored form. Version 1 had no flows; what it has is read as it is."""


@dataclass(frozen=True, slots=True)
class DialogueState:
    """Frozen: a turn makes a new one.

    `offered` are the intents that the assistant last asked the visitor to choose from, or left to be tapped beside
    an answer; `confirmations` and
    `rephrasings` count the steps of the fallback ladder since something was last understood.

    `frames` is the stack of tasks, the one under way last; `waiting` are tasks of the same message that come
    after. `memory` keeps confirmed values by slot; `mentions`, newest first, and `shown` are what can be meant by
    "it" and "the second one". `last_flow`, `last_slots` and `last_outcome` are of the task that ended last.
    `prompt` is what the assistant said last, to repeat it, and `taps` its buttons. `resuming`: the visitor was
    asked whether to go on with an old task. `proposed` are the tasks that the visitor was asked to choose from,
    with what the message before said for them. `requested` is the slot or step that waits for an answer; `at` is
    when the last turn was, ISO 8601, and `locale` its language. `keeping` is what became of the question whether
    something may be remembered: `asked`, `given`, `refused`, `passed` over, or empty.
    """

    previous_intents: tuple[str, ...] = ()
    last_bot_act: str = ""
    previous_message: str = ""
    offered: tuple[str, ...] = ()
    confirmations: int = 0
    rephrasings: int = 0
    turns: int = 0
    frames: tuple[Frame, ...] = ()
    waiting: tuple[Task, ...] = ()
    memory: Mapping[str, Remembered] = field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()
    shown: ListShown | None = None
    proposed: tuple[Task, ...] = ()
    last_flow: str = ""
    last_slots: Mapping[str, str] = field(default_factory=dict)
    last_outcome: str = ""
    prompt: str = ""
    taps: tuple[str, ...] = ()
    requested: str = ""
    resuming: bool = False
    at: str = ""
    locale: str = ""
    keeping: str = ""

    @property
    def frame(self) -> Frame | None:
        """The task under way."""
        return self.frames[-1] if self.frames else None

    def silence(self, now: datetime) -> timedelta:
        """How long ago the last turn was; nothing if that is unknown."""
        try:
            return max(now - datetime.fromisoformat(self.at), timedelta()) if self.at else timedelta()
        except (ValueError, TypeError):
            return timedelta()

    def context(self) -> DialogueContext:
        """The c of P(i | x, c) for the next message."""
        return DialogueContext(
            previous_intents=self.previous_intents,
            active_flow=self.frames[-1].flow if self.frames else "",
            requested_slot=self.requested,
            last_bot_act=self.last_bot_act,
            previous_message=self.previous_message,
        )

    def understood(self, *, intent: str, act: str, message: str) -> DialogueState:
        """After a turn that was answered: the ladder starts again."""
        intents = (intent, *self.previous_intents)[:REMEMBERED_INTENTS] if intent else self.previous_intents
        return replace(
            self,
            previous_intents=intents,
            last_bot_act=act,
            previous_message=message[:REMEMBERED_CHARACTERS],
            offered=(),
            proposed=(),
            confirmations=0,
            rephrasings=0,
            turns=self.turns + 1,
        )

    def asked_to_confirm(self, *, offered: tuple[str, ...], message: str) -> DialogueState:
        """After asking "did you mean…?"."""
        return replace(
            self,
            last_bot_act="confirm",
            previous_message=message[:REMEMBERED_CHARACTERS],
            offered=offered,
            confirmations=self.confirmations + 1,
            turns=self.turns + 1,
        )

    def asked_to_rephrase(self, *, message: str) -> DialogueState:
        """After asking to say it differently."""
        return replace(
            self,
            last_bot_act="rephrase",
            previous_message=message[:REMEMBERED_CHARACTERS],
            offered=(),
            proposed=(),
            rephrasings=self.rephrasings + 1,
            turns=self.turns + 1,
        )

    def mentioned(self, mentions: tuple[Mention, ...]) -> DialogueState:
        """With these talked about now, the last of them most recently."""
        if not mentions:
            return self
        known = tuple(one for one in self.mentions if one not in mentions)
        return replace(self, mentions=(*reversed(dict.fromkeys(mentions)), *known)[:MENTIONS])

    def to_json(self) -> dict[str, Any]:
        """A JSON object; inverse of `from_json`. What belongs to flows is left out where it is empty."""
        flows: dict[str, Any] = {
            "frames": [frame.to_json() for frame in self.frames],
            "waiting": [{"flow": task.flow, "slots": dict(task.slots)} for task in self.waiting],
            "proposed": [{"flow": task.flow, "slots": dict(task.slots)} for task in self.proposed],
            "memory": {slot: asdict(one) for slot, one in self.memory.items()},
            "mentions": [[one.type, one.value] for one in self.mentions],
            "shown": asdict(self.shown) if self.shown else None,
            "last_flow": self.last_flow,
            "last_slots": dict(self.last_slots),
            "last_outcome": self.last_outcome,
            "prompt": self.prompt,
            "taps": list(self.taps),
            "requested": self.requested,
            "resuming": self.resuming,
            "at": self.at,
            "locale": self.locale,
            "keeping": self.keeping,
        }
        return {
            "version": VERSION,
            "previous_intents": list(self.previous_intents),
            "last_bot_act": self.last_bot_act,
            "previous_message": self.previous_message,
            "offered": list(self.offered),
            "confirmations": self.confirmations,
            "rephrasings": self.rephrasings,
            "turns": self.turns,
            **{name: value for name, value in flows.items() if value},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from a stored object of this version or an earlier one; an empty one is a fresh conversation."""
        if not data:
            return cls()
        shown = data.get("shown")
        return cls(
            previous_intents=tuple(data["previous_intents"]),
            last_bot_act=data["last_bot_act"],
            previous_message=data["previous_message"],
            offered=tuple(data["offered"]),
            confirmations=data["confirmations"],
            rephrasings=data["rephrasings"],
            turns=data["turns"],
            frames=tuple(Frame.from_json(frame) for frame in data.get("frames", ())),
            waiting=tuple(Task(flow=task["flow"], slots=dict(task["slots"])) for task in data.get("waiting", ())),
            proposed=tuple(Task(task["flow"], dict(task["slots"])) for task in data.get("proposed", ())),
            memory={slot: Remembered(**one) for slot, one in data.get("memory", {}).items()},
            mentions=tuple(Mention(type=kind, value=value) for kind, value in data.get("mentions", ())),
            shown=ListShown(shown["flow"], shown["slot"], tuple(shown["values"])) if shown else None,
            last_flow=data.get("last_flow", ""),
            last_slots=dict(data.get("last_slots", {})),
            last_outcome=data.get("last_outcome", ""),
            prompt=data.get("prompt", ""),
            taps=tuple(data.get("taps", ())),
            requested=data.get("requested", ""),
            resuming=data.get("resuming", False),
            at=data.get("at", ""),
            locale=data.get("locale", ""),
            keeping=data.get("keeping", ""),
        )

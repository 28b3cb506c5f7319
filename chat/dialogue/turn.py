"""One turn while it is being decided: what is known, what has been said so far, and how the stack changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chat.dialogue.calls import ActionCall
from chat.dialogue.decision import Citation, Decision, DecisionKind, FlowTrace, Learned
from chat.dialogue.flows import Flow, Waiting
from chat.dialogue.frames import Frame, ListShown, Mention, Remembered, Task
from chat.dialogue.knowledge import Knowledge
from chat.dialogue.state import DialogueState
from chat.dialogue.values import FlowValues
from nlu.types import Parse

MENTIONED_TYPES_NOT = frozenset(
    {"date", "time", "datetime", "interval", "duration", "number", "percentage", "ordinal", "money", "quantity"}
    | {"text", "choice", "yes_no"}
)
"""Types of values that "it" does not mean."""
PROMPT_LENGTH = 2_000


@dataclass
class Turn:
    """Collects what a turn does; `decision` makes the frozen result of it.

    The only mutable thing of the dialogue: it lives as long as `engine.respond` runs.
    """

    parse: Parse
    state: DialogueState
    knowledge: Knowledge
    now: datetime
    frames: list[Frame]
    waiting: list[Task]
    policy: str = ""
    texts: list[str] = field(default_factory=list)
    taps: tuple[str, ...] = ()
    citations: list[Citation] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    calls: list[tuple[ActionCall, str]] = field(default_factory=list)
    filled: dict[str, str] = field(default_factory=dict)
    memory: dict[str, Remembered] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)
    shown: ListShown | None = None
    ended: tuple[str, str] = ("", "")
    last_slots: Mapping[str, str] = field(default_factory=dict)
    article: str = ""
    asks: str = ""
    handoff: str = ""
    call: ActionCall | None = None
    calls_made: int = 0
    missed: bool = False
    withheld: bool = False
    resuming: bool = False
    keeping: str = ""
    agreed: bool | None = None
    learned: list[Learned] = field(default_factory=list)
    base: Decision | None = None

    @classmethod
    def begin(cls, parse: Parse, state: DialogueState, knowledge: Knowledge, now: datetime) -> Turn:
        """The turn of a message."""
        return cls(
            parse=parse,
            state=state,
            knowledge=knowledge,
            now=now,
            frames=list(state.frames),
            waiting=list(state.waiting),
            memory=dict(state.memory),
            shown=state.shown,
            last_slots=state.last_slots,
            # The question is asked once: whoever talks of something else has answered it.
            keeping="passed" if state.keeping == "asked" else state.keeping,
        )

    @property
    def locale(self) -> str:
        """The language of the reply."""
        return self.knowledge.locale or self.parse.locale

    @property
    def frame(self) -> Frame:
        """The task under way."""
        return self.frames[-1]

    @frame.setter
    def frame(self, frame: Frame) -> None:
        self.frames[-1] = frame

    def flow_of(self, frame: Frame) -> Flow | None:
        """The definition that the frame runs; None if it is gone."""
        return self.knowledge.flows.get(frame.flow, frame.version)

    def values(self, flow: Flow, item: Mapping[str, str] | None = None) -> FlowValues:
        """Look-up for the task under way."""
        return FlowValues(flow, self.frame, self.locale, self.now, self.knowledge.profile, item or {})

    def waiting_step(self) -> tuple[Flow, Waiting] | None:
        """The flow and the step that the visitor was asked at; None if nothing waits for an answer."""
        if not self.frames:
            return None
        flow = self.flow_of(self.frame)
        step = flow.step(self.frame.step) if flow is not None else None
        return (flow, step) if flow is not None and isinstance(step, Waiting) else None

    def say(self, text: str) -> None:
        """Add a paragraph; an empty one and one that the turn has said already are left out."""
        if text and text not in self.texts:
            self.texts.append(text)

    def phrase(self, name: str, **fields: str) -> str:
        """One of the assistant's own sentences with its fields filled."""
        text: str = getattr(self.knowledge.flow_phrases, name)
        for field_name, value in fields.items():
            text = text.replace("{" + field_name + "}", value)
        return text

    def title(self, name: str) -> str:
        """A flow's title."""
        flow = self.knowledge.flows.current.get(name)
        return flow.title_in(self.locale) if flow is not None else name

    def fill(self, values: Mapping[str, str], flow: Flow) -> None:
        """Set slots of the task under way, and note what was talked about."""
        if not values:
            return
        self.frame = self.frame.with_slots(values)
        self.filled |= values
        for name, value in values.items():
            slot = flow.slots.get(name)
            if slot is not None and slot.type not in MENTIONED_TYPES_NOT:
                self.mentions.append(Mention(slot.type, value))

    def remember(self, flow: Flow, frame: Frame) -> None:
        """Keep the values that the visitor confirmed for later flows."""
        for name, value in frame.slots.items():
            slot = flow.slots.get(name)
            if slot is not None and slot.remember and value:
                self.memory[name] = Remembered(value, flow.name, self.now.isoformat(timespec="seconds"))

    def decision(self) -> Decision:
        """The result: what to say, what to call, and the next state."""
        base = self.base
        said = "\n\n".join(self.texts)
        handed = bool(self.handoff)
        kind: DecisionKind = "handoff" if handed else "again" if self.missed else "flow"
        intent = base.intent if base is not None else ""
        state = replace(
            self.state.understood(intent=intent, act="handoff" if handed else "flow", message=self.parse.text),
            frames=tuple(self.frames),
            waiting=tuple(self.waiting),
            memory=self.memory,
            shown=self.shown,
            last_flow=self.ended[0] or self.state.last_flow,
            last_outcome=self.ended[1] or self.state.last_outcome,
            last_slots=self.last_slots,
            prompt=said[-PROMPT_LENGTH:],
            taps=self.taps,
            requested=self.asks,
            resuming=self.resuming,
            at=self.now.isoformat(timespec="seconds"),
            locale=self.locale,
            keeping=self.keeping,
        ).mentioned(tuple(self.mentions))
        return Decision(
            kind=kind,
            text=said,
            state=state,
            intent=intent,
            citations=tuple(dict.fromkeys(self.citations)),
            quick_replies=() if handed else self.taps,
            handoff_reason=self.handoff,
            certainty=base.certainty if base is not None else 1.0,
            log_intent=base.log_intent if base is not None else 0.0,
            log_reply=base.log_reply if base is not None else 0.0,
            reason=self.policy,
            answered=base.answered if base is not None else (),
            trace=self.trace(),
            learned=tuple(self.learned),
            agreed=self.agreed,
            # The question alone, which is the last paragraph: what was said before it is not what was agreed to.
            wording=self.state.prompt.rpartition("\n\n")[2] if self.agreed is not None else "",
        )

    def trace(self) -> FlowTrace:
        """What flows did, for the turn's row and for tests of dialogues."""
        frame = self.frames[-1] if self.frames else None
        return FlowTrace(
            policy=self.policy,
            flow=frame.flow if frame is not None else "",
            version=frame.version if frame is not None else 0,
            asks=self.asks,
            steps=tuple(self.steps),
            calls=tuple(self.calls),
            filled=self.filled,
            slots=dict(frame.slots) if frame is not None else dict(self.last_slots),
            ended=self.ended[0],
            outcome=self.ended[1],
            article=self.article,
            wrote=any(call.action in self.knowledge.flows.writes for call, _outcome in self.calls),
        )


def tapped(taps: Sequence[str]) -> tuple[str, ...]:
    """Buttons without repetitions and empty ones, in order."""
    return tuple(dict.fromkeys(tap for tap in taps if tap))

"""What the assistant will do about a message, and what it may choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from chat.dialogue.calls import ActionCall
from chat.dialogue.state import DialogueState

DecisionKind = Literal["reply", "article", "confirm", "offer", "rephrase", "handoff", "flow", "again"]
"""`flow`: a step of a flow, or what steers one; `again`: a flow's question, asked again as it was not answered."""
Handling = Literal["reply", "article", "handoff"]


@dataclass(frozen=True, slots=True)
class Citation:
    """An article that a reply rests on."""

    title: str
    url: str

    def to_json(self) -> dict[str, str]:
        """The two fields by name."""
        return {"title": self.title, "url": self.url}


@dataclass(frozen=True, slots=True)
class IntentEntry:
    """What the assistant can do about one intent, in the language of the reply."""

    name: str
    title: str
    handling: Handling
    replies: tuple[str, ...]
    quick_replies: tuple[str, ...]
    article_slug: str
    flow: str = ""


@dataclass(frozen=True, slots=True)
class ArticleEntry:
    """A published article in the language of the reply; `lead` is its direct answer as plain text."""

    slug: str
    title: str
    url: str
    lead: str
    intent: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that a workspace can answer in one language."""

    intents: Mapping[str, IntentEntry]
    articles: Mapping[str, ArticleEntry]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the fallback ladder is before a person takes over."""

    confirmations: int
    rephrasings: int


@dataclass(frozen=True, slots=True)
class Phrases:
    """The assistant's own sentences in the language of the reply. `{…}` fields are filled by `str.replace`."""

    confirm: str
    offer: str
    rephrase: str
    handoff: str
    handoff_failure: str
    no_reply: str
    talk_to_person: str
    none_of_these: str
    about: str
    left_to_person: str


@dataclass(frozen=True, slots=True)
class Learned:
    """A value that the customer confirmed and that may be remembered; `titles` are its slot's, by language."""

    name: str
    value: str
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlowTrace:
    """What flows did in a turn: the steps visited as (flow, step), the calls with their outcomes, what was filled.

    `policy` is the rule of `engine` that decided. `flow` is under way after the turn, `asks` the slot or step that
    waits; `ended` and `outcome` are of the last flow that ended in this turn. `wrote`: an action that changes
    something was called, so the turn must not be decided again.
    """

    policy: str
    flow: str = ""
    version: int = 0
    asks: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    calls: tuple[tuple[ActionCall, str], ...] = ()
    filled: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)
    ended: str = ""
    outcome: str = ""
    article: str = ""
    wrote: bool = False

    def to_json(self) -> dict[str, Any]:
        """A JSON object for the turn's row."""
        return {
            "policy": self.policy,
            "flow": self.flow,
            "version": self.version,
            "asks": self.asks,
            "steps": [list(step) for step in self.steps],
            "calls": [
                {"action": call.action, "inputs": dict(call.inputs), "outcome": outcome}
                for call, outcome in self.calls
            ],
            "filled": dict(self.filled),
            "slots": dict(self.slots),
            "ended": self.ended,
            "outcome": self.outcome,
            "article": self.article,
            "wrote": self.wrote,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """The chosen reply with the terms that chose it: log P(reply | x) + log P(i | x, c).

    `answered` are the intents that parts of the message said and the text answers, in the order said: a single one
    where a courtesy stood beside it, none where the message was decided as a whole. `flows` are to be started,
    in this order. `learned` may be remembered beyond the conversation; `agreed` is what the customer said to that
    now, None if nothing, and `wording` the question.
    """

    kind: DecisionKind
    text: str
    state: DialogueState
    intent: str = ""
    citations: tuple[Citation, ...] = ()
    quick_replies: tuple[str, ...] = ()
    handoff_reason: str = ""
    certainty: float = 0.0
    log_intent: float = 0.0
    log_reply: float = 0.0
    reason: str = ""
    answered: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    trace: FlowTrace | None = None
    learned: tuple[Learned, ...] = ()
    agreed: bool | None = None
    wording: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON object for the turn's row, without the state (it has its own column)."""
        return {
            "kind": self.kind,
            "text": self.text,
            "intent": self.intent,
            "citations": [citation.to_json() for citation in self.citations],
            "quick_replies": list(self.quick_replies),
            "handoff_reason": self.handoff_reason,
            "certainty": round(self.certainty, 4),
            "log_intent": round(self.log_intent, 4),
            "log_reply": round(self.log_reply, 4),
            "reason": self.reason,
            "answered": list(self.answered),
            **({"flow": self.trace.to_json()} if self.trace is not None else {}),
        }

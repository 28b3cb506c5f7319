"""What a flow is: typed steps over slots, in several languages. `flow_reader` makes them from YAML, docs/flows.md
is the description of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Texts = Mapping[str, tuple[str, ...]]
"""Language -> variants of one text."""
ConditionSource = Literal["slot", "saved", "profile", "clock"]
ConditionTest = Literal["is", "is_not", "in", "above", "below", "filled"]
EndOutcome = Literal["completed", "refused", "failed"]

PERSON = "person"
"""As the name of a step: a person takes over."""
END = "end"
"""As the name of a step: the flow is over."""


@dataclass(frozen=True, slots=True)
class Cues:
    """Words directly before or after a value that tell which slot it is for."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that a flow has to know. `type` is an entity type, or `text`, `choice`, `yes_no`."""

    name: str
    type: str
    title: Mapping[str, str]
    remember: bool = False
    cues: Mapping[str, Cues] = field(default_factory=dict)
    pattern: str = ""
    least: str = ""
    most: str = ""
    profile: str = ""
    invalid: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of a value; `values` has one entry but for `in`."""

    source: ConditionSource
    name: str
    test: ConditionTest
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Combination:
    """`all` or `any` of its parts hold, or `not` its only one."""

    kind: Literal["all", "any", "not"]
    parts: tuple[Condition, ...]


Condition = Test | Combination


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose: the value kept, what is shown, and other words for it."""

    value: str
    label: Texts
    words: Texts = field(default_factory=dict)
    next: str = ""


@dataclass(frozen=True, slots=True)
class ListedOptions:
    """Options made from a list that an action returned; `recommend`: what fits the customer first, and why."""

    saved: str
    output: str
    value: str
    label: Texts
    empty: str = ""
    recommend: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What all steps have: `next` is empty for "the following one"."""

    id: str
    next: str = ""
    clear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Say(Step):
    """Tell something and go on."""

    text: Texts = field(default_factory=dict)
    quick_replies: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask(Step):
    """Ask for a slot unless it is known."""

    slot: str = ""
    text: Texts = field(default_factory=dict)
    again: Texts = field(default_factory=dict)
    quick_replies: Texts = field(default_factory=dict)
    attempts: int = 3
    otherwise: str = PERSON
    optional: bool = False
    always: bool = False


@dataclass(frozen=True, slots=True)
class Choose(Step):
    """Let the visitor choose among written options or those that an action returned."""

    slot: str = ""
    text: Texts = field(default_factory=dict)
    again: Texts = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    listed: ListedOptions | None = None
    attempts: int = 3
    otherwise: str = PERSON


@dataclass(frozen=True, slots=True)
class Confirm(Step):
    """Ask whether something is right before going on."""

    text: Texts = field(default_factory=dict)
    yes: str = ""
    no: str = END
    attempts: int = 3
    otherwise: str = PERSON


@dataclass(frozen=True, slots=True)
class Case:
    """One way out of a branch."""

    when: Condition
    next: str


@dataclass(frozen=True, slots=True)
class Branch(Step):
    """Go where the first condition that holds says; `next` otherwise."""

    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Act(Step):
    """Call a business action. `inputs` are templates; outputs are read as `{saved.output}`."""

    action: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    save: str = ""
    outcomes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer(Step):
    """Answer from an article: a fixed one, or the best one found for a template."""

    article: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class Rate(Step):
    """Ask for 1 to 5, once."""

    slot: str = ""
    text: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handoff(Step):
    """A person takes over."""

    text: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Goto(Step):
    """Go on with another flow; with `comes_back`, return to the next step afterwards."""

    flow: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    comes_back: bool = False


@dataclass(frozen=True, slots=True)
class End(Step):
    """The flow is over."""

    text: Texts = field(default_factory=dict)
    outcome: EndOutcome = "completed"


AnyStep = Say | Ask | Choose | Confirm | Branch | Act | Answer | Rate | Handoff | Goto | End
Waiting = Ask | Choose | Confirm | Rate
"""Steps that wait for the visitor."""


@dataclass(frozen=True)
class Flow:
    """A checked flow. `version` is the published version's number, 0 for a draft.

    `explains`: who only asks how it is done gets the intent's written reply, and the flow as an offer.
    """

    name: str
    title: Mapping[str, str]
    description: str
    triggers: tuple[str, ...]
    keywords: Texts
    timeout_minutes: int
    slots: Mapping[str, Slot]
    steps: tuple[AnyStep, ...]
    version: int = 0
    explains: bool = False

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Step id -> its place in `steps`."""
        return {step.id: place for place, step in enumerate(self.steps)}

    @cached_property
    def saved(self) -> frozenset[str]:
        """The names under which actions save what they bring."""
        return frozenset(step.save for step in self.steps if isinstance(step, Act) and step.save)

    def step(self, step_id: str) -> AnyStep | None:
        """The step of this id, None if there is none (any more)."""
        place = self.places.get(step_id)
        return None if place is None else self.steps[place]

    def following(self, step: AnyStep) -> str:
        """The id of the step in the order after this one; `end` after the last."""
        place = self.places[step.id] + 1
        return self.steps[place].id if place < len(self.steps) else END

    def after(self, step: AnyStep) -> str:
        """Where the step goes on if nothing else says where."""
        return step.next or self.following(step)

    def title_in(self, locale: str) -> str:
        """The title in the language, in any other one, or the name."""
        return self.title.get(locale) or next(iter(self.title.values()), self.name)


def variant(texts: Texts, locale: str, turn: int) -> str:
    """The wording for this language and turn; another language's where this one has none; empty without any."""
    wordings = texts.get(locale) or next(iter(texts.values()), ())
    return wordings[turn % len(wordings)] if wordings else ""

"""What the dialogue may use besides the message and its own state. Frozen; one for a language of a workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chat.dialogue.decision import Catalogue, Limits, Phrases
from chat.dialogue.flows import Flow
from chat.dialogue.listed import NOTHING_LISTED, ListedValues
from chat.dialogue.recommending import Interest
from nlu.types import Thresholds

Keeping = Literal["off", "ask", "on"]
"""Whether what is confirmed may be remembered beyond the conversation: never, if the customer says so, or yes."""


@dataclass(frozen=True, slots=True)
class FlowBook:
    """The published flows: the current version of each, and those that conversations under way still run.

    `writes` are the actions that change something: a flow never repeats them.
    """

    current: Mapping[str, Flow] = field(default_factory=dict)
    pinned: Mapping[tuple[str, int], Flow] = field(default_factory=dict)
    writes: frozenset[str] = frozenset()
    failure_texts: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = field(default_factory=dict)

    def get(self, name: str, version: int) -> Flow | None:
        """The version that a conversation began with; the current one where that is gone; None without any."""
        current = self.current.get(name)
        if current is not None and current.version == version:
            return current
        return self.pinned.get((name, version)) or current


@dataclass(frozen=True, slots=True)
class FlowPhrases:
    """What the assistant itself says around flows. `{…}` fields are filled by `str.replace`."""

    yes: str
    no: str
    back_to: str
    next_task: str
    cancelled: str
    nothing_to_cancel: str
    first_question: str
    already_done: str
    not_understood: str
    does_not_fit: str
    changed: str
    declined: str
    resume: str
    resume_yes: str
    resume_no: str
    done: str
    action_failed: str
    no_article: str
    cannot_go_on: str
    because_said: str
    because_asked: str
    because_seen: str
    because_profile: str
    no_hurry: str
    from_profile: str
    keep_offer: str
    keep_yes: str
    keep_no: str
    kept: str
    not_kept: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything of one workspace and language that deciding needs.

    `profile` are the attributes of the customer that may be used, `facts` those of them that the customer said in
    an earlier talk, by slot; `references` map placeholders of masked values in the message to the sequence of the
    message that holds them. `listed` are the active model's lists of values. `interests` are what else tells what
    the customer is after, such as pages that they looked at.
    """

    catalogue: Catalogue
    thresholds: Thresholds
    limits: Limits
    phrases: Phrases
    flow_phrases: FlowPhrases
    flows: FlowBook = field(default_factory=FlowBook)
    locale: str = ""
    profile: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    keeping: Keeping = "off"
    interests: Sequence[Interest] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    listed: ListedValues = NOTHING_LISTED

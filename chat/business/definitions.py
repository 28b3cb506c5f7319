"""An action as its author declared it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

InputType = Literal["text", "number", "truth"]
BodyPart = str | Mapping[str, "BodyPart"] | Sequence["BodyPart"]

MOST_ITEMS: Final = 20
"""Items of a list that are kept of an answer."""
STANDING_OUTCOMES: Final = (
    *("ok", "timeout", "unreachable", "server_error", "client_error", "bad_answer", "refused"),
)
"""Outcomes that every action has without declaring them."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input. In a JSON body a whole-string template of it is written as its type."""

    required: bool = False
    type: InputType = "text"


@dataclass(frozen=True, slots=True)
class Output:
    """A value of the answer at a dotted path; an answer without a needed one is a bad one."""

    path: str
    needed: bool = False


@dataclass(frozen=True, slots=True)
class ListOutput:
    """A list of the answer, with what is kept of each item: name -> path in the item."""

    path: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """`outcome` if the status is so (0: any), and if the field at the path is so (no path: whatever it is)."""

    outcome: str
    status: int = 0
    path: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class ActionDefinition:
    """Everything of one action."""

    name: str
    title: Mapping[str, str]
    method: str
    path: str
    writes: bool
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, BodyPart] | None = None
    inputs: Mapping[str, Input] = field(default_factory=dict)
    timeout_seconds: int = 5
    retries: int = 1
    outputs: Mapping[str, Output | ListOutput] = field(default_factory=dict)
    outcomes: tuple[OutcomeRule, ...] = ()
    says: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def outcome_names(self) -> frozenset[str]:
        """Every outcome that a call of it may have."""
        return frozenset(STANDING_OUTCOMES) | {rule.outcome for rule in self.outcomes}


@dataclass(frozen=True, slots=True)
class ConnectionDefinition:
    """How a file names the system that its actions call. `secret` is a name, never a value."""

    name: str
    demo: str
    base_url: str
    header: str
    scheme: str
    secret: str

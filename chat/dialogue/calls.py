"""A call of a business action and what came of it, as the dialogue sees them. `chat/business` makes the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

WITHHELD: Final = "withheld"
"""The outcome of a call that was not made because it would change something while a flow is only tried out."""

OutputValue = str | tuple[Mapping[str, str], ...]
"""A text in canonical form, or a list whose items map fields to such texts."""


@dataclass(frozen=True, slots=True)
class ActionCall:
    """Call `action` with `inputs`; `key` is the same for the same step of the same flow with the same inputs."""

    action: str
    inputs: Mapping[str, str]
    key: str


@dataclass(frozen=True, slots=True)
class ActionResult:
    """How the call ended (`ok`, or one of the outcomes of docs/flows.md) and what the answer held."""

    outcome: str
    outputs: Mapping[str, OutputValue] = field(default_factory=dict)

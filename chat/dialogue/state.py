"""What the assistant remembers of a conversation between two turns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from nlu.types import DialogueContext

REMEMBERED_INTENTS = 3
REMEMBERED_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class DialogueState:
    """Frozen: a turn makes a new one.

    `offered` are the intents that the assistant last asked the visitor to choose from, or left to be tapped beside
    an answer; `confirmations` and
    `rephrasings` count the steps of the fallback ladder since something was last understood.
    """

    previous_intents: tuple[str, ...] = ()
    last_bot_act: str = ""
    previous_message: str = ""
    offered: tuple[str, ...] = ()
    confirmations: int = 0
    rephrasings: int = 0
    turns: int = 0

    def context(self) -> DialogueContext:
        """The c of P(i | x, c) for the next message."""
        return DialogueContext(
            previous_intents=self.previous_intents,
            last_bot_act=self.last_bot_act,
            previous_message=self.previous_message,
        )

    def understood(self, *, intent: str, act: str, message: str) -> DialogueState:
        """After a turn that was answered: the ladder starts again."""
        intents = (intent, *self.previous_intents)[:REMEMBERED_INTENTS] if intent else self.previous_intents
        return DialogueState(
            previous_intents=intents,
            last_bot_act=act,
            previous_message=message[:REMEMBERED_CHARACTERS],
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
            rephrasings=self.rephrasings + 1,
            turns=self.turns + 1,
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON object; inverse of `from_json`."""
        return {
            "previous_intents": list(self.previous_intents),
            "last_bot_act": self.last_bot_act,
            "previous_message": self.previous_message,
            "offered": list(self.offered),
            "confirmations": self.confirmations,
            "rephrasings": self.rephrasings,
            "turns": self.turns,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Rebuild from a stored object; an empty one is a fresh conversation."""
        if not data:
            return cls()
        return cls(
            previous_intents=tuple(data["previous_intents"]),
            last_bot_act=data["last_bot_act"],
            previous_message=data["previous_message"],
            offered=tuple(data["offered"]),
            confirmations=data["confirmations"],
            rephrasings=data["rephrasings"],
            turns=data["turns"],
        )

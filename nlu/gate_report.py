"""What the gate found when it compared a candidate with the active model: frozen, and without a word of prose.

The console puts the reasons into words; here they are codes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

CheckName = Literal[
    "accuracy",
    "intents",
    "known",
    "out_of_scope",
    "certain_errors",
    "corrections",
    "entities",
    "calibration",
    "latency",
    "replay",
]
CHECKS: tuple[CheckName, ...] = (
    "accuracy",
    "intents",
    "known",
    "out_of_scope",
    "certain_errors",
    "corrections",
    "entities",
    "calibration",
    "latency",
    "replay",
)
Reason = Literal["as_good", "better", "answers_more", "worse", "collapsed", "lost", "no_cases"]
Basis = Literal["first", "unreadable", "cases", "both", "held_out", "none"]
"""What was compared on: nothing (the first model, or the active one cannot be loaded), the evaluation set, both,
held-out examples, nothing at all."""


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One question to the candidate.

    active, candidate, bound: shares in 0-1 (milliseconds for `latency`); `bound` is the worst value that still
    passes, None where the question is not one of a bound. reason: `as_good` means no worse than chance explains,
    `answers_more` more wrong answers or strangers unnoticed, but only as many as more right ones bring with them,
    `collapsed` that so much was lost that few examples suffice to see it, `lost` that `names` are no longer known,
    `no_cases` that nothing could be measured, which passes. count: on how many examples.
    """

    name: CheckName
    passed: bool
    reason: Reason
    active: float | None = None
    candidate: float | None = None
    bound: float | None = None
    count: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IntentRecall:
    """Share in 0-1 of an intent's `count` examples that each model got right; `fell` if that fails the gate."""

    name: str
    active: float
    candidate: float
    count: int
    fell: bool


@dataclass(frozen=True, slots=True)
class GateReport:
    """The whole comparison.

    active_number: the version compared with, None for a first model. cases, held_out, replayed: how many examples
    of each kind were compared; leaked: cases left out because one of the models, or its encoder, had learned
    them.
    changed: replayed messages that the candidate would take for something else. worse, better: ids of cases, in
    `worse` corrections first; worse_keys: `text_key` of held-out utterances that got worse.
    """

    basis: Basis
    checks: tuple[GateCheck, ...] = ()
    intents: tuple[IntentRecall, ...] = ()
    active_number: int | None = None
    cases: int = 0
    held_out: int = 0
    leaked: int = 0
    replayed: int = 0
    changed: int = 0
    worse: tuple[int, ...] = ()
    better: tuple[int, ...] = ()
    worse_keys: tuple[int, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no check speaks against the candidate."""
        return not self.failed

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the checks that speak against it."""
        return tuple(check.name for check in self.checks if not check.passed)

    def to_json(self) -> dict[str, Any]:
        """A JSON object; inverse of `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Rebuild from `to_json`'s object; KeyError, TypeError or ValueError if it has another form."""
        fields = dict(data)
        checks = tuple(GateCheck(**{**check, "names": tuple(check["names"])}) for check in fields.pop("checks"))
        intents = tuple(IntentRecall(**intent) for intent in fields.pop("intents"))
        for name in ("worse", "better", "worse_keys"):
            fields[name] = tuple(fields[name])
        return cls(checks=checks, intents=intents, **fields)

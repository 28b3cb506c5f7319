"""One turn of a talk in which staff try a flow out: what was said, understood, decided and called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from chat.dialogue.calls import WITHHELD, ActionResult, OutputValue
from chat.dialogue.trials import result_of_json, result_to_json

HowCalled = Literal["made", "chosen", "withheld"]
"""Really called, answered with an outcome that a person chose, or not called."""


@dataclass(frozen=True, slots=True)
class TrialCall:
    """A business action that was called, or would have been. `outputs` are masked as in a customer's talk."""

    action: str
    inputs: Mapping[str, str]
    key: str
    outcome: str
    outputs: Mapping[str, OutputValue] = field(default_factory=dict)
    how: HowCalled = "made"

    @property
    def result(self) -> ActionResult:
        """What it brought."""
        return ActionResult(self.outcome, self.outputs)


@dataclass(frozen=True, slots=True)
class Understood:
    """What was recognised in the message: the intents, best first, and the entities as (type, text, value)."""

    intents: tuple[tuple[str, float], ...] = ()
    entities: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TrialTurn:
    """`text` is what was written, empty where the flow began by itself; `steps` are (flow, step), as gone through.

    `slots` are those of the task under way, of the last one once it is over; `asks` is the slot or step that
    waits. `outcome` is how the flow `ended`, `policy` the rule of the dialogue that decided.
    """

    text: str
    reply: str
    locale: str = ""
    taps: tuple[str, ...] = ()
    kind: str = ""
    policy: str = ""
    understood: Understood = field(default_factory=Understood)
    flow: str = ""
    asks: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    filled: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[TrialCall, ...] = ()
    ended: str = ""
    outcome: str = ""
    articles: tuple[str, ...] = ()
    milliseconds: float = 0.0

    @property
    def handed_off(self) -> bool:
        """Whether a person takes over."""
        return self.kind == "handoff"

    @property
    def withheld(self) -> TrialCall | None:
        """The call that a person has to decide about."""
        return next((call for call in self.calls if call.how == "withheld"), None)

    def to_json(self) -> dict[str, Any]:
        """A JSON object; inverse of `from_json`."""
        return {
            "text": self.text,
            "reply": self.reply,
            "locale": self.locale,
            "taps": list(self.taps),
            "kind": self.kind,
            "policy": self.policy,
            "intents": [list(one) for one in self.understood.intents],
            "entities": [list(one) for one in self.understood.entities],
            "flow": self.flow,
            "asks": self.asks,
            "steps": [list(step) for step in self.steps],
            "filled": dict(self.filled),
            "slots": dict(self.slots),
            "calls": [
                {
                    "action": call.action,
                    "inputs": dict(call.inputs),
                    "key": call.key,
                    "how": call.how,
                    **result_to_json(call.result),
                }
                for call in self.calls
            ],
            "ended": self.ended,
            "outcome": self.outcome,
            "articles": list(self.articles),
            "milliseconds": self.milliseconds,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from a stored object."""
        return cls(
            text=data["text"],
            reply=data["reply"],
            locale=data.get("locale", ""),
            taps=tuple(data.get("taps", ())),
            kind=data.get("kind", ""),
            policy=data.get("policy", ""),
            understood=Understood(
                intents=tuple((str(name), float(share)) for name, share in data.get("intents", ())),
                entities=tuple((kind, text, value) for kind, text, value in data.get("entities", ())),
            ),
            flow=data.get("flow", ""),
            asks=data.get("asks", ""),
            steps=_pairs(data.get("steps", ())),
            filled=dict(data.get("filled", {})),
            slots=dict(data.get("slots", {})),
            calls=tuple(_call(one) for one in data.get("calls", ())),
            ended=data.get("ended", ""),
            outcome=data.get("outcome", ""),
            articles=tuple(data.get("articles", ())),
            milliseconds=float(data.get("milliseconds", 0.0)),
        )


def turn_of(
    *,
    text: str,
    parse: Mapping[str, Any],
    decision: Mapping[str, Any],
    chosen: frozenset[str] = frozenset(),
    milliseconds: float = 0.0,
) -> TrialTurn:
    """What a turn worker decided (`chat.actions.probes.ProbeResult`) as a turn.

    `chosen` are the keys of calls whose outcome a person chose.
    """
    trace = decision.get("flow") or {}
    results = list(decision.get("calls", ()))
    calls = []
    for told in trace.get("calls", ()):
        result = _taken(results, told)
        outcome = str(told["outcome"])
        key = str(result.get("key", "")) if result else ""
        calls.append(
            TrialCall(
                action=told["action"],
                inputs=dict(told["inputs"]),
                key=key,
                outcome=outcome,
                outputs=result_of_json(result).outputs if result else {},
                how="withheld" if outcome == WITHHELD else "chosen" if key in chosen else "made",
            )
        )
    state = decision.get("state") or {}
    return TrialTurn(
        text=text,
        reply=str(decision.get("text", "")),
        locale=str(decision.get("locale", "")),
        taps=tuple(decision.get("quick_replies", ())),
        kind=str(decision.get("kind", "")),
        policy=str(trace.get("policy", "")),
        understood=Understood(
            intents=tuple((one["name"], one["confidence"]) for one in parse.get("intents", ())[:3]),
            entities=tuple(
                (one["type"], one["text"], str(one.get("value", ""))) for one in parse.get("entities", ())
            ),
        ),
        flow=_flow_after(state),
        asks=str(state.get("requested", "")),
        steps=_pairs(trace.get("steps", ())),
        filled=dict(trace.get("filled", {})),
        slots=_slots_after(state),
        calls=tuple(calls),
        ended=str(trace.get("ended", "")),
        outcome=str(trace.get("outcome", "")),
        articles=tuple(
            str(one.get("url", "")).rstrip("/").rsplit("/", 1)[-1] for one in decision.get("citations", ())
        ),
        milliseconds=milliseconds,
    )


def _taken(results: list[Mapping[str, Any]], told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The result of a told call; calls that no flow tells of (articles that are searched) are passed over."""
    for place, result in enumerate(results):
        if result.get("action") == told["action"]:
            del results[: place + 1]
            return result
    return None


def _flow_after(state: Mapping[str, Any]) -> str:
    frames = state.get("frames") or ()
    return str(frames[-1]["flow"]) if frames else ""


def _slots_after(state: Mapping[str, Any]) -> dict[str, str]:
    frames = state.get("frames") or ()
    return dict(frames[-1].get("slots", {})) if frames else dict(state.get("last_slots", {}))


def _pairs(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(first), str(second)) for first, second in rows)


def _call(data: Mapping[str, Any]) -> TrialCall:
    result = result_of_json(data)
    return TrialCall(
        action=data["action"],
        inputs=dict(data["inputs"]),
        key=data.get("key", ""),
        outcome=result.outcome,
        outputs=result.outputs,
        how=data.get("how", "made"),
    )

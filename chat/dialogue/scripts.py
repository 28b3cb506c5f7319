"""Recorded conversations: what a customer says turn by turn, and what must come of it (docs/flows.md).

Wording is never compared: slots, what is asked, calls, articles and how it ends are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from chat.dialogue.calls import ActionCall, ActionResult, OutputValue
from chat.dialogue.decision import Decision
from chat.dialogue.fields import Fields
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.trials import Start
from chat.errors import InvalidInput

MOST_TURNS: Final = 60
MOST_CONVERSATIONS: Final = 500
OUTCOMES: Final = ("completed", "refused", "failed", "cancelled", "handoff", "answered")


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """An action that must have been called, with at least these inputs."""

    action: str
    inputs: Mapping[str, str] = field(default_factory=dict)

    def fits(self, call: ActionCall) -> bool:
        """Whether the call is this one."""
        return call.action == self.action and all(
            call.inputs.get(name, "") == value for name, value in self.inputs.items()
        )


@dataclass(frozen=True, slots=True)
class ScriptTurn:
    """What the customer says, and what is expected after it; None means that it is not looked at."""

    user: str
    flow: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    asks: str | None = None
    calls: tuple[ExpectedCall, ...] | None = None
    article: str | None = None
    handed_off: bool | None = None


@dataclass(frozen=True, slots=True)
class ScriptEnd:
    """How the conversation must have ended. `calls` are all calls, in order."""

    flow: str | None = None
    outcome: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[ExpectedCall, ...] | None = None


@dataclass(frozen=True, slots=True)
class RecordedResult:
    """What a call of an action with these inputs brought when the conversation was recorded."""

    call: ExpectedCall
    result: ActionResult


@dataclass(frozen=True, slots=True)
class Script:
    """One recorded conversation. `clock` is the present of its first turn, None for the real one.

    With a `start`, the `started` flow begins there before the first turn. `results` are what calls bring; others
    are made.
    """

    name: str
    turns: tuple[ScriptTurn, ...]
    end: ScriptEnd
    clock: datetime | None = None
    profile: Mapping[str, str] = field(default_factory=dict)
    started: str = ""
    start: Start | None = None
    results: tuple[RecordedResult, ...] = ()


def read_scripts(text: str) -> list[Script]:
    """The conversations of a YAML file; InvalidInput names the place."""
    return scripts_of(load_yaml(text))


def scripts_of(data: Any) -> list[Script]:
    """The conversations of a loaded document."""
    if not isinstance(data, list) or len(data) > MOST_CONVERSATIONS:
        raise InvalidInput(f"A list of at most {MOST_CONVERSATIONS} conversations is wanted")
    scripts = [script_of(one, f"conversation {place}") for place, one in enumerate(data, start=1)]
    names = [script.name for script in scripts]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(f"Two conversations are named {name!r}")
    return scripts


def script_of(data: Any, place: str) -> Script:
    """One conversation of a loaded document."""
    fields = Fields(data, place)
    name = fields.text("name")
    fields.place = f"{place} ({name})"
    clock = fields.text("clock", "")
    try:
        present = datetime.fromisoformat(clock) if clock else None
    except ValueError:
        raise fields.error("clock", "an ISO 8601 time is wanted (2026-03-18T14:30)") from None
    turns = tuple(_turn(one) for one in fields.items("turns"))
    if not turns or len(turns) > MOST_TURNS:
        raise fields.error("turns", f"1 to {MOST_TURNS} turns are wanted")
    script = Script(
        name=name,
        turns=turns,
        end=_end(fields.inner("end")),
        clock=present,
        profile=fields.templates("profile"),
        results=tuple(_result(one) for one in fields.items("results")),
    )
    if fields.has("start"):
        start = fields.inner("start")
        script = replace(
            script, started=start.name("flow"), start=Start(start.name("step", ""), start.templates("slots"))
        )
        start.done()
    fields.done()
    return script


def _result(fields: Fields) -> RecordedResult:
    call = ExpectedCall(fields.name("call"), fields.templates("with"))
    outcome = fields.name("outcome", "ok")
    outputs: dict[str, OutputValue] = {}
    for name, value in fields.inner("outputs").data.items():
        if isinstance(value, str):
            outputs[name] = value
        elif isinstance(value, list) and all(_is_flat(item) for item in value):
            outputs[name] = tuple(dict(item) for item in value)
        else:
            raise fields.error("outputs", f"{name!r} is neither a text nor a list of items")
    fields.done()
    return RecordedResult(call, ActionResult(outcome, outputs))


def _is_flat(item: Any) -> bool:
    """Whether it maps names to texts."""
    return isinstance(item, dict) and all(isinstance(value, str) for value in item.values())


def _turn(fields: Fields) -> ScriptTurn:
    turn = ScriptTurn(
        user=fields.text("user"),
        flow=fields.text("flow", "") if fields.has("flow") else None,
        slots=fields.templates("slots"),
        asks=fields.text("asks", "") if fields.has("asks") else None,
        calls=_calls(fields, "calls"),
        article=fields.text("article") if fields.has("article") else None,
        handed_off=fields.flag("handed_off") if fields.has("handed_off") else None,
    )
    fields.done()
    return turn


def _end(fields: Fields) -> ScriptEnd:
    outcome = fields.text("outcome", "")
    if outcome and outcome not in OUTCOMES:
        raise fields.error("outcome", f"{outcome!r} is none of {', '.join(OUTCOMES)}")
    end = ScriptEnd(
        flow=fields.text("flow", "") if fields.has("flow") else None,
        outcome=outcome or None,
        slots=fields.templates("slots"),
        calls=_calls(fields, "calls"),
    )
    fields.done()
    return end


def _calls(fields: Fields, key: str) -> tuple[ExpectedCall, ...] | None:
    values = fields.get(key)
    if values is None:
        return None
    if not isinstance(values, list):
        raise fields.error(key, "a list of actions is wanted")
    calls: list[ExpectedCall] = []
    for place, value in enumerate(values):
        if isinstance(value, str):
            calls.append(ExpectedCall(value))
            continue
        inner = Fields(value, f"{fields.place}.{key}[{place}]")
        calls.append(ExpectedCall(inner.name("name"), inner.templates("with")))
        inner.done()
    return tuple(calls)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where a conversation went another way. `turn` counts from 1; 0 is the end."""

    turn: int
    what: str
    expected: str
    found: str


def mismatches(script: Script, decisions: Sequence[Decision], opening: Decision | None = None) -> list[Mismatch]:
    """Everything in which the decisions, one a turn, are not what the script expects."""
    found: list[Mismatch] = []
    for place, (turn, decision) in enumerate(zip(script.turns, decisions, strict=False), start=1):
        found += [Mismatch(place, *difference) for difference in _of_turn(turn, decision)]
    all_of_them = [*([opening] if opening is not None else []), *decisions]
    found += [Mismatch(0, *difference) for difference in _of_end(script.end, all_of_them)]
    return found


def _of_turn(turn: ScriptTurn, decision: Decision) -> Iterator[tuple[str, str, str]]:
    trace = decision.trace
    frame = decision.state.frame
    if turn.flow is not None and turn.flow != (frame.flow if frame else ""):
        yield "flow", turn.flow, frame.flow if frame else ""
    yield from _slots(turn.slots, frame.slots if frame else decision.state.last_slots)
    if turn.asks is not None and turn.asks != decision.state.requested:
        yield "asks", turn.asks, decision.state.requested
    if turn.calls is not None:
        yield from _of_calls(turn.calls, _made(decision))
    if turn.article is not None and turn.article not in _articles(decision):
        yield "article", turn.article, ", ".join(_articles(decision)) or (trace.article if trace else "")
    if turn.handed_off is not None and turn.handed_off != (decision.kind == "handoff"):
        yield "handed_off", str(turn.handed_off).lower(), decision.kind


def _of_end(end: ScriptEnd, decisions: Sequence[Decision]) -> Iterator[tuple[str, str, str]]:
    last = decisions[-1].state if decisions else None
    if last is None:
        return
    outcome = outcome_of(decisions)
    if end.outcome is not None and end.outcome != outcome:
        yield "outcome", end.outcome, outcome
    flow = last.frame.flow if last.frame else last.last_flow
    if end.flow is not None and end.flow != flow:
        yield "flow", end.flow, flow
    yield from _slots(end.slots, last.frame.slots if last.frame else last.last_slots)
    if end.calls is not None:
        yield from _of_calls(end.calls, [call for decision in decisions for call in _made(decision)])


def outcome_of(decisions: Sequence[Decision]) -> str:
    """How a conversation ended: with a person, as its last flow did, still under way, or answered without one."""
    last = decisions[-1]
    if last.kind == "handoff":
        return "handoff"
    if last.state.frames:
        return "under way"
    return last.state.last_outcome or "answered"


def _made(decision: Decision) -> list[ActionCall]:
    calls = decision.trace.calls if decision.trace is not None else ()
    return [call for call, _outcome in calls]


def _articles(decision: Decision) -> list[str]:
    return [citation.url.rstrip("/").rsplit("/", 1)[-1] for citation in decision.citations]


def _slots(expected: Mapping[str, str], found: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name, value in expected.items():
        if found.get(name, "") != value:
            yield f"slot {name}", value, found.get(name, "")


def _of_calls(expected: Sequence[ExpectedCall], made: Sequence[ActionCall]) -> Iterator[tuple[str, str, str]]:
    fits = len(expected) == len(made) and all(one.fits(call) for one, call in zip(expected, made, strict=True))
    if not fits:
        yield "calls", _written(expected), _written(made)


def _written(calls: Sequence[ExpectedCall | ActionCall]) -> str:
    return ", ".join(
        call.action + ("(" + ", ".join(f"{k}={v}" for k, v in call.inputs.items()) + ")" if call.inputs else "")
        for call in calls
    )

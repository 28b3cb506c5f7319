"""Recorded conversations as documents: made of a talk, and what is expected of each turn, to tick or not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chat.business.action_text import document_text
from chat.dialogue.scripts import OUTCOMES
from chat.dialogue.trials import result_to_json
from chat.trial_turns import TrialCall, TrialTurn

END: Final = 0
"""The place of what is expected of the end; turns count from 1."""
PLAIN: Final = ("flow", "asks", "article", "handed_off", "outcome", "calls")
KEYS: Final = ("name", "clock", "profile", "start", "results", "turns", "end")


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that may be expected; `name` is a key of the document, `slot` whose value it is of `slots`."""

    key: str
    name: str
    slot: str
    value: str
    expected: bool


@dataclass(frozen=True, slots=True)
class TurnClaims:
    """What may be expected of a turn, or of the end."""

    place: int
    user: str
    claims: tuple[Claim, ...]


def script_of_talk(
    *,
    name: str,
    flow: str,
    start: Mapping[str, Any],
    profile: Mapping[str, str],
    clock: datetime | None,
    turns: Sequence[TrialTurn],
) -> dict[str, Any]:
    """The document of a talk, with everything that could be expected of it."""
    said = [turn for turn in turns if turn.text]
    script: dict[str, Any] = {"name": name}
    if clock is not None:
        script["clock"] = clock.strftime("%Y-%m-%dT%H:%M")
    if profile:
        script["profile"] = dict(profile)
    if start:
        slots = {"slots": dict(start["slots"])} if start.get("slots") else {}
        step = {"step": start["step"]} if start.get("step") else {}
        script["start"] = {"flow": flow, **step, **slots}
    results = [_recorded(call) for turn in turns for call in turn.calls]
    if results:
        script["results"] = results
    script["turns"] = [_turn(turn) for turn in said]
    script["end"] = _end(turns)
    return script


def _recorded(call: TrialCall) -> dict[str, Any]:
    told = result_to_json(call.result)
    outputs = {"outputs": told["outputs"]} if told["outputs"] else {}
    return {**_call(call, "call"), "outcome": call.outcome, **outputs}


def _call(call: TrialCall, key: str = "name") -> dict[str, Any]:
    inputs = {name: value for name, value in call.inputs.items() if value}
    return {key: call.action, **({"with": inputs} if inputs else {})}


def _turn(turn: TrialTurn) -> dict[str, Any]:
    told: dict[str, Any] = {"user": turn.text, "flow": turn.flow}
    if turn.asks:
        told["asks"] = turn.asks
    if turn.filled:
        told["slots"] = {name: turn.slots[name] for name in turn.filled if name in turn.slots}
    told["calls"] = [_call(call) for call in turn.calls]
    if turn.articles:
        told["article"] = turn.articles[0]
    if turn.handed_off:
        told["handed_off"] = "true"
    return told


def _end(turns: Sequence[TrialTurn]) -> dict[str, Any]:
    last = turns[-1]
    ended = next((turn for turn in reversed(turns) if turn.ended), None)
    told: dict[str, Any] = {}
    flow = last.flow or (ended.ended if ended is not None else "")
    if flow:
        told["flow"] = flow
    outcome = "handoff" if last.handed_off else "" if last.flow else ended.outcome if ended else "answered"
    if outcome in OUTCOMES:
        told["outcome"] = outcome
    slots = {name: value for name, value in last.slots.items() if value}
    if slots:
        told["slots"] = slots
    told["calls"] = [_call(call) for turn in turns for call in turn.calls]
    return told


def claims_of(script: Mapping[str, Any], seen: Mapping[str, Any]) -> list[TurnClaims]:
    """Everything that is expected, and what was seen when the conversation was recorded and may be, too."""
    found = []
    for place, (expected, known) in enumerate(_paired(script, seen), start=1):
        found.append(TurnClaims(place, expected["user"], tuple(_claims(place, expected, known))))
    found.append(TurnClaims(END, "", tuple(_claims(END, script.get("end") or {}, _end_seen(script, seen)))))
    return found


def with_claims(script: Mapping[str, Any], seen: Mapping[str, Any], kept: Collection[str]) -> dict[str, Any]:
    """The document with exactly these expectations, by the keys of `claims_of`."""
    turns = [
        {"user": expected["user"], **_kept(place, expected, known, kept)}
        for place, (expected, known) in enumerate(_paired(script, seen), start=1)
    ]
    end = _kept(END, script.get("end") or {}, _end_seen(script, seen), kept)
    return {**script, "turns": turns, "end": end}


def _paired(
    script: Mapping[str, Any], seen: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each turn with what was seen in it; nothing where the turns are others by now."""
    turns, known = script["turns"], seen.get("turns", [])
    same = [turn["user"] for turn in turns] == [turn["user"] for turn in known]
    for place, turn in enumerate(turns):
        yield turn, known[place] if same else {}


def _end_seen(script: Mapping[str, Any], seen: Mapping[str, Any]) -> Mapping[str, Any]:
    same = [turn["user"] for turn in script["turns"]] == [turn["user"] for turn in seen.get("turns", [])]
    return (seen.get("end") or {}) if same else {}


def _claims(place: int, expected: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Claim]:
    for name in PLAIN:
        if name in expected or name in known:
            value = expected[name] if name in expected else known[name]
            yield Claim(f"{place}.{name}", name, "", _shown(name, value), name in expected)
    slots = {**(known.get("slots") or {}), **(expected.get("slots") or {})}
    for slot, value in slots.items():
        yield Claim(f"{place}.slots.{slot}", "slots", slot, value, slot in (expected.get("slots") or {}))


def _kept(
    place: int, expected: Mapping[str, Any], known: Mapping[str, Any], kept: Collection[str]
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in PLAIN:
        if f"{place}.{name}" in kept and (name in expected or name in known):
            told[name] = expected[name] if name in expected else known[name]
    slots = {**(known.get("slots") or {}), **(expected.get("slots") or {})}
    chosen = {slot: value for slot, value in slots.items() if f"{place}.slots.{slot}" in kept}
    return {**told, **({"slots": chosen} if chosen else {})}


def _shown(name: str, value: Any) -> str:
    if name != "calls":
        return str(value)
    return ", ".join(call_text(call) for call in value)


def call_text(call: str | Mapping[str, Any]) -> str:
    """An expected call as a line of text."""
    if isinstance(call, str):
        return call
    inputs = ", ".join(f"{name}={value}" for name, value in (call.get("with") or {}).items())
    return f"{call['name']}({inputs})" if inputs else str(call["name"])


def accepting(script: Mapping[str, Any], turns: Sequence[TrialTurn]) -> dict[str, Any]:
    """The document with the same expectations, but of how the talk went now; `results` are those of now, too."""
    start = script.get("start") or {}
    now = script_of_talk(
        name=script["name"],
        flow=str(start.get("flow", "")),
        start=start,
        profile=script.get("profile") or {},
        clock=None,
        turns=turns,
    )
    expected = [claim for turn in claims_of(script, {}) for claim in turn.claims]
    kept = {claim.key for claim in expected}
    for place, turn in enumerate(now["turns"], start=1):
        if f"{place}.asks" in kept:
            turn.setdefault("asks", "")
    clock = {"clock": script["clock"]} if script.get("clock") else {}
    return {**with_claims(now, {}, kept), **clock}


def flows_named(script: Mapping[str, Any]) -> set[str]:
    """The flows that a document starts with, passes or ends with."""
    named = [turn.get("flow", "") for turn in script.get("turns", ())]
    named += [(script.get("end") or {}).get("flow", ""), (script.get("start") or {}).get("flow", "")]
    return {name for name in named if name}


def scripts_text(scripts: Sequence[Mapping[str, Any]]) -> str:
    """Documents as the YAML of docs/flows.md."""
    ordered = [{key: script[key] for key in KEYS if key in script} for script in scripts]
    return document_text(ordered)

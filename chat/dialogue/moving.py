"""How a task begins, moves from step to step, waits, ends, and goes to a person."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from chat.dialogue.flows import AnyStep, Flow
from chat.dialogue.frames import Frame, Task
from chat.dialogue.slot_values import misfit
from chat.dialogue.templates import shown
from chat.dialogue.turn import Turn, tapped

FRAMES_AT_MOST: Final = 5
TAPS_AT_MOST: Final = 10


def begin(turn: Turn, task: Task) -> None:
    """Put a task on the stack. Beyond the limit the oldest one is forgotten."""
    flow = turn.knowledge.flows.current.get(task.flow)
    if flow is None:
        turn.say(turn.phrase("cannot_go_on", title=task.flow))
        return
    turn.frames.append(Frame(flow=flow.name, version=flow.version))
    known = {name: value for name, value in task.slots.items() if name in flow.slots and value}
    turn.fill(known, flow)
    _prefill(turn, flow)
    if len(turn.frames) > FRAMES_AT_MOST:
        turn.frames.pop(0)


def _prefill(turn: Turn, flow: Flow) -> None:
    """What is known already: from tasks under way, from confirmed values, from the customer's profile.

    What comes from the profile is said, so that it can be corrected before anything is done with it.
    """
    known: dict[str, str] = {}
    told: list[str] = []
    for name, slot in flow.slots.items():
        if turn.frame.slots.get(name):
            continue
        if slot.remember:
            below = next((frame.slots[name] for frame in reversed(turn.frames[:-1]) if frame.slots.get(name)), "")
            remembered = turn.memory.get(name)
            known[name] = below or (remembered.value if remembered is not None else "")
        if known.get(name):
            continue
        kept = turn.knowledge.facts.get(name, "") if slot.remember else ""
        value = kept or (turn.knowledge.profile.get(slot.profile, "") if slot.profile else "")
        if value and not misfit(slot, value, now=turn.now):
            known[name] = value
            told.append(f"{slot.title.get(turn.locale, name)} {shown(value, turn.locale)}")
    turn.frame = turn.frame.with_slots({name: value for name, value in known.items() if value})
    if told:
        separator = "、" if turn.locale.startswith("zh") else ", "
        turn.say(turn.phrase("from_profile", values=separator.join(told)))


def run_again(turn: Turn) -> None:
    """After a correction: from the beginning with what is known. Steps that were done are passed over."""
    frame = turn.frame
    if frame.written:
        # What was done stays done: the corrected wish is a new one, with its own confirmation.
        turn.frame = Frame(flow=frame.flow, version=frame.version, slots=frame.slots)
    else:
        turn.frame = replace(frame, step="", misses=0, running_again=True)


def hand_off(turn: Turn, reason: str, text: str) -> None:
    """A person takes over, and the visitor is told. The tasks stay, for when the assistant has the talk again."""
    turn.say(text)
    turn.handoff = reason
    turn.call = None
    turn.asks = ""
    turn.taps = ()


def move(turn: Turn, step: AnyStep, target: str, *, clear: bool = True) -> None:
    """Leave the step for another one."""
    frame = replace(turn.frame, step=target, misses=0)
    turn.frame = frame.without_slots(step.clear) if clear else frame


def wait(turn: Turn, step: AnyStep, prompt: str, taps: tuple[str, ...], asks: str) -> bool:
    """Ask, and end the turn here."""
    frame = turn.frame
    asked = tuple(one for one in frame.asked if one != step.id)
    turn.frame = replace(frame, step=step.id, asked=(*asked, step.id), running_again=False)
    turn.say(prompt)
    turn.taps = tapped(taps)[:TAPS_AT_MOST]
    turn.asks = asks
    return True


def finish(turn: Turn, flow: Flow, outcome: str) -> None:
    """The task under way is over; what it interrupted goes on."""
    ended = turn.frames.pop()
    if outcome == "completed":
        turn.remember(flow, ended)
    note_end(turn, ended, outcome)
    if not turn.texts:
        turn.say(turn.phrase("done"))
    if turn.frames and turn.frame.step in turn.frame.asked:
        turn.say(turn.phrase("back_to", title=turn.title(turn.frame.flow)))


def note_end(turn: Turn, frame: Frame, outcome: str) -> None:
    turn.ended = (frame.flow, outcome)
    turn.last_slots = frame.slots
    turn.asks = ""


def cancel(turn: Turn) -> None:
    """Stop the task under way at the visitor's wish. What an action has done is done, and not called stopped."""
    ended = turn.frames.pop()
    turn.say(turn.phrase("already_done" if ended.written else "cancelled", title=turn.title(ended.flow)))
    note_end(turn, ended, "completed" if ended.written else "cancelled")
    if turn.frames and turn.frame.step in turn.frame.asked:
        turn.say(turn.phrase("back_to", title=turn.title(turn.frame.flow)))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]

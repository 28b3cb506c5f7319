"""How tasks are begun by a message: with what it says for them, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chat.dialogue.cues import ordinal_of, refers
from chat.dialogue.frames import ListShown, Task
from chat.dialogue.listening import Heard
from chat.dialogue.moving import begin, run_again
from chat.dialogue.offers import CONSIDERED
from chat.dialogue.options import foreseen_choices
from chat.dialogue.replying import Dialogue, running
from chat.dialogue.slot_filling import fill
from chat.dialogue.slot_values import candidates_of
from chat.dialogue.turn import Turn


def starting(
    turn: Turn,
    heard: Heard,
    names: Sequence[str],
    *,
    said: Mapping[str, str] | None = None,
    answered: bool = True,
) -> Dialogue:
    """Begin the first of these flows with what the message says for it; the others come after it.

    `answered`: with the ordinary answer's text before it, which tells what else the message wanted.
    """
    if answered:
        turn.base = heard.ordinary
        turn.say(heard.ordinary.text)
        turn.citations += heard.ordinary.citations
    said = {**_proposed(turn, names), **(said or {})}
    for name in names:
        if name not in turn.knowledge.flows.current:
            turn.say(turn.phrase("cannot_go_on", title=name))
    names = [name for name in names if name in turn.knowledge.flows.current]
    tasks = [Task(name, {**said, **values_for(turn, name)}) for name in names[:1]]
    if tasks:
        queue(turn, names[1:], first=True)
        turn.waiting = [task for task in turn.waiting if task.flow != tasks[0].flow]
        lower = next((frame for frame in turn.frames if frame.flow == tasks[0].flow), None)
        if lower is None:
            begin(turn, tasks[0])
        else:
            turn.frames.remove(lower)
            turn.frames.append(lower.with_slots(tasks[0].slots))
            run_again(turn)
    return running(turn)


def _proposed(turn: Turn, names: Sequence[str]) -> dict[str, str]:
    """What was said for the first of these flows before the assistant asked whether it was meant."""
    found = (task.slots for task in turn.state.proposed if names and task.flow == names[0])
    return dict(next(found, {}))


def queue(turn: Turn, names: Sequence[str], *, first: bool = False) -> None:
    """Let these flows wait for their turn, unless they wait or are under way already."""
    known = {frame.flow for frame in turn.frames} | {task.flow for task in turn.waiting}
    wanted = [name for name in dict.fromkeys(names) if name in turn.knowledge.flows.current and name not in known]
    tasks = [Task(name, values_for(turn, name)) for name in wanted]
    turn.waiting = [*tasks, *turn.waiting] if first else [*turn.waiting, *tasks]


def values_for(turn: Turn, name: str) -> dict[str, str]:
    """What the message gives a flow that is about to begin: its values, "it", "the second one", named options."""
    flow = turn.knowledge.flows.current[name]
    text, locale = turn.parse.text, turn.locale
    candidates = candidates_of(
        turn.parse,
        flow.slots.values(),
        now=turn.now,
        references=turn.knowledge.references,
        listed=turn.knowledge.listed,
    )
    found = dict(fill(candidates, flow, filled={}, text=text, locale=locale, now=turn.now).values)
    shown, place = turn.shown, ordinal_of(text, bare=False)
    listed = listed_at(shown, place)
    if shown is not None and listed and shown.slot in flow.slots and shown.slot not in found:
        found[shown.slot] = listed
    if refers(text):
        for slot in flow.slots.values():
            mention = next((one for one in turn.state.mentions if one.type == slot.type), None)
            if mention is not None and slot.name not in found:
                found[slot.name] = mention.value
    return {**foreseen_choices(flow, text, locale, found), **found}


def values_of_plausible(turn: Turn) -> dict[str, dict[str, str]]:
    """What the message gives the flows of the likeliest intents."""
    entries = [turn.knowledge.catalogue.intents.get(score.name) for score in turn.parse.intents[:CONSIDERED]]
    names = dict.fromkeys(entry.flow for entry in entries if entry is not None and entry.flow)
    return {name: values_for(turn, name) for name in names if name in turn.knowledge.flows.current}


def listed_at(shown: ListShown | None, place: int | None) -> str:
    """The value at a place (1 is the first, -1 the last) of what was shown; empty if there is none."""
    if shown is None or place is None or place == 0 or not -len(shown.values) <= place <= len(shown.values):
        return ""
    return shown.values[place - 1 if place > 0 else place]

"""A flow that the assistant begins by itself, because the visitor accepted an invitation to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chat.dialogue.decision import Decision, FlowTrace
from chat.dialogue.engine import respond
from chat.dialogue.frames import Task
from chat.dialogue.knowledge import Knowledge
from chat.dialogue.moving import begin, run_again
from chat.dialogue.replying import Dialogue, running
from chat.dialogue.resuming import follow_publishing, forget
from chat.dialogue.state import DialogueState
from chat.dialogue.turn import Turn
from nlu.types import Parse, PassageHit


def open_flow(
    *,
    name: str,
    parse: Parse,
    hits: Sequence[PassageHit],
    state: DialogueState,
    knowledge: Knowledge,
    now: datetime,
) -> Dialogue:
    """Begin the flow, as far as it goes without the visitor; then answer what the visitor has said meanwhile.

    A task under way waits below it. Where the same flow is under way already, it is taken up where it stands.
    """
    silence = replace(parse, text="", intents=(), entities=(), several=())
    turn = Turn.begin(silence, state, knowledge, now)
    turn.policy = open_flow.__name__
    forget(turn)
    follow_publishing(turn)
    known = next((frame for frame in turn.frames if frame.flow == name), None)
    if known is None:
        begin(turn, Task(name, {}))
    else:
        turn.frames.remove(known)
        turn.frames.append(known)
        run_again(turn)
    opened = yield from running(turn)
    if not parse.text.strip() or opened.kind == "handoff":
        return opened
    answered = yield from respond(parse=parse, hits=hits, state=opened.state, knowledge=knowledge, now=now)
    return joined(opened, answered)


def joined(opened: Decision, answered: Decision) -> Decision:
    """Both as one decision: said one after the other, the state and the buttons of the later one."""
    first, second = opened.trace, answered.trace
    trace: FlowTrace | None = second if second is not None else first
    if first is not None and second is not None:
        trace = replace(
            second,
            steps=(*first.steps, *second.steps),
            calls=(*first.calls, *second.calls),
            filled={**first.filled, **second.filled},
            wrote=first.wrote or second.wrote,
        )
    return replace(
        answered,
        text="\n\n".join(text for text in (opened.text, answered.text) if text),
        citations=tuple(dict.fromkeys((*opened.citations, *answered.citations))),
        trace=trace,
    )

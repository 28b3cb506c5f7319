"""Running a flow: from where it stands, step by step, until it waits for the visitor, a call, or is over."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Final

from chat.dialogue.calling import act, answer, returned
from chat.dialogue.calls import ActionCall, ActionResult
from chat.dialogue.conditions import holds
from chat.dialogue.flows import (
    END,
    PERSON,
    Act,
    Answer,
    AnyStep,
    Ask,
    Branch,
    Choose,
    Confirm,
    End,
    Flow,
    Goto,
    Handoff,
    Rate,
    Say,
    Texts,
)
from chat.dialogue.frames import ListShown, Task
from chat.dialogue.moving import TAPS_AT_MOST, begin, digest, finish, hand_off, move, note_end, run_again, wait
from chat.dialogue.options import Offered, options_of
from chat.dialogue.suggesting import in_order
from chat.dialogue.turn import Turn, tapped

STEPS_AT_MOST: Final = 100
"""Steps of one turn; a flow that wants more runs in circles, and a person takes over."""
RATINGS: Final = ("1", "2", "3", "4", "5")
DONE: Final = "done"
"""What `confirmed` holds for a step that was done once and for all."""

Calling = Generator[ActionCall, ActionResult, None]
"""Yields the calls that it needs, and goes on with their results."""


def go_on(turn: Turn) -> Calling:
    """Run the task under way, and those below it and after it, as far as they go without the visitor."""
    for _visit in range(STEPS_AT_MOST):
        if not turn.frames:
            if not turn.waiting:
                return
            task = turn.waiting.pop(0)
            turn.say(turn.phrase("next_task", title=turn.title(task.flow)))
            begin(turn, task)
            continue
        flow = turn.flow_of(turn.frame)
        if flow is None:
            turn.say(turn.phrase("cannot_go_on", title=turn.frame.flow))
            turn.frames.pop()
            continue
        if flow.version != turn.frame.version:
            _follow(turn, flow)
        step = _current(turn, flow)
        if step is None:
            finish(turn, flow, "completed")
            continue
        turn.steps.append((flow.name, step.id))
        if _do(turn, flow, step):
            if turn.call is None:
                return
            call = turn.call
            returned(turn, call, (yield call))
            if turn.handoff or turn.withheld:
                return
    if turn.frames:
        note_end(turn, turn.frames.pop(), "failed")
    hand_off(turn, "failure", turn.knowledge.phrases.handoff_failure)


def _follow(turn: Turn, flow: Flow) -> None:
    """The version that the task began with is gone: the new one is run from its beginning with what is known.

    What an action has changed stays changed: such a task only goes on, or is over.
    """
    turn.frame = replace(turn.frame, version=flow.version)
    if not turn.frame.written:
        run_again(turn)
    elif flow.step(turn.frame.step) is None:
        turn.frame = replace(turn.frame, step=END)


def _current(turn: Turn, flow: Flow) -> AnyStep | None:
    """The step where the frame stands; the first one if it has not begun, or if its step is gone from the flow."""
    frame = turn.frame
    if frame.step == END:
        return None
    if frame.step == PERSON:
        return Handoff(id=PERSON)
    step = flow.step(frame.step) if frame.step else flow.steps[0]
    if step is None:
        turn.frame = replace(frame, step="", running_again=True)
        return flow.steps[0]
    return step


def _do(turn: Turn, flow: Flow, step: AnyStep) -> bool:
    """Do one step; whether the turn ends with it."""
    match step:
        case Say():
            return _say(turn, flow, step)
        case Ask():
            return _ask(turn, flow, step)
        case Choose():
            return _choose(turn, flow, step)
        case Confirm():
            return _confirm(turn, flow, step)
        case Branch():
            values = turn.values(flow)
            target = next((case.next for case in step.cases if holds(case.when, values.condition_value)), "")
            move(turn, step, target or flow.after(step))
        case Act():
            return act(turn, flow, step)
        case Answer():
            return answer(turn, flow, step)
        case Rate():
            if step.slot in turn.frame.slots:
                move(turn, step, flow.after(step))
            else:
                return wait(turn, step, turn.values(flow).render(step.text, turn.state.turns), RATINGS, step.slot)
        case Handoff():
            text = turn.values(flow).render(step.text, turn.state.turns) or turn.knowledge.phrases.handoff
            ended = turn.frame
            turn.frames.pop()
            note_end(turn, ended, "handoff")
            hand_off(turn, "flow", text)
            return True
        case Goto():
            _goto(turn, flow, step)
        case End():
            turn.say(turn.values(flow).render(step.text, turn.state.turns))
            finish(turn, flow, step.outcome)
    return False


def _say(turn: Turn, flow: Flow, step: Say) -> bool:
    values = turn.values(flow)
    mark = f"{step.id}:{digest(values.basis(step.text))}"
    if not (turn.frame.running_again and mark in turn.frame.said):
        turn.say(values.render(step.text, turn.state.turns))
        turn.taps = tapped(step.quick_replies.get(turn.locale, ()))[:TAPS_AT_MOST]
    said = tuple(one for one in turn.frame.said if one != mark)
    turn.frame = replace(turn.frame, said=(*said, mark))
    move(turn, step, flow.after(step))
    return False


def _ask(turn: Turn, flow: Flow, step: Ask) -> bool:
    frame = turn.frame
    known = bool(frame.slots.get(step.slot)) and not (step.always and step.id not in frame.asked)
    if known or (step.slot in frame.skipped and step.optional):
        move(turn, step, flow.after(step))
        return False
    prompt = turn.values(flow).render(_wording(turn, step), turn.state.turns)
    taps = step.quick_replies.get(turn.locale, ())
    if not taps and flow.slots[step.slot].type == "yes_no":
        taps = (turn.phrase("yes"), turn.phrase("no"))
    return wait(turn, step, prompt, tuple(taps), step.slot)


def _wording(turn: Turn, step: Ask | Choose) -> Texts:
    """The question, or after an answer that was none its other wording."""
    return step.again if turn.missed and step.again else step.text


def offered_at(turn: Turn, flow: Flow, step: Choose) -> list[Offered]:
    """The options of a choose step as they are shown now."""
    if step.listed is None:
        return options_of(step, turn.locale, step.options)
    offered = []
    for item in turn.values(flow).listed(step.listed.saved, step.listed.output):
        values = turn.values(flow, item)
        label = values.render(step.listed.label, 0)
        others = [replace(values, locale=other) for other in step.listed.label if other != turn.locale]
        words = tuple(one.render(step.listed.label, 0) for one in others)
        offered.append(Offered(values.render_canonical(step.listed.value), label, words))
    return in_order(turn, flow, step, offered) if step.listed.recommend else offered


def after_choice(flow: Flow, step: Choose, value: str) -> str:
    """Where a chosen option leads."""
    chosen = next((option.next for option in step.options if option.value == value), "")
    return chosen or flow.after(step)


def _choose(turn: Turn, flow: Flow, step: Choose) -> bool:
    offered = offered_at(turn, flow, step)
    value = turn.frame.slots.get(step.slot, "")
    if value and any(one.value == value for one in offered):
        move(turn, step, after_choice(flow, step, value))
        return False
    turn.frame = turn.frame.without_slots((step.slot,))
    if not offered:
        move(turn, step, (step.listed.empty if step.listed else "") or flow.after(step))
        return False
    prompt = turn.values(flow).render(_wording(turn, step), turn.state.turns)
    if step.listed is not None:
        lines = [f"{place}. {one.label}{one.note}" for place, one in enumerate(offered, start=1)]
        prompt = "\n".join([prompt, *lines])
        turn.shown = ListShown(flow.name, step.slot, tuple(one.value for one in offered))
    return wait(turn, step, prompt, tuple(one.label for one in offered), step.slot)


def _confirm(turn: Turn, flow: Flow, step: Confirm) -> bool:
    values = turn.values(flow)
    basis = _agreed_to(turn, flow, step)
    # Only when run again: a flow that comes back to the step by itself asks anew.
    if turn.frame.running_again and turn.frame.confirmed.get(step.id) == basis:
        move(turn, step, step.yes or flow.after(step), clear=False)
        return False
    taps = (turn.phrase("yes"), turn.phrase("no"))
    return wait(turn, step, values.render(step.text, turn.state.turns), taps, step.id)


def _agreed_to(turn: Turn, flow: Flow, step: Confirm) -> str:
    """What a yes is about: the values in the text; if it names none, all that were asked for before it."""
    values = turn.values(flow)
    basis = values.basis(step.text)
    if not basis:
        before = [one for one in flow.steps[: flow.places[step.id]] if isinstance(one, Ask | Choose)]
        basis = "\n".join(f"{one.slot}={values.canonical(one.slot)}" for one in before)
    return digest(basis)


def agree(turn: Turn, flow: Flow, step: Confirm) -> None:
    """The visitor said yes: what the text was about is confirmed."""
    basis = _agreed_to(turn, flow, step)
    turn.frame = replace(turn.frame, confirmed={**turn.frame.confirmed, step.id: basis})
    turn.remember(flow, turn.frame)
    move(turn, step, step.yes or flow.after(step), clear=False)


def refuse(turn: Turn, flow: Flow, step: Confirm) -> None:
    """The visitor said no; a flow that ends there was refused."""
    if step.no == END:
        turn.say(turn.phrase("declined", title=flow.title_in(turn.locale)))
        finish(turn, flow, "refused")
    else:
        move(turn, step, step.no)


def _goto(turn: Turn, flow: Flow, step: Goto) -> None:
    done = turn.frame.running_again and turn.frame.confirmed.get(step.id) == DONE
    values = turn.values(flow)
    slots = {name: values.render_canonical(template) for name, template in step.slots.items()}
    turn.frame = replace(turn.frame, confirmed={**turn.frame.confirmed, step.id: DONE})
    move(turn, step, flow.after(step))
    if done:
        return
    if not step.comes_back:
        ended = turn.frames.pop()
        note_end(turn, ended, "completed")
    begin(turn, Task(step.flow, slots))

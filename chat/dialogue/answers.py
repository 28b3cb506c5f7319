"""The answer to what a flow asked: a value, an option, a yes; also a correction, and more than was asked for."""

from __future__ import annotations

from dataclasses import replace

from chat.dialogue.cues import Cue, corrects, stars_of
from chat.dialogue.flows import Ask, Choose, Confirm, Flow, Rate, Slot, Waiting, variant
from chat.dialogue.listening import Heard
from chat.dialogue.moving import run_again
from chat.dialogue.slot_values import LONGEST_VALUE, free_text, misfit
from chat.dialogue.stepping import agree, refuse
from chat.dialogue.templates import REFERENCE
from chat.dialogue.turn import Turn


def answer_step(turn: Turn, heard: Heard) -> bool:
    """Take what the message has for the task under way; whether it had anything."""
    waiting = turn.waiting_step()
    if waiting is None:
        return False
    flow, step = waiting
    if _takes_anything(flow, step) or not heard.other_options:
        return _answer_to(turn, heard, flow, step)
    if not heard.fills_asked:
        turn.fill(heard.other_options, flow)
        _take(turn, heard, flow)
        return True
    return _answer_to(turn, heard, flow, step)


def _takes_anything(flow: Flow, step: Waiting) -> bool:
    return isinstance(step, Ask) and flow.slots[step.slot].type == "text"


def _answer_to(turn: Turn, heard: Heard, flow: Flow, step: Waiting) -> bool:
    match step:
        case Ask():
            return _to_ask(turn, heard, flow, step)
        case Choose():
            return _to_choose(turn, heard, flow, step)
        case Confirm():
            return _to_confirm(turn, heard, flow, step)
        case Rate():
            return _to_rate(turn, heard, flow, step)


def _to_ask(turn: Turn, heard: Heard, flow: Flow, step: Ask) -> bool:
    slot = flow.slots[step.slot]
    if step.optional and heard.cue in (Cue.SKIP, Cue.NO):
        turn.frame = replace(turn.frame, skipped=(*turn.frame.skipped, step.slot))
        return True
    if slot.type == "yes_no" and heard.verdict is not None:
        turn.fill({slot.name: "true" if heard.verdict == Cue.YES else "false"}, flow)
        return True
    if slot.type == "text":
        return _to_text(turn, heard, flow, slot)
    if slot.type == "choice":
        return False
    filling = heard.filling
    if step.slot in filling.rejected:
        return False
    if not filling.new and not filling.emptied and step.slot not in filling.values:
        meant = heard.meant(slot) if not filling.values else ""
        if meant:
            turn.fill({slot.name: meant}, flow)
        return bool(meant) or _blanks(turn, heard, flow)
    if set(filling.values) == {step.slot} and not filling.emptied:
        turn.fill(filling.values, flow)
        return True
    _take(turn, heard, flow)
    return True


def _to_text(turn: Turn, heard: Heard, flow: Flow, slot: Slot) -> bool:
    """Take the message in the visitor's own words, without what only leads up to it."""
    if heard.is_filler or (heard.answers_aside and heard.is_question):
        return False
    # What looks like a reference to a masked value is none if the visitor wrote it.
    text = heard.text[:LONGEST_VALUE]
    while REFERENCE.search(text):
        text = REFERENCE.sub(r"\2", text)
    value = free_text(slot, text)
    if not value or misfit(slot, value, now=turn.now):
        return False
    turn.fill({slot.name: value}, flow)
    return True


def _to_choose(turn: Turn, heard: Heard, flow: Flow, step: Choose) -> bool:
    if heard.option is not None:
        turn.fill({step.slot: heard.option.value}, flow)
        return True
    if heard.filling.new or heard.filling.emptied:
        _take(turn, heard, flow)
        return True
    return _blanks(turn, heard, flow)


def _to_confirm(turn: Turn, heard: Heard, flow: Flow, step: Confirm) -> bool:
    filling = heard.filling
    differs = any(turn.frame.slots.get(name) != value for name, value in filling.values.items())
    if (differs or filling.emptied) and heard.cue != Cue.YES:
        _take(turn, heard, flow)
        return True
    if heard.verdict == Cue.YES:
        agree(turn, flow, step)
        return True
    if _blanks(turn, heard, flow):
        return True
    if heard.verdict == Cue.NO:
        refuse(turn, flow, step)
        return True
    return False


def _to_rate(turn: Turn, heard: Heard, flow: Flow, step: Rate) -> bool:
    stars = stars_of(heard.text)
    if stars:
        turn.fill({step.slot: stars}, flow)
        return True
    if heard.cue in (Cue.SKIP, Cue.NO):
        turn.fill({step.slot: ""}, flow)
        return True
    if step.slot not in heard.filling.values and heard.filling.changed and _objects(heard):
        _take(turn, heard, flow)
        return True
    return False


def _take(turn: Turn, heard: Heard, flow: Flow) -> None:
    """Set all values of the message, say what was changed, and run the flow again with them."""
    filling = heard.filling
    turn.fill(filling.values, flow)
    turn.frame = turn.frame.without_slots(filling.emptied)
    values = turn.values(flow)
    for name in filling.changed:
        title = flow.slots[name].title
        named = title.get(turn.locale) or next(iter(title.values()), name)
        turn.say(turn.phrase("changed", slot=named, value=values.shown(name)))
    run_again(turn)


def _objects(heard: Heard) -> bool:
    return corrects(heard.text) or heard.verdict == Cue.NO


def _blanks(turn: Turn, heard: Heard, flow: Flow) -> bool:
    """ "The date is wrong": the slot that the message names, without a new value, is asked for again."""
    if not _objects(heard):
        return False
    text = heard.text.casefold()
    named = [
        slot.name
        for slot in flow.slots.values()
        if turn.frame.slots.get(slot.name) and any(title.casefold() in text for title in slot.title.values())
    ]
    if len(named) != 1:
        return False
    turn.frame = turn.frame.without_slots((named[0],))
    run_again(turn)
    return True


def step_again(turn: Turn, heard: Heard) -> None:
    """Ask once more; after the step's attempts go where it says, to a person by default."""
    waiting = turn.waiting_step()
    if waiting is None:
        return
    flow, step = waiting
    misses = turn.frame.misses + 1
    turn.frame = replace(turn.frame, misses=misses)
    attempts = 3 if isinstance(step, Rate) else step.attempts
    if misses >= attempts:
        if isinstance(step, Rate):
            # Nobody is made to rate.
            turn.fill({step.slot: ""}, flow)
        else:
            turn.frame = replace(turn.frame, step=step.otherwise)
        turn.missed = False
        return
    slot = flow.slots.get(step.slot) if isinstance(step, Ask) else None
    if slot is not None and (slot.name in heard.filling.rejected or (slot.type == "text" and slot.pattern)):
        refused = variant(slot.invalid, turn.locale, misses - 1)
        turn.say(refused or turn.phrase("does_not_fit", slot=slot.title.get(turn.locale, slot.name)))
    elif not (isinstance(step, Ask | Choose) and step.again):
        turn.say(turn.phrase("not_understood"))

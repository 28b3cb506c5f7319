"""respond(): what to do about a message, over several turns: flows, what steers them, and single answers.

POLICIES is the order of precedence; the first that has something to say decides. A person always comes first. What
the visitor was asked comes before what else the message may mean, unless it names another task. What no policy of
flows decides is answered by `chat.dialogue.policy`: a reply, an article, a question, a person.

Pure: the clock comes as `now`; calls of business actions are yielded to whoever runs the generator, which sends
their results back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from chat.dialogue.answers import answer_step, step_again
from chat.dialogue.assent import verdict_in
from chat.dialogue.cues import Cue, asks, declines, ordinal_of
from chat.dialogue.decision import Decision
from chat.dialogue.flows import Ask, Choose, Confirm, Rate
from chat.dialogue.frames import Task
from chat.dialogue.keeping import answers_keeping
from chat.dialogue.knowledge import Knowledge
from chat.dialogue.listening import SURELY_MEANT, Heard, hear
from chat.dialogue.moving import begin, cancel, hand_off, run_again
from chat.dialogue.offers import proposed_tasks, supported
from chat.dialogue.replying import Dialogue, Policy, answer_aside, cancelling, done, running
from chat.dialogue.resuming import answers_resumption, comes_late, follow_publishing, forget
from chat.dialogue.starting import listed_at, queue, starting, values_for, values_of_plausible
from chat.dialogue.state import DialogueState
from chat.dialogue.turn import Turn
from chat.dialogue.wishes import asks_for_person
from nlu.types import Parse, PassageHit

__all__ = ["Dialogue", "respond"]

SHORT: Final = 24
"""Characters of a message that may be nothing but "and the second one?"."""


def respond(
    *, parse: Parse, hits: Sequence[PassageHit], state: DialogueState, knowledge: Knowledge, now: datetime
) -> Dialogue:
    """Decide about one message. Yields the calls that it needs; returns the decision with the next state in it."""
    turn = Turn.begin(parse, state, knowledge, now)
    forget(turn)
    follow_publishing(turn)
    heard = hear(turn, hits)
    for policy in POLICIES:
        talk = policy(turn, heard)
        if talk is not None:
            turn.policy = turn.policy or policy.__name__
            return (yield from talk)
    return single_answer(turn, heard)


def wants_person(turn: Turn, heard: Heard) -> Dialogue | None:
    """The visitor asks for a person, at any point of any task."""
    asked = turn.parse.text.strip() == turn.knowledge.phrases.talk_to_person or heard.cue == Cue.PERSON
    asked = asked or (asks_for_person(heard.text) and not (heard.ordinary.kind == "article" and heard.is_question))
    by_intent = heard.ordinary.kind == "handoff" and heard.ordinary.handoff_reason in ("intent", "visitor")
    # While something is asked, an answer to it is no wish for a person, whatever the model takes it for, and
    # a guess is not enough.
    if not asked and not (by_intent and turn.frames and heard.surely_wants_person):
        return None
    turn.base = heard.ordinary if by_intent else None
    text = heard.ordinary.text if by_intent else turn.knowledge.phrases.handoff
    reason = heard.ordinary.handoff_reason if by_intent else "visitor"
    return done(turn, lambda: hand_off(turn, reason, text))


def wants_repetition(turn: Turn, heard: Heard) -> Dialogue | None:
    """Say the last thing again."""
    if heard.cue != Cue.REPEAT or not turn.state.prompt:
        return None
    turn.asks, turn.resuming = turn.state.requested, turn.state.resuming
    turn.taps = turn.state.taps
    return _repeating(turn)


def declines_task(turn: Turn, heard: Heard) -> Dialogue | None:
    """ "I don't want a refund": the task is not begun, or stopped; what is wanted instead is begun."""
    declined = _declined(turn)
    if not declined:
        return None
    under_way = {frame.flow for frame in turn.frames}
    about = [name for name in declined if name in under_way or name in heard.ordinary.flows]
    if not about:
        return None
    turn.waiting = [task for task in turn.waiting if task.flow not in declined]
    wanted = tuple(name for name in heard.ordinary.flows if name not in declined)
    top = turn.frames[-1].flow if turn.frames else ""
    turn.frames = [frame for frame in turn.frames if frame.flow not in declined or frame.flow == top]
    said = _shared_values(turn, wanted[0]) if wanted and top in declined else {}
    if top in declined:
        cancel(turn)
    elif not wanted:
        turn.say(turn.phrase("declined", title=turn.title(about[0])))
    if wanted:
        return starting(turn, heard, wanted, said=said)
    return running(turn)


def _shared_values(turn: Turn, name: str) -> dict[str, str]:
    """What the task under way knows that the flow wants, too: who meant another task need not say it again."""
    flow, other = turn.flow_of(turn.frame), turn.knowledge.flows.current.get(name)
    if flow is None or other is None:
        return {}
    slots = flow.slots
    return {
        slot: value
        for slot, value in turn.frame.slots.items()
        if slot in slots
        and slot in other.slots
        and slots[slot].type == other.slots[slot].type
        and slots[slot].type not in ("text", "choice", "yes_no")
    }


def _declined(turn: Turn) -> list[str]:
    text = turn.parse.text.casefold()
    names: list[str] = []
    for name, flow in turn.knowledge.flows.current.items():
        words = [word for words in flow.keywords.values() for word in words if word.casefold() in text]
        if words and declines(turn.parse.text, words):
            names.append(name)
    return names


def steers(turn: Turn, heard: Heard) -> Dialogue | None:
    """Cancel, and one step back."""
    if not turn.frames:
        return None
    if heard.cue == Cue.CANCEL:
        return cancelling(turn)
    if heard.cue == Cue.BACK:
        _step_back(turn)
        return running(turn)
    return None


def _step_back(turn: Turn) -> None:
    frame = turn.frame
    if frame.written:
        turn.say(turn.phrase("already_done"))
        return
    flow = turn.flow_of(frame)
    before = flow.step(frame.asked[-2]) if flow is not None and len(frame.asked) > 1 else None
    if before is None:
        turn.say(turn.phrase("first_question"))
        return
    if isinstance(before, Ask | Choose | Rate):
        frame = frame.without_slots((before.slot,))
        frame = replace(frame, skipped=tuple(name for name in frame.skipped if name != before.slot))
    if isinstance(before, Confirm):
        kept = {step: basis for step, basis in frame.confirmed.items() if step != before.id}
        frame = replace(frame, confirmed=kept)
    turn.frame = replace(frame, asked=frame.asked[:-2])
    run_again(turn)


def changes_task(turn: Turn, heard: Heard) -> Dialogue | None:
    """Another task is wanted while one is under way: it goes on top, and the old one waits below."""
    if not turn.frames:
        return None
    if not heard.ordinary.flows:
        return _changes_on_evidence(turn, heard)
    if turn.frame.flow in heard.ordinary.flows[:1]:
        queue(turn, heard.ordinary.flows[1:])
        return None
    if heard.is_answer:
        if heard.adds_task:
            queue(turn, heard.ordinary.flows)
        return None
    if not heard.surely_another_task or (heard.fills_asked and not heard.names_other_task):
        return None
    return starting(turn, heard, heard.ordinary.flows)


def _changes_on_evidence(turn: Turn, heard: Heard) -> Dialogue | None:
    """Another task is only plausible, but the message names what only that one takes."""
    unsure = heard.ordinary.kind in ("confirm", "offer", "rephrase")
    if not unsure or heard.is_answer or heard.fills_asked or heard.filling:
        return None
    found = supported(turn, values_of_plausible(turn))
    if found is None or found.support < 1.0 or found.task.flow == turn.frame.flow:
        return None
    return starting(turn, heard, [found.task.flow], answered=False)


def answers(turn: Turn, heard: Heard) -> Dialogue | None:
    """An answer to what was asked, a correction of something known, or more than was asked for."""
    if not turn.frames:
        return None
    asks_too = heard.asks_too
    if not answer_step(turn, heard):
        return None
    if asks_too:
        answer_aside(turn, heard)
    return running(turn)


def asks_aside(turn: Turn, heard: Heard) -> Dialogue | None:
    """A question beside the task: it is answered, and the task goes on where it was."""
    if not turn.frames or not (heard.answers_aside or heard.guess):
        return None
    answer_aside(turn, heard, None if heard.answers_aside else heard.guess)
    return running(turn)


def pauses(turn: Turn, heard: Heard) -> Dialogue | None:
    """ "Hold on", "ok", "thanks" where something else was asked: the question stands, and nothing is missed."""
    if not turn.frames or turn.waiting_step() is None or not heard.is_pause:
        return None
    if heard.answers_aside and not heard.is_filler:
        return None
    if heard.cue == Cue.WAIT:
        turn.say(turn.phrase("no_hurry"))
    return running(turn)


def misses(turn: Turn, heard: Heard) -> Dialogue | None:
    """The message says nothing that the task can use: ask again in other words, then a person."""
    if not turn.frames:
        return None
    if turn.waiting_step() is None:
        # The flow was published anew, without the step that waited.
        turn.frame = turn.frame.with_slots(heard.filling.values)
        run_again(turn)
        return running(turn)
    turn.missed = True
    step_again(turn, heard)
    return running(turn) if not turn.handoff else done(turn, lambda: None)


def has_nothing_to_stop(turn: Turn, heard: Heard) -> Dialogue | None:
    """ "Never mind" where no task is under way and it means nothing else."""
    if turn.frames or heard.cue != Cue.CANCEL or heard.ordinary.kind not in ("rephrase", "confirm", "offer"):
        return None
    return done(turn, lambda: turn.say(turn.phrase("nothing_to_cancel")))


def takes_up_offer(turn: Turn, heard: Heard) -> Dialogue | None:
    """After "did you mean ...?": a yes, or what one of the offered tasks needs, begins it."""
    proposed = turn.state.proposed
    if turn.frames or not proposed or heard.ordinary.flows:
        return None
    unsure = heard.ordinary.kind in ("rephrase", "confirm", "offer")
    agreed = heard.cue in (Cue.YES, Cue.RESUME) or (verdict_in(heard.text) == Cue.YES and not asks(heard.text))
    names = [task.flow for task in proposed if task.flow in turn.knowledge.flows.current]
    fitting = names if agreed else [name for name in names if unsure and values_for(turn, name)]
    return starting(turn, heard, fitting[:1], answered=False) if fitting else None


def begins_on_evidence(turn: Turn, heard: Heard) -> Dialogue | None:
    """A task is only plausible by its intent, but the message names what the task is about."""
    if turn.frames or heard.ordinary.kind not in ("confirm", "offer", "rephrase"):
        return None
    found = supported(turn, values_of_plausible(turn))
    return starting(turn, heard, [found.task.flow], answered=False) if found is not None else None


def begins(turn: Turn, heard: Heard) -> Dialogue | None:
    """A task is wanted and none is under way."""
    flows = heard.ordinary.flows
    if not flows:
        return None
    if len(flows) == 1 and heard.ordinary.certainty < SURELY_MEANT:
        better = supported(turn, values_of_plausible(turn), than=flows[0])
        if better is not None:
            return starting(turn, heard, [better.task.flow], answered=False)
    return starting(turn, heard, flows)


def picks_another(turn: Turn, heard: Heard) -> Dialogue | None:
    """ "And the second one?" after a task that showed a list: the same for another item."""
    shown = turn.shown
    place = ordinal_of(turn.parse.text, bare=False)
    listed = listed_at(shown, place)
    if turn.frames or shown is None or not listed or len(turn.parse.text) > SHORT:
        return None
    slots = {**turn.last_slots, shown.slot: listed}
    begin(turn, Task(shown.flow, slots))
    return running(turn) if turn.frames else None


POLICIES: Final[tuple[Policy, ...]] = (
    wants_person,
    wants_repetition,
    answers_keeping,
    answers_resumption,
    comes_late,
    declines_task,
    steers,
    changes_task,
    answers,
    pauses,
    asks_aside,
    misses,
    has_nothing_to_stop,
    takes_up_offer,
    begins,
    begins_on_evidence,
    picks_another,
)


def single_answer(turn: Turn, heard: Heard) -> Decision:
    """No flow has to do with it: the answer of one turn."""
    ordinary = heard.ordinary
    offered = ordinary.state.offered if ordinary.kind == "confirm" else ()
    state = replace(
        ordinary.state,
        proposed=proposed_tasks(turn, offered, values_of_plausible(turn)) if offered else (),
        frames=tuple(turn.frames),
        waiting=tuple(turn.waiting),
        memory=turn.memory,
        prompt=ordinary.text,
        taps=ordinary.quick_replies,
        requested="",
        resuming=False,
        at=turn.now.isoformat(timespec="seconds"),
        locale=turn.locale,
        keeping=turn.keeping,
    ).mentioned(heard.mentions)
    return replace(ordinary, text="\n\n".join([*turn.texts, ordinary.text]), state=state)


def _repeating(turn: Turn) -> Dialogue:
    """Say the last thing again; what it offered can still be tapped."""
    turn.say(turn.state.prompt)
    yield from ()
    decision, before = turn.decision(), turn.state
    kept = replace(
        decision.state,
        offered=before.offered,
        last_bot_act=before.last_bot_act,
        confirmations=before.confirmations,
        rephrasings=before.rephrasings,
    )
    return replace(decision, state=kept)

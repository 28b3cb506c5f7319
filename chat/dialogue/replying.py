"""How a policy ends: the flows run on, a task is stopped, or the turn is over; the decision is made of it."""

from __future__ import annotations

from collections.abc import Callable, Generator

from chat.dialogue.calls import ActionCall, ActionResult
from chat.dialogue.decision import Decision
from chat.dialogue.listening import Heard
from chat.dialogue.moving import cancel
from chat.dialogue.remembering import keep_or_offer
from chat.dialogue.stepping import go_on
from chat.dialogue.turn import Turn, tapped

Dialogue = Generator[ActionCall, ActionResult, Decision]
Policy = Callable[[Turn, Heard], Dialogue | None]


def running(turn: Turn) -> Dialogue:
    """Run the flows as far as they go."""
    yield from go_on(turn)
    keep_or_offer(turn)
    if turn.missed and not turn.handoff:
        turn.taps = tapped((*turn.taps, turn.knowledge.phrases.talk_to_person))
    return turn.decision()


def cancelling(turn: Turn) -> Dialogue:
    """Stop the task under way; what it interrupted goes on."""
    cancel(turn)
    yield from go_on(turn)
    return turn.decision()


def done(turn: Turn, act: Callable[[], None]) -> Dialogue:
    """Do this and nothing else."""
    act()
    yield from ()
    return turn.decision()


def answer_aside(turn: Turn, heard: Heard, answer: Decision | None = None) -> None:
    """Give the answer that the message would have had without a task, or this one."""
    answer = answer or heard.ordinary
    turn.base = answer
    turn.say(answer.text)
    turn.citations += answer.citations
    turn.article = heard.article_of(answer)

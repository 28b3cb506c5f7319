"""A task that is taken up again: after a silence, a person's talk, or a change of its flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from chat.dialogue.cues import Cue
from chat.dialogue.listening import Heard
from chat.dialogue.moving import run_again
from chat.dialogue.replying import Dialogue, answer_aside, cancelling, done, running
from chat.dialogue.turn import Turn

FORGET_AFTER: Final = timedelta(hours=24)
"""Silence after which tasks and confirmed values are forgotten."""


def answers_resumption(turn: Turn, heard: Heard) -> Dialogue | None:
    """The visitor was asked whether to go on with an old task."""
    if not turn.state.resuming or not turn.frames:
        return None
    if heard.cue in (Cue.YES, Cue.RESUME) or heard.said(turn.phrase("resume_yes")):
        return _resuming(turn)
    if heard.cue in (Cue.NO, Cue.CANCEL) or heard.said(turn.phrase("resume_no")):
        return cancelling(turn)
    if heard.wants_only_others:
        turn.frames.clear()
        turn.waiting.clear()
    return None


def _resuming(turn: Turn) -> Dialogue:
    """Go on after a silence. What was read then may be old: it is read again, and agreed to again."""
    if not turn.frame.written:
        turn.frame = replace(turn.frame, called={}, confirmed={}, said=())
        run_again(turn)
    return running(turn)


def comes_late(turn: Turn, heard: Heard) -> Dialogue | None:
    """After a long silence: a new wish takes the old task's place, an answer is an answer, else ask."""
    if not heard.is_late or turn.state.resuming or not turn.frames:
        return None
    if heard.wants_only_others:
        turn.frames.clear()
        turn.waiting.clear()
        return None
    if heard.cue == Cue.RESUME:
        return _resuming(turn)
    if heard.fills_asked or heard.cue == Cue.CANCEL:
        return None
    if heard.answers_aside:
        answer_aside(turn, heard)
    return done(turn, lambda: _ask_to_resume(turn))


def _ask_to_resume(turn: Turn) -> None:
    turn.say(turn.phrase("resume", title=turn.title(turn.frame.flow)))
    turn.taps = (turn.phrase("resume_yes"), turn.phrase("resume_no"))
    turn.asks, turn.resuming = turn.state.requested, True


def forget(turn: Turn) -> None:
    """After a long silence nothing of a task is left, and of what was confirmed only what is new enough."""
    silence = turn.state.silence(turn.now)
    if silence >= FORGET_AFTER:
        turn.frames.clear()
        turn.waiting.clear()
        turn.shown = None
    oldest = (turn.now - FORGET_AFTER).isoformat(timespec="seconds")
    turn.memory = {slot: one for slot, one in turn.memory.items() if one.at >= oldest}


def follow_publishing(turn: Turn) -> None:
    """Leave a task whose flow is gone altogether, and take up what it interrupted."""
    while turn.frames and turn.flow_of(turn.frame) is None:
        turn.say(turn.phrase("cannot_go_on", title=turn.title(turn.frame.flow)))
        turn.frames.pop()

"""The answer to the question whether what was confirmed may be remembered beyond the conversation."""

from __future__ import annotations

from chat.dialogue.cues import Cue
from chat.dialogue.decision import Learned
from chat.dialogue.listening import Heard
from chat.dialogue.remembering import titles_of
from chat.dialogue.replying import Dialogue, done
from chat.dialogue.turn import Turn


def answers_keeping(turn: Turn, heard: Heard) -> Dialogue | None:
    """The visitor was asked whether something may be remembered. Anything but yes or no leaves it at that."""
    if turn.state.keeping != "asked" or turn.frames:
        return None
    if heard.cue == Cue.YES or heard.said(turn.phrase("keep_yes")):
        return done(turn, lambda: _agree(turn))
    if heard.cue in (Cue.NO, Cue.CANCEL) or heard.said(turn.phrase("keep_no")):
        return done(turn, lambda: _refuse(turn))
    return None


def _agree(turn: Turn) -> None:
    turn.keeping, turn.agreed = "given", True
    turn.say(turn.phrase("kept"))
    for name, one in turn.memory.items():
        turn.learned.append(Learned(name, one.value, titles_of(turn, one.flow, name)))


def _refuse(turn: Turn) -> None:
    turn.keeping, turn.agreed = "refused", False
    turn.say(turn.phrase("not_kept"))

"""What was confirmed in a task and may be remembered, or is offered to be (`keeping.py` hears the answer)."""

from __future__ import annotations

from chat.dialogue.decision import Learned
from chat.dialogue.turn import Turn


def keep_or_offer(turn: Turn) -> None:
    """After the last task: remember what was confirmed in it, or ask whether that may be done."""
    ended, outcome = turn.ended
    keeping = turn.knowledge.keeping
    if keeping == "off" or outcome != "completed" or turn.handoff:
        return
    new = [name for name, one in turn.memory.items() if one.flow == ended]
    if keeping == "on" or turn.keeping == "given":
        for name in new:
            turn.learned.append(Learned(name, turn.memory[name].value, titles_of(turn, ended, name)))
    elif new and not turn.keeping and not turn.taps and not turn.frames and not turn.waiting:
        # A yes keeps what earlier tasks confirmed as well, so that is named too.
        named = [titles_of(turn, one.flow, name).get(turn.locale, "") for name, one in turn.memory.items()]
        separator = "、" if turn.locale.startswith("zh") else ", "
        turn.say(turn.phrase("keep_offer", values=separator.join(title for title in named if title)))
        turn.taps = (turn.phrase("keep_yes"), turn.phrase("keep_no"))
        turn.keeping = "asked"


def titles_of(turn: Turn, flow: str, slot: str) -> dict[str, str]:
    """What a slot of a flow is called, by language."""
    found = turn.knowledge.flows.current.get(flow)
    return dict(found.slots[slot].title) if found is not None and slot in found.slots else {}

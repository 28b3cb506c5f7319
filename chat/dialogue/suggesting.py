"""The order of a list that a flow recommends from, and the reason that is told beside what fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from chat.dialogue.flows import Choose, Flow
from chat.dialogue.options import Offered
from chat.dialogue.recommending import Interest, recommend, shortened
from chat.dialogue.templates import REFERENCE
from chat.dialogue.turn import Turn

REASONS_AT_MOST: Final = 3


def in_order(turn: Turn, flow: Flow, step: Choose, offered: Sequence[Offered]) -> list[Offered]:
    """What fits the customer first. A list that was shown keeps its order: "the second one" is the second one."""
    shown = turn.shown
    values = [one.value for one in offered]
    was_asked = step.id in turn.frame.asked
    if (
        was_asked
        and shown is not None
        and (shown.flow, shown.slot) == (flow.name, step.slot)
        and sorted(shown.values) == sorted(values)
    ):
        by_value = {one.value: one for one in offered}
        return [by_value[value] for value in shown.values]
    things = [" ".join((one.label, *one.words)) for one in offered]
    placed = recommend(things, interests_of(turn))
    found: list[Offered] = []
    for at, one in enumerate(placed):
        told = one.reason if at < REASONS_AT_MOST else None
        found.append(replace(offered[one.place], note=_note(turn, told) if told is not None else ""))
    return found


def interests_of(turn: Turn) -> list[Interest]:
    """What the turn tells of what the customer is after."""
    titles = [turn.knowledge.catalogue.intents.get(name) for name in turn.state.previous_intents]
    asked = [turn.state.previous_message, *(one.value for one in turn.state.mentions)]
    return [
        Interest("said", turn.parse.text),
        *(Interest("asked", words) for words in asked if words),
        *(Interest("asked", entry.title) for entry in titles if entry is not None),
        *turn.knowledge.interests,
        *(
            Interest("profile", value)
            for value in turn.knowledge.profile.values()
            if value and not REFERENCE.fullmatch(value)
        ),
    ]


def _note(turn: Turn, reason: Interest) -> str:
    words = turn.phrase(f"because_{reason.kind}", words=shortened(reason.words))
    return f"（{words}）" if turn.locale.startswith("zh") else f" ({words})"

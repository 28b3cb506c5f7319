"""The baseline of state tracking: the last known value that the customer's words contain, carried forward."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.dialogue_tracking.types import DONT_CARE, SEPARATOR, AnnotatedDialogue, FormSlot, State, joined
from nlu.pipeline.normalizer import canonical


class CarriedValues:
    """Exact match of the values that the training data have for a slot; the last one said in a turn wins.

    A slot keeps its value until another one is said. Of a slot that takes several values all those said count.
    What is contained in a longer match of the same slot does not count.
    """

    def __init__(self, dialogues: Sequence[AnnotatedDialogue], several: frozenset[FormSlot] = frozenset()) -> None:
        self._several = several
        self._known: dict[FormSlot, dict[str, str]] = {}
        for dialogue in dialogues:
            for turn in dialogue.turns:
                for slot, values in turn.state.items():
                    for value in values:
                        for part in value.split(SEPARATOR):
                            if part != DONT_CARE and (folded := canonical(part)):
                                self._known.setdefault(slot, {}).setdefault(folded, part)

    def states(self, dialogue: AnnotatedDialogue) -> list[State]:
        """The state after each turn."""
        states: list[State] = []
        state: dict[FormSlot, str] = {}
        slots = [slot for slot in self._known if slot.form in dialogue.forms]
        for turn in dialogue.turns:
            folded = canonical(turn.text)
            for slot in slots:
                if found := self._said(slot, folded):
                    state = {**state, slot: joined(tuple(found)) if slot in self._several else found[-1]}
            states.append(state)
        return states

    def _said(self, slot: FormSlot, folded: str) -> list[str]:
        """The known values of a slot that a text contains, in their order."""
        found = []
        for form, value in self._known[slot].items():
            start = folded.find(form)
            while start >= 0:
                if _stands_alone(folded, start, start + len(form)):
                    found.append((start, start + len(form), value))
                start = folded.find(form, start + 1)
        kept = [
            (start, value)
            for start, end, value in found
            if not any(a <= start and end <= b and b - a > end - start for a, b, _ in found)
        ]
        return list(dict.fromkeys(value for _, value in sorted(kept)))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no Latin word or number goes on beyond either end."""
    return not (_glued(text[start - 1 : start], text[start]) or _glued(text[end - 1], text[end : end + 1]))


def _glued(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()

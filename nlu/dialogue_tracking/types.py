"""Forms, their slots and what was said: the currency of dialogue state tracking.

A *form* is the part of a flow that is filled in: a flow, a service or a domain with its slots. The *state* holds
the values that the customer's constraints have at a point of the conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

DONT_CARE = "dontcare"
"""The value of a slot for which anything will do."""


class FormSlot(NamedTuple):
    """A slot of a form. Slots of one name in several forms are alike: what is learned of one helps the others."""

    form: str
    slot: str


class Offer(NamedTuple):
    """A value that the system said or proposed for a slot; `confirms` if it asked whether that is right."""

    slot: FormSlot
    value: str
    confirms: bool = False


State = Mapping[FormSlot, str]
"""The values of the slots that are filled. Values of a slot that takes several are joined (`joined`)."""

SEPARATOR = "\x1f"


def joined(values: tuple[str, ...]) -> str:
    """The one value of a slot that takes several at a time."""
    return SEPARATOR.join(values)


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """What the system said before the customer spoke, and what it knows that it meant by that.

    asked: the slots that it asked for.
    """

    text: str = ""
    offers: tuple[Offer, ...] = ()
    asked: tuple[FormSlot, ...] = ()


@dataclass(frozen=True, slots=True)
class AnnotatedTurn:
    """A customer's message with the state after it, as a person annotated it.

    state: for each filled slot the values that count as right, any of them; active: the forms that the message is
    about; entities: (start, end, slot) of values that were marked in the text.
    """

    text: str
    system: SystemMessage
    state: Mapping[FormSlot, tuple[str, ...]]
    active: tuple[str, ...]
    entities: tuple[tuple[int, int, str], ...] = ()

    def plain_state(self) -> dict[FormSlot, str]:
        """The first right value of each slot."""
        return {slot: values[0] for slot, values in self.state.items()}


@dataclass(frozen=True, slots=True)
class AnnotatedDialogue:
    """A conversation to learn from or to be judged on. `forms` are those that it may be about."""

    name: str
    forms: tuple[str, ...]
    turns: tuple[AnnotatedTurn, ...]


@dataclass(frozen=True, slots=True)
class FormCatalogue:
    """The forms that there are, each with its slots. `several`: slots that take several values at a time."""

    slots: Mapping[str, tuple[str, ...]]
    several: frozenset[FormSlot] = field(default_factory=frozenset)

    def of(self, form: str) -> tuple[FormSlot, ...]:
        """The slots of a form; none of an unknown one."""
        return tuple(FormSlot(form, slot) for slot in self.slots.get(form, ()))

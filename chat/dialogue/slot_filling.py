"""Which slot a value in a message is for: in any order, several at once, denied and corrected ones included.

The order of evidence: a cue word beside the value or the slot's title before it; the slot whose value the same
message denies ("not Beijing, Guangzhou"); the slot that was asked for; empty slots in the flow's order; and, for a
correction, the slot that was asked for most recently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from chat.dialogue.cues import corrects
from chat.dialogue.flows import Flow, Slot
from chat.dialogue.slot_values import Candidate, misfit, value_for

TITLE_NEAR: Final = 12
"""Characters between a slot's title and its value: "departure city: from now on Guangzhou"."""
_BETWEEN: Final = re.compile(r"[\s:：,，是为改成到换the]*|(?: ?(?:to|is|should be|=|：))*\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Filling:
    """What a message gives a flow.

    `values` fit; `new` are those of them that the flow did not have, `changed` those that had another value;
    `emptied` were denied without another value; `rejected` do not fit their slots. `used` are the candidates that
    found a slot.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    new: Mapping[str, str] = field(default_factory=dict)
    rejected: Mapping[str, str] = field(default_factory=dict)
    used: tuple[Candidate, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.values or self.emptied or self.rejected)


def fill(
    candidates: Sequence[Candidate],
    flow: Flow,
    *,
    filled: Mapping[str, str],
    text: str,
    locale: str,
    now: datetime,
    asked: str = "",
    recent: Sequence[str] = (),
) -> Filling:
    """Assign the values to the flow's slots. `recent` are slots that were asked for, oldest first."""
    slots = list(flow.slots.values())
    denied = [
        slot.name
        for one in candidates
        if one.negated
        for slot in slots
        if filled.get(slot.name) and filled[slot.name] == value_for(slot, one)
    ]
    assigned: dict[str, str] = {}
    used: list[Candidate] = []
    for one in candidates:
        if one.negated:
            continue
        halves = _halves(one, slots, {**filled, **assigned}, asked)
        if halves:
            assigned |= halves
            used.append(one)
            continue
        fitting = [
            slot for slot in slots if value_for(slot, one) and not (slot.type == "money" and counts(one, text))
        ]
        slot = _slot_for(
            one,
            fitting,
            filled=filled,
            taken=assigned,
            denied=denied,
            text=text,
            locale=locale,
            asked=asked,
            recent=recent,
        )
        if slot is not None and one.guessed and filled.get(slot.name) and not corrects(text):
            # A guess is enough to fill a slot, not to change one that nobody objects to.
            continue
        if slot is not None:
            assigned[slot.name] = value_for(slot, one)
            used.append(one)
    rejected = {name: value for name, value in assigned.items() if misfit(flow.slots[name], value, now=now)}
    values = {name: value for name, value in assigned.items() if name not in rejected}
    new = {name: value for name, value in values.items() if filled.get(name) != value}
    return Filling(
        values=values,
        new=new,
        changed=tuple(name for name in new if filled.get(name)),
        emptied=tuple(dict.fromkeys(name for name in denied if name not in assigned)),
        rejected=rejected,
        used=(*used, *(one for one in candidates if one.negated and denied)),
    )


_COUNTED: Final = re.compile(
    r"\s*(?:张|个|位|名|件|份|人|次|条|台|只|天|晚|间|people|persons?|tickets?|items?|pieces?|days?|nights?|months?|times)"
)


def counts(one: Candidate, text: str) -> bool:
    """Whether a bare number counts things, and is no sum of money: "一张", "two tickets"."""
    return one.type == "number" and _COUNTED.match(text[one.end :].casefold()) is not None


def _slot_for(
    one: Candidate,
    fitting: Sequence[Slot],
    *,
    filled: Mapping[str, str],
    taken: Mapping[str, str],
    denied: Sequence[str],
    text: str,
    locale: str,
    asked: str,
    recent: Sequence[str],
) -> Slot | None:
    """The slot that the value is for; None if there is none, or nothing tells that a filled one is to change."""
    cued = [slot for slot in fitting if _is_cued(slot, one, text, locale)]
    if len(cued) == 1 or (cued and not any(slot.name in taken for slot in cued)):
        return cued[0]
    free = [slot for slot in fitting if slot.name not in taken]
    for slot in free:
        if slot.name in denied:
            return slot
    by_name = {slot.name: slot for slot in free}
    if asked in by_name:
        return by_name[asked]
    empty = [slot for slot in free if not filled.get(slot.name)]
    if empty:
        return empty[0]
    if any(filled.get(slot.name) == value_for(slot, one) for slot in fitting):
        return None
    if len(fitting) == 1 or corrects(text):
        latest = next((by_name[name] for name in reversed(recent) if name in by_name), None)
        return latest or (free[0] if free else None)
    return None


def _is_cued(slot: Slot, one: Candidate, text: str, locale: str) -> bool:
    """Whether a cue word touches the value, or the slot's title stands shortly before it."""
    before, after = text[: one.start].rstrip().casefold(), text[one.end :].lstrip().casefold()
    for language, cues in slot.cues.items():
        if language != locale and one.value.isascii() and text.isascii() and not language.startswith("en"):
            continue
        for cue in cues.before:
            word = cue.casefold()
            if before.endswith(word) and not (word.isascii() and before[: -len(word)][-1:].isalpha()):
                return True
        for cue in cues.after:
            word = cue.casefold()
            if after.startswith(word) and not (word.isascii() and after[len(word) :][:1].isalpha()):
                return True
    title = slot.title.get(locale, "").casefold()
    place = before.rfind(title) if title else -1
    return (
        place >= 0
        and len(before) - place - len(title) <= TITLE_NEAR
        and (_BETWEEN.fullmatch(before[place + len(title) :]) is not None)
    )


def _halves(one: Candidate, slots: Sequence[Slot], filled: Mapping[str, str], asked: str) -> dict[str, str]:
    """From a range of days, both ends for two slots of dates, the first of them empty or asked for."""
    if one.type != "interval" or "/" not in one.value:
        return {}
    days = [slot for slot in slots if slot.type == "date"]
    first, last = (end[:10] for end in one.value.split("/", 1))
    if len(days) < 2 or first == last or (filled.get(days[0].name) and asked != days[0].name):
        return {}
    return {days[0].name: first, days[1].name: last}

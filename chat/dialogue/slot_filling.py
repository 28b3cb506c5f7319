"""Which slot a value in a message is for: in any order, several at once, denied and corrected ones included.

The order of evidence: a cue word beside the value or the slot's title before it; the slot whose value the same
message denies ("not Beijing, Guangzhou"); the slot that was asked for; empty slots in the flow's order; and, for a
correction, the slot that was asked for most recently.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from chat.dialogue.cues import corrects, ordinal_of, squeezed
from chat.dialogue.flows import Choose, Flow, Option, Slot, variant
from chat.dialogue.slot_values import Candidate, misfit, rest_of, value_for

_WITH_DIGITS: Final = re.compile(r"[a-z]*[0-9]+(?:[:.\-/]?[a-z0-9]+)*")
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
        fitting = [slot for slot in slots if value_for(slot, one)]
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


@dataclass(frozen=True, slots=True)
class Offered:
    """An option as it is shown: the value kept, its label, other words for it."""

    value: str
    label: str
    words: tuple[str, ...] = ()


_DATED: Final = frozenset({"date", "time", "datetime", "interval", "duration", "money", "percentage"})


def place_in(text: str, candidates: Sequence[Candidate], *, bare: bool) -> int | None:
    """The place that a message picks (`ordinal_of`), not that of "the first of April"."""
    return ordinal_of(rest_of(text, [one for one in candidates if one.type in _DATED]), bare=bare)


def picked_by_place(text: str, offered: Sequence[Offered], candidates: Sequence[Candidate]) -> Offered | None:
    """The option at the place that the text names by an ordinal."""
    place = place_in(text, candidates, bare=False)
    if place is None or place == 0 or not -len(offered) <= place <= len(offered):
        return None
    return offered[place - 1 if place > 0 else place]


def picked(text: str, offered: Sequence[Offered], candidates: Sequence[Candidate] = ()) -> Offered | None:
    """The option that an answer to a list picks; None if it picks none, or more than one."""
    plain = text.strip().casefold()
    exact = [one for one in offered if plain in (one.label.casefold(), one.value.casefold())]
    if exact:
        return exact[0]
    place = place_in(text, candidates, bare=True)
    if place is not None and -len(offered) <= place <= len(offered) and place != 0:
        by_number = offered[place - 1 if place > 0 else place]
        named = [one for one in offered if _says(squeezed(text), one.label) or _says(squeezed(text), one.value)]
        return named[0] if len(named) == 1 else by_number
    said = {candidate.value.casefold() for candidate in candidates if not candidate.negated}
    by_value = [one for one in offered if one.value.casefold() in said]
    if len(by_value) == 1:
        return by_value[0]
    return named_option(text, offered) or _by_number_in_label(text, offered)


def _by_number_in_label(text: str, offered: Sequence[Offered]) -> Offered | None:
    """The only option whose label alone has a word with digits that the text has, too: "the one at 09:00"."""
    words = [set(_WITH_DIGITS.findall(one.label.casefold())) for one in offered]
    said = set(_WITH_DIGITS.findall(text.casefold()))
    found = [
        one
        for place, one in enumerate(offered)
        if said & words[place].difference(*words[:place], *words[place + 1 :])
    ]
    return found[0] if len(found) == 1 else None


def named_option(text: str, offered: Sequence[Offered], *, whole: bool = False) -> Offered | None:
    """The only option whose label, value or other words occur in the text.

    Unless `whole`, also the only one that has the whole short text in its label. Where one option's words contain
    another's ("refund only", "refund"), the longer one was meant.
    """
    plain = squeezed(text)
    lengths = {
        one: max(
            (len(squeezed(word)) for word in (one.label, one.value, *one.words) if _says(plain, word)), default=0
        )
        for one in offered
    }
    longest = max(lengths.values(), default=0)
    if longest:
        best = [one for one, length in lengths.items() if length == longest]
        return best[0] if len(best) == 1 else None
    if whole or len(plain) < 2:
        return None
    within = [one for one in offered if plain in squeezed(one.label)]
    return within[0] if len(within) == 1 else None


def _says(plain: str, word: str) -> bool:
    """Whether the squeezed text has the word, and does not deny it."""
    needle = squeezed(word)
    if not needle:
        return False
    pattern = rf"(?<![a-z0-9]){re.escape(needle)}(?![a-z0-9])" if needle.isascii() else re.escape(needle)
    match = re.search(pattern, plain)
    if match is None:
        return False
    return re.search(r"(?:不是|不要|不选|not|isn't)\s*$", plain[: match.start()]) is None


def options_of(step: Choose, locale: str, options: Collection[Option]) -> list[Offered]:
    """Written options in the language."""
    return [
        Offered(
            value=option.value,
            label=variant(option.label, locale, 0),
            words=tuple(word for words in option.words.values() for word in words),
        )
        for option in options
    ]


def foreseen_choices(flow: Flow, text: str, locale: str, filled: Mapping[str, str]) -> dict[str, str]:
    """Choices among written options that the message makes before they are offered, for empty slots only.

    By the options' own words alone: labels such as "Yes" or "Other" say too little outside their question.
    """
    found: dict[str, str] = {}
    for step in flow.steps:
        if not isinstance(step, Choose) or filled.get(step.slot) or step.slot in found:
            continue
        worded = [Offered(one.value, "", one.words) for one in options_of(step, locale, step.options) if one.words]
        option = named_option(text, worded) if worded else None
        if option is not None:
            found[step.slot] = option.value
    return found
